"""What a shape that was seen would be in the spec."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any

from generator.spec.schema import RESERVED_ATTRIBUTES, Node
from moco_async.drift.shapes import INSIDE, OTHER, Shape, merge, times

from .spec_index import Spec

WORDS = "Seen in answers; not documented by MOCO."
ENOUGH = 20
"""So many records have to have an attribute, and none may lack it, before it is said to be always there."""

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


class NoSuggestionError(Exception):
    """What was seen cannot be said, or not by a machine."""


def kinds(shape: Mapping[str, Any]) -> set[str]:
    """The types in a shape."""
    return {kind for kind in shape if kind not in INSIDE}


def in_words(shape: Mapping[str, Any]) -> str:
    """A shape for people."""
    said = sorted(kinds(shape) - {"nothing"}, key=lambda kind: (kind == "null", kind))
    return " or ".join(_in_words(kind, shape) for kind in said)


def _in_words(kind: str, shape: Mapping[str, Any]) -> str:
    if kind == "list" and kinds(shape.get("items", {})):
        return f"list of {in_words(shape['items'])}"
    if kind == "object" and shape.get("attributes"):
        inner = ", ".join(f"{name}: {in_words(each)}" for name, each in shape["attributes"].items())
        return f"object ({inner})"
    return kind


def json_types(shape: Mapping[str, Any]) -> list[str]:
    """The types of JSON Schema that a shape of plain values has, null last.

    Raises:
        NoSuggestionError: there are others in it.
    """
    if (found := plain_types(kinds(shape))) is None:
        raise NoSuggestionError("types that decoding could not tell apart")
    return joined(found)


def plain_types(found: set[str]) -> set[str] | None:
    """The types of JSON Schema that are meant by types in a shape; `None` if others are among these."""
    return {_PLAIN[kind] for kind in found} if found <= _PLAIN.keys() else None


def joined(types: set[str]) -> list[str]:
    """Types as the spec lists them: an integer is a number too, and null comes last."""
    if "number" in types:
        types = types - {"integer"}
    order = ["integer", "number", "boolean", "string", "array", "object", "null"]
    return sorted(types, key=order.index)


def one_or_more(types: Sequence[str]) -> str | list[str]:
    """`type` as it is written."""
    return types[0] if len(types) == 1 else list(types)


def attribute_problem(name: str) -> str | None:
    """Why a name cannot be an attribute's, if so."""
    if name == OTHER:
        return "its name does not look like one of the API's and was not kept"
    if not name.isidentifier() or name != name.lower() or name.endswith("_"):
        return "its name cannot be an attribute in Python"
    if name in RESERVED_ATTRIBUTES:
        return "its name is that of something every model has"
    return None


class Suggestions:
    """Makes nodes of the spec of shapes, and the schemas they need.

    Args:
        spec: The spec.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.schemas: dict[str, tuple[str, Node]] = {}
        """New schemas with the schemas they are to stand behind."""

    def attribute(self, owner: str, name: str, shape: Shape) -> Node:
        """The node of an attribute.

        Raises:
            NoSuggestionError: there is none.
        """
        if problem := attribute_problem(name):
            raise NoSuggestionError(problem)
        before = dict(self.schemas)
        try:
            node = self._node(owner, name, shape)
        except NoSuggestionError:
            self.schemas = before
            raise
        if "$ref" in node:
            node = {"allOf": [node]}
        front: Node = {key: node.pop(key) for key in ("type", "format") if key in node}
        return {**front, "description": WORDS, **node}

    def _node(self, owner: str, name: str, shape: Shape) -> Node:
        found = kinds(shape) - {"null"}
        null = ["null"] if "null" in shape else []
        if not found:
            raise NoSuggestionError("nothing but null was seen, so its type is not known")
        if len(found) == 1 and found <= {"date", "date-time"}:
            return {"type": one_or_more(["string", *null]), "format": found.pop()}
        if found == {"list"}:
            return {"type": one_or_more(["array", *null]), "items": self._items(owner, name, shape.get("items", {}))}
        if found == {"object"}:
            return self._object(owner, name, shape, nullable=bool(null))
        return {"type": one_or_more(json_types(shape))}

    def _items(self, owner: str, name: str, shape: Shape) -> Node:
        if not kinds(shape):
            return {}  # all lists were empty
        if "null" in shape and kinds(shape) & {"list", "object"}:
            raise NoSuggestionError("nulls among records, which are not decoded")
        return self._node(owner, name.removesuffix("s") or name, shape)

    def _object(self, owner: str, name: str, shape: Shape, *, nullable: bool) -> Node:
        attributes: dict[str, Shape] = shape.get("attributes", {})
        if not attributes or OTHER in attributes:
            values: Shape = {}
            for each in attributes.values():
                merge(values, each)
            plain = values and kinds(values) <= _PLAIN.keys()
            inner = {"type": one_or_more(json_types(values))} if plain else True
            return {"type": one_or_more(["object", *["null"] * nullable]), "additionalProperties": inner}
        schema = self._known(owner, shape) or self._new(owner, name, shape)
        reference = {"$ref": self._reference(owner, schema)}
        return {"oneOf": [reference, {"type": "null"}]} if nullable else reference

    def _reference(self, owner: str, schema: str) -> str:
        here, there = self.spec.file_of(self.root(owner)), self.spec.file_of(self.root(schema))
        file = "" if here == there else posixpath.relpath(there, posixpath.dirname(here) or ".")
        return f"{file}#/components/schemas/{schema}"

    def _known(self, owner: str, shape: Shape) -> str | None:
        """A shared schema, or one of the same file, that has these very attributes."""
        near = ("shared.yaml", self.spec.file_of(self.root(owner)))
        for name, schema in self.spec.schemas.items():
            if name.endswith("Ref") and self.spec.file_of(name) in near and _is_of(schema, shape):
                return name
        return None

    def _new(self, owner: str, name: str, shape: Shape) -> str:
        words = owner + "".join(part.capitalize() for part in name.split("_"))
        stem = words if re.fullmatch(r"([A-Z][a-z0-9]+)+", words) else owner + name.replace("_", "").capitalize()
        names = (stem, f"{stem}Summary", *(f"{stem}{number}" for number in range(2, 100)))
        chosen = next(each for each in names if each not in self.spec.schemas and each not in self.schemas)
        schema: Node = {"type": "object", "description": WORDS}
        self.schemas[chosen] = owner, schema
        attributes: dict[str, Shape] = shape["attributes"]
        properties = {inner: self.attribute(chosen, inner, each) for inner, each in attributes.items()}
        if always := [inner for inner in attributes if times(attributes[inner]) == shape["object"] >= ENOUGH]:
            schema["required"] = always
        schema["properties"] = properties
        return chosen

    def root(self, schema: str) -> str:
        """The schema of the spec for which a new one was made."""
        return self.root(self.schemas[schema][0]) if schema in self.schemas else schema


def _is_of(schema: Node, shape: Shape) -> bool:
    properties, attributes = schema.get("properties", {}), shape["attributes"]
    return properties.keys() == attributes.keys() and all(
        _fits(properties[name], each) and (name not in schema.get("required", ()) or times(each) == shape["object"])
        for name, each in attributes.items()
    )


def _fits(node: Node, shape: Shape) -> bool:
    allowed = node.get("type", [])
    allowed = {allowed} if isinstance(allowed, str) else set(allowed)
    plain = kinds(shape) <= _PLAIN.keys() and "format" not in node
    return plain and {_PLAIN[kind] for kind in kinds(shape)} <= allowed
