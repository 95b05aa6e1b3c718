"""The spec as drift looks at it: where something belongs, and which operations answer with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from generator.spec.locations import Location, Locator
from generator.spec.schema import Bundle, Node


class Spec:
    """The bundled spec and its files.

    Args:
        bundle: The bundled spec.
        root: The folder of `moco.yaml`.
    """

    def __init__(self, bundle: Bundle, root: Path) -> None:
        self.bundle = bundle
        self.root = root
        self.schemas: dict[str, Node] = bundle.document["components"]["schemas"]
        self.places = Locator(bundle, root)
        self.users = self._users()
        """The operations whose answers hold a schema, by the schema."""
        self.holders: dict[str, set[str]] = {}
        """The schemas that refer to a schema, by the schema."""
        for name, schema in self.schemas.items():
            for inner in _names(schema):
                self.holders.setdefault(inner, set()).add(name)

    def _users(self) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        reached = cache(lambda name: frozenset(self._reached(name, set())))
        for _, _, operation in self.bundle.operations():
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    for name in _names(self.bundle.resolve(answer)):
                        for inner in reached(name):
                            users.setdefault(inner, set()).add(operation["operationId"])
        return users

    def _reached(self, name: str, seen: set[str]) -> set[str]:
        if name not in seen:
            seen.add(name)
            for inner in _names(self.schemas[name]):
                self._reached(inner, seen)
        return seen

    def file_of(self, schema: str) -> str:
        """The file a schema stands in, from the folder of the spec."""
        return self.bundle.sources[f"schemas/{schema}"]

    def place_of(self, path: tuple[str, ...]) -> Location:
        """Where a node of a schema stands, by its path from the schema on."""
        return self.places.find("components", "schemas", *path)

    def answers_of(self, operation: str) -> Location | None:
        """Where the answers of an operation are described."""
        for path, method, node in self.bundle.operations():
            if node["operationId"] == operation:
                return self.places.find("paths", path, method, "responses")
        return None

    def parts(self, schema: str) -> Iterator[str]:
        """A schema, and those it is made of by `allOf`."""
        yield schema
        for part in self.schemas[schema].get("allOf", ()):
            if name := _name(part):
                yield from self.parts(name)

    def owner(self, schema: str, attribute: str) -> str | None:
        """The schema of those parts in which an attribute is described."""
        owners = (part for part in self.parts(schema) if attribute in self.schemas[part].get("properties", {}))
        return next(owners, None)

    def home(self, schema: str) -> str | None:
        """The schema of those parts in which a new attribute is to be described."""
        return next((part for part in self.parts(schema) if self.schemas[part].get("properties")), None)

    def requiring(self, schema: str, attribute: str) -> list[str]:
        """Those parts that require an attribute."""
        return [part for part in self.parts(schema) if attribute in self.schemas[part].get("required", ())]

    def node(self, path: tuple[str, ...]) -> Node:
        """A node of a schema by its path from the schema on."""
        node: Node = self.schemas
        for step in path:
            node = node[step]
        return node

    def located(self, where: str) -> tuple[str, ...] | None:
        """The path of what a place in a model, as `Deal.tags[]`, is described by; `None` if the spec has no such."""
        model, _, rest = where.partition(".")
        steps = rest.replace("[]", ".items").replace(".*", ".additionalProperties").split(".")
        owner = self.owner(model, steps[0]) if model in self.schemas else None
        if owner is None:
            return None
        path: tuple[str, ...] = (owner, "properties", steps[0])
        for step in steps[1:]:
            path = self._followed(path)
            if not isinstance(self.node(path).get(step), dict):
                return None
            path = (*path, step)
        return path

    def is_nullable(self, path: tuple[str, ...]) -> bool:
        """Whether a node may be null."""
        node = self.node(path)
        options = [node, *(option for key in ("anyOf", "oneOf") for option in node.get(key, ()))]
        return any("null" in _listed(option.get("type", [])) for option in options)

    def _followed(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The path of what a node means, if it only refers to another, or to it and null."""
        node = self.node(path)
        options = [node, *(option for key in ("allOf", "oneOf") for option in node.get(key, ()))]
        names = [name for option in options if (name := _name(option))]
        return self._followed((names[0],)) if len(names) == 1 else path


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _name(node: Node) -> str | None:
    """The schema that a node refers to."""
    return str(node["$ref"]).rpartition("/")[2] if "$ref" in node else None


def _names(node: object) -> Iterator[str]:
    """The schemas that a node refers to, at any depth."""
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str) and "/schemas/" in reference:
            yield reference.rpartition("/")[2]
        for child in node.values():
            yield from _names(child)
    elif isinstance(node, list):
        for child in node:
            yield from _names(child)
