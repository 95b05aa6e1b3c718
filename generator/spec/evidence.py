"""The rule of evidence: what an answer may require, by the answers that are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import Finding
from .schema import Bundle, Node

ABSENT_SOURCES = {"examples", "recorded", "live", "kind"}
"""The sources that `absent.yaml` may name for an absence."""


def lint_evidence(spec: Bundle) -> Iterator[Finding]:
    """The findings of the rule that an answer requires only what no known answer lacks."""
    for name, attributes in spec.absent.items():
        schema = spec.document["components"]["schemas"].get(name, {})
        for attribute, sources in attributes.items():
            location = f"absent.yaml: {name}.{attribute}"
            if attribute not in spec.properties(schema):
                yield Finding(location, "is not in the spec")
            if unknown := sorted(set(sources) - ABSENT_SOURCES):
                yield Finding(location, f"has {', '.join(unknown)} for a source; known are {sorted(ABSENT_SOURCES)}")
    for name, schema in _answered(spec).items():
        location = f"{spec.sources[f'schemas/{name}']}: {name}"
        properties, lacking = spec.properties(schema), spec.absent.get(name, {})
        for attribute in sorted(spec.required(schema) & set(properties)):
            if attribute in lacking:
                yield Finding(f"{location}.{attribute}", "is required, but absent.yaml knows of answers without it")
            if properties[attribute].get("deprecated"):
                yield Finding(f"{location}.{attribute}", "is required and deprecated; answers may do without it")


def _answered(spec: Bundle) -> dict[str, Node]:
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
                    found[name] = spec.resolve(node)
                visit(spec.resolve(node))

    seen: set[str] = set()
    for _, _, operation in spec.operations():
        visit(operation["responses"])
    return found
