"""The report on changes: by weight and owner, one line each, equal changes of several owners in one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby

from .change import Change, Weight

WIDTH = 100
_NAMED = 3
"""The number of names that are printed of many."""


def as_text(changes: list[Change], old: str, new: str) -> str:
    """The report; the breaking changes first."""
    if not changes:
        return f"Nothing public has changed between {old} and {new}."
    counts = ", ".join(f"{sum(each.weight is weight for each in changes)} {weight}" for weight in Weight)
    blocks = [f"Changes in {new} for users of {old}: {counts}."]
    for weight in Weight:
        if found := [change for change in changes if change.weight is weight]:
            lines = [f"{weight.title()} ({len(found)})"]
            for owner, groups in groupby(sorted(group_alike(found), key=_sort_key), key=_owner):
                lines.append(f"  {owner or 'in several places'}")
                lines += [line for group in groups for line in _entry(group, owner)]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def group_alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes that can be reported in one line: the same of the same last name, or of one owner."""
    alike: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        alike.setdefault((change.leaf, change.text, change.description), []).append(change)
    groups: dict[tuple[str, ...], list[Change]] = {}
    for key, found in alike.items():
        for change in found:
            several = len(found) >= _NAMED
            groups.setdefault(key if several else (change.owner, change.text, change.description), []).append(change)
    return list(groups.values())


def shorten(names: list[str]) -> str:
    """The first of many names, and the number of the others."""
    *others, last = names if len(names) <= _NAMED + 1 else [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return f"{', '.join(others)} and {last}" if others else last


def _owner(group: list[Change]) -> str:
    owners = {change.owner for change in group}
    return owners.pop() if len(owners) == 1 else ""


def _sort_key(group: list[Change]) -> tuple[bool, bool, str, str]:
    """Calls first, several owners last."""
    owner = _owner(group)
    return not owner, not owner.startswith("client."), owner.lower(), group[0].name


def _entry(group: list[Change], owner: str) -> list[str]:
    names = [change.short_name if owner else change.name for change in group]
    subject = "it" if names == [owner] else names[0] if len(group) == 1 else f"{shorten(names)}: each"
    lines = textwrap.wrap(
        f"{subject} {group[0].text}".replace("`", ""), WIDTH, initial_indent="    ", subsequent_indent="      ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    location = group[0].location
    if len(lines[-1]) + 2 + len(location) <= WIDTH:
        return [*lines[:-1], f"{lines[-1]:<{WIDTH - len(location)}}{location}".rstrip()]
    return [*lines, f"{location:>{WIDTH}}"]
