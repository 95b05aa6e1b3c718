"""Check the bundled spec for what the generator, or a reader, would get silently wrong."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .bundle import Bundle, Finding, Node

EXTENSIONS = {
    "x-enum-varnames",
    "x-file",
    "x-german",
    "x-idempotent",
    "x-may-be-empty",
    "x-one-of",
    "x-paged",
    "x-range",
    "x-separator",
    "x-together",
}
LIST_PARAMETERS = {"page", "per_page", "sort_by", "ids", "updated_after"}
PLAIN_LISTS = {"fixed_costs.list", "reports.cashflow", "reports.finance", "reports.planned_vs_tracked"}
"""Paged lists that MOCO computes, and does not filter like the others; it ignores what it does not know."""
RESERVED_ARGUMENTS = {"self", "wire", "builtins", "datetime", "UNSET"}
RESERVED_ATTRIBUTES = {"additional_properties", "from_dict", "to_dict", "datetime", "cls", "raw", "v"}
RESERVED_ATTRIBUTES |= {"keys", "model_fields_set"}  # `dict(record)` would take what has `keys` for a mapping


def lint(spec: Bundle) -> list[Finding]:
    """Everything wrong with the spec; empty when it can be generated from."""
    return sorted({*_operation_ids(spec), *_operations(spec), *_schemas(spec), *_everywhere(spec)})


def python_name(wire_name: str) -> str:
    """The Python name of a parameter or attribute: as on the wire, but for keywords (`from_`)."""
    return f"{wire_name}_" if keyword.iskeyword(wire_name) else wire_name


def _place(spec: Bundle, path: str, method: str) -> str:
    return f"{spec.sources[path]}: {method.upper()} {path}"


def _operation_ids(spec: Bundle) -> Iterator[Finding]:
    counted = Counter(operation.get("operationId") for _, _, operation in spec.operations())
    for path, method, operation in spec.operations():
        place = _place(spec, path, method)
        name = operation.get("operationId")
        if name is None:
            yield Finding(place, "has no operationId")
            continue
        resource, _, call = name.partition(".")
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", name) or keyword.iskeyword(call):
            yield Finding(place, f"operationId {name!r} is no call like projects.list")
        if resource != operation["tags"][0]:
            yield Finding(place, f"operationId {name!r} does not begin with its tag {operation['tags'][0]!r}")
        if counted[name] > 1:
            yield Finding(place, f"operationId {name!r} is used {counted[name]} times")


def _operations(spec: Bundle) -> Iterator[Finding]:
    for path, method, operation in spec.operations():
        place = _place(spec, path, method)
        if not re.fullmatch(r"[A-Z].*\.", operation.get("summary", "")):
            yield Finding(place, "needs a summary: one sentence with its full stop")
        yield from _parameters(spec, place, path, operation)
        yield from _body(spec, place, operation)
        yield from _answers(spec, place, operation)


def _parameters(spec: Bundle, place: str, path: str, operation: Node) -> Iterator[Finding]:
    parameters = [spec.resolve(parameter) for parameter in operation["parameters"]]
    names = [python_name(parameter["name"]) for parameter in parameters]
    names += [python_name(name) for name in _body_properties(spec, operation)]
    for name, count in Counter(names).items():
        if count > 1:
            yield Finding(place, f"argument {name!r} is there {count} times, as a parameter and in the body")
        if name in RESERVED_ARGUMENTS or not name.isidentifier():
            yield Finding(place, f"argument {name!r} cannot be used in Python")
    known = set(names)
    for group in (*operation.get("x-one-of", ()), *operation.get("x-together", ())):
        if unknown := sorted({python_name(name) for name in group} - known):
            yield Finding(place, f"x-one-of or x-together names {', '.join(unknown)}, which is no argument")
    in_path = [parameter["name"] for parameter in parameters if parameter["in"] == "path"]
    if sorted(in_path) != sorted(re.findall(r"{(\w+)}", path)):
        yield Finding(place, f"path parameters {in_path} are not those of the path")
    queried = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    wanted = {"page"} if operation.get("operationId") in PLAIN_LISTS else LIST_PARAMETERS
    if operation.get("x-paged") and (missing := wanted - queried):
        yield Finding(place, f"a paged list takes {', '.join(sorted(missing))} too")
    if "page" in queried and not operation.get("x-paged"):
        yield Finding(place, "takes `page` but is not marked x-paged")
    for parameter in parameters:
        for problem in _parameter(spec, parameter):
            yield Finding(f"{place}: parameter {parameter['name']}", problem)


def _parameter(spec: Bundle, parameter: Node) -> Iterator[str]:
    if parameter["in"] not in {"path", "query"}:
        yield f"is in {parameter['in']}; the client knows path and query"
    if "schema" not in parameter:
        yield "has no schema (`content` is not generated)"
        return
    schema = spec.resolve(parameter["schema"])
    if "description" not in schema:
        yield "needs a description inside its schema"
    if "description" in parameter or "example" in parameter:
        yield "has its description or example outside its schema, where the generator does not look"
    if "default" in schema:
        yield "has a default, which would go out with every request"
    style = parameter.get("style"), parameter.get("explode")
    if schema.get("type") == "array" and style != ("form", False):
        yield "is a list: MOCO wants it comma-separated (style: form, explode: false)"
    if schema.get("type") == "object" and (style != ("deepObject", True) or "additionalProperties" not in schema):
        yield "is an object: MOCO wants brackets (style: deepObject, explode: true, additionalProperties)"
    if schema.get("type") not in {"array", "object"} and style != (None, None):
        yield "has a style but is neither list nor object"


def _body_properties(spec: Bundle, operation: Node) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    for media in content.values():
        return properties_of(spec, media.get("schema", {}))
    return {}


def properties_of(spec: Bundle, schema: Node) -> dict[str, Node]:
    """The attributes of an object, those of its `allOf` first."""
    schema = spec.resolve(schema)
    found: dict[str, Node] = {}
    for part in schema.get("allOf", []):
        found |= properties_of(spec, part)
    found |= schema.get("properties", {})
    return found


def required_of(spec: Bundle, schema: Node) -> set[str]:
    """The attributes an object has to have, those its `allOf` requires among them."""
    schema = spec.resolve(schema)
    return set(schema.get("required", ())).union(*(required_of(spec, part) for part in schema.get("allOf", [])))


def _body(spec: Bundle, place: str, operation: Node) -> Iterator[Finding]:
    if "requestBody" not in operation:
        return
    content = operation["requestBody"].get("content", {})
    if list(content) not in (["application/json"], ["multipart/form-data"]):
        yield Finding(place, f"body of type {list(content)}: one, JSON or multipart")
        return
    (media,) = content.values()
    if "$ref" not in media.get("schema", {}):
        yield Finding(place, "the body has to be a named schema")
    elif not _body_properties(spec, operation):
        yield Finding(place, "the body has no attributes, so the method would have no arguments")


def _answers(spec: Bundle, place: str, operation: Node) -> Iterator[Finding]:
    answers = {status: spec.resolve(answer) for status, answer in operation["responses"].items()}
    good = {status: answer for status, answer in answers.items() if status.startswith("2")}
    if not good:
        yield Finding(place, "has no 2xx answer")
    for status, answer in good.items():
        if "description" not in answer:
            yield Finding(place, f"answer {status} needs a description")
        for kind, media in answer.get("content", {}).items():
            if kind not in {"application/json", "application/pdf"}:
                yield Finding(place, f"answer {status} is {kind}; the client knows JSON and PDF")
            schema = media.get("schema", {})
            if "properties" in schema or "enum" in schema or "properties" in schema.get("items", {}):
                yield Finding(place, f"answer {status} has to be a named schema, or a list of one")
    if operation.get("x-paged"):
        schema = good.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if schema.get("type") != "array":
            yield Finding(place, "is x-paged but its 200 is no list")


def _schemas(spec: Bundle) -> Iterator[Finding]:
    for name, schema in spec.document["components"]["schemas"].items():
        place = f"{spec.sources[f'schemas/{name}']}: {name}"
        if not re.fullmatch(r"([A-Z][a-z0-9]+)+", name):
            yield Finding(place, "a schema is named like ProjectTask")
        if "description" not in schema:
            yield Finding(place, "needs a description")
        properties = properties_of(spec, schema)
        for missing in sorted(set(schema.get("required", [])) - set(properties)):
            yield Finding(place, f"requires {missing!r}, which it does not have")
        for attribute, node in schema.get("properties", {}).items():
            for problem in _attribute(spec, attribute, node):
                yield Finding(f"{place}.{attribute}", problem)


def _attribute(spec: Bundle, name: str, node: Node) -> Iterator[str]:
    if not name.isidentifier() or name != name.lower() or name.endswith("_"):
        yield "cannot be an attribute in Python"
    if name in RESERVED_ATTRIBUTES:
        yield "is the name of something every model has"
    if "description" not in node and "description" not in spec.resolve(node):
        yield "needs a description"
    if "default" in node:
        yield "has a default, which would be sent or made up"
    for part in (node, node.get("items", {})):
        if "properties" in part:
            yield "is an inline object; give it a name"
        if "enum" in part:
            yield "is an inline enum; give it a name"


def _everywhere(spec: Bundle) -> Iterator[Finding]:
    """Rules that hold for every node of the document."""
    document = spec.document
    for path, item in document["paths"].items():
        yield from _node(item, f"{spec.sources[path]}: {path}")
    for kind, named in document["components"].items():
        for name, node in named.items():
            yield from _node(node, f"{spec.sources.get(f'{kind}/{name}', 'moco.yaml')}: {name}")


def _node(node: Any, place: str, *, data: bool = False) -> Iterator[Finding]:
    """`data` marks names chosen by the API (attributes, examples), which are not keywords of the spec."""
    if isinstance(node, list):
        for child in node:
            yield from _node(child, place)
        return
    if not isinstance(node, dict):
        return
    if not data:
        yield from _keywords(node, place)
    for key, child in node.items():
        if data or key not in {"example", "examples"}:
            named = not data and key in {
                "properties",
                "headers",
                "responses",
                "content",
                "mapping",
                "variables",
            }
            yield from _node(child, f"{place}.{key}", data=named)


def _keywords(node: Node, place: str) -> Iterator[Finding]:
    if "$ref" in node and len(node) > 1:
        siblings = sorted(set(node) - {"$ref"})
        yield Finding(
            place, f"$ref has siblings ({', '.join(siblings)}), which the generator ignores; wrap it in allOf"
        )
    if "nullable" in node:
        yield Finding(place, "nullable is OpenAPI 3.0; here it is type: [..., 'null']")
    if None in (node.get("enum") or ()):
        yield Finding(place, "null in an enum; let the attribute be oneOf the enum and null")
    for extension in sorted(key for key in node if key.startswith("x-")):
        if extension not in EXTENSIONS:
            yield Finding(place, f"{extension} is no extension this spec knows")
