"""The public surface of generated code, read from the bundled spec: schemas are classes, operations are calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from generator.spec.locations import Pointer
from generator.spec.schema import Bundle, Node, python_name

_PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_TEXT = {"date": "datetime.date", "date-time": "datetime.datetime", "binary": "File"}
RETURN = "->"
"""The key of a call's result among its members."""


@dataclass(frozen=True)
class Member:
    """An attribute, a value of an enum, an argument or the result of a call."""

    name: str
    types: frozenset[str]
    pointer: Pointer
    description: str = ""
    is_deprecated: bool = False
    is_argument: bool = False
    is_required: bool = False
    position: int | None = None
    """The position of an argument that may be passed without its name."""


@dataclass
class Definition:
    """A class or a call."""

    name: str
    owner: str
    pointer: Pointer
    description: str
    members: dict[str, Member] = field(default_factory=dict)
    is_enum: bool = False
    needs_one: set[str] = field(default_factory=set)
    """The groups of arguments of which one has to be given, as MOCO demands."""
    needs_all: set[str] = field(default_factory=set)
    """The groups of arguments that have to be given together."""


Surface = dict[str, Definition]
"""Definitions by their names."""


def read_surface(document: Node) -> Surface:
    """Every call of a bundled spec, and every class that calls take or return."""
    return _Reader(document).run()


class _Reader:
    def __init__(self, document: Node) -> None:
        self.spec = Bundle(document)
        self.schemas: dict[str, Node] = document["components"]["schemas"]
        self.mentioned: list[str] = []

    def run(self) -> Surface:
        surface = {}
        for path, method, operation in self.spec.operations():
            call = self._call(("paths", path, method), operation)
            surface[call.name] = call
        while self.mentioned:
            name = self.mentioned.pop()
            if name not in surface:
                surface[name] = self._class(name)
        return surface

    def _class(self, name: str) -> Definition:
        schema, pointer = self.schemas[name], ("components", "schemas", name)
        found = Definition(name, name, pointer, schema.get("description", ""))
        found.is_enum = "enum" in schema
        for key, value in self._enum_members(schema):
            found.members[key] = Member(f"{name}.{key}", frozenset({repr(value)}), (*pointer, "enum"))
        required = self.spec.required(schema)
        for key, node, where in self._attributes(name):
            types = self._types(node) | ({"Unset"} if key not in required else set())
            found.members[key] = self._member(f"{name}.{python_name(key)}", types, node, where)
        return found

    def _enum_members(self, schema: Node) -> Iterator[tuple[str, str]]:
        values = schema.get("enum", ())
        names = schema.get("x-enum-varnames") or [re.sub(r"\W+", "_", str(value)).upper() for value in values]
        return zip(names, values, strict=True)

    def _attributes(self, name: str) -> Iterator[tuple[str, Node, Pointer]]:
        schema = self.schemas[name]
        for part in schema.get("allOf", ()):
            yield from self._attributes(part["$ref"].rpartition("/")[2])
        for key, node in schema.get("properties", {}).items():
            yield key, node, ("components", "schemas", name, "properties", key)

    def _call(self, pointer: Pointer, operation: Node) -> Definition:
        name = operation["operationId"]
        found = Definition(f"client.{name}", f"client.{name.partition('.')[0]}", pointer, operation.get("summary", ""))
        for index, parameter in enumerate(operation.get("parameters", ())):
            node = self.spec.resolve(parameter)
            where: Pointer = (*pointer, "parameters", index)
            if "$ref" in parameter:
                where = ("components", "parameters", parameter["$ref"].rpartition("/")[2])
            is_path = node["in"] == "path"
            self._add_argument(found, node["name"], node["schema"], where, node.get("required", False), is_path=is_path)
        for media in operation.get("requestBody", {}).get("content", {}).values():
            required = self.spec.required(media["schema"])
            for key, node, where in self._attributes(media["schema"]["$ref"].rpartition("/")[2]):
                self._add_argument(found, key, node, where, key in required)
        returned = frozenset(self._returned(operation))
        found.members[RETURN] = Member(found.name, returned or frozenset({"None"}), (*pointer, "responses"))
        found.needs_one = {", ".join(map(python_name, group)) for group in operation.get("x-one-of", ())}
        found.needs_all = {", ".join(map(python_name, group)) for group in operation.get("x-together", ())}
        return found

    def _add_argument(
        self, call: Definition, key: str, node: Node, where: Pointer, required: bool, *, is_path: bool = False
    ) -> None:
        name = python_name(key)
        member = self._member(
            f"{call.name}({name}=...)", self._types(node), node, where,
            is_argument=True, is_required=required, position=len(call.members) if is_path else None,
        )  # fmt: skip
        call.members[name] = member

    def _member(self, name: str, types: Iterable[str], node: Node, where: Pointer, **more: bool | int | None) -> Member:
        resolved = self.spec.resolve(node)
        description = node.get("description") or resolved.get("description", "")
        deprecated = bool(node.get("deprecated") or resolved.get("deprecated"))
        return Member(name, frozenset(types), where, description, deprecated, **more)  # type: ignore[arg-type] # by name

    def _returned(self, operation: Node) -> Iterator[str]:
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        for answer in map(self.spec.resolve, good):
            media = answer.get("content", {})
            for kind, content in media.items():
                types = {"File"} if kind == "application/pdf" else self._types(content["schema"])
                yield from ({each.replace("list", "Pager", 1) for each in types} if operation.get("x-paged") else types)
            if not media or operation.get("x-may-be-empty"):
                yield "None"

    def _types(self, node: Node) -> frozenset[str]:
        if "$ref" in node:
            return self._named(node["$ref"].rpartition("/")[2])
        if options := [*node.get("allOf", ()), *node.get("oneOf", ()), *node.get("anyOf", ())]:
            return frozenset[str]().union(*map(self._types, options))
        kinds = node.get("type", "any")
        types = {self._plain(kind, node) for kind in ([kinds] if isinstance(kinds, str) else kinds)}
        if "x-range" in node:
            types.add("tuple[datetime.date, datetime.date]")
        return frozenset(types | ({"Sequence[str]"} if "x-separator" in node else set()))

    def _plain(self, kind: str, node: Node) -> str:
        match kind:
            case "array":
                return f"list[{written(self._types(node.get('items', {})))}]"
            case "object":
                values = node.get("additionalProperties")
                return f"dict[str, {written(self._types(values)) if isinstance(values, dict) else 'Any'}]"
            case "string":
                return _TEXT.get(node.get("format", ""), "str")
        return _PLAIN.get(kind, "Any")

    def _named(self, name: str) -> frozenset[str]:
        schema = self.schemas[name]
        if schema.get("x-file"):
            return frozenset({"File"})
        if not self.spec.properties(schema) and "enum" not in schema:
            return self._types(schema)  # a free map, which has no class
        self.mentioned.append(name)
        return frozenset({name, "str"} if "enum" in schema else {name})


def written(types: Iterable[str]) -> str:
    """A union as it is written."""
    return " | ".join(sorted(types, key=lambda each: (each in {"None", "Unset"}, each)))
