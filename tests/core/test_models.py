"""Records in the user's hands: attributes that are absent, copies, comparison, and records that are made to be sent."""

from __future__ import annotations

import copy
import datetime
import inspect
import json
import pickle
import sys
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from moco_async import models
from moco_async._model import _NOTHING, Model
from moco_async._values import UNSET
from moco_async.models import Activity, ActivityCreate, Company, NamedRef, PersonRef, RemoteService, User

from .spec_records import MODELS, damaged, parts_of, quick, records, text_of, valid


def through_pickle(value: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))


PICKLED: list[Callable[[Any], Any]] = [
    partial(through_pickle, protocol=protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
]
TWINS: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, methodcaller("__replace__"), *PICKLED]
if sys.version_info >= (3, 13):
    TWINS.append(copy.replace)


def absent_attributes(record: Model) -> set[str]:
    return set(record._attributes - record.model_fields_set)


# --- absent attributes


def test_an_absent_attribute_reads_as_none_and_is_not_written() -> None:
    absent, null = Activity.from_dict(valid("Activity")), Activity.from_dict(valid("Activity", hourly_rate=None))
    assert absent.hourly_rate is None
    assert null.hourly_rate is None
    assert "hourly_rate" not in absent.to_dict()
    assert null.to_dict()["hourly_rate"] is None
    assert "hourly_rate" not in absent.model_fields_set
    assert "hourly_rate" in null.model_fields_set
    assert absent != null


def test_an_absent_attribute_that_the_spec_requires_reads_as_none_too() -> None:
    made = NamedRef.from_dict({"id": 1})
    assert cast(Any, made.name) is None
    assert made.to_dict() == {"id": 1}


@pytest.mark.parametrize("model", MODELS)
def test_the_empty_object_is_a_record_without_attributes(model: type[Model]) -> None:
    made = model.from_dict({})
    assert all(getattr(made, name) is None for name in model._attributes)
    assert made.model_fields_set == frozenset()
    assert made.additional_properties == {}
    assert made.to_dict() == {}
    assert repr(made) == f"{model.__name__}()"


def test_the_set_of_fields_names_what_came_and_what_was_assigned() -> None:
    made = Activity.from_dict({"id": 1, "tag": None, "colour": "red"})
    assert made.model_fields_set == {"id", "tag"}
    made.hourly_rate = 90
    made.description = None
    assert made.model_fields_set == {"id", "tag", "hourly_rate", "description"}
    assert made.to_dict() == {"id": 1, "tag": None, "colour": "red", "hourly_rate": 90, "description": None}


def test_a_deleted_attribute_is_absent_again() -> None:
    made = Activity.from_dict(valid("Activity", hourly_rate=90))
    del made.hourly_rate
    assert made.hourly_rate is None
    assert made == Activity.from_dict(valid("Activity"))


def test_the_set_of_fields_has_names_of_python_and_the_json_object_names_of_moco() -> None:
    made = models.Presence.from_dict({"from": "09:26"})
    assert made.model_fields_set == {"from_"}
    assert made.to_dict() == {"from": "09:26"}


def test_absent_attributes_are_there_for_hasattr_and_match() -> None:
    made = Activity.from_dict(valid("Activity"))
    assert hasattr(made, "hourly_rate")
    assert not hasattr(made, "hourly_rat")
    match made:
        case Activity(id=7, hourly_rate=None, project=models.ProjectRef(id=project)):
            assert project == 7
        case _:
            pytest.fail("does not match")


# --- mistyped attributes


def test_a_mistyped_attribute_cannot_be_read() -> None:
    made = NamedRef(id=1, name="A")
    with pytest.raises(AttributeError, match="'NamedRef' object has no attribute 'nmae'") as caught:
        made.nmae  # type: ignore[attr-defined]  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("nmae", made), "Python suggests the nearest name by these"


def test_a_mistyped_attribute_cannot_be_written() -> None:
    made = NamedRef(id=1, name="A")
    with pytest.raises(AttributeError, match="nmae"):
        made.nmae = "B"  # type: ignore[attr-defined]
    assert not hasattr(made, "__dict__")


def test_a_mistyped_argument_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(TypeError, match=r"NamedRef\(\) got an unexpected keyword argument 'nmae'; did you mean 'name'"):
        NamedRef(id=1, nmae="A")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"got an unexpected keyword argument 'xyz'$"):
        NamedRef(id=1, name="A", xyz=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="NamedRef has no attribute 'nmae'; did you mean 'name'"):
        NamedRef(id=1, name="A").__replace__(nmae="B")


def test_what_the_spec_requires_has_to_be_given() -> None:
    with pytest.raises(TypeError, match=r"ActivityCreate\(\) missing required keyword arguments: project_id, task_id"):
        ActivityCreate(date=datetime.date(2026, 1, 31))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        cast(Any, NamedRef)(1, "A")


# --- records that are made to be sent


def test_a_record_is_made_changed_and_sent() -> None:
    made = ActivityCreate(date=datetime.date(2026, 1, 31), project_id=1, task_id=2)
    made.remote_service = RemoteService.JIRA
    made.tag = None
    made.additional_properties = {"since": datetime.date(2026, 1, 1), "skip": UNSET}
    assert made.description is None
    assert made.to_dict() == {
        "date": "2026-01-31",
        "project_id": 1,
        "task_id": 2,
        "remote_service": "jira",
        "tag": None,
        "since": "2026-01-01",
    }


def test_what_is_not_given_to_a_body_is_not_sent_and_none_is_sent_as_null() -> None:
    made = ActivityCreate(date=datetime.date(2026, 1, 31), project_id=1, task_id=2, description=None)
    assert made.to_dict() == {"date": "2026-01-31", "project_id": 1, "task_id": 2, "description": None}
    assert made.model_fields_set == {"date", "project_id", "task_id", "description"}


def test_an_unset_argument_is_not_given() -> None:
    made = NamedRef(id=1, name=cast(Any, UNSET))
    assert made.model_fields_set == {"id"}
    assert made.to_dict() == {"id": 1}


def test_additional_properties_can_be_given() -> None:
    made = NamedRef(id=1, name="A", additional_properties={"colour": "red"})
    assert made == NamedRef.from_dict({"id": 1, "name": "A", "colour": "red"})


@pytest.mark.parametrize("model", MODELS)
def test_the_signature_shows_every_attribute(model: type[Model]) -> None:
    parameters = inspect.signature(model).parameters
    assert parameters.keys() == {*model._attributes, "additional_properties"}
    required = {name for name, each in parameters.items() if each.default is inspect.Parameter.empty}
    assert required == model._required
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in parameters.values())
    defaults = {name: each.default for name, each in parameters.items() if name not in required}
    assert defaults.pop("additional_properties") == {}
    assert set(defaults.values()) <= {None}


# --- plain objects


@quick
@given(records(), st.data())
def test_the_pairs_of_a_record_are_its_json_object(
    record: tuple[type[Model], dict[str, Any]], data: st.DataObject
) -> None:
    model, raw = record
    raw = data.draw(damaged(raw))
    made = model.from_dict(raw)
    assert text_of(dict(made)) == text_of(made.to_dict()) == text_of(raw)


def test_what_a_plain_copy_of_a_record_says_does_not_reach_the_record() -> None:
    made = User.from_dict(valid("User", tags=["a"], unknown=["b"]))
    plain = made.to_dict()
    plain["tags"].append("c")
    plain["unknown"].append("c")
    assert made.tags == ["a"]
    assert made.additional_properties == {"unknown": ["b"]}


def test_attrs_reads_what_is_absent_as_none() -> None:
    made = Activity.from_dict(valid("Activity"))
    plain = attrs.asdict(made)
    assert plain.keys() == {each.name for each in attrs.fields(Activity)}
    assert plain["hourly_rate"] is None
    assert plain["project"]["name"] == "a"
    assert json.dumps(
        attrs.asdict(NamedRef(id=1, name="A"), filter=lambda field, _: field.name != "additional_properties")
    )


# --- copies


@quick
@given(records(), st.data())
def test_a_record_survives_copy_and_pickle(record: tuple[type[Model], dict[str, Any]], data: st.DataObject) -> None:
    model, raw = record
    raw = data.draw(damaged(raw))
    made = model.from_dict(raw)
    for make_twin in TWINS:
        twin = make_twin(made)
        assert type(twin) is model
        assert twin == made
        assert dict(parts_of(twin)) == dict(parts_of(made))
        assert text_of(twin.to_dict()) == text_of(raw)
        assert (twin.additional_properties is _NOTHING) is (made.additional_properties is _NOTHING)
        assert twin.model_fields_set == made.model_fields_set


def test_a_deep_copy_shares_nothing_that_can_be_changed() -> None:
    made = User.from_dict(valid("User", tags=["a"], unknown=["b"]))
    twin = copy.deepcopy(made)
    cast(list[str], twin.tags).append("c")
    twin.additional_properties["unknown"].append("c")
    twin.unit.name = "other"
    assert made.to_dict() == valid("User", tags=["a"], unknown=["b"])


def test_a_changed_copy_leaves_absent_what_was_absent() -> None:
    made = Company.from_dict(valid("Company", unknown=1))
    changes = [made.__replace__]
    if sys.version_info >= (3, 13):
        changes.append(lambda **changed: copy.replace(made, **changed))
    for change in changes:
        twin = change(name="B", additional_properties={"unknown": 2})
        assert twin.to_dict() == valid("Company", name="B", unknown=2)
        assert absent_attributes(twin) == absent_attributes(made) != set()
    assert made.to_dict() == valid("Company", unknown=1)


def test_attrs_evolve_may_make_what_was_absent_null_and_changes_nothing_else() -> None:
    made = Activity.from_dict(valid("Activity", unknown=1))
    twin = attrs.evolve(made, seconds=60)  # type: ignore[misc]  # mypy does not see attrs in `model`
    assert twin.seconds == 60
    assert {key: value for key, value in twin.to_dict().items() if value is not None or key in dict(made)} == valid(
        "Activity", seconds=60, unknown=1
    )


def test_a_copy_of_a_record_can_be_changed_without_changing_the_record() -> None:
    made = NamedRef(id=1, name="A")
    twin = copy.copy(made)
    twin.name = "B"
    del twin.id
    assert made.to_dict() == {"id": 1, "name": "A"}


def test_a_record_that_was_never_filled_can_be_shown_and_compared() -> None:
    made = NamedRef.__new__(NamedRef)
    assert repr(made) == "NamedRef()"
    assert made == NamedRef.from_dict({})
    assert pickle.loads(pickle.dumps(made)) == made


# --- comparison and repr


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
    assert "hourly_rate" not in repr(Activity.from_dict(valid("Activity")))
    assert "hourly_rate=None" in repr(Activity.from_dict(valid("Activity", hourly_rate=None)))


def test_the_repr_never_shows_a_key() -> None:
    made = models.SessionCredentials.from_dict({"api_key": "s3cr3t", "user_id": 7})
    assert repr(made) == "SessionCredentials(api_key=***, user_id=7)"
    assert made.api_key == "s3cr3t"


def test_no_additional_properties_are_one_empty_mapping() -> None:
    nothing = NamedRef(id=1, name="A").additional_properties
    assert nothing is NamedRef.from_dict({"id": 1, "name": "A"}).additional_properties
    assert dict(nothing) == {}
    assert nothing == {}
    assert len(nothing) == 0
    assert repr(nothing) == "{}"
    assert nothing.get("a") is None
    with pytest.raises(KeyError):
        nothing["a"]
    for make_twin in TWINS[:2] + PICKLED:
        assert make_twin(nothing) is nothing


def test_no_pretty_printer_shows_a_key() -> None:
    made = models.SessionCredentials.from_dict({"api_key": "s3cr3t", "user_id": 7})
    assert "s3cr3t" not in pretty_repr(made)
