"""The operations of the spec that read, and what is needed to call one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.spec.schema import Bundle, Node

PARAMETER = "{}"
"""Stands for each parameter in a path."""


@dataclass(frozen=True)
class Operation:
    """A GET of the spec."""

    id: str
    path: str
    """The path with `{}` for each parameter."""
    parents: tuple[str, ...]
    """The records that the path names, such as `project` for `project_id`."""
    kinds: tuple[str, ...]
    """The models whose ids it takes, where its first parameter is one of them, as in `/taggings/Project/7`."""
    lists: str
    """The model of its rows; empty if it is not a list of records."""
    skipped: str
    """The reason not to call it; empty if there is none."""

    @property
    def resource(self) -> str:
        return self.id.partition(".")[0]


def reading_operations(bundle: Bundle) -> Iterator[Operation]:
    """Every GET of the spec, in its order."""
    for path, method, node in bundle.operations():
        if method == "get":
            yield _operation(bundle, path, node)


def _operation(bundle: Bundle, path: str, node: Node) -> Operation:
    parameters = {each["name"]: each for each in map(bundle.resolve, node["parameters"])}
    names = re.findall(r"{(\w+)}", path)
    kinds = bundle.resolve(parameters[names[0]]["schema"]).get("enum", ()) if names else ()
    content = bundle.resolve(node["responses"]["200"]).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    needed = [name for name, each in parameters.items() if each["in"] == "query" and each.get("required")]
    return Operation(
        id=node["operationId"],
        path=re.sub(r"{\w+}", PARAMETER, path),
        parents=tuple(name.removesuffix("_id") for name in names if name.endswith("_id")),
        kinds=tuple(kinds),
        lists=schema.get("items", {}).get("$ref", "").rpartition("/")[2],
        skipped=_reason_to_skip(node, is_file="application/json" not in content, needed=needed),
    )


def _reason_to_skip(node: Node, *, is_file: bool, needed: list[str]) -> str:
    if node.get("x-idempotent") is False:
        return "it changes something"
    if is_file:
        return "the content of a file"
    if needed or "x-one-of" in node:
        return "it needs an argument that only a person can choose"
    return ""
