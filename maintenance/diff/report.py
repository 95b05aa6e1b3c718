"""Changes for people to read: equal ones told once, under the resource or model they belong to."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from .changes import Change, Weight

__all__ = ["WORK_TREE", "Group", "as_json", "as_text", "grouped", "said", "shortened"]

WORK_TREE = "the work tree"

WIDTH = 100
SEVERAL = 3
"""From so many on, equal changes of different owners are told as one."""
NAMED = 3
"""So many of them are named."""

TITLES = {Weight.BREAKING: "Breaking", Weight.ADDITIVE: "Additive", Weight.DOCUMENTATION: "Documentation"}


@dataclass(frozen=True)
class Group:
    """Changes that are told as one."""

    changes: tuple[Change, ...]

    @property
    def first(self) -> Change:
        """The one that stands for all."""
        return self.changes[0]

    @property
    def owner(self) -> str:
        """What all of them belong to; nothing if they belong to several."""
        owners = {change.owner for change in self.changes}
        return owners.pop() if len(owners) == 1 else ""

    @property
    def told(self) -> str:
        """What is to be said of them, where it is clear what they belong to."""
        return f"{'each ' if len(self.changes) > 1 else ''}{said(self.first)}"


def grouped(changes: Iterable[Change]) -> list[Group]:
    """Equal changes together: of one owner, or of several if there are many."""
    groups = []
    equal: dict[tuple[str, ...], list[Change]] = {}
    alone: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        equal.setdefault(_told_alike(change), []).append(change)
    for found in equal.values():
        if len({change.owner for change in found}) >= SEVERAL:
            groups.append(Group(tuple(found)))
            continue
        for change in found:
            # Nobody looks for one of those that are described anew, so an owner's are not told apart.
            about = () if change.what == "words" else _told_alike(change)
            alone.setdefault((change.weight, change.owner, change.what, *about), []).append(change)
    return [*groups, *(Group(tuple(found)) for found in alone.values())]


def _told_alike(change: Change) -> tuple[str, ...]:
    """What is the same of changes that can be told as one."""
    words = change.words if change.what == "words" else ""
    return change.weight, change.what, change.kind, change.leaf, said(change), words


def said(change: Change) -> str:
    """The text without the owner of a new name, which differs where an argument of several methods is renamed."""
    renamed = change.renamed_to
    return change.text.replace(renamed, _leaf_of(renamed)) if renamed else change.text


def _leaf_of(name: str) -> str:
    return name.rpartition("(")[2].removesuffix(")") if name.endswith(")") else name.rpartition(".")[2]


def as_text(changes: list[Change], old: str, new: str) -> str:
    """The report: what is breaking first, then by owner, one line each, with the file and the line."""
    if not changes:
        return f"Nothing public has changed between {old} and {new}."
    counts = ", ".join(f"{sum(c.weight is weight for c in changes)} {weight}" for weight in Weight)
    parts = [f"What is different in {new} for who uses {old}: {counts}."]
    for weight, title in TITLES.items():
        groups = grouped(change for change in changes if change.weight is weight)
        if groups:
            number = sum(len(group.changes) for group in groups)
            parts.append("\n".join([f"{title} ({number})", *_section(groups, old, new)]))
    return "\n\n".join(parts)


def _section(groups: list[Group], old: str, new: str) -> list[str]:
    lines = []
    for owner in sorted({group.owner for group in groups}, key=_place_of_heading):
        lines.append(f"  {owner or 'in several places'}")
        for group in (group for group in groups if group.owner == owner):
            lines += _entry(group, old, new)
    return lines


def _place_of_heading(owner: str) -> tuple[bool, bool, str]:
    """Calls first, several places last."""
    return not owner, not owner.startswith("client."), owner.lower()


def _entry(group: Group, old: str, new: str) -> list[str]:
    change = group.first
    lines = textwrap.wrap(
        f"{_subject(group)} {group.told}".replace("`", ""),
        WIDTH,
        initial_indent="    ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    revision = old if change.is_old else new
    place = str(change.place) if revision == WORK_TREE else f"{revision}:{change.place}"
    if len(lines[-1]) + 2 + len(place) <= WIDTH:
        return [*lines[:-1], f"{lines[-1]:<{WIDTH - len(place)}}{place}"]
    return [*lines, f"{place:>{WIDTH}}"]


def _subject(group: Group) -> str:
    """What has changed, as far as its heading does not say so."""
    names = [change.below if group.owner else change.name for change in group.changes]
    if len(names) == 1:
        return names[0] if names[0] != group.owner else "it"
    return f"{shortened(names)}:"


def shortened(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    *others, last = names if len(names) <= NAMED + 1 else [*names[:NAMED], f"{len(names) - NAMED} more"]
    return f"{', '.join(others)} and {last}" if others else last


def as_json(changes: list[Change], old: str, new: str) -> str:
    """The same for machines: every change on its own."""
    listed = [
        {
            "class": change.weight,
            "change": change.what,
            "kind": change.kind,
            "name": change.name,
            **({"renamed_to": change.renamed_to} if change.renamed_to else {}),
            "text": change.text.replace("`", ""),
            "owner": change.owner,
            "revision": old if change.is_old else new,
            "file": change.place.file,
            "line": change.place.line,
        }
        for change in changes
    ]
    counts = {weight: sum(change.weight is weight for change in changes) for weight in Weight}
    return json.dumps({"old": old, "new": new, "counts": counts, "changes": listed}, ensure_ascii=False, indent=1)
