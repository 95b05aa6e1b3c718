"""The changes of a source between two revisions, and whether our spec has them already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .compare import GONE, NOUNS, Difference, accepts, describe
from .facts import LIST, PARTS, Fact, Facts, Operation, Position, Source, parents

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


class Change(NamedTuple):
    """One operation, attribute, value or property of these that was added, removed or changed."""

    kind: str
    what: str
    """operation, query parameter, body attribute, answer attribute, value, null, type or required"""
    operation: str
    part: str
    name: str
    """The path of the attribute; with `=value` if the change is about a value."""
    page: str
    position: Position
    detail: str = ""
    done: bool = False
    """Whether our spec agrees with the newer revision."""

    @property
    def fact(self) -> str:
        """The change as `GET /projects: query name`."""
        return f"{self.operation}: {self.part} {self.name}" if self.name else self.operation


def find_changes(old: Source, new: Source, spec: Source | None = None) -> list[Change]:
    """The changes from `old` to `new`."""
    found: list[Change] = []
    for key in [*new.operations, *(key for key in old.operations if key not in new.operations)]:
        before, after = old.operations.get(key), new.operations.get(key)
        ours = spec.find(key) if spec else None
        here = after or old.operations[key]
        if before is None or after is None:
            kind = ADDED if after else REMOVED
            done = (ours is not None) == (kind == ADDED)
            found.append(Change(kind, "operation", key, "", "", here.page, here.position, done=done))
        for part in PARTS:
            mine = ours.parts[part] if ours else {}
            found += _part(before, after, part, mine, here)
    return found


def no_longer_published(before: Source, now: Source, spec: Source) -> Iterator[Difference]:
    """The facts a source no longer has: MOCO gave them up, or writes them in a way that cannot be read."""
    found = [change for change in find_changes(before, now) if change.kind == REMOVED]
    whole = {change.operation for change in found if change.what == "operation"}
    for change in found:
        if change.what == "operation" or change.operation not in whole:
            ours = spec.find(change.operation)
            mine = ours.parts[change.part].get(change.name.partition("=")[0]) if ours and change.part else None
            where = mine.position if mine else ours.position if ours else None
            page = ours.page if ours else change.page
            yield Difference(GONE, now.name, change.what, change.fact, page, change.position, where)


def _part(
    before: Operation | None, after: Operation | None, part: str, ours: Facts, here: Operation
) -> Iterator[Change]:
    was, now = (operation.parts[part] if operation else {} for operation in (before, after))

    def change(kind: str, what: str, fact: Fact, done: bool, *, suffix: str = "", detail: str = "") -> Change:
        return Change(kind, what, here.key, part, fact.name + suffix, here.page, fact.position, detail, done)

    for name, fact in now.items():
        if name not in was:
            yield change(ADDED, NOUNS[part], fact, name in ours)
            for value in fact.values:
                yield change(ADDED, "value", fact, _has(ours, name, value), suffix=f"={value}")
        else:
            yield from _fact(was[name], fact, part, ours.get(name), change)
    for name, fact in was.items():
        if name not in now and not any(parent in was and parent not in now for parent in parents(name)):
            yield change(REMOVED, NOUNS[part], fact, name not in ours)


def _fact(was: Fact, now: Fact, part: str, ours: Fact | None, change: Callable[..., Change]) -> Iterator[Change]:
    mine = {now.name: ours} if ours else {}
    for value in now.values:
        if value not in was.values:
            yield change(ADDED, "value", now, _has(mine, now.name, value), suffix=f"={value}")
    for value in was.values:
        if value not in now.values:
            yield change(REMOVED, "value", was, not _has(mine, now.name, value), suffix=f"={value}")
    if was.nullable != now.nullable and part != "query":
        done = ours is not None and ours.nullable == now.nullable
        detail = "may be null" if now.nullable else "is no longer shown as null"
        yield change(CHANGED, "null", now, done, detail=detail)
    if (was.types, was.rows) != (now.types, now.rows) and now.types and (was.types or LIST in now.types):
        done = ours is not None and now.types <= ours.types and now.rows <= ours.rows
        yield change(CHANGED, "type", now, done, detail=f"{describe(was) or 'one value'} became {describe(now)}")
    if was.required != now.required and part != "answer":
        done = ours is not None and ours.required == now.required
        detail = "is required" if now.required else "is no longer required"
        yield change(CHANGED, "required", now, done, detail=detail)


def _has(ours: Facts, name: str, value: str) -> bool:
    return name in ours and accepts(ours[name], value, closed=False)
