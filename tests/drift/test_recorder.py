"""What a drift recorder records of answers that differ from the spec."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moco_async import APIError, DriftRecorder, Request, ResponseError
from moco_async._decoding import Decoder
from moco_async.drift import recorder as drift_module
from moco_async.drift.json_shape import refusal, times
from moco_async.drift.storage import Key
from moco_async.models import Activity, Company, Deal, Project
from moco_async.sandbox import Sandbox
from tests.drift.recorded import DAY, GET, answer, entries, recorded, rows, several

ROOT = Path(__file__).parent.parent.parent


MALFORMED: list[tuple[str, Callable[[dict[str, Any]], object], tuple[str, str], dict[str, Any]]] = [
    ("unknown text", lambda d: d.update(mood="x y"), ("Deal.mood", "unknown"), {"text": 1}),
    ("unknown empty text", lambda d: d.update(mood=""), ("Deal.mood", "unknown"), {"empty text": 1}),
    ("unknown date", lambda d: d.update(mood=DAY), ("Deal.mood", "unknown"), {"date": 1}),
    ("unknown time", lambda d: d.update(mood=f"{DAY}T10:00:00Z"), ("Deal.mood", "unknown"), {"date-time": 1}),
    ("unknown null", lambda d: d.update(mood=None), ("Deal.mood", "unknown"), {"null": 1}),
    ("unknown list", lambda d: d.update(mood=["a"]), ("Deal.mood", "unknown"), {"list": 1, "items": {"text": 1}}),
    (
        "unknown object",
        lambda d: d.update(mood={"id": 1, "Herr Muster": True}),
        ("Deal.mood", "unknown"),
        {"object": 1, "attributes": {"id": {"integer": 1}, "*": {"boolean": 1}}},
    ),
    ("unknown name", lambda d: d.update({"Herr Muster": 1}), ("Deal.*", "unknown"), {"integer": 1}),
    ("inside", lambda d: d["user"].update(mood=1.5), ("PersonRef.mood", "unknown"), {"number": 1}),
    ("missing", lambda d: d.pop("info"), ("Deal.info", "missing"), {"nothing": 1}),
    ("null", lambda d: d.update(name=None), ("Deal.name", "null"), {"null": 1}),
    ("null for a record", lambda d: d.update(category=None), ("Deal.category", "null"), {"null": 1}),
    ("null for an enum", lambda d: d.update(status=None), ("Deal.status", "null"), {"null": 1}),
    ("type", lambda d: d.update(money="1.5"), ("Deal.money", "type"), {"text": 1}),
    ("type of an enum", lambda d: d.update(status=5), ("Deal.status", "type"), {"integer": 1}),
    ("no date", lambda d: d.update(reminder_date="soon"), ("Deal.reminder_date", "type"), {"text": 1}),
    ("in a list", lambda d: d.update(tags=[1]), ("Deal.tags[]", "type"), {"integer": 1}),
    ("a map", lambda d: d.update(custom_properties={"S": 5}), ("Deal.custom_properties.*", "type"), {"integer": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("malform", "where", "shape"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED]
)
def test_a_difference_is_noted_once_with_its_shape(
    malform: Callable[[dict[str, Any]], object], where: tuple[str, str], shape: dict[str, Any], file: Path
) -> None:
    recorder = DriftRecorder(file)
    first, second, *_ = rows("deals")
    malform(first)
    several(recorder, Deal, [first, second])
    recorder.save()
    assert {place: entry.checked for place, entry in entries(file).items()} == {where: shape}
    assert recorded(file).records["deals.list"]["Deal"] == 2


def test_an_unknown_value_of_an_enum_is_noted_by_name_if_it_looks_like_one(file: Path) -> None:
    recorder = DriftRecorder(file)
    for value in (
        "frozen",
        "frozen",
        "on-hold",
        "Deal::Frozen",
        "de-AT",
        "x@example.com",
        "0441 123",
        "Herr Muster",
        "a" * 41,
    ):
        several(recorder, Deal, [{**rows("deals")[0], "status": value}])
    recorder.save()
    entry = entries(file)["DealStatus", "value"]
    named = {"frozen": 2, "on-hold": 1, "Deal::Frozen": 1, "de-AT": 1, "*": 4}
    assert entry.decoded == {"text": 9, "values": named}


def test_many_different_values_are_rather_data_than_names(file: Path) -> None:
    recorder = DriftRecorder(file)
    names = ["".join(pair) for pair in zip("abcdefghij" * 10, sorted("abcdefghij" * 10), strict=True)]
    several(recorder, Deal, [{**rows("deals")[0], "status": name} for name in names])
    recorder.save()
    values = entries(file)["DealStatus", "value"].decoded["values"]
    assert len(values) == drift_module.MOST_NAMES + 1
    assert values["*"] == len(names) - drift_module.MOST_NAMES


def test_a_good_answer_is_no_difference(file: Path) -> None:
    recorder = DriftRecorder(file)
    kinds: dict[str, type[Any]] = {"deals": Deal, "projects": Project, "activities": Activity, "companies": Company}
    for resource, kind in kinds.items():
        request = Request(f"{resource}.list", "GET", "/")
        Decoder(strict=True, drift=recorder).many(kind, request, answer(rows(resource)))
    recorder.save()
    assert {key.kind for key in recorded(file).entries} == {"absent"}, "what a supplier lacks is not a difference"
    found = rows("activities")
    always = dict.fromkeys(("Activity", "PersonRef", "ProjectRef", "TaskRef"), len(found))
    named = sum(bool(row.get(name)) for row in found for name in ("customer", "deal"))
    assert recorded(file).records["activities.list"] == Counter({"$": 1, "NamedRef": named, **always})
    projects, noted = rows("projects"), recorded(file).records["projects.list"]
    assert noted["ProjectTaskSummary"] == sum(len(row["tasks"]) for row in projects)
    assert noted["ProjectContractSummary"] == sum(len(row["contracts"]) for row in projects)


def test_decoding_notices_in_every_row_and_a_check_in_some(file: Path) -> None:
    recorder = DriftRecorder(file, every=10)
    (good, *_) = rows("deals")
    bad = {**good, "mood": 1, "money": "1"}
    several(recorder, Deal, [good] * drift_module.FIRST)
    for _ in range(10):
        several(recorder, Deal, [bad] * 25)
    recorder.save()
    found = entries(file)
    assert times(found["Deal.mood", "unknown"].decoded) == 250
    assert times(found["Deal.mood", "unknown"].checked) == 25
    assert times(found["Deal.money", "type"].checked) == 25
    assert recorded(file).records["deals.list"]["Deal"] == drift_module.FIRST + 25


@pytest.mark.parametrize("length", [1, 7, 10, 100])
def test_every_row_of_a_page_gets_its_turn(length: int, file: Path) -> None:
    recorder = DriftRecorder(file, every=10)
    (good, *_) = rows("deals")
    several(recorder, Deal, [good] * drift_module.FIRST)
    for _ in range(10):
        several(recorder, Deal, [{**good, "money": "1"}] * length)
    recorder.save()
    assert times(entries(file)["Deal.money", "type"].checked) == length


@pytest.mark.parametrize(
    ("kind", "document", "shape"),
    [
        (Deal, None, {"null": 1}),
        (Deal, {"id": 1}, {"object": 1, "attributes": {"id": {"integer": 1}}}),
        (Deal, "x", {"text": 1}),
    ],
)
def test_an_answer_of_another_shape_is_noted(kind: type[Any], document: Any, shape: dict[str, Any], file: Path) -> None:
    recorder = DriftRecorder(file)
    with pytest.raises(ResponseError):
        several(recorder, kind, document, strict=True)
    recorder.save()
    ((where, _), entry), *others = entries(file).items()
    assert (where, entry.checked, others) == ("$", shape, [])


def test_one_record_is_noted_as_one_of_a_list(file: Path) -> None:
    recorder = DriftRecorder(file)
    Decoder(drift=recorder).one(Deal, GET, answer({**rows("deals")[0], "money": None}, 201))
    several(recorder, Deal, [5])
    recorder.save()
    keys = set(recorded(file).entries)
    assert keys == {Key("deals.get", 201, "Deal.money", "null"), Key("deals.list", 200, "$[]", "type")}


def test_what_is_nested_deeply_is_no_trouble(file: Path) -> None:
    recorder = DriftRecorder(file)
    deep = b"[" * 800 + b"]" * 800
    for name in (b"custom_properties", b"tags", b"user", b"mood"):
        content = (
            json.dumps({**rows("deals")[0], name.decode(): 0}).encode().replace(name + b'": 0', name + b'": ' + deep)
        )
        Decoder(drift=recorder).one(Deal, GET, answer(content))
    recorder.refused(GET, answer(deep, 422))
    recorder.save()
    assert set(entries(file)) >= {("Deal.mood", "unknown"), ("Deal.user", "type"), ("$", "error")}


def test_what_is_no_json_is_noted_by_its_content_type(file: Path) -> None:
    recorder = DriftRecorder(file)
    for media in ("text/html; charset=utf-8", "x-muster/secret", "text/plain"):
        with pytest.raises(ResponseError):
            Decoder(drift=recorder).one(Deal, GET, answer(b"<html>Muster", 200, media))
    recorder.save()
    assert entries(file)["$", "error"].checked == {"text/html": 1, "another type": 1, "text/plain": 1}


KNOWN = [
    b"",
    b"Herr Muster, nein!",
    {},
    {"message": "no"},
    {"error": "no"},
    {"errors": ["no"]},
    {"errors": {"name": ["no"]}},
    {"name": ["no"], "Sektor": ["no", "no"]},
]
UNKNOWN: list[tuple[Any, dict[str, Any]]] = [
    (["no"], {"list": 1, "items": {"text": 1}}),
    ("no", {"text": 1}),
    ({"message": 5}, {"object": 1, "attributes": {"message": {"integer": 1}}}),
    ({"code": 5, "Sektor": "no"}, {"object": 1, "attributes": {"code": {"integer": 1}, "*": {"text": 1}}}),
    (
        {"errors": {"sektor": "no"}},
        {"object": 1, "attributes": {"errors": {"object": 1, "attributes": {"*": {"text": 1}}}}},
    ),
]


@pytest.mark.parametrize("body", KNOWN)
def test_a_refusal_as_they_all_are_is_no_drift(body: Any) -> None:
    assert refusal(answer(body, 422, "text/plain" if body and isinstance(body, bytes) else "application/json")) == {}


@pytest.mark.parametrize(("body", "shape"), UNKNOWN)
def test_a_refusal_of_another_shape_is(body: Any, shape: dict[str, Any]) -> None:
    assert refusal(answer(body, 422)) == shape


async def test_refusals_are_noted_by_operation_and_status_and_raw_requests_without_their_path(file: Path) -> None:
    sandbox = Sandbox()
    sandbox.faults.add("deals.*", status=409, body={"code": 5})
    async with sandbox.client(drift=DriftRecorder(file)) as client:
        for _ in range(2):
            with pytest.raises(APIError):
                await client.deals.get(7654321)
        with pytest.raises(APIError):
            await client.request("GET", "/deals/7654321")
    shapes = {key: entry.checked for key, entry in recorded(file).entries.items()}
    shape = {"object": 1, "attributes": {"code": {"integer": 1}}}
    twice = {"object": 2, "attributes": {"code": {"integer": 2}}}
    assert shapes == {Key("deals.get", 409, "$", "error"): twice, Key("request", 409, "$", "error"): shape}
    assert b"7654321" not in recorded(file).line()
