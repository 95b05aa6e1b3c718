"""What a source says about the API, as bare facts: operations, and for each its query parameters and the attributes
of its body and of its answer, by dotted path. `items[].vat.code` is the attribute `code` of the record `vat` in each
row of `items`. The docs, MOCO's OpenAPI document and our own spec are all read as such facts, and then compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from generator.spec.locations import Location, Pointer

Where = Location | Pointer
"""Where a source says something: a line, or the way into a document, whose line is looked up when it is shown."""

PARTS = ("query", "body", "answer")

_TWINS = {"PUT": "PATCH", "PATCH": "PUT"}

TEXT, INTEGER, NUMBER, BOOLEAN, DATE, TIME, RECORD, LIST = (
    "text",
    "integer",
    "number",
    "boolean",
    "date",
    "time",
    "record",
    "list",
)


@dataclass(frozen=True)
class Fact:
    """A parameter or an attribute, as a source has it."""

    name: str
    types: frozenset[str] = frozenset()
    """What its value may be; none are known: anything."""
    nullable: bool = False
    values: tuple[str, ...] = ()
    closed: bool = True
    """Whether the list of values is complete."""
    bounds: tuple[float, float] | None = None
    """The least and the greatest number, where that is how the values are said."""
    required: bool = False
    rows: frozenset[str] = frozenset()
    """What the rows of a list may be, as far as they are no records."""
    place: Where = field(default=Location(""), compare=False)

    def __or__(self, other: Fact) -> Fact:
        """What two mentions of the same attribute say together; the place is that of the first, or of the values."""
        return replace(
            self,
            place=other.place if other.values and not self.values else self.place,
            types=self.types | other.types,
            nullable=self.nullable or other.nullable,
            values=tuple(dict.fromkeys(self.values + other.values)),
            closed=(self.closed or not self.values) and (other.closed or not other.values),
            bounds=self.bounds or other.bounds,
            required=self.required or other.required,
            rows=self.rows | other.rows,
        )


Facts = dict[str, Fact]


def add(facts: Facts, more: Iterable[Fact]) -> None:
    """Put facts to the others, those of the same name together."""
    for fact in more:
        known = facts.get(fact.name)
        facts[fact.name] = known | fact if known else fact


@dataclass
class Operation:
    """An operation of a source."""

    key: str
    """Method and path, as `GET /projects/{}`: the same in every source."""
    page: str
    """The page of the docs, or the section of our spec."""
    place: Where
    parts: dict[str, Facts] = field(default_factory=lambda: {part: {} for part in PARTS})

    @property
    def method(self) -> str:
        """Its method."""
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        """Its path, with `{}` for every parameter."""
        return self.key.partition(" ")[2]

    def take(self, other: Operation) -> None:
        """Take what another mention of the operation says."""
        for part, facts in other.parts.items():
            add(self.parts[part], facts.values())


@dataclass
class Source:
    """All that one source says."""

    name: str
    operations: dict[str, Operation] = field(default_factory=dict)
    revision: str = ""
    """Which state of it: a commit, a version, a date."""

    def find(self, key: str) -> Operation | None:
        """The operation of this name. PUT and PATCH are the same one, unless the source has both."""
        return self.operations.get(key) or self.operations.get(twin(key))


def twin(key: str) -> str:
    """The name with PATCH for PUT, and the reverse."""
    method, path = key.split(" ")
    return f"{_TWINS.get(method, method)} {path}"


def anonymous(path: str) -> str:
    """The path with `{}` for each of its parameters: their names differ from source to source."""
    return re.sub(r"\{[^}/]*\}", "{}", path)


def inside(around: str, name: str, known: Facts) -> str:
    """The path of an attribute of another one, which may be a list: `items[].vat` for `vat` in `items`."""
    first, dot, rest = name.partition(".")
    if not around:
        return f"{first}[].{rest}" if dot and first in known and LIST in known[first].types else name
    return f"{around}[].{name}" if around in known and LIST in known[around].types else f"{around}.{name}"


def complete(facts: Facts) -> None:
    """Give a record or list of which only the attributes are told its fact, or its type."""
    for fact in list(facts.values()):
        for name in parents(fact.name):
            kind = frozenset({LIST if f"{name}[]." in fact.name else RECORD})
            known = facts.setdefault(name, Fact(name, kind, place=fact.place))
            facts[name] = known if known.types else replace(known, types=kind)


def parents(name: str) -> Iterator[str]:
    """The attributes around an attribute, outermost first: `items` of `items[].vat.code`, and `items[].vat`."""
    steps = name.split(".")
    for end in range(1, len(steps)):
        yield ".".join(steps[:end]).removesuffix("[]")
