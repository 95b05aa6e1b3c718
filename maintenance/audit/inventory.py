"""The inventory of what MOCO published when we last looked: `openapi/inventory.json`.

It holds the facts of the docs and of MOCO's OpenAPI document, and none of their prose, so that the spec can be compared
with them at every commit and without a network. A fact is a line of text: `items[].vat.code? text = a | b` is the
attribute `code` of the record `vat` in each row of `items`; it may be null, is text, and its values are `a` and `b`.
A list of values that ends in `...` is not complete; `1..10` is a range; `tags list of text` has rows that are text; `!`
after the name means required. The key of an operation instead of facts stands for the facts of that operation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from generator.spec.locations import Location

from ..errors import InputError
from .facts import PARTS, Fact, Operation, Source

_FACT = re.compile(
    r"(?P<name>[^\s?!]+)(?P<required>!?)(?P<null>\??)"
    r"(?: (?P<types>[a-z|]+?)(?: of (?P<rows>[a-z|]+))?)?(?: = (?P<values>.*))?"
)
_RANGE = re.compile(r"(-?[\d.]+)\.\.(-?[\d.]+)")


def format_fact(fact: Fact) -> str:
    """The line of text for a fact.

    Raises:
        InputError: its name is none, and could not be read again.
    """
    if re.search(r"[\s?!]", fact.name):
        raise InputError(f"{fact.name!r} cannot be recorded: it is not the name of an attribute")
    values = [*fact.values, *([] if fact.closed else ["..."])]
    said = " | ".join(values) or ("{:g}..{:g}".format(*fact.bounds) if fact.bounds else "")
    types, rows = ("|".join(sorted(kinds)) for kinds in (fact.types, fact.rows))
    parts = ((" ", types), (" of ", rows), (" = ", said))
    head = fact.name + "!" * fact.required + "?" * fact.nullable
    return head + "".join(before + part for before, part in parts if part)


def parse_fact(text: str, position: Location) -> Fact:
    """The fact in a line of text.

    Raises:
        ValueError: the line does not hold a fact.
    """
    match = _FACT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a fact: {text!r}")
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
        position,
    )


def write_inventory(sources: Iterable[Source], file: Path) -> None:
    """Record the sources; sources that are not given keep their records."""
    recorded = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for source in sources:
        recorded[source.name] = {"revision": source.revision, "operations": _deduplicate(source)}
    file.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_inventory(file: Path) -> list[Source]:
    """The recorded sources.

    Raises:
        InputError: the file is damaged.
    """
    try:
        return [
            Source(name, _operations(name, recorded["operations"]), recorded["revision"])
            for name, recorded in json.loads(file.read_text("utf-8")).items()
        ]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{file} is damaged: {type(error).__name__}: {error}") from None


def _deduplicate(source: Source) -> dict[str, dict[str, str | list[str]]]:
    first: dict[tuple[str, ...], str] = {}
    compact: dict[str, dict[str, str | list[str]]] = {}
    for key, operation in sorted(source.operations.items(), key=lambda item: item[0].split(" ")[::-1]):
        parts: dict[str, str | list[str]] = {"page": operation.page}
        for part in PARTS:
            facts = tuple(format_fact(fact) for _, fact in sorted(operation.parts[part].items()))
            if facts:
                same = first.setdefault((part, *facts), key)
                parts[part] = list(facts) if same == key else same
        compact[key] = parts
    return compact


def _operations(name: str, recorded: dict[str, dict[str, str | list[str]]]) -> dict[str, Operation]:
    operations = {}
    for key, parts in recorded.items():
        page = str(parts["page"])
        position = Location(f"{name}: {page}")
        operation = Operation(key, page, position)
        for part in PARTS:
            facts = parts.get(part, [])
            if isinstance(facts, str):
                facts = recorded[facts][part]
            operation.parts[part] = {fact.name: fact for text in facts for fact in [parse_fact(text, position)]}
        operations[key] = operation
    return operations
