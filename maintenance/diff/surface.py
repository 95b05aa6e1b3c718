"""The public surface of generated code, read from the bundled spec: schemas are classes, operations are calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from generator.spec.locations import Pointer
from generator.spec.schema import Bundle, Node, python_name

RETURN = "->"
"""The key of a call's result among its members."""

_PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_TEXT = {"date": "datetime.date", "date-time": "datetime.datetime", "binary": "File"}


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
    is_enum: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    together: set[str] = field(default_factory=set)
    """The groups of arguments that have to be given together."""


Surface = dict[str, Definition]
"""Definitions by their names."""


def read_surface(document: Node) -> Surface:
    """Every call of a bundled spec, and every class that calls take or return."""
    return _Reader(document).run()


def union(types: Iterable[str]) -> str:
    """A union as it is written, `None` and `Unset` last."""
    return " | ".join(sorted(types, key=lambda each: (each in {"None", "Unset"}, each)))


class _Reader:
    def __init__(self, document: Node) -> None:
        self.spec = Bundle(document)
        self.schemas: dict[str, Node] = document["components"]["schemas"]
        self.mentioned: list[str] = []

    def run(self) -> Surface:
        calls = [self._call(("paths", path, method), node) for path, method, node in self.spec.operations()]
        surface = {call.name: call for call in calls}
        while self.mentioned:
            if (name := self.mentioned.pop()) not in surface:
                surface[name] = self._class(name)
        return surface

    def _class(self, name: str) -> Definition:
        schema, pointer = self.schemas[name], ("components", "schemas", name)
        found = Definition(name, name, pointer, schema.get("description", ""), is_enum="enum" in schema)
        values = schema.get("enum", ())
        keys = schema.get("x-enum-varnames") or [re.sub(r"\W+", "_", str(value)).upper() for value in values]
        for key, value in zip(keys, values, strict=True):
            found.members[key] = Member(f"{name}.{key}", frozenset({repr(value)}), (*pointer, "enum"))
        required = self.spec.required(schema)
        for key, node, where in self._attributes(name):
            types = self._types(node) | ({"Unset"} if key not in required else set())
            found.members[key] = Member(f"{name}.{python_name(key)}", types, where, *self._describe(node))
        return found

    def _attributes(self, name: str) -> Iterator[tuple[str, Node, Pointer]]:
        schema = self.schemas[name]
        for part in schema.get("allOf", ()):
            yield from self._attributes(part["$ref"].rpartition("/")[2])
        for key, node in schema.get("properties", {}).items():
            yield key, node, ("components", "schemas", name, "properties", key)

    def _describe(self, node: Node) -> tuple[str, bool]:
        """The description of a node, and whether it is deprecated."""
        both = {**self.spec.resolve(node), **node}
        return both.get("description", ""), both.get("deprecated", False)

    def _call(self, pointer: Pointer, operation: Node) -> Definition:
        name = operation["operationId"]
        call = Definition(f"client.{name}", f"client.{name.partition('.')[0]}", pointer, operation.get("summary", ""))
        for index, parameter in enumerate(operation.get("parameters", ())):
            node = self.spec.resolve(parameter)
            reference = parameter.get("$ref", "").removeprefix("#/").split("/")
            where = tuple(reference) if "$ref" in parameter else (*pointer, "parameters", index)
            position = index if node["in"] == "path" else None
            argument = self._argument(call, node["name"], node["schema"], where)
            required = node.get("required", False)
            call.members[python_name(node["name"])] = replace(argument, is_required=required, position=position)
        for media in operation.get("requestBody", {}).get("content", {}).values():
            required = self.spec.required(media["schema"])
            for key, node, where in self._attributes(media["schema"]["$ref"].rpartition("/")[2]):
                argument = self._argument(call, key, node, where)
                call.members[python_name(key)] = replace(argument, is_required=key in required)
        returned = frozenset(self._returned(operation)) or frozenset({"None"})
        call.members[RETURN] = Member(call.name, returned, (*pointer, "responses"))
        call.together = {", ".join(map(python_name, group)) for group in operation.get("x-together", ())}
        return call

    def _argument(self, call: Definition, key: str, node: Node, where: Pointer) -> Member:
        name = f"{call.name}({python_name(key)}=...)"
        return Member(name, self._types(node), where, *self._describe(node), is_argument=True)

    def _returned(self, operation: Node) -> Iterator[str]:
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        for media in (self.spec.resolve(answer).get("content", {}) for answer in good):
            for content in media.values():
                types = self._types(content["schema"])
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
        if "x-separator" in node:
            types.add("Sequence[str]")
        return frozenset(types)

    def _plain(self, kind: str, node: Node) -> str:
        match kind:
            case "array":
                return f"list[{union(self._types(node.get('items', {})))}]"
            case "object":
                values = node.get("additionalProperties")
                return f"dict[str, {union(self._types(values)) if isinstance(values, dict) else 'Any'}]"
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
