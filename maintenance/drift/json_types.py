"""The types in a recorded shape: in words, and as the spec has them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from moco_async.drift.json_shape import INSIDE

_PLAIN = {
    "text": "string",
    "empty text": "string",
    "date": "string",
    "date-time": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_ORDER = ["integer", "number", "boolean", "string", "array", "object", "null"]


def kinds(shape: Mapping[str, Any]) -> set[str]:
    """The types in a shape, as the recorder calls them."""
    return {kind for kind in shape if kind not in INSIDE}


def describe(shape: Mapping[str, Any]) -> str:
    """A shape in words."""
    found = sorted(kinds(shape) - {"nothing"}, key=lambda kind: (kind == "null", kind))
    return " or ".join(_describe(kind, shape) for kind in found)


def _describe(kind: str, shape: Mapping[str, Any]) -> str:
    if kind == "list" and kinds(shape.get("items", {})):
        return f"list of {describe(shape['items'])}"
    if kind == "object" and shape.get("attributes"):
        return f"object ({', '.join(f'{name}: {describe(each)}' for name, each in shape['attributes'].items())})"
    return kind


def plain_types(found: Set[str]) -> set[str] | None:
    """The types of JSON Schema for types in a shape; `None` if lists or objects are among them."""
    return {_PLAIN[kind] for kind in found} if found <= _PLAIN.keys() else None


def declared_types(node: Mapping[str, Any]) -> set[str]:
    """The types a node of the spec declares."""
    types = node.get("type", [])
    return {types} if isinstance(types, str) else set(types)


def as_type(types: Set[str]) -> str | list[str]:
    """The value of `type`: an integer is a number too, and null comes last."""
    ordered = sorted(types - {"integer"} if "number" in types else types, key=_ORDER.index)
    return ordered[0] if len(ordered) == 1 else ordered
