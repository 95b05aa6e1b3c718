"""The bundled OpenAPI document: its operations, their schemas, and the validation of bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = Mapping[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
CRUD = ("list", "list_all", "get", "create", "update", "delete")
JSON = "application/json"
FORM = "multipart/form-data"


@dataclass(frozen=True)
class Operation:
    """One operation of the spec."""

    spec: Spec = field(repr=False)
    id: str
    method: str
    path: str
    node: Mapping[str, Any] = field(repr=False)

    @property
    def resource(self) -> str:
        return self.id.partition(".")[0]

    @property
    def verb(self) -> str:
        return self.id.partition(".")[2]

    @property
    def paged(self) -> bool:
        return bool(self.node.get("x-paged"))

    @property
    def public(self) -> bool:
        """Whether it requires no key."""
        return self.node.get("security") == []

    @cached_property
    def parameters(self) -> list[Mapping[str, Any]]:
        return [self.spec.resolve(parameter) for parameter in self.node.get("parameters", ())]

    @cached_property
    def filters(self) -> dict[str, Schema]:
        """The schemas of the query parameters."""
        schemas: dict[str, Schema] = {}
        for parameter in self.parameters:
            if parameter["in"] == "query":
                schema = self.spec.merged(parameter["schema"])
                items = {"items": self.spec.merged(schema["items"])} if "items" in schema else {}
                schemas[parameter["name"]] = {**schema, **items}
        return schemas

    @cached_property
    def collection(self) -> str:
        """The collection of the record with `{id}`, or of a list's records."""
        path = collection_path(self.path)
        return self.spec.collections.get(path, path)

    @cached_property
    def status(self) -> int:
        """The status of success, the first if there are several."""
        return min((int(status) for status in self.node["responses"] if status.startswith("2")), default=200)

    @cached_property
    def response_schema(self) -> Schema | None:
        """The schema of the response; None if it has no JSON body."""
        content = self.spec.resolve(self.node["responses"][str(self.status)]).get("content", {})
        return content[JSON]["schema"] if JSON in content else None

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The attributes of a list's rows."""
        rows = self.spec.merged(self.response_schema or {}).get("items", {})
        return frozenset(self.spec.merged(rows).get("properties", ()))

    @cached_property
    def body_schema(self) -> Schema | None:
        content = self.node.get("requestBody", {}).get("content", {})
        return self.spec.merged(content[JSON]["schema"]) if JSON in content else None

    @cached_property
    def form_schema(self) -> Schema | None:
        """The schema of a multipart body."""
        content = self.node.get("requestBody", {}).get("content", {})
        return self.spec.merged(content[FORM]["schema"]) if FORM in content else None

    @cached_property
    def _body_validator(self) -> Draft202012Validator:
        pointer = f"paths/{self.path.replace('/', '~1')}/{self.method}/requestBody/content/application~1json/schema"
        return self.spec.validator(pointer)

    def problems(self, body: Any) -> dict[str, list[str]]:
        """The errors of a body as MOCO shows them: messages by attribute."""
        problems: dict[str, list[str]] = {}
        for error in self._body_validator.iter_errors(body):
            field, message = _describe(error)
            messages = problems.setdefault(field, [])
            if message not in messages:
                messages.append(message)
        for name in _find_too_large(self.spec.drop_unknown(self.body_schema or {}, body)):
            problems.setdefault(name, [f"must be less than {MAX_NUMBER:g}"])
        return problems


class Spec:
    """The OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.operations = [
            Operation(self, item[method]["operationId"], method, path, item[method])
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        ]
        self.collections = {
            collection_path(operation.path): operation.resource
            for operation in self.operations
            if operation.verb in CRUD
        }

    @cached_property
    def record_collections(self) -> frozenset[str]:
        """The collections that records are in, the items inside of records included (`purchases/items`)."""
        collections = {each.collection for each in self.operations if each.verb in CRUD or "{id}" in each.path}
        schemas = {each.collection: each.response_schema or {} for each in self.operations if each.verb == "get"}
        return frozenset(collections) | {
            f"{name}/items" for name, schema in schemas.items() if "items" in self.merged(schema).get("properties", ())
        }

    @cached_property
    def list_parameters(self) -> frozenset[str]:
        """The query parameters of operations by their resource, as `projects?leader_id`."""
        return frozenset(f"{each.resource}?{name}" for each in self.operations for name in each.filters)

    def operation(self, id: str) -> Operation:
        return self.by_id[id]

    @cached_property
    def by_id(self) -> dict[str, Operation]:
        return {operation.id: operation for operation in self.operations}

    def resolve(self, node: Any) -> Any:
        """The node that a `$ref` points to; any other node itself."""
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def merged(self, schema: Schema) -> Schema:
        """A schema with its reference resolved and its `allOf` merged."""
        schema = self.resolve(schema)
        if "allOf" not in schema:
            return schema
        whole: dict[str, Any] = {"properties": {}, "required": []}
        for part in [*map(self.merged, schema["allOf"]), {k: v for k, v in schema.items() if k != "allOf"}]:
            properties = {**whole["properties"], **part.get("properties", {})}
            required = [*whole["required"], *part.get("required", ())]
            whole |= part
            whole |= {"properties": properties, "required": required}
        return whole

    def drop_unknown(self, schema: Schema, value: Any) -> Any:
        """A value without the attributes that the schema does not have."""
        schema = self.merged(schema)
        if isinstance(value, dict) and "properties" in schema:
            properties = schema["properties"]
            return {
                name: self.drop_unknown(properties[name], part) for name, part in value.items() if name in properties
            }
        if isinstance(value, list) and "items" in schema:
            return [self.drop_unknown(schema["items"], part) for part in value]
        return value

    def validator(self, pointer: str) -> Draft202012Validator:
        """A validator for the schema at a JSON pointer of the document."""
        return Draft202012Validator({"$ref": f"urn:moco#/{pointer}"}, registry=self._registry, format_checker=FORMATS)

    @cached_property
    def _registry(self) -> Any:
        document: Any = self.document
        return Registry().with_resource("urn:moco", DRAFT202012.create_resource(document))


@cache
def bundled() -> Spec:
    """The spec that comes with the package."""
    return Spec(json.loads((Path(__file__).parents[1] / "openapi.json").read_bytes()))


def collection_path(path: str) -> str:
    """The fixed parts of a path up to its last `{id}`: `users/presences` for `/users/presences/{id}`."""
    head = path.rpartition("/{id}")[0] or path
    return "/".join(part for part in head.split("/") if part and not part.startswith("{"))


FORMATS = FormatChecker(formats=())
_NEAR = re.compile(r"[12]\d{3}-\d\d-\d\d", re.ASCII)
"""A day of the years from 1000 to 2999; what is before or behind cannot be computed with."""


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(_NEAR.fullmatch(value) and date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or bool(_NEAR.match(value) and datetime.fromisoformat(value))


MAX_NUMBER = 1e12
"""The largest number that is accepted, so that computations stay finite."""


def _find_too_large(value: Any, name: str = "base") -> Iterator[str]:
    """The attributes of a body whose numbers are too large."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _find_too_large(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _find_too_large(part, name)
    elif isinstance(value, (int, float)) and abs(value) > MAX_NUMBER:
        yield name


_MESSAGES = {
    "minimum": "must be greater than or equal to {0}",
    "maximum": "must be less than or equal to {0}",
    "maxItems": "is too long (maximum is {0})",
    "enum": "is not included in the list",
}


def _describe(error: ValidationError) -> tuple[str, str]:
    """The attribute of an error, and the message that Rails has for it."""
    path = [part for part in error.absolute_path if isinstance(part, str)]
    if error.validator == "required":
        missing = re.findall(r"'(\w+)' is a required", error.message)
        return ".".join([*path, *missing]), "can't be blank"
    field = ".".join(path) or "base"
    if error.validator == "type":
        if error.instance is None:
            return field, "can't be blank"
        wanted: Any = error.validator_value
        numeric = {"number", "integer"} & set([wanted] if isinstance(wanted, str) else wanted)
        return field, "is not a number" if numeric else "is invalid"
    return field, _MESSAGES.get(str(error.validator), "is invalid").format(error.validator_value)
