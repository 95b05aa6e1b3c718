"""How answers differ from the spec: what is told to an observer, and what is counted in `deviations()`."""

from __future__ import annotations

import datetime
import json
import logging
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from moco_async import Deviation, Unrecognized, _deviations, _lenient, deviations
from moco_async._deviations import Difference
from moco_async._model import Model
from moco_async.models import (
    Activity,
    Company,
    Invoice,
    NamedRef,
    PerformanceReport,
    PersonRef,
    Presence,
    Project,
    RemoteService,
    WebHook,
)

from .spec_records import MODELS, damage, parts_of, quick, records, valid, whole


@pytest.fixture(autouse=True)
def _no_deviations() -> Iterator[None]:
    _deviations.clear_deviations()
    yield
    _deviations.clear_deviations()


class Observed:
    """An observer that keeps all it is told."""

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self.differences: list[Difference] = []

    def record(self, cls: type[Model]) -> None:
        self.records[cls.__name__] += 1

    def difference(self, difference: Difference) -> None:
        self.differences.append(difference)


def differences(kind: Any, value: Any, *, absent: bool = False) -> list[Difference]:
    """How a value differs from the spec; without attributes that need not come and did not."""
    observed = Observed()
    with _deviations.observe(observed):
        _lenient.decode_value(kind, value)
    return [each for each in observed.differences if absent or each.kind != "absent"]


def counted(where: str) -> int:
    return sum(times for deviation, times in deviations().items() if deviation.where == where)


# --- differences

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
    (Activity, {"remote_service": "abacus"}, "$.remote_service",
     "'abacus' is not a value of RemoteService that the spec knows"),
    (Activity, {"remote_service": 5}, "$.remote_service", "a number where the spec says RemoteService"),
    (Company, {"intern": None}, "$.intern", "null is not allowed"),
    (Project, {"tags": "a"}, "$.tags", "text 'a' where the spec says a list"),
    (Project, {"tags": ["a", 1]}, "$.tags[1]", "a number where the spec says text"),
    (Project, {"tasks": [None]}, "$.tasks[0]", "null is not allowed"),
    (Project, {"tasks": {}}, "$.tasks", "an object where the spec says a list"),
    (Project, {"custom_properties": []}, "$.custom_properties", "a list where the spec says an object"),
    (Project, {"custom_properties": {"a": 1}}, "$.custom_properties.a", "a number where the spec says text or a list"),
    (Project, {"customer": {"id": 1, "name": 2}}, "$.customer.name", "a number where the spec says text"),
    (PerformanceReport, {"annually": None}, "$.annually", "null is not allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "changed", "place", "reason"), DIFFERENCES)
def test_a_difference_is_named_with_its_place(
    model: type[Model], changed: dict[str, Any], place: str, reason: str
) -> None:
    found = differences(model, valid(model.__name__, **changed))
    assert [(each.place, each.reason) for each in found] == [(place, reason)]


def test_several_differences_in_nested_records_are_each_named_once() -> None:
    company = whole("Company", type="x", billing_vat={"id": None}, colour="red")
    raw = valid("Project", customer=company, tasks=[valid("ProjectTaskSummary", id="1"), {}], name=None)
    found = [(each.place, each.kind) for each in differences(Project, raw)]
    expected = [
        ("$.customer.type", "value"),
        ("$.customer.billing_vat.id", "null"),
        ("$.customer.colour", "unknown"),
        ("$.tasks[0].id", "type"),
        ("$.name", "null"),
    ]
    of_the_empty_task = [each for each in found if each[0].startswith("$.tasks[1].")]
    assert {kind for _, kind in of_the_empty_task} == {"missing"}
    missing_vat = [each for each in found if each[0].startswith("$.customer.billing_vat.") and each[1] == "missing"]
    assert Counter(found) == Counter([*expected, *of_the_empty_task, *missing_vat])
    assert max(Counter(found).values()) == 1


def test_an_absence_is_a_deviation_only_if_the_spec_requires_the_attribute() -> None:
    raw = valid("Activity")
    assert "hourly_rate" not in raw
    del raw["hours"]
    ((_, where, kind, *_),) = found = differences(Activity, raw)
    assert (found[0].place, where, kind, found[0].reason) == ("$.hours", "Activity.hours", "missing", "missing")
    assert deviations() == {Deviation("Activity.hours", "missing"): 1}
    told = differences(Activity, raw, absent=True)
    absent = [each.place for each in told if each.kind == "absent"]
    assert [place for place in absent if place.count(".") == 1] == sorted(
        f"$.{name}" for name in Activity._attributes - Activity._required
    )


def test_an_observer_is_told_of_every_record() -> None:
    observed = Observed()
    with _deviations.observe(observed):
        _lenient.decode_value(list[Activity], [valid("Activity"), valid("Activity", user=valid("PersonRef"), x=1)])
    assert observed.records == {"Activity": 2, "ProjectRef": 2, "TaskRef": 2, "NamedRef": 2, "PersonRef": 1}


def test_nobody_is_told_once_the_observer_is_gone() -> None:
    observed = Observed()
    with _deviations.observe(observed):
        pass
    NamedRef.from_dict({})
    assert observed.differences == []


def test_a_long_text_is_not_shown_in_full() -> None:
    (difference,) = differences(Presence, valid("Presence", created_at="x" * 10_000))
    assert len(difference.reason) < 100
    (difference,) = differences(WebHook, valid("WebHook", event="x" * 10_000))
    assert len(difference.reason) < 160
    assert max(len(deviation.reason) for deviation in deviations()) < 160


def test_a_deeply_nested_value_of_the_wrong_type_can_be_told_of() -> None:
    value: Any = []
    for _ in range(5_000):
        value = [value]
    (difference,) = differences(NamedRef, {"id": value, "name": "A"})
    assert difference.reason == "a list where the spec says an integer"


@quick
@given(records())
def test_a_valid_record_differs_in_nothing_from_the_spec(record: tuple[type[Model], dict[str, Any]]) -> None:
    model, raw = record
    assert differences(model, raw) == []


@quick
@given(st.data())
def test_every_difference_lies_where_the_damage_is(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    broken, place = data.draw(damage(raw))
    assume(place[-2:] != ("customer", "type"))  # it says which of two models this is
    written = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    for difference in differences(model, broken):
        assert difference.place.startswith(written)
        assert difference.reason


# --- unions that no answer has yet


@pytest.mark.parametrize("hint", [datetime.date | Literal[""] | None, Literal[""] | datetime.date | None])
def test_a_date_may_be_empty_where_the_spec_says_so(hint: Any) -> None:
    value = _lenient.Value("Deal.closed_on", hint)
    assert value.decode("", ()) == ""
    assert value.decode("2026-01-31", ()) == datetime.date(2026, 1, 31)
    assert value.decode(None, ()) is None
    assert deviations() == {}
    assert value.decode("soon", ()) == "soon"
    assert counted("Deal.closed_on") == 1


def test_an_enum_may_be_text_or_null() -> None:
    hint = RemoteService | Unrecognized | None
    assert _lenient.decode_value(hint, "jira") is RemoteService.JIRA
    assert _lenient.decode_value(hint, None) is None
    assert dict(parts_of(_lenient.decode_value(hint, "abacus"))) == {(): "Unrecognized 'abacus'"}


# --- deviations


def test_a_deviation_is_counted_by_model_attribute_and_reason() -> None:
    for _ in range(3):
        NamedRef.from_dict({"id": 1, "name": "A", "colour": "red"})
    PersonRef.from_dict({"id": 1, "lastname": "A"})
    assert deviations() == {
        Deviation("NamedRef.colour", "not in the spec"): 3,
        Deviation("PersonRef.firstname", "missing"): 1,
    }
    _deviations.clear_deviations()
    assert deviations() == {}


def test_several_deviations_of_a_record_and_its_nested_records_are_counted_once_each() -> None:
    project = {"id": 7, "name": "A", "billable": True, "colour": "red"}
    Activity.from_dict(valid("Activity", date="soon", remote_service="abacus", project=project, user={"id": 1}, x=1))
    assert deviations() == {
        Deviation("Activity.date", "text where the spec says a date"): 1,
        Deviation("RemoteService", "'abacus' is not a value of RemoteService that the spec knows"): 1,
        Deviation("ProjectRef.colour", "not in the spec"): 1,
        Deviation("PersonRef.firstname", "missing"): 1,
        Deviation("PersonRef.lastname", "missing"): 1,
        Deviation("Activity.x", "not in the spec"): 1,
    }


@pytest.mark.parametrize("last", [{}, {"items": "none"}, {"colour": "red"}, {"date": "soon"}])
def test_deviations_in_nested_lists_are_counted_once_each_whatever_follows_them(last: dict[str, Any]) -> None:
    items = [valid("InvoiceItem", colour="red"), valid("InvoiceItem", colour="red", type="x")]
    Invoice.from_dict(valid("Invoice", **{"items": items, "payments": [{"colour": "red"}], **last}))
    seen = 0 if last.get("items") else 2
    assert counted("InvoiceItem.colour") == seen
    assert sum(times for (_, reason), times in deviations().items() if reason.startswith("'x' is not")) == seen // 2
    assert counted("InvoicePaymentSummary.colour") + counted("InvoicePayment.colour") == 1


def test_deviations_of_a_customer_and_of_custom_properties_are_counted_once_each() -> None:
    company = valid("Company", colour="red", custom_properties={"A": 1, "B": None, "C": [2, "x"]})
    Project.from_dict(valid("Project", customer=company))
    Project.from_dict(valid("Project", customer={"id": 1, "name": "A", "colour": "red"}))
    assert deviations() == {
        Deviation("Company.colour", "not in the spec"): 1,
        Deviation("Company.custom_properties.*", "a number where the spec says text or a list"): 1,
        Deviation("Company.custom_properties.*[]", "a number where the spec says text"): 1,
        Deviation("NamedRef.colour", "not in the spec"): 1,
    }


def test_the_straight_line_takes_nulls_and_wrong_types_of_plain_attributes_as_they_come() -> None:
    made = NamedRef.from_dict({"id": None, "name": 5})
    assert made.to_dict() == {"id": None, "name": 5}
    assert deviations() == {}
    NamedRef.from_dict({"id": None, "name": 5, "colour": "red"})
    assert len(deviations()) == 3, "once it has given up, all of the record is checked"


def test_an_unknown_enum_value_is_a_deviation() -> None:
    for _ in range(2):
        WebHook.from_dict(valid("WebHook", event="explode"))
    reason = "'explode' is not a value of WebHookEvent that the spec knows"
    assert deviations() == {Deviation("WebHookEvent", reason): 2}


def test_a_valid_record_is_not_a_deviation() -> None:
    for model in MODELS:
        for raw in (valid(model.__name__), whole(model.__name__)):
            model.from_dict(raw)
            assert differences(model, json.loads(json.dumps(raw))) == []
    assert deviations() == {}


def test_a_deviation_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="moco_async.decoding")
    for _ in range(3):
        NamedRef.from_dict({"id": 1, "name": "A", "colour": "red"})
    assert [record.getMessage() for record in caplog.records] == [
        "answer differs from the spec: NamedRef.colour: not in the spec"
    ]


def test_only_so_many_deviations_are_remembered_but_those_are_counted_on() -> None:
    for number in range(1_100):
        NamedRef.from_dict({"id": 1, "name": "A", f"unknown {number}": 1})
    NamedRef.from_dict({"id": 1, "name": "A", "unknown 0": 1})
    assert len(deviations()) == 1_000
    assert deviations()[Deviation("NamedRef.unknown 0", "not in the spec")] == 2


def test_the_deviations_handed_out_are_a_copy() -> None:
    NamedRef.from_dict({})
    deviations().clear()
    assert deviations()
