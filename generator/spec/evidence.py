"""The rule of evidence: what an answer may require, by the answers that are known."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Finding
from .schema import Bundle

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
    for name, schema in spec.answered().items():
        location = f"{spec.sources[f'schemas/{name}']}: {name}"
        properties, lacking = spec.properties(schema), spec.absent.get(name, {})
        for attribute in sorted(spec.required(schema) & set(properties)):
            if attribute in lacking:
                yield Finding(f"{location}.{attribute}", "is required, but absent.yaml knows of answers without it")
            if properties[attribute].get("deprecated"):
                yield Finding(f"{location}.{attribute}", "is required and deprecated; answers may do without it")
