"""The bundled OpenAPI document, and what its schemas and operations consist of."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..errors import Finding, SpecError

METHODS = ("get", "post", "put", "patch", "delete")
RESERVED_ARGUMENTS = {"self", "encode", "builtins", "datetime", "UNSET"}
"""Names a generated method uses itself."""
RESERVED_ATTRIBUTES = {"additional_properties", "datetime", "from_dict", "keys", "model_fields_set", "to_dict"}
"""Names every generated model uses itself."""

Node = dict[str, Any]
"""A mapping of the document: an operation, a schema, a parameter."""


@dataclass
class Bundle:
    """The bundled document, and the files its parts came from."""

    document: Node
    sources: dict[str, str] = field(default_factory=dict)
    """The section of a tag, a path or a component, by its name or by `schemas/Name`."""
    absent: Node = field(default_factory=dict)
    """`absent.yaml`: the attributes that some known answer lacks, with the sources of that, by schema."""

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Every operation as path, method (lower case) and operation."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def resolve(self, node: Node) -> Node:
        """The node a `$ref` refers to; any other node itself.

        Raises:
            SpecError: the references lead round in a circle.
        """
        seen: set[str] = set()
        while "$ref" in node:
            if node["$ref"] in seen:
                raise SpecError([Finding(node["$ref"], "the reference leads back to itself")])
            seen.add(node["$ref"])
            target: Node = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def properties(self, schema: Node) -> dict[str, Node]:
        """The attributes of an object, those of its `allOf` first."""
        schema = self.resolve(schema)
        found: dict[str, Node] = {}
        for part in schema.get("allOf", []):
            found |= self.properties(part)
        found |= schema.get("properties", {})
        return found

    def required(self, schema: Node) -> set[str]:
        """The required attributes of an object, those its `allOf` requires included."""
        schema = self.resolve(schema)
        return set(schema.get("required", ())).union(*(self.required(part) for part in schema.get("allOf", [])))

    def answered(self) -> dict[str, Node]:
        """The named schemas that answers are made of."""
        found: dict[str, Node] = {}

        def visit(node: Any) -> None:
            if isinstance(node, list):
                for child in node:
                    visit(child)
            elif isinstance(node, dict):
                if (reference := node.get("$ref")) is None:
                    visit(list(node.values()))
                elif isinstance(reference, str) and reference not in seen:
                    seen.add(reference)
                    kind, name = reference.removeprefix("#/components/").split("/")
                    if kind == "schemas":
                        found[name] = self.resolve(node)
                    visit(self.resolve(node))

        seen: set[str] = set()
        for _, _, operation in self.operations():
            visit(operation["responses"])
        return found


def python_name(name: str) -> str:
    """The Python name of a parameter or attribute: the API's own, with an underscore behind a keyword (`from_`)."""
    return f"{name}_" if keyword.iskeyword(name) else name


def attribute_problem(name: str) -> str | None:
    """The reason a name cannot be that of a model's attribute; `None` if it can."""
    if not name.isidentifier() or name != name.lower() or name.endswith("_"):
        return "cannot be an attribute in Python"
    if name in RESERVED_ATTRIBUTES:
        return "is the name of something every model has"
    return None
