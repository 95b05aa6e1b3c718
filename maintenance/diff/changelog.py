"""The entry of a release in CHANGELOG.md: drafted from the changes, and checked to name every breaking one."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from .changes import Change, Weight
from .report import Group, grouped, shortened

__all__ = ["Section", "draft", "sections", "unnamed"]

WIDTH = 120
HEADINGS = ("Breaking", "Added", "Changed", "Deprecated", "Documentation")


@dataclass(frozen=True)
class Section:
    """What CHANGELOG.md says of one version."""

    title: str
    version: str
    """As `0.2.0`; nothing if it has no number yet."""
    breaking: str | None
    """What stands under `### Breaking`; `None` without that heading."""

    @property
    def says_unreleased(self) -> bool:
        """Whether it is marked as not released yet."""
        return "unreleased" in self.title.lower()


def sections(text: str) -> list[Section]:
    """The versions of a changelog, the newest first."""
    found = []
    for part in re.split(r"^## +", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        version = re.search(r"\d+(\.\d+)+\w*", title)
        breaking = re.search(
            r"^### +Breaking\b[^\n]*$(.*?)(?=^### |\Z)", body, re.MULTILINE | re.DOTALL | re.IGNORECASE
        )
        found.append(Section(title.strip(), version[0] if version else "", breaking[1] if breaking else None))
    return found


def unnamed(changes: list[Change], breaking: str) -> list[Change]:
    """The breaking changes whose names do not stand in backticks."""
    names = {name for span in re.findall(r"`([^`]+)`", breaking) for name in _names_in(span)}
    return [change for change in changes if change.weight is Weight.BREAKING and change.name not in names]


def _names_in(span: str) -> list[str]:
    """The names that code gives: `client.deals.list(tags=..., ids=...)` is two arguments, and says no more."""
    text = " ".join(span.split()).replace("…", "...").removeprefix("await ")
    call = re.fullmatch(r"([\w.]+)\((.*)\)", text)
    if call is None or not call[2]:
        return [text.removesuffix("()")]
    arguments = [each.strip() for each in call[2].split(",")]
    return [f"{call[1]}({each})" for each in arguments]


def draft(changes: list[Change]) -> str:
    """What to paste under the heading of the next version."""
    parts = []
    for heading in HEADINGS:
        groups = grouped(change for change in changes if _heading(change) == heading)
        if groups:
            parts.append("\n".join([f"### {heading}", "", *map(_item, groups)]))
    return "\n\n".join(parts)


def _heading(change: Change) -> str:
    match change.weight, change.what:
        case Weight.BREAKING, _:
            return "Breaking"
        case Weight.ADDITIVE, "added":
            return "Added"
        case Weight.ADDITIVE, _:
            return "Changed"
        case _, "deprecated":
            return "Deprecated"
    return "Documentation"


def _item(group: Group) -> str:
    heading = _heading(group.first)
    names = [f"`{change.name}`" for change in group.changes]
    # Those that break have to be named, each of them; of the others a few will do.
    text = ", ".join(names) if heading == "Breaking" else shortened(names)
    words = {change.words.removeprefix("Deprecated.").strip().partition("\n\n")[0] for change in group.changes}
    if heading in {"Added", "Deprecated"} and len(words) == 1 and words != {""}:
        text = f"{text}: {words.pop()}"
    elif len(names) > 1:
        text = f"{text}: {group.told}"
    else:
        text = f"{text} {group.first.text}"
    return textwrap.fill(
        f"{text.rstrip('.')}.",
        WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
