"""The entry of a release in CHANGELOG.md: drafted from changes, and checked to name every breaking one."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from .change import Change, Weight
from .report import group_alike, shorten
from .typing_tests import TESTS

WIDTH = 120
_HEADINGS = ("Breaking", "Added", "Changed", "Documentation")


@dataclass(frozen=True)
class Section:
    """The section of one version in CHANGELOG.md."""

    title: str
    version: str
    """As `0.2.0`; empty if the title has no number yet."""
    breaking: str | None
    """The text below `### Breaking`; `None` without that heading."""

    @property
    def is_open(self) -> bool:
        """Whether it can be about a version that is not released yet."""
        return bool(self.version) or "unreleased" in self.title.lower()


def parse_sections(text: str) -> list[Section]:
    """The sections of a changelog, the newest first."""
    found = []
    for part in re.split(r"^## +", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        version = re.search(r"\d+(\.\d+)+\w*", title)
        breaking = re.search(
            r"^### +Breaking\b[^\n]*$(.*?)(?=^### |\Z)", body, re.MULTILINE | re.DOTALL | re.IGNORECASE
        )
        found.append(Section(title.strip(), version[0] if version else "", breaking[1] if breaking else None))
    return found


def find_unnamed(changes: Iterable[Change], breaking: str) -> list[Change]:
    """The breaking changes that no code in backticks names.

    A line of a typing test is named by anything that stands in it: `client.deals.get` by `await client.deals.get(7)`.
    """
    names = {name for span in re.findall(r"`([^`]+)`", breaking) for name in _parse_names(span)}
    words = {word for name in names for word in re.findall(r"\w+", name)[-1:]}
    return [
        change
        for change in changes
        if change.name not in names
        if change.owner != TESTS or not words & set(re.findall(r"\w+", change.name))
    ]


def _parse_names(span: str) -> list[str]:
    """The names in code: `client.deals.list(tags=..., ids=...)` is two arguments."""
    text = " ".join(span.split()).replace("…", "...").removeprefix("await ")
    call = re.fullmatch(r"([\w.]+)\((.*)\)", text)
    if call is None or not call[2]:
        return [text.removesuffix("()")]
    return [f"{call[1]}({each.strip()})" for each in call[2].split(",")]


def draft(changes: Iterable[Change]) -> str:
    """The entry to paste below the heading of the next version."""
    by_heading: dict[str, list[Change]] = {heading: [] for heading in _HEADINGS}
    for change in changes:
        by_heading[_heading(change)].append(change)
    return "\n\n".join(
        "\n".join([f"### {heading}", "", *(_item(group, heading) for group in group_alike(found))])
        for heading, found in by_heading.items()
        if found
    )


def _heading(change: Change) -> str:
    match change.weight:
        case Weight.BREAKING:
            return "Breaking"
        case Weight.ADDITIVE:
            return "Added" if change.text.startswith("is new") else "Changed"
    return "Documentation"


def _item(group: list[Change], heading: str) -> str:
    names = [f"`{change.name}`" for change in group]
    named = ", ".join(names) if heading == "Breaking" else shorten(names)
    description = group[0].description.partition("\n\n")[0]
    if heading == "Added" and description:
        text = f"{named}: {description}"
    else:
        text = f"{named} {group[0].text}" if len(group) == 1 else f"{named}: each {group[0].text}"
    return textwrap.fill(
        f"{text.rstrip('.')}.", WIDTH, initial_indent="- ", subsequent_indent="  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
