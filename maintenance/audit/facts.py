"""Facts about the API: operations with their query parameters and the attributes of their bodies and answers.

Attributes are named by dotted path: `items[].vat.code` is the attribute `code` of the record `vat` in each row of
`items`. The docs, MOCO's OpenAPI document and our own spec are all read as such facts, and then compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from generator.spec.locations import Location, Pointer

from ..limits import escape

Position = Location | Pointer
"""The position of a fact in its source: a line, or a pointer whose line is looked up when it is printed."""

PARTS = ("query", "body", "answer")

_SWAPPED = {"PUT": "PATCH", "PATCH": "PUT"}

TEXT, INTEGER, NUMBER, BOOLEAN = "text", "integer", "number", "boolean"
DATE, TIME, RECORD, LIST = "date", "time", "record", "list"


@dataclass(frozen=True)
class Fact:
    """A parameter or an attribute in a source."""

    name: str
    types: frozenset[str] = frozenset()
    """The types of its value; empty if none are known."""
    nullable: bool = False
    values: tuple[str, ...] = ()
    closed: bool = True
    """Whether the list of values is complete."""
    bounds: tuple[float, float] | None = None
    """The least and the greatest number, if the source gives a range instead of values."""
    required: bool = False
    rows: frozenset[str] = frozenset()
    """The types of the rows of a list, records excluded."""
    position: Position = field(default=Location(""), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", escape(self.name))
        object.__setattr__(self, "values", tuple(map(escape, self.values)))

    def __or__(self, other: Fact) -> Fact:
        """The union of two mentions of an attribute; the position is that of the first, or of the values."""
        return replace(
            self,
            position=other.position if other.values and not self.values else self.position,
            types=self.types | other.types,
            nullable=self.nullable or other.nullable,
            values=tuple(dict.fromkeys(self.values + other.values)),
            closed=(self.closed or not self.values) and (other.closed or not other.values),
            bounds=self.bounds or other.bounds,
            required=self.required or other.required,
            rows=self.rows | other.rows,
        )


Facts = dict[str, Fact]


def merge_facts(facts: Facts, more: Iterable[Fact]) -> None:
    """Add facts to others; those of the same name are merged."""
    for fact in more:
        known = facts.get(fact.name)
        facts[fact.name] = known | fact if known else fact


@dataclass
class Operation:
    """An operation in a source."""

    key: str
    """Method and path, as `GET /projects/{}`; the same in every source."""
    page: str
    """The page of the docs, or the section of our spec."""
    position: Position
    parts: dict[str, Facts] = field(default_factory=lambda: {part: {} for part in PARTS})

    def __post_init__(self) -> None:
        self.key, self.page = escape(self.key), escape(self.page)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path, with `{}` for every parameter."""
        return self.key.partition(" ")[2]

    def merge(self, other: Operation) -> None:
        """Add the facts of another mention of the operation."""
        for part, facts in other.parts.items():
            merge_facts(self.parts[part], facts.values())


@dataclass
class Source:
    """All operations of one source."""

    name: str
    operations: dict[str, Operation] = field(default_factory=dict)
    revision: str = ""
    """The state of the source: a commit, a version, a date."""

    def find(self, key: str) -> Operation | None:
        """The operation with this key. PUT and PATCH are the same operation unless the source has both."""
        return self.operations.get(key) or self.operations.get(swap_put_patch(key))


def swap_put_patch(key: str) -> str:
    """The key with PATCH for PUT, and the reverse."""
    method, _, path = key.partition(" ")
    return f"{_SWAPPED.get(method, method)} {path}"


def anonymize_path(path: str) -> str:
    """The path with `{}` for each parameter, as the names of parameters differ between sources."""
    return re.sub(r"\{[^}/]*\}", "{}", path)


def nest(around: str, name: str, known: Facts) -> str:
    """The path of an attribute inside another one, which may be a list: `items[].vat` for `vat` in `items`."""
    first, dot, rest = name.partition(".")
    if not around:
        return f"{first}[].{rest}" if dot and first in known and LIST in known[first].types else name
    return f"{around}[].{name}" if around in known and LIST in known[around].types else f"{around}.{name}"


def add_parents(facts: Facts) -> None:
    """Add the records and lists of which only the attributes are named, or their types."""
    for fact in list(facts.values()):
        for name in parents(fact.name):
            kind = frozenset({LIST if f"{name}[]." in fact.name else RECORD})
            known = facts.setdefault(name, Fact(name, kind, position=fact.position))
            facts[name] = known if known.types else replace(known, types=kind)


def parents(name: str) -> Iterator[str]:
    """The attributes around an attribute, outermost first: `items` and `items[].vat` for `items[].vat.code`."""
    steps = name.split(".")
    for end in range(1, len(steps)):
        yield ".".join(steps[:end]).removesuffix("[]")
