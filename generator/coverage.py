"""Compare the spec with what MOCO publishes: its docs, and its own OpenAPI document.

A gap is written like the fact of the inventory that is missing: `docs: PUT /invoices/{}: body items[].vat.code=b`.
What is missing is one gap with all that is in it. `openapi/omissions.yaml` says why the spec does without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from .bundle import Bundle, Node
from .inventory import UNFINISHED, Fact, Inventory, anonymous

SOURCES = {"docs": "docs", "openapi": "OpenAPI document"}
PARTS = {"query": "query parameters", "body": "body attributes", "answer": "response attributes"}
KINDS = ("operations", *PARTS.values(), "enum values", "nullable")


class Check(NamedTuple):
    """One thing that a source has, and whether the spec has it."""

    source: str
    kind: str
    fact: str
    found: bool


def compare(spec: Bundle, inventory: Inventory) -> list[Check]:
    """Look for everything of the inventory in the spec."""
    ours = {f"{method.upper()} {anonymous(path)}": operation for path, method, operation in spec.operations()}
    return [
        Check(source, kind, f"{source}: {fact}", found)
        for source, operations in inventory.items()
        for key, parts in operations.items()
        for kind, fact, found in _operation(spec, key, ours.get(key), parts)
    ]


_Checks = Iterator[tuple[str, str, bool]]
"""Kind, fact, and whether it was found."""


def _operation(spec: Bundle, key: str, operation: Node | None, parts: dict[str, list[str]]) -> _Checks:
    yield "operations", key, operation is not None
    if operation is None:
        return
    for part, kind in PARTS.items():
        if facts := parts.get(part):
            schemas = list(_schemas_of(spec, operation, part))
            if not schemas:
                yield kind, f"{key}: {part}", False
            else:
                for kind_of_check, fact, found in _attributes(spec, schemas, kind, facts):
                    yield kind_of_check, f"{key}: {part} {fact}", found


def _attributes(spec: Bundle, schemas: list[Node], kind: str, facts: list[str]) -> _Checks:
    missing: tuple[str, ...] = ()
    for name, nullable, values in map(Fact.parse, facts):
        if name.startswith(missing):
            continue
        shapes = _find(spec, schemas, name)
        yield kind, name, bool(shapes)
        if not shapes:
            missing += (f"{name}.", f"{name}[].")
            continue
        if nullable:
            yield "nullable", f"{name}?", any("null" in _types(shape) for shape in shapes)
        shapes += _rows(spec, shapes)  # the values of a list are those of its rows
        for value in values:
            if value != UNFINISHED:
                closed = UNFINISHED not in values
                yield "enum values", f"{name}={value}", any(_accepts(shape, value, closed=closed) for shape in shapes)


def _schemas_of(spec: Bundle, operation: Node, part: str) -> Iterator[Node]:
    """The schemas that hold the names of a part: an object for the query, the media types of a body or answer."""
    if part == "query":
        parameters = [spec.resolve(parameter) for parameter in operation["parameters"]]
        yield {"properties": {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}}
        return
    bodies = [operation.get("requestBody", {})]
    if part == "answer":
        bodies = [spec.resolve(answer) for status, answer in operation["responses"].items() if status.startswith("2")]
    for body in bodies:
        for media in body.get("content", {}).values():
            yield media["schema"]


def _find(spec: Bundle, schemas: list[Node], name: str) -> list[Node]:
    """Every shape that the attribute with this path may have; none if there is no such attribute."""
    shapes = [shape for schema in schemas for shape in _shapes(spec, schema)]
    shapes += _rows(spec, shapes)  # an answer that is a list stands for its rows
    for step in name.split("."):
        attribute = step.removesuffix("[]")
        inner = [shape["properties"][attribute] for shape in shapes if attribute in shape.get("properties", {})]
        shapes = [shape for schema in inner for shape in _shapes(spec, schema)]
        if step != attribute:
            shapes = _rows(spec, shapes)
    return shapes


def _shapes(spec: Bundle, schema: Node) -> Iterator[Node]:
    """A schema, and all that it is made of or may be instead."""
    schema = spec.resolve(schema)
    yield schema
    for part in [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]:
        yield from _shapes(spec, part)


def _rows(spec: Bundle, shapes: list[Node]) -> list[Node]:
    return [row for shape in shapes if "items" in shape for row in _shapes(spec, shape["items"])]


def _types(schema: Node) -> list[str]:
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def _accepts(schema: Node, value: str, *, closed: bool) -> bool:
    """Whether a value is in our enum, or in our range; where neither side has a closed list, any value is."""
    if "enum" in schema:
        return value in map(str, schema["enum"])
    if "minimum" in schema and "maximum" in schema:
        return value.isdecimal() and bool(schema["minimum"] <= int(value) <= schema["maximum"])
    return not closed and bool(schema.get("type"))


@dataclass(frozen=True)
class Omission:
    """Gaps that are meant to be; a `*` in the pattern stands for anything."""

    pattern: str
    reason: str

    def explains(self, gap: str) -> bool:
        """Whether the gap is one of them."""
        return bool(re.fullmatch(re.escape(self.pattern).replace(r"\*", ".*"), gap))


def read_omissions(omissions: Path) -> list[Omission]:
    """What the spec deliberately has not, and why."""
    read = YAML(typ="safe").load(omissions) or []
    return [Omission(pattern, entry["reason"]) for entry in read for pattern in entry["gaps"]]


def report(checks: list[Check], omissions: list[Omission]) -> tuple[str, bool]:
    """What to print, and whether all is well: every operation there, every gap explained, every omission used."""
    explained: dict[str, list[str]] = {}
    problems = []
    gaps = [check for check in checks if not check.found]
    for gap in gaps:
        reasons = [omission.reason for omission in omissions if omission.explains(gap.fact)]
        if gap.kind == "operations":
            problems.append(f"{gap.fact} is not in the spec")
        elif not reasons:
            problems.append(f"{gap.fact} is neither in the spec nor explained in openapi/omissions.yaml")
        else:
            explained.setdefault(reasons[0], []).append(gap.fact)
    for omission in omissions:
        if not any(omission.explains(gap.fact) for gap in gaps):
            problems.append(f"openapi/omissions.yaml: {omission.pattern!r} is no gap (any more)")
    parts = [_table(checks), *("\n  ".join([reason, *facts]) for reason, facts in explained.items())]
    return "\n\n".join([*parts, *problems]), not problems


def coverage_of(checks: list[Check], source: str, kind: str) -> tuple[int, int]:
    """How much of one kind is covered, and how much there is."""
    found = [check.found for check in checks if (check.source, check.kind) == (source, kind)]
    return sum(found), len(found)


def _table(checks: list[Check]) -> str:
    lines = [f"{'':20}" + "".join(f"{title:>20}" for title in SOURCES.values())]
    for kind in KINDS:
        covered = ["/".join(map(str, coverage_of(checks, source, kind))) for source in SOURCES]
        lines.append(f"{kind:20}" + "".join(f"{each:>20}" for each in covered))
    return "\n".join(lines)
