"""From a JSON object to a record and back: without loss, whatever MOCO sends, and valid ones on the straight line."""

from __future__ import annotations

import datetime
import sys
from collections import OrderedDict, UserDict
from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from moco_async import Unrecognized, _deviations, _lenient, deviations
from moco_async._model import ABSENT, Model
from moco_async._values import Unset
from moco_async.models import (
    Activity,
    Company,
    NamedRef,
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

from .reference_decoder import alternatives
from .spec_records import (
    JUNK,
    MODELS,
    SCHEMAS,
    TEXTS,
    damage,
    damaged,
    parts_of,
    quick,
    records,
    resolved,
    text_of,
    valid,
    whole,
)

MISSING = object()


def fail_as_lenient(*_: Any) -> None:
    raise AssertionError("a valid record left the straight line")


def only_straight(patch: pytest.MonkeyPatch) -> None:
    for module in [module for name, module in sys.modules.items() if name.startswith("moco_async.models.")]:
        if "decode_leniently" in vars(module):
            patch.setattr(module, "decode_leniently", fail_as_lenient)


@quick
@given(records())
def test_a_valid_record_comes_back_as_it_came_along_the_straight_line(
    record: tuple[type[Model], dict[str, Any]],
) -> None:
    model, raw = record
    with pytest.MonkeyPatch.context() as patch:
        only_straight(patch)
        made = model.from_dict(raw)
    assert type(made) is model
    assert made.additional_properties == {}
    assert made.model_fields_set == {name for wire, name in model._wire_names.items() if wire in raw}
    assert text_of(made.to_dict()) == text_of(raw)


@pytest.mark.parametrize("model", MODELS)
def test_a_record_with_all_its_attributes_or_none_of_the_optional_takes_the_straight_line(
    model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    only_straight(monkeypatch)
    bare, full = valid(model.__name__), whole(model.__name__)
    for raw in (bare, full, *({**bare, name: full[name]} for name in full)):
        assert text_of(model.from_dict(raw).to_dict()) == text_of(raw)


@quick
@given(records())
def test_a_valid_record_holds_what_its_annotations_say(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    made = model.from_dict(raw)
    hints = get_type_hints(model)
    for name in model._attributes:
        value = getattr(made, name)
        assert fits(hints[name], value), f"{name}: {value!r} is not {hints[name]}"


def fits(hint: Any, value: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        enums = [option for option in inner if isinstance(option, type) and issubclass(option, StrEnum)]
        return any(fits(option, value) for option in (enums if enums and isinstance(value, str) else inner))
    if origin is Literal:
        return value in inner
    if origin is list:
        return isinstance(value, list) and all(fits(inner[0], item) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(inner[1], item) for item in value.values())
    if hint is float:
        return type(value) in (int, float)
    if hint is datetime.datetime:
        return isinstance(value, datetime.datetime) and value.utcoffset() is not None
    return isinstance(value, hint) if issubclass(hint, Model | StrEnum) else type(value) is hint


@quick
@given(records())
def test_the_table_decodes_a_valid_record_as_the_straight_line_does(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    straight = dict(parts_of(model.from_dict(raw)))
    assert dict(parts_of(_lenient.decode_leniently(model, raw))) == straight
    assert dict(parts_of(_lenient.decode_leniently(model, raw, ()))) == straight


@quick
@given(st.data())
def test_a_damaged_record_comes_back_as_it_came(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    raw = data.draw(damaged(raw))
    before = text_of(raw)
    made = model.from_dict(raw)
    assert type(made) is model
    assert text_of(made.to_dict()) == before
    assert text_of(raw) == before, "decoding has changed the answer"
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
    full = whole(model.__name__)
    parts = dict(parts_of(model.from_dict(full)))
    for name in full:
        for junk in (None, True, 0, 1.5, "", "x", [], {}, [None], {"id": {}}, MISSING):
            broken = {key: value for key, value in {**full, name: junk}.items() if value is not MISSING}
            made = model.from_dict(broken)
            assert text_of(made.to_dict()) == text_of(broken)
            found = dict(parts_of(made))
            assert all(found[place] == part for place, part in parts.items() if place[:1] != (name,))


@pytest.mark.parametrize("model", MODELS)
def test_only_something_else_than_an_object_raises(model: type[Model]) -> None:
    for value in (None, [], ["id"], "", "type", 5, 1.5, True):
        with pytest.raises(
            TypeError, match=rf"{model.__name__}\.from_dict takes a JSON object, not {type(value).__name__}"
        ):
            model.from_dict(cast(Any, value))


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_the_attributes_of_the_spec(model: type[Model]) -> None:
    schema = resolved(SCHEMAS[model.__name__])
    assert list(model._wire_names) == list(schema["properties"])
    assert model._required == {model._wire_names[wire] for wire in schema["required"]}
    hints = get_type_hints(model)
    for wire, name in model._wire_names.items():
        options = get_args(hints[name]) or (hints[name],)
        nullable = any(each["type"] == "null" for each in alternatives(schema["properties"][wire]))
        assert Unset not in options
        assert (type(None) in options) is (nullable or name not in model._required)
        default = next(each.default for each in cast(Any, model).__attrs_attrs__ if each.name == name)
        assert (default is ABSENT) is (name not in model._required and not nullable)
    assert model.__doc__


# --- keys, dates and enums


def test_an_unknown_attribute_is_kept_beside_the_others() -> None:
    made = NamedRef.from_dict({"id": 1, "name": "A", "colour": {"hex": ["f00"]}, "additional_properties": 5})
    assert (made.id, made.name) == (1, "A")
    assert made.additional_properties == {"colour": {"hex": ["f00"]}, "additional_properties": 5}
    assert made.to_dict() == {"id": 1, "name": "A", "colour": {"hex": ["f00"]}, "additional_properties": 5}


def test_as_many_attributes_as_expected_are_not_taken_for_the_expected_ones() -> None:
    made = NamedRef.from_dict({"id": 1, "title": "A"})
    assert made.to_dict() == {"id": 1, "title": "A"}
    assert made.additional_properties == {"title": "A"}


def test_an_unknown_attribute_is_seen_in_place_of_an_optional_one() -> None:
    made = Activity.from_dict(valid("Activity", unknown=1))
    assert made.additional_properties == {"unknown": 1}
    assert (made.hourly_rate, made.deal) == (None, None)


def test_an_attribute_named_like_a_keyword_has_an_underscore_in_python_alone() -> None:
    made = Presence.from_dict(valid("Presence", **{"from": "09:26"}))
    assert made.from_ == "09:26"
    assert made.to_dict()["from"] == "09:26"
    assert "from_" not in made.to_dict()
    assert Presence.from_dict({"from_": 1}).additional_properties == {"from_": 1}


def test_text_that_is_not_a_date_stays_text_and_the_rest_is_decoded() -> None:
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


def test_an_unknown_enum_value_is_unrecognized_and_goes_back_as_plain_text() -> None:
    made = WebHook.from_dict(valid("WebHook", event="explode"))
    assert type(made.event) is Unrecognized
    assert made.event == "explode"
    assert type(made.to_dict()["event"]) is str
    assert made.target == valid("WebHook")["target"]


@pytest.mark.parametrize("value", [None, 5, True, [], ["create"], {}, {"event": "create"}])
def test_what_is_not_text_in_place_of_an_enum_value_stays_as_it_came(value: Any) -> None:
    made = WebHook.from_dict(valid("WebHook", event=value))
    assert text_of(made.event) == text_of(value)
    assert isinstance(made.created_at, datetime.datetime)


def test_the_empty_remote_service_is_a_member_too() -> None:
    assert Activity.from_dict(valid("Activity", remote_service="")).remote_service is RemoteService.NONE
    assert Activity.from_dict(valid("Activity", remote_service=None)).remote_service is None


# --- records in records


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
    assert cast(Any, made.customer.name) is None
    assert "name" not in made.customer.model_fields_set
    made = Project.from_dict(valid("Project", customer={"name": None, "unknown": 1}, **elsewhere))
    assert isinstance(made.customer, NamedRef)
    assert made.customer.additional_properties == {"unknown": 1}


@pytest.mark.parametrize("value", [None, "", "type", ["type"], [], 5, True])
def test_a_customer_that_is_not_an_object_stays_as_it_came(value: Any) -> None:
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
    assert (rows[3].id, rows[4].id, rows[4].name) == ("7", 8, None)


def test_an_empty_object_in_place_of_a_record_is_a_record_without_attributes() -> None:
    made = Activity.from_dict(valid("Activity", user={}))
    assert isinstance(made.user, PersonRef)
    assert made.to_dict()["user"] == {}


def test_a_field_of_an_account_may_be_null_text_or_a_list() -> None:
    properties = {"test": None, "Sectors": ["Pharma"], "Since": "2026-01-31"}
    assert User.from_dict(valid("User", custom_properties=properties)).custom_properties == properties


# --- other classes than those of the parsers


class Whole(IntEnum):
    SEVEN = 7


class Text(str):
    __slots__ = ()


class Half(float):
    __slots__ = ()


class Rows(list[Any]):
    pass


def disguised(value: Any, mapping: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Any:
    """A JSON value in classes that no parser makes, but YAML loaders, tests and other programs do."""
    match value:
        case dict():
            return mapping({key: disguised(item, mapping) for key, item in value.items()})
        case list():
            return Rows(disguised(item, mapping) for item in value)
        case str():
            return Text(value)
        case float():
            return Half(value)
    return Whole.SEVEN if value == 7 and value is not True else value


@pytest.mark.parametrize("mapping", [OrderedDict, MappingProxyType, UserDict])
@pytest.mark.parametrize("model", MODELS)
def test_other_mappings_and_subclasses_decode_like_plain_values(
    model: type[Model], mapping: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> None:
    for raw in (valid(model.__name__), whole(model.__name__)):
        _deviations.clear_deviations()
        plain = model.from_dict(raw)
        for decode in (model.from_dict, lambda value: _lenient.decode_value(model, value)):
            made = decode(disguised(raw, mapping))
            assert made == plain
            assert text_of(made.to_dict()) == text_of(raw)
        assert deviations() == {}
