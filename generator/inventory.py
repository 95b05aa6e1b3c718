"""The inventory of what MOCO publishes, in its docs and in its own OpenAPI document: `openapi/inventory.json`.

It holds bare facts: operations, and for each its query parameters and the attributes of its body and of its answer
by dotted path. `items[].vat.code?=a|b` is the attribute `code` of the record `vat` in each row of `items`; it may be
null, and its values are `a` and `b`. `=a|...` is a list that is not complete. Where an operation stands in place of
facts, they are the same as there.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .bundle import Node

PARTS = ("query", "body", "answer")
UNFINISHED = "..."

Operations = dict[str, dict[str, list[str]]]
"""The facts of a source: by operation (`GET /projects/{}`) and by part."""
Inventory = dict[str, Operations]


class Fact(NamedTuple):
    """A parameter or an attribute, as a source has it."""

    name: str
    nullable: bool = False
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name + "?" * self.nullable + ("=" + "|".join(self.values) if self.values else "")

    @classmethod
    def parse(cls, text: str) -> Fact:
        """The fact that was written as `text`."""
        head, _, values = text.partition("=")
        return cls(head.removesuffix("?"), head.endswith("?"), tuple(values.split("|")) if values else ())


def write_inventory(gathered: Path, inventory: Path) -> None:
    """Make the inventory from the gathered `endpoints.json`, `entities.json` and `official_operations.json`."""
    endpoints, entities, official = (
        json.loads((gathered / name).read_text("utf-8"))
        for name in ("endpoints.json", "entities.json", "official_operations.json")
    )
    twins = _twins(endpoints, official)
    sources = {"docs": _Docs(entities).operations(endpoints), "openapi": map(_official_operation, official)}
    written = {source: _compact(_merged(operations, twins)) for source, operations in sources.items()}
    inventory.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_inventory(inventory: Path) -> Inventory:
    """The inventory, everything that is the same elsewhere written out."""
    read: Inventory = json.loads(inventory.read_text("utf-8"))
    for operations in read.values():
        for parts in operations.values():
            for part, facts in parts.items():
                parts[part] = operations[facts][part] if isinstance(facts, str) else facts
    return read


_Gathered = tuple[str, str, dict[str, list[Fact]]]
"""Method, path, and facts by part."""


def _twins(endpoints: list[Node], official: list[Node]) -> set[str]:
    """The paths where PATCH is the same operation as PUT.

    They are all that have PUT, but for those whose PATCH the docs describe on its own: PATCH adds taggings.
    """
    docs, others = ({(each["method"], anonymous(each["path"])) for each in source} for source in (endpoints, official))
    puts = {path for method, path in docs | others if method == "PUT"}
    return {path for path in puts if not {("PUT", path), ("PATCH", path)} <= docs}


def _merged(operations: Iterable[_Gathered], twins: set[str]) -> Operations:
    """The facts of each operation, sorted; of twins, each may know something that the other does not."""
    merged: dict[tuple[str, str], dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for method, raw_path, parts in operations:
        path = anonymous(raw_path)
        for part in PARTS:
            merged[path, "PUT" if method == "PATCH" and path in twins else method][part] += parts.get(part, [])
    by_path = sorted(merged.items())
    return {f"{method} {path}": {part: _united(parts[part]) for part in PARTS} for (path, method), parts in by_path}


def _united(facts: list[Fact]) -> list[str]:
    """One fact for each name: variants of a record, and twins of an operation, add up."""
    by_name: dict[str, Fact] = {}
    for name, nullable, values in facts:
        known = by_name.get(name, Fact(name))
        together = dict.fromkeys(sorted({*known.values, *values} - {UNFINISHED}))
        unfinished = (UNFINISHED,) if UNFINISHED in {*known.values, *values} else ()
        by_name[name] = Fact(name, known.nullable or nullable, (*together, *unfinished))
    return [str(fact) for _, fact in sorted(by_name.items())]


def _compact(operations: Operations) -> dict[str, dict[str, list[str] | str]]:
    """The same, with the first operation that has it in place of every long list that comes again."""
    first: dict[tuple[str, ...], str] = {}
    compact: dict[str, dict[str, list[str] | str]] = {}
    for key, parts in operations.items():
        compact[key] = {}
        for part, facts in parts.items():
            same = first.setdefault((part, *facts), key)
            if facts:
                compact[key][part] = facts if same == key or len(facts) < 4 else same
    return compact


def anonymous(path: str) -> str:
    """Parameters of a path count by their position; each source has its own names for them."""
    return re.sub(r"{\w+}", "{}", path)


class _Docs:
    """The docs' operations, with the records that they answer and take."""

    def __init__(self, entities: list[Node]) -> None:
        self.entities = {entity["name"]: entity["attributes"] for entity in entities}

    def operations(self, endpoints: list[Node]) -> Iterator[_Gathered]:
        for endpoint in endpoints:
            if endpoint.get("legacy"):  # an example of 2018 for a path that is gone
                continue
            # `Company (probable)` is a Company; of `A or B (unknown)` nothing is known.
            record = (endpoint["returns_schema"] or "").removesuffix(" (probable)").removesuffix("[]")
            answer = self.entities.get(record, [])
            yield (
                endpoint["method"],
                endpoint["path"],
                {
                    "query": [*self._facts(endpoint["query"]), *_filters(endpoint, answer)],
                    "body": list(self._facts(endpoint["body"] or [])),
                    "answer": list(self._facts(answer)),
                },
            )

    def _facts(self, attributes: list[Node], prefix: str = "") -> Iterator[Fact]:
        for attribute in attributes:
            name = prefix + attribute["name"]
            # What only looks as if it could be null is no fact.
            nullable = attribute.get("nullable", False) and attribute.get("nullable_basis") != "inferred"
            values = [str(value) for value in attribute.get("values") or attribute.get("enum") or ()]
            if shown := attribute.get("enum_open"):
                values = [*map(str, shown), UNFINISHED]
            yield Fact(name, nullable, tuple(values))
            known = self.entities.get(attribute.get("ref"), [])
            inner = attribute.get("fields") or attribute.get("attributes") or known
            yield from self._facts(inner, name + ("[]." if attribute["type"].startswith("array") else "."))


def _filters(endpoint: Node, answer: list[Node]) -> Iterator[Fact]:
    """What the docs say once for all lists."""
    if endpoint["paginated"] and endpoint["pagination_basis"].startswith("docs"):  # else assumed, or only observed
        yield Fact("page")
    if endpoint["global_filters"] == "stated":
        yield from (Fact("ids"), Fact("updated_after"))
        # Some pages name the two above and no more.
        if "global_filters_note" not in endpoint and any(each["name"] == "custom_properties" for each in answer):
            yield Fact("custom_properties")


def _official_operation(operation: Node) -> _Gathered:
    body = operation["body"] or {"attributes": {}}
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    parts = {
        "query": list(_official_facts(operation["query"])),
        "body": list(_official_facts(body["attributes"])),
        "answer": [fact for answer in good for fact in _official_facts(answer["attributes"])],
    }
    return operation["method"], operation["path"], parts


def _official_facts(shape: Any, name: str = "", nullable: bool = False) -> Iterator[Fact]:
    """A shape is a type (`string:a|b`), a list of one shape, shapes by name, or `one_of` several."""
    if isinstance(shape, dict) and "one_of" in shape:
        for option in shape["one_of"]:
            yield from _official_facts(option, name, nullable)
        return
    rows = shape[0] if isinstance(shape, list) else shape
    if name:
        values = rows.partition(":")[2] if isinstance(rows, str) else ""
        yield Fact(name, nullable, tuple(values.split("|")) if values else ())
    if isinstance(rows, dict):
        # The rows of a list that is the whole answer are what the answer has.
        prefix = f"{name}[]." if name and isinstance(shape, list) else f"{name}." if name else ""
        for key, inner in rows.items():
            yield from _official_facts(inner, prefix + key.removesuffix("?"), key.endswith("?"))
