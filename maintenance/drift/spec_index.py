"""An index of the spec: where something of a model is described, and which operations answer with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from generator.spec.locations import Location, Locator
from generator.spec.schema import Bundle, Node

from .json_types import declared_types

SCHEMAS = ("components", "schemas")

SchemaPath = tuple[str, ...]
"""The path to a node of a schema, from the name of the schema on: `("Deal", "properties", "money")`."""


class SpecIndex:
    """The schemas of the bundled spec, by what they hold and who refers to them.

    Args:
        bundle: The bundled spec.
        root: The folder of `moco.yaml`.
    """

    def __init__(self, bundle: Bundle, root: Path) -> None:
        self.bundle = bundle
        self.root = root
        self.schemas: dict[str, Node] = bundle.document["components"]["schemas"]
        self._locator = Locator(bundle, root)
        self.users = self._users()
        """The operations whose answers hold a schema, by the schema."""
        self.holders: dict[str, set[str]] = {}
        """The schemas that refer to a schema, by the schema."""
        for name, schema in self.schemas.items():
            for inner in _references(schema):
                self.holders.setdefault(inner, set()).add(name)

    def _users(self) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        reached = cache(lambda name: frozenset(self._reached(name, set())))
        for _, _, operation in self.bundle.operations():
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    for name in _references(self.bundle.resolve(answer)):
                        for inner in reached(name):
                            users.setdefault(inner, set()).add(operation["operationId"])
        return users

    def _reached(self, name: str, seen: set[str]) -> set[str]:
        if name not in seen:
            seen.add(name)
            for inner in _references(self.schemas[name]):
                self._reached(inner, seen)
        return seen

    def file(self, schema: str) -> str:
        """The file of a schema, relative to the folder of the spec."""
        return self.bundle.sources[f"schemas/{schema}"]

    def locate(self, path: SchemaPath) -> Location:
        """The location of a node of a schema."""
        return self._locator.find(*SCHEMAS, *path)

    def locate_answers(self, operation: str) -> Location | None:
        """The location of an operation's answers."""
        for path, method, node in self.bundle.operations():
            if node["operationId"] == operation:
                return self._locator.find("paths", path, method, "responses")
        return None

    def parts(self, schema: str) -> Iterator[str]:
        """A schema, and those it consists of by `allOf`."""
        yield schema
        for part in self.schemas[schema].get("allOf", ()):
            if name := _reference(part):
                yield from self.parts(name)

    def describing_part(self, schema: str, attribute: str) -> str | None:
        """The part of a schema that describes an attribute."""
        owners = (part for part in self.parts(schema) if attribute in self.schemas[part].get("properties", {}))
        return next(owners, None)

    def attributes_part(self, schema: str) -> str | None:
        """The part of a schema that has attributes, and so takes a new one."""
        return next((part for part in self.parts(schema) if self.schemas[part].get("properties")), None)

    def last_attribute(self, part: str) -> SchemaPath:
        """The path of the last attribute that a schema describes itself."""
        return (part, "properties", *list(self.schemas[part].get("properties", ()))[-1:])

    def parts_requiring(self, schema: str, attribute: str) -> list[str]:
        """The parts of a schema that require an attribute."""
        return [part for part in self.parts(schema) if attribute in self.schemas[part].get("required", ())]

    def node(self, path: SchemaPath) -> Node:
        """A node of a schema."""
        node: Node = find_node(self.schemas, path)
        return node

    def resolve(self, where: str) -> SchemaPath | None:
        """The path of the node that describes something in a model, as `Deal.tags[]`; `None` if there is none."""
        model, _, rest = where.partition(".")
        steps = rest.replace("[]", ".items").replace(".*", ".additionalProperties").split(".")
        part = self.describing_part(model, steps[0]) if model in self.schemas else None
        if part is None:
            return None
        path: SchemaPath = (part, "properties", steps[0])
        for step in steps[1:]:
            path = self._follow(path)
            if not isinstance(self.node(path).get(step), dict):
                return None
            path = (*path, step)
        return path

    def is_nullable(self, path: SchemaPath) -> bool:
        """Whether a node may be null."""
        node = self.node(path)
        options = [node, *(option for key in ("anyOf", "oneOf") for option in node.get(key, ()))]
        return any("null" in declared_types(option) for option in options)

    def _follow(self, path: SchemaPath) -> SchemaPath:
        """The path of the schema that a node refers to, alone or besides null; else its own."""
        node = self.node(path)
        options = [node, *(option for key in ("allOf", "oneOf") for option in node.get(key, ()))]
        names = [name for option in options if (name := _reference(option))]
        return self._follow((names[0],)) if len(names) == 1 else path


def find_node(schemas: Node, path: SchemaPath) -> Any:
    """The value at a path; `None` if there is none."""
    node: Any = schemas
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _reference(node: Node) -> str | None:
    """The schema that a node refers to."""
    return str(node["$ref"]).rpartition("/")[2] if "$ref" in node else None


def _references(node: object) -> Iterator[str]:
    """The schemas that a node refers to, at any depth."""
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str) and "/schemas/" in reference:
            yield reference.rpartition("/")[2]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
