"""A reader of OpenAPI documents as facts, for MOCO's document (3.0) as well as our own (3.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from generator.spec.locations import Pointer
from generator.spec.schema import METHODS, Node

from .facts import (
    BOOLEAN,
    DATE,
    INTEGER,
    LIST,
    NUMBER,
    RECORD,
    TEXT,
    TIME,
    Fact,
    Operation,
    Source,
    anonymize_path,
    merge_facts,
)

_TYPES = {"string": TEXT, "integer": INTEGER, "number": NUMBER, "boolean": BOOLEAN, "object": RECORD, "array": LIST}
_FORMATS = {"date": DATE, "date-time": TIME}
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")

MOST = 300_000
"""The number of schemas and values that a document stands for; our own spec has less than a tenth."""


def read_document(name: str, document: Node, find_page: Callable[[Node], str]) -> Source:
    """Every operation of an OpenAPI document.

    Args:
        name: The name of the source.
        document: The parsed document.
        find_page: Returns the page under which an operation is reported, given its node.
    """
    return _Reader(name, document, find_page).source()


class _Reader:
    def __init__(self, name: str, document: Node, find_page: Callable[[Node], str]) -> None:
        self.name = name
        self.document = document
        self.find_page = find_page
        self.left = MOST

    def source(self) -> Source:
        source = Source(self.name)
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    operation = self._operation(path, method, item)
                    source.operations[operation.key] = operation
        return source

    def _operation(self, path: str, method: str, item: Node) -> Operation:
        pointer: Pointer = ("paths", path, method)
        node = item[method]
        operation = Operation(f"{method.upper()} {anonymize_path(path)}", self.find_page(node), pointer)
        shared = [
            (parameter, ("paths", path, "parameters", i)) for i, parameter in enumerate(item.get("parameters", ()))
        ]
        own = [(parameter, (*pointer, "parameters", i)) for i, parameter in enumerate(node.get("parameters", ()))]
        for parameter, where in (self._resolved(*each) for each in shared + own):
            if parameter["in"] == "query":
                made = Fact(parameter["name"].partition("[")[0], position=where)
                merge_facts(
                    operation.parts["query"], self._attribute(parameter.get("schema", {}), (*where, "schema"), made)
                )
        body, position = self._resolved(node.get("requestBody", {}), (*pointer, "requestBody"))
        merge_facts(operation.parts["body"], self._content(body, position))
        for status, reference in node.get("responses", {}).items():
            if str(status).startswith("2"):
                answer, position = self._resolved(reference, (*pointer, "responses", status))
                merge_facts(operation.parts["answer"], self._content(answer, position))
        return operation

    def _content(self, node: Node, pointer: Pointer) -> Iterator[Fact]:
        for media, content in node.get("content", {}).items():
            yield from self._whole(content.get("schema", {}), (*pointer, "content", media, "schema"))

    def _whole(self, schema: Node, pointer: Pointer) -> Iterator[Fact]:
        """The attributes of a body or an answer; of a list, those of its rows."""
        for shape, position in self._shapes(schema, pointer):
            yield from self._attributes(shape, position, "", ())
            if "items" in shape:
                yield from self._whole(shape["items"], (*position, "items"))

    def _attributes(self, shape: Node, pointer: Pointer, name: str, around: tuple[Pointer, ...]) -> Iterator[Fact]:
        for attribute, inner in shape.get("properties", {}).items():
            position = (*pointer, "properties", attribute)
            required = attribute in shape.get("required", ())
            made = Fact(f"{name}.{attribute}" if name else str(attribute), required=required, position=position)
            yield from self._attribute(inner, position, made, around)

    def _attribute(
        self, schema: Node, pointer: Pointer, made: Fact, around: tuple[Pointer, ...] = ()
    ) -> Iterator[Fact]:
        """The fact of an attribute, completed from its schema, and those of the attributes inside it."""
        shapes = list(self._shapes(schema, pointer))
        for shape, _ in shapes:
            made |= self._plain(shape, made)
            self._spend(len(made.values))
        yield made
        for shape, inside in shapes:
            if inside not in around:  # a record may contain itself
                yield from self._attributes(shape, inside, made.name, (*around, inside))
                for row, where in self._shapes(shape.get("items", {}), (*inside, "items")):
                    yield from self._attributes(row, where, f"{made.name}[]", (*around, inside, where))

    def _plain(self, shape: Node, made: Fact) -> Fact:
        kinds = shape.get("type", ())
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        types = {
            _FORMATS.get(shape.get("format", ""), TEXT) if kind == "string" else _TYPES[kind]
            for kind in kinds
            if kind in _TYPES
        }
        if not kinds and "properties" in shape:
            types = {RECORD}
        values = shape.get("enum", ())
        rows: frozenset[str] = frozenset()
        if "items" in shape:
            plain = [self._plain(row, made) for row, _ in self._shapes(shape["items"], ()) if "properties" not in row]
            values = [*values, *(value for row in plain for value in row.values)]
            rows = frozenset().union(*(row.types for row in plain)) - {RECORD}
        bounds = (shape["minimum"], shape["maximum"]) if {"minimum", "maximum"} <= shape.keys() else None
        nullable = bool(shape.get("nullable")) or "null" in kinds or None in values
        listed_values = tuple(str(value) for value in values if value is not None)
        return Fact(
            made.name, frozenset(types), nullable, listed_values, bounds=bounds, rows=rows, position=made.position
        )

    def _shapes(self, schema: Node, pointer: Pointer) -> Iterator[tuple[Node, Pointer]]:
        """A schema, and all its parts and alternatives, each with its pointer.

        Raises:
            ValueError: there were too many of them.
        """
        self._spend(1)
        schema, pointer = self._resolved(schema, pointer)
        yield schema, pointer
        for key in _ALTERNATIVES:
            for index, part in enumerate(schema.get(key, ())):
                yield from self._shapes(part, (*pointer, key, index))

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ValueError(f"its references stand for more than {MOST:,} schemas and values")

    def _resolved(self, node: Node, pointer: Pointer) -> tuple[Node, Pointer]:
        seen: set[str] = set()
        while "$ref" in node:
            if node["$ref"] in seen:
                raise ValueError(f"{node['$ref']} leads back to itself")
            seen.add(node["$ref"])
            pointer = tuple(
                step.replace("~1", "/").replace("~0", "~") for step in node["$ref"].removeprefix("#/").split("/")
            )
            target: Any = self.document
            for step in pointer:
                target = target[step]
            node = target
        return node, pointer
