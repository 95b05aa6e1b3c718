"""Records as the bundled spec describes them, valid and damaged, for the tests of models and of decoding."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from moco_async import models
from moco_async._model import Model
from moco_async._request import Request, Response
from moco_async._values import Unrecognized

Schema = Mapping[str, Any]
Place = tuple[str | int, ...]

SPEC = json.loads(resources.files("moco_async.sandbox").joinpath("openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Schema] = SPEC["components"]["schemas"]
MODELS: list[type[Model]] = [
    found for name in models.__all__ if isinstance(found := getattr(models, name), type) and issubclass(found, Model)
]
LIST = Request("activities.list", "GET", "/activities")

quick = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])

TEXTS = st.sampled_from(["", "Beispiel AG", "Zürich", "type", "name", "2026-01-31"]) | st.text(max_size=5)
NUMBERS = st.integers(-5, 10**9) | st.floats(-1e6, 1e6, allow_nan=False)
DATES = st.dates().map(datetime.date.isoformat)
TIMES = st.tuples(
    st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds")),
    st.sampled_from(["Z", "Z", ".000Z", ".515Z", ".000001Z", "+00:00", ".000+00:00", "+02:00", ".250-03:30", ""]),
).map("".join)
WEIRD = st.sampled_from(
    ["", " ", "2026-01-31", "2026-02-30", "0000-00-00", "20260131", "2026-W05-6", "2020-01-12 15:38:35 UTC", "now",
     "2026-01-31T14:30:00Z", "2026-01-31T14:30:00.000Z", "2026-01-31T14:30:00.5Z", "2026-01-31T14:30:00-00:00",
     "2026-01-31T24:00:00Z", "2026-01-31T14:30:60Z", "2026-01-31T14:30:00,5Z", "2026-01-31t14:30:00z", "\ud800",
     "2026-01-31T14:30:00.1234567Z", "2026-01-31T14:30:00Z\x00", "UNSET", "prototype", "no such value"],
)  # fmt: skip
EMPTY: st.SearchStrategy[Any] = st.builds(copy.copy, st.sampled_from([None, False, 0, "", [], {}]))
JUNK = EMPTY | st.recursive(
    st.booleans() | NUMBERS | WEIRD | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("id"), inner, max_size=3),
    max_leaves=5,
)


def resolved(schema: Schema) -> Schema:
    """A schema without a reference at its top, and with all that it is composed of."""
    if "$ref" in schema:
        return resolved(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    whole: dict[str, Any] = {**schema, "properties": {}, "required": []}
    for part in (*map(resolved, whole.pop("allOf", ())), schema):
        properties, required = part.get("properties", {}), part.get("required", [])
        composed = {"properties": {**whole["properties"], **properties}, "required": [*whole["required"], *required]}
        whole = {**part, **whole, **composed}
    return whole


@cache
def named(name: str) -> st.SearchStrategy[Any]:
    """Valid values of a schema of the spec."""
    return values_of(SCHEMAS[name])


def values_of(schema: Schema) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return named(schema["$ref"].rpartition("/")[2])
    match resolved(schema):
        case {"const": constant}:
            return st.just(constant)
        case {"enum": members}:
            return st.sampled_from(members)
        case {"oneOf": options} | {"anyOf": options}:
            return st.one_of([values_of(option) for option in options])
        case {"type": list(kinds)}:
            return st.one_of([values_of({**schema, "type": kind}) for kind in kinds])
        case whole:
            return _of_one_type(whole)


def _of_one_type(schema: Schema) -> st.SearchStrategy[Any]:
    match schema:
        case {"type": "object", "properties": dict(properties)} if properties:
            fields = {name: values_of(inner) for name, inner in properties.items()}
            optional = {name: fields.pop(name) for name in properties if name not in schema["required"]}
            return st.fixed_dictionaries(fields, optional=optional)
        case {"type": "object"}:
            inner = schema.get("additionalProperties")
            return st.dictionaries(TEXTS, values_of(inner) if isinstance(inner, dict) else JUNK, max_size=2)
        case {"type": "array", "items": items}:
            return st.lists(values_of(items), max_size=2)
        case {"type": "string", "format": "date"}:
            return DATES
        case {"type": "string", "format": "date-time"}:
            return TIMES
    simple = {"string": TEXTS, "integer": st.integers(1, 10**9), "number": NUMBERS, "boolean": st.booleans()}
    return {**simple, "null": st.none()}.get(schema.get("type", ""), JUNK)


def any_model() -> st.SearchStrategy[type[Model]]:
    """A model, the large and the nested ones more often."""
    return st.sampled_from([*MODELS, *[models.Project, models.Company, models.Activity, models.Invoice] * 4])


def records() -> st.SearchStrategy[tuple[type[Model], dict[str, Any]]]:
    """A model, and a valid record of it."""
    return any_model().flatmap(lambda model: named(model.__name__).map(lambda raw: (model, raw)))


def places_in(value: Any, place: Place = ()) -> Iterator[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*place, key)
        yield from places_in(item, (*place, key))


@st.composite
def damage(draw: st.DrawFn, document: Any) -> tuple[Any, Place]:
    """A copy of an object or a list that is broken at one place, and the place."""
    broken = copy.deepcopy(document)
    unknown: list[Place] = [("unknown",)] if isinstance(document, dict) else []
    place = draw(st.sampled_from([*places_in(document), *unknown]))
    holder: Any = broken
    for key in place[:-1]:
        holder = holder[key]
    how = draw(st.sampled_from(["replace", "replace", "null", "remove", "add"]))
    if how in ("remove", "add") and not isinstance(holder, dict):
        how = "replace"
    if how == "add":
        place = (*place[:-1], f"unknown {draw(TEXTS)}")
    if how == "remove":
        holder.pop(place[-1], None)
    else:
        holder[place[-1]] = None if how == "null" else draw(JUNK)
    return broken, place


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:
    """A copy of an object or a list that is broken at up to four places."""
    for _ in range(draw(st.integers(0, 4))):
        if any(True for _ in places_in(document)):
            document, _place = draw(damage(document))
    return document


def parts_of(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Everything in a decoded value by its place: the type of what holds others, the spelling of the rest."""
    inner: Mapping[Any, Any]
    if isinstance(value, Model):
        wires = type(value)._wire_names
        inner = {wire: getattr(value, name) for wire, name in wires.items() if name in value.model_fields_set}
        inner = {**inner, **value.additional_properties}
    elif isinstance(value, list | dict):
        inner = dict(enumerate(value)) if isinstance(value, list) else value
    else:
        yield place, spelling(value)
        return
    yield place, type(value).__name__
    for key, item in inner.items():
        yield from parts_of(item, (*place, key))


def spelling(value: Any) -> str:
    """A decoded value and its type as text."""
    match value:
        case Unrecognized() | StrEnum():
            return f"{type(value).__name__} {str.__str__(value)!r}"
        case datetime.date():
            return f"{type(value).__name__} {value.isoformat()}"
    return f"{type(value).__name__} {value!r}"


def text_of(document: Any) -> str:
    """JSON as text, which tells 1 from 1.0 and from true."""
    return json.dumps(document, sort_keys=True)


def valid(name: str, /, **changed: Any) -> dict[str, Any]:
    """A plain valid record without optional attributes."""
    made = plainest(SCHEMAS[name])
    return {**made, **changed}


def whole(name: str, /, **changed: Any) -> dict[str, Any]:
    """A plain valid record with every attribute."""
    made = {key: plainest(schema) for key, schema in resolved(SCHEMAS[name])["properties"].items()}
    return {**made, **changed}


def plainest(schema: Schema) -> Any:
    match resolved(schema):
        case {"enum": [first, *_]}:
            return first
        case {"oneOf": options} | {"anyOf": options}:
            return plainest(options[-1])
        case {"properties": properties, "required": required} if properties:
            return {name: plainest(inner) for name, inner in properties.items() if name in required}
        case schema:
            kinds = schema.get("type", "null")
            kind = kinds[-1] if isinstance(kinds, list) else kinds
            text = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z"}.get(schema.get("format", ""), "a")
            simple = {"string": text, "integer": 7, "number": 1.5, "boolean": True, "array": [], "object": {}}
            return {**simple, "null": None}[kind]


def answer(document: Any) -> Response:
    return Response(200, {}, json.dumps(document).encode())
