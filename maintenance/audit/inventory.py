"""What MOCO publishes, as it was when we last looked: `openapi/inventory.json`.

It holds bare facts of the docs and of MOCO's OpenAPI document, none of their words, so that the spec can be compared
with them at every commit and without a network. A fact is a line of text: `items[].vat.code? text = a | b` is the
attribute `code` of the record `vat` in each row of `items`; it may be null, is text, and its values are `a` and `b`.
A list of values that ends in `...` is not complete; `1..10` is a range; `tags list of text` has rows that are text; `!`
behind the name: it is required. Where an operation stands in place of facts, they are the same as there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from generator.spec.locations import Location

from .facts import PARTS, Fact, Operation, Source

_FACT = re.compile(
    r"(?P<name>[^\s?!]+)(?P<required>!?)(?P<null>\??)"
    r"(?: (?P<types>[a-z|]+?)(?: of (?P<rows>[a-z|]+))?)?(?: = (?P<values>.*))?"
)
_RANGE = re.compile(r"(-?[\d.]+)\.\.(-?[\d.]+)")


def written(fact: Fact) -> str:
    """A fact as a line of text."""
    values = [*fact.values, *([] if fact.closed else ["..."])]
    said = " | ".join(values) or ("{:g}..{:g}".format(*fact.bounds) if fact.bounds else "")
    types, rows = ("|".join(sorted(kinds)) for kinds in (fact.types, fact.rows))
    parts = ((" ", types), (" of ", rows), (" = ", said))
    head = fact.name + "!" * fact.required + "?" * fact.nullable
    return head + "".join(before + part for before, part in parts if part)


def parsed(text: str, place: Location) -> Fact:
    """The fact that was written as a line of text."""
    match = _FACT.fullmatch(text)
    if match is None:
        raise ValueError(f"no fact: {text!r}")
    types, rows = (frozenset(match[kind].split("|")) if match[kind] else frozenset() for kind in ("types", "rows"))
    said = match["values"] or ""
    bounds = _RANGE.fullmatch(said)
    values = () if bounds else tuple(said.split(" | ")) if said else ()
    closed = values[-1:] != ("...",)
    return Fact(
        match["name"],
        types,
        bool(match["null"]),
        values if closed else values[:-1],
        closed,
        (float(bounds[1]), float(bounds[2])) if bounds else None,
        bool(match["required"]),
        rows,
        place,
    )


def write_inventory(sources: Iterable[Source], file: Path) -> None:
    """Record the sources; those that are not among them stay as they were recorded."""
    recorded = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for source in sources:
        recorded[source.name] = {"revision": source.revision, "operations": _compact(source)}
    file.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_inventory(file: Path) -> list[Source]:
    """The sources as they were recorded."""
    return [
        Source(name, _operations(name, recorded["operations"]), recorded["revision"])
        for name, recorded in json.loads(file.read_text("utf-8")).items()
    ]


def _compact(source: Source) -> dict[str, dict[str, str | list[str]]]:
    first: dict[tuple[str, ...], str] = {}
    compact: dict[str, dict[str, str | list[str]]] = {}
    for key, operation in sorted(source.operations.items(), key=lambda item: item[0].split(" ")[::-1]):
        parts: dict[str, str | list[str]] = {"page": operation.page}
        for part in PARTS:
            facts = tuple(written(fact) for _, fact in sorted(operation.parts[part].items()))
            if facts:
                same = first.setdefault((part, *facts), key)
                parts[part] = list(facts) if same == key else same
        compact[key] = parts
    return compact


def _operations(name: str, recorded: dict[str, dict[str, str | list[str]]]) -> dict[str, Operation]:
    operations = {}
    for key, parts in recorded.items():
        page = str(parts["page"])
        place = Location(f"{name}: {page}")
        operation = Operation(key, page, place)
        for part in PARTS:
            facts = parts.get(part, [])
            if isinstance(facts, str):
                facts = recorded[facts][part]
            operation.parts[part] = {fact.name: fact for text in facts for fact in [parsed(text, place)]}
        operations[key] = operation
    return operations
