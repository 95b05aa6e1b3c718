"""Where MOCO's docs or OpenAPI document and our spec differ: what they have and we have not, and the reverse."""

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
    Source,
    Where,
    parents,
)

MISSING, EXTRA, TYPE, GONE = "missing", "extra", "type", "gone"
"""They have it and we have not; we have it and none of them has; we have it as something else; they had it."""

NOUNS = {"query": "query parameter", "body": "body attribute", "answer": "answer attribute"}
KINDS = ("operation", *NOUNS.values(), "value", "null", "type")

COMPLETE = {"openapi"}
"""The sources that say everything. What an example in the docs shows is one value among others."""


class Difference(NamedTuple):
    """One way in which a source and our spec differ."""

    kind: str
    source: str
    what: str
    """One of KINDS."""
    fact: str
    """As `GET /projects/{}: answer customer.name`; a value is written `status=paid`, a null `budget?`."""
    page: str
    theirs: Where | None = None
    ours: Where | None = None
    detail: str = ""

    def __str__(self) -> str:
        """What the file of known differences calls it."""
        return f"{self.kind}{self.source and f' {self.source}'}: {self.fact}"


class Count(NamedTuple):
    """How much of a source our spec has."""

    found: int = 0
    total: int = 0


@dataclass
class Comparison:
    """What came of comparing our spec with the sources."""

    differences: list[Difference] = field(default_factory=list)
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    """By source and by what is counted, one of KINDS."""

    def note(self, source: str, what: str, difference: Difference | None) -> None:
        """Count something a source has; the difference says how we do not have it."""
        found, total = self.counts.get((source, what), Count())
        self.counts[source, what] = Count(found + (difference is None), total + 1)
        if difference:
            self.differences.append(difference)


def compare(spec: Source, sources: Iterable[Source]) -> Comparison:
    """Look for everything of the sources in our spec, and for everything of our spec in the sources."""
    made = Comparison()
    aligned = [_aligned(source, spec) for source in sources]
    for source in aligned:
        for theirs in source.operations.values():
            _operation(made, spec, source.name, theirs)
    made.differences += _extras(spec, aligned)
    return made


def _aligned(source: Source, spec: Source) -> Source:
    """A source with PUT and PATCH as one operation where our spec has them as one."""
    aligned = Source(source.name)
    for key, operation in source.operations.items():
        ours = spec.find(key)
        name = ours.key if ours else key
        aligned.operations.setdefault(name, Operation(name, operation.page, operation.place)).take(operation)
    return aligned


def _operation(made: Comparison, spec: Source, source: str, theirs: Operation) -> None:
    ours = spec.find(theirs.key)
    gap = None if ours else Difference(MISSING, source, "operation", theirs.key, theirs.page, theirs.place)
    made.note(source, "operation", gap)
    if ours is None:
        return
    for part in PARTS:
        facts = theirs.parts[part]
        if facts and not ours.parts[part]:
            name = f"{theirs.key}: {part}"
            gap = Difference(MISSING, source, NOUNS[part], name, ours.page, theirs.place, ours.place)
            made.note(source, NOUNS[part], gap)
        else:
            for fact in facts.values():
                for difference in _fact(source, ours, part, fact, facts):
                    made.note(source, *difference)


_Noted = Iterator[tuple[str, Difference | None]]
"""What is counted, and how we do not have it if so."""


def _fact(source: str, operation: Operation, part: str, theirs: Fact, facts: Facts) -> _Noted:
    ours = operation.parts[part]
    name = theirs.name
    mine = ours.get(name)
    where = mine.place if mine else _nearest(operation, part, name)

    def gap(what: str, suffix: str = "", kind: str = MISSING, detail: str = "") -> Difference:
        fact = f"{operation.key}: {part} {name}{suffix}"
        return Difference(kind, source, what, fact, operation.page, theirs.place, where, detail)

    if mine is None:
        is_in_a_gap = any(parent in facts and parent not in ours for parent in parents(name))
        if not is_in_a_gap:  # what is missing is one gap with all that is in it
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


def _nearest(operation: Operation, part: str, name: str) -> Where:
    """Where an attribute that is not there would be."""
    around = [operation.parts[part][parent].place for parent in parents(name) if parent in operation.parts[part]]
    return around[-1] if around else operation.place


def _extras(spec: Source, sources: list[Source]) -> Iterator[Difference]:
    """What our spec has and none of the sources."""
    for ours in spec.operations.values():
        found = {source.name: source.operations[ours.key] for source in sources if ours.key in source.operations}
        if not found:
            yield Difference(EXTRA, "", "operation", ours.key, ours.page, ours=ours.place)
        for part in PARTS if found else ():
            theirs = {name: operation.parts[part] for name, operation in found.items()}
            if part != "answer" or any(theirs.values()):  # else nobody says what is answered
                for fact in ours.parts[part].values():
                    yield from _extra(ours, part, fact, theirs, next(iter(found.values())).place)


def _extra(ours: Operation, part: str, fact: Fact, theirs: dict[str, Facts], near: Where) -> Iterator[Difference]:
    have = {source: facts[fact.name] for source, facts in theirs.items() if fact.name in facts}
    place = next(iter(have.values())).place if have else near

    def extra(what: str, suffix: str = "") -> Difference:
        return Difference(EXTRA, "", what, f"{ours.key}: {part} {fact.name}{suffix}", ours.page, place, fact.place)

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
        told = {value for each in listed for value in each.values}
        yield from (extra("value", f"={value}") for value in fact.values if value not in told)


def accepts(fact: Fact, value: str, *, closed: bool) -> bool:
    """Whether a value is among ours, or in our range; where neither side has a closed list, any value is."""
    if fact.values:
        return value in fact.values
    if fact.bounds:
        return value.isdecimal() and fact.bounds[0] <= int(value) <= fact.bounds[1]
    return not closed or RECORD in fact.types


_WIDER = {INTEGER: {NUMBER}, DATE: {TEXT}, TIME: {TEXT}}
"""What is fine to have where an example shows something narrower."""


def type_conflict(theirs: Fact, ours: Fact, *, by_example: bool, query: bool) -> str:
    """How the types differ, in words; nothing where they agree, or where one side does not say."""
    if query and LIST in ours.types:  # a list is text with commas there
        return ""
    if all(_fits(*kinds, by_example) for kinds in ((theirs.types, ours.types), (theirs.rows, ours.rows))):
        return ""
    return f"{told(theirs)} there, {told(ours)} here"


def _fits(theirs: frozenset[str], ours: frozenset[str], by_example: bool) -> bool:
    if not theirs or not ours:
        return True
    return all(({kind} | (_WIDER.get(kind, set()) if by_example else set())) & ours for kind in theirs)


def told(fact: Fact) -> str:
    """The types of a fact in words."""
    rows = f" of {' or '.join(sorted(fact.rows))}" if fact.rows else ""
    return " or ".join(kind + rows * (kind == LIST) for kind in sorted(fact.types))
