"""The differences between our spec and what MOCO publishes, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .facts import (
    DATE,
    INTEGER,
    LIST,
    NUMBER,
    PARTS,
    RECORD,
    TEXT,
    TIME,
    Fact,
    Facts,
    Operation,
    Position,
    Source,
    parents,
)

MISSING, EXTRA, TYPE, GONE = "missing", "extra", "type", "gone"
"""Only they have it; only we have it; we have it with another type; they used to have it."""

NOUNS = {"query": "query parameter", "body": "body attribute", "answer": "answer attribute"}
KINDS = ("operation", *NOUNS.values(), "value", "null", "type")

COMPLETE = {"openapi"}
"""The sources that list every type. An example in the docs shows one value among others."""


class Difference(NamedTuple):
    """One difference between a source and our spec."""

    kind: str
    source: str
    what: str
    """One of KINDS."""
    fact: str
    """The fact, as `GET /projects/{}: answer customer.name`; `status=paid` is a value, `budget?` a null."""
    page: str
    theirs: Position | None = None
    ours: Position | None = None
    detail: str = ""

    def __str__(self) -> str:
        """The difference as `differences.yaml` writes it."""
        return f"{self.kind}{self.source and f' {self.source}'}: {self.fact}"


class Count(NamedTuple):
    """The number of facts of a source, and of those that our spec has."""

    found: int = 0
    total: int = 0


@dataclass
class Comparison:
    """The result of comparing our spec with the sources."""

    differences: list[Difference] = field(default_factory=list)
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    """Counts by source and kind, one of KINDS."""

    def count(self, source: str, what: str, difference: Difference | None) -> None:
        """Count a fact of a source, with the difference if our spec does not have it."""
        found, total = self.counts.get((source, what), Count())
        self.counts[source, what] = Count(found + (difference is None), total + 1)
        if difference:
            self.differences.append(difference)


def compare(spec: Source, sources: Iterable[Source]) -> Comparison:
    """Compare our spec with the sources: every fact of theirs with ours, and every fact of ours with theirs."""
    made = Comparison()
    aligned = [_aligned(source, spec) for source in sources]
    for source in aligned:
        for theirs in source.operations.values():
            _operation(made, spec, source.name, theirs)
    made.differences += _extras(spec, aligned)
    return made


def _aligned(source: Source, spec: Source) -> Source:
    """The source with PUT and PATCH merged where our spec has them as one operation."""
    aligned = Source(source.name)
    for key, operation in source.operations.items():
        ours = spec.find(key)
        name = ours.key if ours else key
        aligned.operations.setdefault(name, Operation(name, operation.page, operation.position)).merge(operation)
    return aligned


def _operation(made: Comparison, spec: Source, source: str, theirs: Operation) -> None:
    ours = spec.find(theirs.key)
    gap = None if ours else Difference(MISSING, source, "operation", theirs.key, theirs.page, theirs.position)
    made.count(source, "operation", gap)
    if ours is None:
        return
    for part in PARTS:
        facts = theirs.parts[part]
        if facts and not ours.parts[part]:
            name = f"{theirs.key}: {part}"
            gap = Difference(MISSING, source, NOUNS[part], name, ours.page, theirs.position, ours.position)
            made.count(source, NOUNS[part], gap)
        else:
            for fact in facts.values():
                for difference in _fact(source, ours, part, fact, facts):
                    made.count(source, *difference)


_Noted = Iterator[tuple[str, Difference | None]]
"""A kind to count, and the difference if there is one."""


def _fact(source: str, operation: Operation, part: str, theirs: Fact, facts: Facts) -> _Noted:
    ours = operation.parts[part]
    name = theirs.name
    mine = ours.get(name)
    where = mine.position if mine else _nearest(operation, part, name)

    def gap(what: str, suffix: str = "", kind: str = MISSING, detail: str = "") -> Difference:
        fact = f"{operation.key}: {part} {name}{suffix}"
        return Difference(kind, source, what, fact, operation.page, theirs.position, where, detail)

    if mine is None:
        is_in_a_gap = any(parent in facts and parent not in ours for parent in parents(name))
        if not is_in_a_gap:  # a missing record is one gap, with all its attributes
            yield NOUNS[part], gap(NOUNS[part])
        return
    yield NOUNS[part], None
    if theirs.nullable and part != "query":
        yield "null", None if mine.nullable else gap("null", "?")
    for value in theirs.values:
        yield "value", None if accepts(mine, value, closed=theirs.closed) else gap("value", f"={value}")
    if theirs.types:
        detail = type_conflict(theirs, mine, by_example=source not in COMPLETE, query=part == "query")
        yield "type", gap("type", kind=TYPE, detail=detail) if detail else None


def _nearest(operation: Operation, part: str, name: str) -> Position:
    """The position where a missing attribute belongs."""
    around = [operation.parts[part][parent].position for parent in parents(name) if parent in operation.parts[part]]
    return around[-1] if around else operation.position


def _extras(spec: Source, sources: list[Source]) -> Iterator[Difference]:
    """The facts of our spec that no source has."""
    for ours in spec.operations.values():
        found = {source.name: source.operations[ours.key] for source in sources if ours.key in source.operations}
        if not found:
            yield Difference(EXTRA, "", "operation", ours.key, ours.page, ours=ours.position)
        for part in PARTS if found else ():
            theirs = {name: operation.parts[part] for name, operation in found.items()}
            if part != "answer" or any(theirs.values()):  # else no source describes the answer
                for fact in ours.parts[part].values():
                    yield from _extra(ours, part, fact, theirs, next(iter(found.values())).position)


def _extra(ours: Operation, part: str, fact: Fact, theirs: dict[str, Facts], near: Position) -> Iterator[Difference]:
    have = {source: facts[fact.name] for source, facts in theirs.items() if fact.name in facts}
    position = next(iter(have.values())).position if have else near

    def extra(what: str, suffix: str = "") -> Difference:
        name = f"{ours.key}: {part} {fact.name}{suffix}"
        return Difference(EXTRA, "", what, name, ours.page, position, fact.position)

    if not have:
        around = [parent for parent in parents(fact.name) if parent in ours.parts[part]]
        if all(any(parent in facts for facts in theirs.values()) for parent in around):
            yield extra(NOUNS[part])
        return
    sure = [each for source, each in have.items() if source in COMPLETE]
    if part == "answer" and fact.nullable and sure and not any(each.nullable for each in have.values()):
        yield extra("null", "?")
    listed = [each for each in have.values() if each.values]
    if listed and all(each.closed for each in listed):
        published = {value for each in listed for value in each.values}
        yield from (extra("value", f"={value}") for value in fact.values if value not in published)


def accepts(fact: Fact, value: str, *, closed: bool) -> bool:
    """Whether a value is among ours or in our range; any value is if neither side has a closed list."""
    if fact.values:
        return value in fact.values
    if fact.bounds:
        return value.isdecimal() and fact.bounds[0] <= int(value) <= fact.bounds[1]
    return not closed or RECORD in fact.types


_WIDER = {INTEGER: {NUMBER}, DATE: {TEXT}, TIME: {TEXT}}
"""The wider types that agree with an example of a narrower one."""


def type_conflict(theirs: Fact, ours: Fact, *, by_example: bool, query: bool) -> str:
    """The conflict between two types in words; empty if they agree, or if one side has no type."""
    if query and LIST in ours.types:  # which is text with commas in a query
        return ""
    if all(_fits(*kinds, by_example) for kinds in ((theirs.types, ours.types), (theirs.rows, ours.rows))):
        return ""
    return f"{describe(theirs)} there, {describe(ours)} here"


def _fits(theirs: frozenset[str], ours: frozenset[str], by_example: bool) -> bool:
    if not theirs or not ours:
        return True
    return all(({kind} | (_WIDER.get(kind, set()) if by_example else set())) & ours for kind in theirs)


def describe(fact: Fact) -> str:
    """The types of a fact, in words."""
    rows = f" of {' or '.join(sorted(fact.rows))}" if fact.rows else ""
    return " or ".join(kind + rows * (kind == LIST) for kind in sorted(fact.types))
