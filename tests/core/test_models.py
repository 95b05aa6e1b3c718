"""Models: decoded without loss, whatever MOCO sends, and good records on the fast path alone."""

from __future__ import annotations

import copy
import datetime
import json
import logging
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moco_async import Deviation, ResponseError, _lenient, _request, deviations, models
from moco_async._decoding import Decoder, _document
from moco_async._model import NOTHING, Model, wire_names
from moco_async._request import Request, Response
from moco_async._values import UNSET, Unset
from moco_async.models import (
    Activity,
    ActivityCreate,
    Company,
    NamedRef,
    PerformanceReport,
    PersonRef,
    Presence,
    Project,
    ProjectRef,
    ProjectTaskSummary,
    RemoteService,
    User,
    WebHook,
    WebHookEvent,
)

Schema = Mapping[str, Any]
Place = tuple[str | int, ...]

SPEC = json.loads(resources.files("moco_async.sandbox").joinpath("openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Schema] = SPEC["components"]["schemas"]
MODELS: list[type[Model]] = [
    found for name in models.__all__ if isinstance(found := getattr(models, name), type) and issubclass(found, Model)
]

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

MISSING = object()


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
    return values_of(SCHEMAS[name])


def values_of(schema: Schema) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return named(schema["$ref"].rpartition("/")[2])
    match resolved(schema):
        case {"enum": members}:
            return st.sampled_from(members)
        case {"oneOf": options} | {"anyOf": options}:
            return st.one_of([values_of(option) for option in options])
        case {"type": list(kinds)}:
            return st.one_of([values_of({**schema, "type": kind}) for kind in kinds])
        case whole:
            return of_one_type(whole)


def of_one_type(schema: Schema) -> st.SearchStrategy[Any]:
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


def records() -> st.SearchStrategy[tuple[type[Model], dict[str, Any]]]:
    return st.sampled_from([*MODELS, *[Project, Company, Activity] * 4]).flatmap(
        lambda model: named(model.__name__).map(lambda raw: (model, raw))
    )


def places_in(value: Any, place: Place = ()) -> Iterator[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*place, key)
        yield from places_in(item, (*place, key))


@st.composite
def damage(draw: st.DrawFn, raw: dict[str, Any]) -> tuple[dict[str, Any], Place]:
    """A record that is broken at one place, and the place."""
    broken = copy.deepcopy(raw)
    place = draw(st.sampled_from([*places_in(raw), ("unknown",)]))
    holder: Any = broken
    for key in place[:-1]:
        holder = holder[key]
    how = draw(st.sampled_from(["replace", "replace", "remove", "add"])) if isinstance(holder, dict) else "replace"
    if how == "add":
        place = (*place[:-1], f"unknown {draw(TEXTS)}")
    if how == "remove":
        holder.pop(place[-1], None)
    else:
        holder[place[-1]] = draw(JUNK)
    return broken, place


def parts_of(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Everything in a decoded value by its place: the type of what holds others, the spelling of the rest."""
    if isinstance(value, Model):
        known = {wire: getattr(value, attribute) for wire, attribute in wire_names(type(value)).items()}
        inner: dict[Any, Any] = {wire: item for wire, item in known.items() if item is not UNSET}
        inner.update(value.additional_properties)
    elif isinstance(value, list | dict):
        inner = dict(enumerate(value)) if isinstance(value, list) else value
    else:
        yield place, f"{type(value).__name__} {value!r}"
        return
    yield place, type(value).__name__
    for key, item in inner.items():
        yield from parts_of(item, (*place, key))


def text_of(document: Any) -> str:
    """JSON as text, which tells 1 from 1.0 and from true."""
    return json.dumps(document, sort_keys=True)


def valid(name: str, /, **changed: Any) -> dict[str, Any]:
    """A plain valid record."""
    made = plainest(SCHEMAS[name])
    return {**made, **changed}


def plainest(schema: Schema) -> Any:
    match resolved(schema):
        case {"enum": [first, *_]}:
            return first
        case {"oneOf": options} | {"anyOf": options}:
            return plainest(options[-1])
        case {"properties": properties, "required": required} if properties:
            return {name: plainest(inner) for name, inner in properties.items() if name in required}
        case whole:
            kinds = whole.get("type", "null")
            kind = kinds[-1] if isinstance(kinds, list) else kinds
            text = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z"}.get(whole.get("format", ""), "a")
            simple = {"string": text, "integer": 7, "number": 1.5, "boolean": True, "array": [], "object": {}}
            return {**simple, "null": None}[kind]


def answer(document: Any) -> Response:
    return Response(200, {}, json.dumps(document).encode())


@pytest.fixture
def no_deviations() -> Iterator[None]:
    _lenient.clear_deviations()
    yield
    _lenient.clear_deviations()


def slow_path(*_: Any) -> None:
    raise AssertionError("the slow path")


@quick
@given(records())
def test_a_valid_record_comes_back_as_it_came_without_the_slow_path(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    with pytest.MonkeyPatch.context() as patch:
        for module in [module for name, module in sys.modules.items() if name.startswith("moco_async.models.")]:
            for name in {"decode_leniently", "unknown_attributes"} & vars(module).keys():
                patch.setattr(module, name, slow_path)
        patch.setattr(_lenient, "note_unknown_value", slow_path)
        made = model.from_dict(raw)
    assert type(made) is model
    assert made.additional_properties is NOTHING
    assert text_of(made.to_dict()) == text_of(raw)


@quick
@given(records())
def test_a_valid_record_differs_in_nothing_from_the_spec(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    assert list(_lenient.differences(model, raw)) == []


@quick
@given(records())
def test_a_valid_record_holds_what_its_annotations_say(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    made = model.from_dict(raw)
    hints = get_type_hints(model)
    for attribute in wire_names(model).values():
        value = getattr(made, attribute)
        assert fits(hints[attribute], value), f"{attribute}: {value!r} is not a {hints[attribute]}"


def fits(hint: Any, value: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        enums = [option for option in inner if isinstance(option, type) and issubclass(option, StrEnum)]
        return any(fits(option, value) for option in (enums if enums and isinstance(value, str) else inner))
    if origin is list:
        return isinstance(value, list) and all(fits(inner[0], item) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(inner[1], item) for item in value.values())
    if hint is float:
        return type(value) in (int, float)
    if hint is datetime.datetime:
        return isinstance(value, datetime.datetime) and value.utcoffset() is not None
    return isinstance(value, hint) if issubclass(hint, Model | StrEnum | Unset) else type(value) is hint


@quick
@given(records())
def test_the_slow_path_decodes_a_valid_record_as_the_fast_path_does(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    assert dict(parts_of(_lenient.decode_leniently(model, raw))) == dict(parts_of(model.from_dict(raw)))


@quick
@given(st.data())
def test_a_damaged_record_comes_back_as_it_came(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    for _ in range(data.draw(st.integers(1, 4))):
        raw, _place = data.draw(damage(raw))
    before = text_of(raw)
    made = model.from_dict(raw)
    assert type(made) is model
    assert text_of(made.to_dict()) == before
    assert text_of(raw) == before, "decoding has changed the answer"
    assert all(each.place.startswith("$") and each.reason for each in _lenient.differences(model, raw))
    assert repr(made).startswith(f"{model.__name__}(")


@quick
@given(st.data())
def test_one_damaged_attribute_leaves_all_the_others_as_they_were(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    broken, place = data.draw(damage(raw))
    assume(place[-2:] != ("customer", "type"))  # it says which of two models this is
    found = dict(parts_of(model.from_dict(broken)))
    for elsewhere, part in parts_of(model.from_dict(raw)):
        if elsewhere[: len(place)] != place:
            assert found[elsewhere] == part


@quick
@given(st.data())
def test_any_json_object_comes_back_as_it_came(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(MODELS))
    properties = resolved(SCHEMAS[model.__name__])["properties"]
    names = st.sampled_from(sorted(properties)) | TEXTS
    raw = data.draw(st.dictionaries(names, JUNK, max_size=60))
    assert text_of(model.from_dict(raw).to_dict()) == text_of(raw)


@pytest.mark.parametrize("model", MODELS)
def test_any_attribute_may_hold_anything_or_be_missing_without_harm_to_the_others(model: type[Model]) -> None:
    properties = resolved(SCHEMAS[model.__name__])["properties"]
    full = {name: plainest(schema) for name, schema in properties.items()}
    whole = dict(parts_of(model.from_dict(full)))
    for name in properties:
        for junk in (None, True, 0, 1.5, "", "x", [], {}, [None], {"id": {}}, MISSING):
            broken = {key: value for key, value in {**full, name: junk}.items() if value is not MISSING}
            made = model.from_dict(broken)
            assert text_of(made.to_dict()) == text_of(broken)
            found = dict(parts_of(made))
            assert all(found[place] == part for place, part in whole.items() if place[:1] != (name,))


@pytest.mark.parametrize("model", MODELS)
def test_only_something_else_than_an_object_raises(model: type[Model]) -> None:
    for value in (None, [], ["id"], "type", "", 5, 1.5, True):
        with pytest.raises(
            TypeError, match=rf"{model.__name__}\.from_dict takes a JSON object, not {type(value).__name__}"
        ):
            model.from_dict(cast(Any, value))


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_the_attributes_of_the_spec(model: type[Model]) -> None:
    schema = resolved(SCHEMAS[model.__name__])
    assert set(wire_names(model)) == set(schema["properties"])
    hints = get_type_hints(model)
    optional = {wire for wire, attribute in wire_names(model).items() if Unset in get_args(hints[attribute])}
    assert optional == set(schema["properties"]) - set(schema["required"])
    assert model.__doc__


@pytest.mark.parametrize("model", MODELS)
def test_the_empty_object_is_a_record_without_attributes(model: type[Model]) -> None:
    made = model.from_dict({})
    assert all(getattr(made, attribute) is UNSET for attribute in wire_names(model).values())
    assert made.additional_properties is NOTHING
    assert made.to_dict() == {}
    assert repr(made) == f"{model.__name__}()"


def test_an_unknown_attribute_is_kept_beside_the_others() -> None:
    made = NamedRef.from_dict({"id": 1, "name": "A", "colour": {"hex": ["f00"]}, "additional_properties": 5})
    assert (made.id, made.name) == (1, "A")
    assert made.additional_properties == {"colour": {"hex": ["f00"]}, "additional_properties": 5}
    assert made.to_dict() == {"id": 1, "name": "A", "colour": {"hex": ["f00"]}, "additional_properties": 5}


def test_as_many_attributes_as_expected_are_not_taken_for_the_expected_ones() -> None:
    made = NamedRef.from_dict({"id": 1, "title": "A"})
    assert made.to_dict() == {"id": 1, "title": "A"}
    assert made.additional_properties == {"title": "A"}


def test_an_attribute_named_like_a_keyword_has_an_underscore_in_python_alone() -> None:
    made = Presence.from_dict(valid("Presence", **{"from": "09:26"}))
    assert made.from_ == "09:26"
    assert made.to_dict()["from"] == "09:26"
    assert "from_" not in made.to_dict()
    assert Presence.from_dict({"from_": 1}).additional_properties == {"from_": 1}


def test_an_invalid_date_stays_text_and_the_rest_is_decoded() -> None:
    made = Activity.from_dict(valid("Activity", date=""))
    assert cast(Any, made.date) == ""
    assert made.created_at == datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    assert isinstance(made.project, ProjectRef)


def test_the_time_of_an_old_timer_stays_text() -> None:
    made = Activity.from_dict(valid("Activity", timer_started_at="2020-01-12 15:38:35 UTC"))
    assert cast(Any, made.timer_started_at) == "2020-01-12 15:38:35 UTC"
    assert isinstance(made.created_at, datetime.datetime)


@pytest.mark.parametrize(
    "text",
    ["2022-04-17T06:53:40Z", "2022-04-17T06:53:40.515Z", "2022-04-17T06:53:40.000Z", "2022-04-17T06:53:40+00:00",
     "2022-04-17T06:53:40+02:00", "2022-04-17T06:53:40.000+02:00", "2022-04-17T06:53:40"],
)  # fmt: skip
def test_a_time_is_decoded_and_comes_back_as_it_came(text: str) -> None:
    made = Presence.from_dict(valid("Presence", created_at=text))
    assert made.created_at.utcoffset() is not None
    assert made.to_dict()["created_at"] == text


def test_a_known_enum_value_is_a_member() -> None:
    made = WebHook.from_dict(valid("WebHook", event="create"))
    assert made.event is WebHookEvent.CREATE
    assert type(made.to_dict()["event"]) is str


def test_an_unknown_enum_value_stays_text() -> None:
    made = WebHook.from_dict(valid("WebHook", event="explode"))
    assert type(made.event) is str
    assert made.event == "explode"
    assert made.target == valid("WebHook")["target"]


@pytest.mark.parametrize("value", [None, 5, True, [], ["create"], {}, {"event": "create"}])
def test_an_enum_value_that_is_not_a_string_is_kept(value: Any) -> None:
    made = WebHook.from_dict(valid("WebHook", event=value))
    assert text_of(made.event) == text_of(value)
    assert isinstance(made.created_at, datetime.datetime)


def test_the_empty_remote_service_is_a_member_too() -> None:
    assert Activity.from_dict(valid("Activity", remote_service="")).remote_service is RemoteService.NONE
    assert Activity.from_dict(valid("Activity", remote_service=None)).remote_service is None


def test_a_customer_with_a_type_is_a_company() -> None:
    made = Project.from_dict(valid("Project", customer=valid("Company", name="Beispiel AG")))
    assert isinstance(made.customer, Company)
    assert made.customer.name == "Beispiel AG"


def test_a_customer_without_a_type_is_a_name() -> None:
    made = Project.from_dict(valid("Project", customer={"id": 1, "name": "Beispiel AG"}))
    assert made.customer == NamedRef(id=1, name="Beispiel AG")


@pytest.mark.parametrize("elsewhere", [{}, {"active": None, "created_at": 5}])
def test_a_damaged_customer_is_still_a_company_or_a_name(elsewhere: dict[str, Any]) -> None:
    company = valid("Company", tags=5, unknown=True)
    del company["name"]
    made = Project.from_dict(valid("Project", customer=company, **elsewhere))
    assert isinstance(made.customer, Company)
    assert made.customer.name is UNSET  # type: ignore[comparison-overlap]  # the spec says that it is there
    made = Project.from_dict(valid("Project", customer={"name": None, "unknown": 1}, **elsewhere))
    assert isinstance(made.customer, NamedRef)
    assert made.customer.additional_properties == {"unknown": 1}


@pytest.mark.parametrize("value", [None, "", "type", ["type"], [], 5, True])
def test_a_customer_that_is_not_an_object_is_kept(value: Any) -> None:
    made = Project.from_dict(valid("Project", customer=value))
    assert cast(Any, made.customer) == value
    assert made.billing_variant == valid("Project")["billing_variant"]
    assert text_of(made.to_dict()) == text_of(valid("Project", customer=value))


def test_a_damaged_row_leaves_the_other_rows_decoded() -> None:
    task = valid("ProjectTaskSummary")
    made = Project.from_dict(valid("Project", tasks=[task, None, "x", {**task, "id": "7"}, {"id": 8}, task]))
    rows = cast(list[Any], made.tasks)
    assert [type(row).__name__ for row in rows] == [
        "ProjectTaskSummary", "NoneType", "str", "ProjectTaskSummary", "ProjectTaskSummary", "ProjectTaskSummary",
    ]  # fmt: skip
    assert rows[0] == rows[5] == ProjectTaskSummary.from_dict(task)
    assert (rows[3].id, rows[4].id, rows[4].name) == ("7", 8, UNSET)


def test_an_empty_object_in_place_of_a_record_is_a_record_without_attributes() -> None:
    made = Activity.from_dict(valid("Activity", user={}))
    assert isinstance(made.user, PersonRef)
    assert made.to_dict()["user"] == {}


def test_absent_is_not_null() -> None:
    absent, null = valid("Activity"), valid("Activity", hourly_rate=None)
    assert Activity.from_dict(absent).hourly_rate is UNSET
    assert Activity.from_dict(null).hourly_rate is None
    assert "hourly_rate" not in Activity.from_dict(absent).to_dict()
    assert Activity.from_dict(null).to_dict()["hourly_rate"] is None


def test_a_field_of_an_account_may_be_null_text_or_a_list() -> None:
    properties = {"test": None, "Sectors": ["Pharma"], "Since": "2026-01-31"}
    assert User.from_dict(valid("User", custom_properties=properties)).custom_properties == properties


def test_a_record_is_made_changed_and_sent() -> None:
    made = ActivityCreate(date=datetime.date(2026, 1, 31), project_id=1, task_id=2)
    made.remote_service = RemoteService.JIRA
    made.tag = None
    made.additional_properties = {"since": datetime.date(2026, 1, 1), "skip": UNSET}
    assert made.description is UNSET
    assert made.to_dict() == {
        "date": "2026-01-31",
        "project_id": 1,
        "task_id": 2,
        "remote_service": "jira",
        "tag": None,
        "since": "2026-01-01",
    }


def test_what_the_spec_requires_has_to_be_given() -> None:
    with pytest.raises(TypeError, match="task_id"):
        ActivityCreate(date=datetime.date(2026, 1, 31), project_id=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no_such"):
        NamedRef(id=1, name="A", no_such=True)  # type: ignore[call-arg]


def test_a_misspelt_attribute_is_an_error() -> None:
    made = NamedRef(id=1, name="A")
    with pytest.raises(AttributeError, match="nmae"):
        made.nmae = "B"  # type: ignore[attr-defined]
    assert not hasattr(made, "__dict__")


def test_what_a_plain_copy_of_a_record_says_does_not_reach_the_record() -> None:
    made = User.from_dict(valid("User", tags=["a"], unknown=["b"]))
    plain = made.to_dict()
    plain["tags"].append("c")
    plain["unknown"].append("c")
    assert made.tags == ["a"]
    assert made.additional_properties == {"unknown": ["b"]}


TWINS: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    *(lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol)) for protocol in (2, 5)),
]


@quick
@given(st.data())
def test_a_record_survives_copy_and_pickle(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    if data.draw(st.booleans()):
        raw, _ = data.draw(damage(raw))
    made = model.from_dict(raw)
    for twin_of in TWINS:
        twin = twin_of(made)
        assert type(twin) is model
        assert twin == made
        assert dict(parts_of(twin)) == dict(parts_of(made))
        assert text_of(twin.to_dict()) == text_of(raw)
        assert (twin.additional_properties is NOTHING) is (made.additional_properties is NOTHING)
        for attribute in wire_names(model).values():
            assert (getattr(twin, attribute) is UNSET) is (getattr(made, attribute) is UNSET)


def test_a_deep_copy_shares_nothing_that_can_be_changed() -> None:
    made = User.from_dict(valid("User", tags=["a"], unknown=["b"]))
    twin = copy.deepcopy(made)
    cast(list[str], twin.tags).append("c")
    twin.additional_properties["unknown"].append("c")
    twin.unit.name = "other"
    assert made.to_dict() == valid("User", tags=["a"], unknown=["b"])


def test_records_are_equal_if_all_they_say_is() -> None:
    one = NamedRef(id=1, name="A")
    assert one == NamedRef.from_dict({"id": 1, "name": "A"})
    assert one != NamedRef(id=1, name="B")
    assert one != NamedRef.from_dict({"id": 1})
    assert one != NamedRef.from_dict({"id": 1, "name": "A", "more": None})
    assert one != PersonRef.from_dict({"id": 1, "name": "A"})
    assert one != {"id": 1, "name": "A"}


def test_a_record_can_be_changed_so_it_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(NamedRef(id=1, name="A"))


def test_a_record_shows_what_it_has_and_nothing_else() -> None:
    assert repr(NamedRef.from_dict({"id": 1, "more": 2})) == "NamedRef(id=1, additional_properties={'more': 2})"
    assert "UNSET" not in repr(Activity.from_dict(valid("Activity")))


def test_nothing_is_an_empty_mapping_that_stays_itself() -> None:
    assert dict(NOTHING) == {}
    assert NOTHING == {}
    assert len(NOTHING) == 0
    assert repr(NOTHING) == "{}"
    assert NOTHING.get("a") is None
    with pytest.raises(KeyError):
        NOTHING["a"]
    for twin_of in TWINS:
        assert twin_of(NOTHING) is NOTHING


DIFFERENCES = [
    (Activity, {"id": "7"}, "$.id", "text '7' where the spec says an integer"),
    (Activity, {"id": 7.5}, "$.id", "a number where the spec says an integer"),
    (Activity, {"id": True}, "$.id", "a boolean where the spec says an integer"),
    (Activity, {"id": None}, "$.id", "null is not allowed"),
    (Activity, {"hours": "1.5"}, "$.hours", "text '1.5' where the spec says a number"),
    (Activity, {"billable": 1}, "$.billable", "a number where the spec says a boolean"),
    (Activity, {"description": {}}, "$.description", "an object where the spec says text"),
    (Activity, {"date": "31.1."}, "$.date", "text '31.1.' where the spec says a date"),
    (Activity, {"created_at": "now"}, "$.created_at", "text 'now' where the spec says a time"),
    (Activity, {"colour": 1}, "$.colour", "not in the spec"),
    (Activity, {"project": []}, "$.project", "a list where the spec says ProjectRef"),
    (Activity, {"customer": {"id": 1}}, "$.customer.name", "missing"),
    (Activity, {"remote_service": "abacus"}, "$.remote_service", "'abacus' is no RemoteService the spec knows"),
    (Activity, {"remote_service": 5}, "$.remote_service", "a number where the spec says RemoteService or text"),
    (Project, {"tags": "a"}, "$.tags", "text 'a' where the spec says a list"),
    (Project, {"tags": ["a", 1]}, "$.tags[1]", "a number where the spec says text"),
    (Project, {"tasks": [{}, None]}, "$.tasks[1]", "null is not allowed"),
    (Project, {"tasks": {}}, "$.tasks", "an object where the spec says a list"),
    (Project, {"custom_properties": []}, "$.custom_properties", "a list where the spec says an object"),
    (Project, {"custom_properties": {"a": 1}}, "$.custom_properties.a", "a number where the spec says text or a list"),
    (Project, {"customer": {"id": 1, "name": 2}}, "$.customer.name", "a number where the spec says text"),
    (Project, {"customer": {"type": "x"}}, "$.customer.type", "'x' is no CompanyType the spec knows"),
    (PerformanceReport, {"annually": None}, "$.annually", "null is not allowed"),
]


@pytest.mark.parametrize(("model", "changed", "place", "reason"), DIFFERENCES)
def test_a_difference_is_named_with_its_place(
    model: type[Model], changed: dict[str, Any], place: str, reason: str
) -> None:
    found = _lenient.differences(model, valid(model.__name__, **changed))
    assert (place, reason) in [(each.place, each.reason) for each in found]


def test_a_missing_attribute_is_a_difference_unless_it_is_optional() -> None:
    raw = valid("Activity")
    assert "hourly_rate" not in raw
    del raw["hours"]
    ((place, where, kind, *_),) = _lenient.differences(Activity, raw)
    assert (place, where, kind) == ("$.hours", "Activity.hours", "missing")


def test_a_long_text_is_not_shown_in_full() -> None:
    (difference,) = _lenient.differences(Presence, valid("Presence", created_at="x" * 10_000))
    assert len(difference.reason) < 100


@quick
@given(st.data())
def test_every_difference_lies_where_the_damage_is(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    broken, place = data.draw(damage(raw))
    assume(place[-2:] != ("customer", "type"))
    written = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    for difference in _lenient.differences(model, broken):
        assert difference.place.startswith(written)


@quick
@given(st.data())
def test_what_strict_passes_is_decoded_as_its_annotations_say(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    broken, _ = data.draw(damage(raw))
    if not list(_lenient.differences(model, broken)):
        hints = get_type_hints(model)
        made = model.from_dict(broken)
        assert all(fits(hints[attribute], getattr(made, attribute)) for attribute in wire_names(model).values())


LIST = Request("activities.list", "GET", "/activities")


def test_strict_raises_with_the_place_and_the_reason() -> None:
    rows = [valid("Activity"), valid("Activity", hours="1.5")]
    with pytest.raises(
        ResponseError, match=r"activities\.list differs from the spec at \$\[1\]\.hours: text '1\.5' wh"
    ) as e:
        Decoder(strict=True).many(Activity, LIST, answer(rows))
    assert e.value.operation == "activities.list"
    assert e.value.status == 200
    with pytest.raises(ResponseError, match=r"at \$\.hours: text '1\.5' where the spec says a number"):
        Decoder(strict=True).one(Activity, LIST, answer(rows[1]))


@pytest.mark.parametrize("document", [None, 5, "text", [], [[]], {"id": 1}])
def test_strict_takes_no_document_of_another_shape(document: Any) -> None:
    with pytest.raises(ResponseError, match=r"differs from the spec at \$"):
        Decoder(strict=True).one(Activity, LIST, answer(document))


def test_strict_takes_what_the_spec_says() -> None:
    rows = [valid("Activity"), valid("Activity")]
    assert Decoder(strict=True).many(Activity, LIST, answer(rows)) == [Activity.from_dict(row) for row in rows]
    assert Decoder(strict=True).many(Activity, LIST, answer([])) == []
    assert Decoder(strict=True).one(Activity, LIST, answer(rows[0])) == Activity.from_dict(rows[0])
    assert Decoder(strict=True).many(str, LIST, answer(["a"])) == ["a"]


def test_without_strict_a_deviation_is_passed_on() -> None:
    rows = [valid("Activity", hours="1.5"), None, "x", 5]
    first, *others = Decoder().many(Activity, LIST, answer(rows))
    assert text_of(first.to_dict()) == text_of(rows[0])
    assert cast(list[Any], others) == [None, "x", 5]
    for document in (None, "x", 5, [1]):
        assert cast(Any, Decoder().one(Activity, LIST, answer(document))) == document


def test_an_empty_body_is_not_a_record_but_an_empty_list() -> None:
    assert Decoder().one(Activity, LIST, Response(200, {}, b" \n")) is None
    assert Decoder().many(Activity, LIST, Response(200, {}, b"")) == []


@pytest.mark.parametrize("document", [{"message": "?"}, "text", 5, True])
def test_something_that_is_not_a_list_raises_where_a_list_is_expected(document: Any) -> None:
    with pytest.raises(ResponseError, match="where a list was expected"):
        Decoder().many(Activity, LIST, answer(document))


@pytest.mark.parametrize("content", [b"<html>busy</html>", b"\xff\xfe", b'{"id": ', b"[1,]"])
def test_a_response_that_is_not_json_raises_with_its_beginning(content: bytes) -> None:
    for strict in (True, False):
        with pytest.raises(ResponseError, match="answered something that is not JSON") as caught:
            Decoder(strict=strict).one(Activity, LIST, Response(200, {"x-request-id": "abc"}, content))
        assert repr(content.decode("utf-8", "replace")) in str(caught.value)
        assert caught.value.request_id == "abc"
        assert caught.value.body == content


@pytest.mark.parametrize("parser", ["json", "orjson"])
def test_json_nested_too_deeply_raises_a_response_error(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_request, "_loads", lambda: pytest.importorskip(parser).loads)
    with pytest.raises(ResponseError, match="answered something that is not JSON"):
        _document(LIST, Response(200, {}, b"[" * 100_000 + b"]" * 100_000))


@pytest.mark.usefixtures("no_deviations")
def test_a_deviation_is_counted_by_model_attribute_and_reason() -> None:
    for _ in range(3):
        NamedRef.from_dict({"id": 1, "name": "A", "colour": "red"})
    PersonRef.from_dict({"id": 1, "lastname": "A"})
    assert deviations()[Deviation("NamedRef.colour", "not in the spec")] == 3
    assert deviations()[Deviation("PersonRef.firstname", "missing")] == 1
    _lenient.clear_deviations()
    assert deviations() == {}


@pytest.mark.usefixtures("no_deviations")
def test_a_value_that_cannot_be_decoded_is_a_deviation() -> None:
    Activity.from_dict(valid("Activity", date="soon"))
    assert deviations() == {Deviation("Activity.date", "text where the spec says a date"): 1}


@pytest.mark.usefixtures("no_deviations")
def test_an_unknown_enum_value_is_a_deviation() -> None:
    for _ in range(2):
        WebHook.from_dict(valid("WebHook", event="explode"))
    assert deviations() == {Deviation("WebHookEvent", "'explode' is no value the spec knows"): 2}


@pytest.mark.usefixtures("no_deviations")
def test_a_valid_record_has_no_deviations() -> None:
    for model in MODELS:
        model.from_dict(valid(model.__name__))
    assert deviations() == {}


@pytest.mark.usefixtures("no_deviations")
def test_a_deviation_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="moco_async.decoding")
    for _ in range(3):
        NamedRef.from_dict({"id": 1, "name": "A", "colour": "red"})
    assert [record.getMessage() for record in caplog.records] == [
        "answer differs from the spec: NamedRef.colour: not in the spec"
    ]


@pytest.mark.usefixtures("no_deviations")
def test_only_so_many_deviations_are_remembered_but_those_are_counted_on() -> None:
    for number in range(1_100):
        NamedRef.from_dict({"id": 1, "name": "A", f"unknown {number}": 1})
    NamedRef.from_dict({"id": 1, "name": "A", "unknown 0": 1})
    assert len(deviations()) == 1_000
    assert deviations()[Deviation("NamedRef.unknown 0", "not in the spec")] == 2


@pytest.mark.usefixtures("no_deviations")
def test_the_deviations_handed_out_are_a_copy() -> None:
    NamedRef.from_dict({})
    deviations().clear()
    assert deviations()


def test_no_repr_shows_a_key() -> None:
    made = models.SessionCredentials.from_dict({"api_key": "s3cr3t", "user_id": 7})
    assert repr(made) == "SessionCredentials(api_key=***, user_id=7)"
    assert made.api_key == "s3cr3t"
