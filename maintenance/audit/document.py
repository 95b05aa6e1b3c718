"""An OpenAPI document as facts, MOCO's (3.0) and our own (3.1) alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from generator.spec.locations import Pointer
from generator.spec.schema import METHODS, Node

from .facts import BOOLEAN, DATE, INTEGER, LIST, NUMBER, RECORD, TEXT, TIME, Fact, Operation, Source, add, anonymous

_TYPES = {"string": TEXT, "integer": INTEGER, "number": NUMBER, "boolean": BOOLEAN, "object": RECORD, "array": LIST}
_FORMATS = {"date": DATE, "date-time": TIME}
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")


def read_document(name: str, document: Node, page_of: Callable[[Node], str]) -> Source:
    """Every operation of an OpenAPI document.

    Args:
        name: What to call the source.
        document: The document as it was read.
        page_of: The page an operation is reported under, by what the document says of it.
    """
    return _Reader(name, document, page_of).source()


class _Reader:
    def __init__(self, name: str, document: Node, page_of: Callable[[Node], str]) -> None:
        self.name = name
        self.document = document
        self.page_of = page_of

    def source(self) -> Source:
        source = Source(self.name)
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    operation = self._operation(path, method, item)
                    source.operations[operation.key] = operation
        return source

    def _operation(self, path: str, method: str, item: Node) -> Operation:
        way: Pointer = ("paths", path, method)
        node = item[method]
        operation = Operation(f"{method.upper()} {anonymous(path)}", self.page_of(node), way)
        shared = [
            (parameter, ("paths", path, "parameters", i)) for i, parameter in enumerate(item.get("parameters", ()))
        ]
        own = [(parameter, (*way, "parameters", i)) for i, parameter in enumerate(node.get("parameters", ()))]
        for parameter, where in (self._resolved(*each) for each in shared + own):
            if parameter["in"] == "query":
                made = Fact(parameter["name"].partition("[")[0], place=where)
                add(operation.parts["query"], self._attribute(parameter.get("schema", {}), (*where, "schema"), made))
        body, place = self._resolved(node.get("requestBody", {}), (*way, "requestBody"))
        add(operation.parts["body"], self._content(body, place))
        for status, reference in node.get("responses", {}).items():
            if str(status).startswith("2"):
                answer, place = self._resolved(reference, (*way, "responses", status))
                add(operation.parts["answer"], self._content(answer, place))
        return operation

    def _content(self, node: Node, way: Pointer) -> Iterator[Fact]:
        for media, content in node.get("content", {}).items():
            yield from self._whole(content.get("schema", {}), (*way, "content", media, "schema"))

    def _whole(self, schema: Node, way: Pointer) -> Iterator[Fact]:
        """The attributes of a whole body or answer; the rows of a list stand for it."""
        for shape, place in self._shapes(schema, way):
            yield from self._attributes(shape, place, "", ())
            if "items" in shape:
                yield from self._whole(shape["items"], (*place, "items"))

    def _attributes(self, shape: Node, way: Pointer, name: str, around: tuple[Pointer, ...]) -> Iterator[Fact]:
        for attribute, inner in shape.get("properties", {}).items():
            place = (*way, "properties", attribute)
            required = attribute in shape.get("required", ())
            made = Fact(f"{name}.{attribute}" if name else str(attribute), required=required, place=place)
            yield from self._attribute(inner, place, made, around)

    def _attribute(self, schema: Node, way: Pointer, made: Fact, around: tuple[Pointer, ...] = ()) -> Iterator[Fact]:
        """The fact of an attribute, as far as it is made here already, and those of all that is in it."""
        shapes = list(self._shapes(schema, way))
        for shape, _ in shapes:
            made |= self._plain(shape, made)
        yield made
        for shape, inside in shapes:
            if inside not in around:  # else a record that holds itself
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
        told = tuple(str(value) for value in values if value is not None)
        return Fact(made.name, frozenset(types), nullable, told, bounds=bounds, rows=rows, place=made.place)

    def _shapes(self, schema: Node, way: Pointer) -> Iterator[tuple[Node, Pointer]]:
        """A schema, and all that it is made of or may be instead, each with the way to it."""
        schema, way = self._resolved(schema, way)
        yield schema, way
        for key in _ALTERNATIVES:
            for index, part in enumerate(schema.get(key, ())):
                yield from self._shapes(part, (*way, key, index))

    def _resolved(self, node: Node, way: Pointer) -> tuple[Node, Pointer]:
        while "$ref" in node:
            way = tuple(
                step.replace("~1", "/").replace("~0", "~") for step in node["$ref"].removeprefix("#/").split("/")
            )
            target: Any = self.document
            for step in way:
                target = target[step]
            node = target
        return node, way
