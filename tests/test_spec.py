"""The spec itself: valid OpenAPI, with examples that are examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from generator.spec.schema import Bundle, Node


def test_it_is_valid_openapi(spec: Bundle) -> None:
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in OpenAPIV31SpecValidator(spec.document).iter_errors()
    ]
    assert errors == []


def examples(node: Any, place: str) -> Iterator[tuple[str, Node]]:
    if isinstance(node, dict):
        if ("example" in node and not isinstance(node["example"], dict)) or (
            isinstance(node.get("example"), dict) and "type" in node
        ):
            yield place, node
        for key, child in node.items():
            if key != "example":
                yield from examples(child, f"{place}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from examples(child, f"{place}/{index}")


def test_every_example_validates_against_its_schema(spec: Bundle) -> None:
    found = list(examples(spec.document, "#"))
    assert len(found) > 100
    wrong = []
    for place, node in found:
        whole = {**node, "components": spec.document["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        wrong += [f"{place}: {error.message}" for error in validator.iter_errors(node["example"])]
    assert wrong == []


def test_every_operation_says_where_mocos_docs_have_it(spec: Bundle) -> None:
    for path, method, operation in spec.operations():
        url = operation["externalDocs"]["url"]
        assert url.startswith(("https://everii-group.github.io/mocoapp-api-docs/", "https://docs.mocoapp.com/")), (
            method,
            path,
        )
