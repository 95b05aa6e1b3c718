"""Drift: what a recorder notes of answers that differ from the spec, and what the generator makes of it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from difflib import ndiff
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import generator.__main__ as command
from generator.__main__ import main
from moco_async import (
    APIError,
    ConfigurationError,
    DriftRecorder,
    MocoClient,
    Request,
    Response,
    ResponseError,
)
from moco_async._decoding import Decoder
from moco_async._model import Model
from moco_async.drift import recorder as drift_module
from moco_async.drift import storage as driftfile
from moco_async.drift.json_shape import refusal, times
from moco_async.drift.storage import Entry, Key, Record
from moco_async.models import Activity, Company, Deal, NamedRef, Project
from moco_async.sandbox import Sandbox
from tests.maintenance.malformed import read as read_malformed
from tests.maintenance.malformed import words

ROOT = Path(__file__).parent.parent.parent
LIST = Request("deals.list", "GET", "/deals")
GET = Request("deals.get", "GET", "/deals/1")
DAY = "2026-03-01"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drift.jsonl"


@cache
def _examples() -> dict[str, str]:
    """A page of each model, as the sandbox answers it."""

    async def pages() -> dict[str, str]:
        found = {}

        async def keep(request: Request, send: Any) -> Response:
            response: Response = await send(request)
            found[request.operation.partition(".")[0]] = response.content.decode()
            return response

        async with Sandbox().client(middleware=[keep]) as client:
            for resource in (client.deals, client.projects, client.invoices, client.activities, client.companies):
                await resource.list()
        return found

    return asyncio.run(pages())


def rows(resource: str) -> list[dict[str, Any]]:
    """Rows of a list, to be changed at will."""
    found: list[dict[str, Any]] = json.loads(_examples()[resource])
    return found


def answer(document: Any, status: int = 200, media: str = "application/json") -> Response:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, {"content-type": media}, content)


def several(recorder: DriftRecorder, kind: type[Any], document: Any, *, strict: bool = False) -> list[Any]:
    return Decoder(strict=strict, drift=recorder).many(kind, LIST, answer(document))


def recorded(file: Path) -> Record:
    record, bad = driftfile.read(file)
    assert bad == {}
    return record


def entries(file: Path) -> dict[tuple[str, str], Entry]:
    return {(key.where, key.kind): entry for key, entry in recorded(file).entries.items()}


# ---------------------------------------------------------------------------------------------- the round trip


SPEC = ROOT / "openapi"
SMALL_SPEC = ROOT / "tests" / "generator" / "spec"


def copied(spec: Path, house: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of a spec, which the commands of the generator work on."""
    shutil.copytree(spec, house / "openapi")
    monkeypatch.setattr(command, "SPEC", house / "openapi" / "moco.yaml")
    monkeypatch.setattr(command, "PACKAGE", house / "src" / "moco_async")
    return house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return copied(SPEC, tmp_path, monkeypatch)


@pytest.fixture
def hut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same of the small spec, which is written in one line where that is possible."""
    return copied(SMALL_SPEC, tmp_path, monkeypatch)


def test_from_drift_to_a_patch_with_which_strict_passes(
    house: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(read_malformed(file, strict=False, refused=True))
    assert [word for word in words() if word in file.read_text()] == []

    assert main(["drift", str(file), "--patch"]) == 1
    patch, report = capsys.readouterr()
    (house / "drift.patch").write_text(patch)
    subprocess.run(["git", "apply", "--whitespace=error", "drift.patch"], cwd=house, check=True)  # noqa: S607
    assert "14 of them in the suggested patch" in report

    ignored = shutil.ignore_patterns("models", "resources", "openapi.json", "__pycache__")
    shutil.copytree(ROOT / "src" / "moco_async", house / "src" / "moco_async", ignore=ignored)
    assert main([]) == 0
    again = house / "again.jsonl"
    environment = {**os.environ, "PYTHONPATH": str(house / "src")}
    program = [sys.executable, str(ROOT / "tests" / "maintenance" / "malformed.py"), str(again)]
    subprocess.run(program, env=environment, check=True)
    assert "DealHeat" in (house / "src" / "moco_async" / "models" / "deal.py").read_text()
    assert recorded(again).entries == {}
    assert recorded(again).records["deals.list"]["Deal"] == 4
    capsys.readouterr()
    assert main(["drift", str(again), str(file)]) == 1, "the refusal is left"
    report = capsys.readouterr().out
    assert "1 difference from the spec, 0 of them" in report
    assert "14 differences of the record are in the spec by now" in report


async def test_before_the_patch_strict_does_not_pass(file: Path) -> None:
    with pytest.raises(ResponseError, match="differs from the spec"):
        await read_malformed(file, strict=True)
    assert ("Deal.currency", "null") in entries(file), "what strict refuses is noted before"


# ---------------------------------------------------------------------------------------------- what is noted

SPOILED: list[tuple[str, Callable[[dict[str, Any]], object], tuple[str, str], dict[str, Any]]] = [
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


@pytest.mark.parametrize(("spoil", "where", "shape"), [case[1:] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_a_difference_is_noted_once_with_its_shape(
    spoil: Callable[[dict[str, Any]], object], where: tuple[str, str], shape: dict[str, Any], file: Path
) -> None:
    recorder = DriftRecorder(file)
    first, second, *_ = rows("deals")
    spoil(first)
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
    assert recorded(file).entries == {}
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


# ---------------------------------------------------------------------------------------------- no values

SECRETS = st.integers(10**9, 10**10).map(lambda number: f"Zq{number}")
"""Texts that cannot be there by chance, and are no names of enum values."""
NAMES = st.text("bcdfghjklmnpqrstvwxz", min_size=12, max_size=12).map(lambda text: f"q{text}")
"""Texts that look like names of the API, but are not where such names are."""
NUMBERS = st.integers(10**9, 10**10) | st.floats(1e9, 1e10).filter(lambda number: number % 1 > 0)
DAYS = st.dates().map(lambda day: day.replace(year=1000 + day.year % 900).isoformat())
LEAVES = SECRETS | NAMES | NUMBERS | DAYS | DAYS.map("{}T10:00:00Z".format) | st.booleans() | st.none()
MAPS = st.dictionaries(SECRETS, LEAVES, max_size=3)
FIELDS = st.dictionaries(SECRETS | NAMES, LEAVES, max_size=3)
DOCUMENTS = st.recursive(
    LEAVES | MAPS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SECRETS, inner, max_size=3),
    max_leaves=8,
)
ENUMS = {"status", "type", "remote_service", "billing_variant", "kind"}


@st.composite
def spoiled_rows(draw: st.DrawFn) -> tuple[type[Model], list[Any]]:
    """Rows with secrets in the place of attributes, of those of inner records, and of what nobody knows."""
    resource, kind = draw(st.sampled_from([("deals", Deal), ("projects", Project), ("activities", Activity)]))
    found = rows(resource)[:3]
    for row in found:
        for record in [row, *(value for value in row.values() if isinstance(value, dict) and "id" in value)]:
            names = draw(st.lists(st.sampled_from(sorted(record)), max_size=4, unique=True))
            for name in names:
                record[name] = draw(SECRETS if name in ENUMS else DOCUMENTS)
            record[draw(st.sampled_from(["mood", "Name with a space", "x" * 60]))] = draw(DOCUMENTS)
            record["custom_properties"] = draw(FIELDS | st.lists(FIELDS))
            record["heat"] = {"custom_fields": draw(FIELDS)}
    return kind, found


def leaves(value: Any) -> Iterator[str]:
    """Every text that came from outside, those of keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(key)
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def injected(value: Any) -> set[str]:
    """Those that cannot be in a file by chance."""
    return {text for text in leaves(value) if len(text) >= 10 and ("q" in text[:2].lower() or text[:1].isdigit())}


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(spoiled_rows(), DOCUMENTS, SECRETS)
def test_no_value_is_ever_in_the_file(
    tmp_path: Path, spoiled: tuple[type[Model], list[Any]], body: Any, media: str
) -> None:
    file = tmp_path / "drift.jsonl"
    file.unlink(missing_ok=True)
    kind, found = spoiled
    recorder = DriftRecorder(file, every=2)
    several(recorder, kind, found)
    recorder.refused(Request(f"GET /{media}", "GET", f"/{media}"), answer(body, 422))
    recorder.refused(GET, answer(media.encode(), 500, media))
    recorder.save()
    written = file.read_text()
    secrets = injected(found) | injected(body) | {media}
    assert [secret for secret in secrets if secret in written] == []


# ---------------------------------------------------------------------------------------------- the file


def test_lines_of_several_runs_are_one_record(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in ("2026-03-02", "2026-03-01"):
        recorder = DriftRecorder(file)
        seconds = datetime.fromisoformat(f"{day}T10:00:00+00:00").timestamp()
        monkeypatch.setattr("moco_async.drift.recorder.time.time", lambda seconds=seconds: seconds)
        several(recorder, Deal, [{**rows("deals")[0], "mood": 1}])
        recorder.save()
        recorder.save()
    assert len(file.read_bytes().split()) == 2, "nothing new, nothing written"
    entry = entries(file)["Deal.mood", "unknown"]
    assert (entry.first, entry.last, entry.checked) == ("2026-03-01", "2026-03-02", {"integer": 2})


def test_several_processes_append_to_one_file(file: Path) -> None:
    program = """
import sys
from moco_async import DriftRecorder
from moco_async._decoding import Decoder
from moco_async._request import Request, Response
from moco_async.models import NamedRef
recorder = DriftRecorder(sys.argv[1])
for _ in range(40):
    response = Response(200, {}, b'[{"id": 1, "name": "A", "mood": 1}]')
    Decoder(drift=recorder).many(NamedRef, Request("tags.list", "GET", "/"), response)
    recorder.save()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [
        sys.executable,
        "-c",
        f"from moco_async.drift import storage as driftfile; driftfile.LARGE = 2000\n{program}",
        str(file),
    ]
    running = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert times(entries(file)["NamedRef.mood", "unknown"].checked) == 120
    assert recorded(file).records["tags.list"] == Counter({"$": 120, "NamedRef": 120})
    assert list(file.parent.iterdir()) == [file]


def test_a_file_of_many_lines_is_made_small(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driftfile, "LARGE", 1000)
    file.write_bytes(b'{"drift": 2}\n')
    recorder = DriftRecorder(file)
    for _ in range(365):
        several(recorder, NamedRef, [{"id": 1, "name": "A", "mood": 1}])
        recorder.save()
    assert file.stat().st_size < 100 * 300
    record, bad = driftfile.read(file)
    assert times(record.entries[Key("deals.list", 200, "NamedRef.mood", "unknown")].decoded) == 365
    assert list(bad.values()) == ["is of format 2, not 1"], "what another version wrote is kept"


def test_a_torn_line_costs_nothing_but_itself(file: Path, hut: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for cut in (30, 0):
        recorder = DriftRecorder(file)
        several(recorder, Deal, [{**rows("deals")[0], "mood": 1}])
        recorder.save()
        if cut:
            whole = file.read_bytes()
            file.write_bytes(whole + whole[:-cut])
    record, bad = driftfile.read(file)
    assert times(record.entries[Key("deals.list", 200, "Deal.mood", "unknown")].checked) == 2
    assert bad == {2: "is no JSON"}
    assert main(["drift", str(file)]) == 1
    assert f"{file}:2: is no JSON" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line",
    [b"[]", b"5", b"{}", b'{"drift": 1}', b'{"drift": 1, "records": {"a": {"b": "c"}}, "entries": []}',
     b'{"drift": 1, "records": {}, "entries": [{}]}', b'{"drift": 1, "records": [], "entries": [5]}',
     b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_line_of_a_record_is_named(line: bytes, file: Path) -> None:
    file.write_bytes(line)
    record, bad = driftfile.read(file)
    assert record == Record()
    assert list(bad) == [1]


def test_it_is_written_now_and_then(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("moco_async.drift.recorder.time.monotonic", lambda: now)
    recorder = DriftRecorder(file)

    def lines_after(seconds: float, **more: Any) -> int:
        nonlocal now
        now += seconds
        several(recorder, NamedRef, [{"id": 1, "name": "A", **more}])
        return len(file.read_bytes().split())

    assert lines_after(10) == 0
    assert lines_after(100) == 0, "counts can wait"
    assert lines_after(100, mood=1) == 0
    assert lines_after(61) == 1, "something new cannot wait long"
    assert lines_after(100, mood=1) == 1, "that is known"
    assert lines_after(3600) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": None}, "path has to be"),
        ({"path": b"x"}, "path has to be"),
        ({"path": "x\0y"}, "cannot be recorded"),
        ({"path": "no/such/folder/drift"}, "No such file"),
        ({"path": "."}, "directory"),
        ({"every": 0}, "every has to be"),
        ({"every": True}, "every has to be"),
        ({"every": 2.5}, "every has to be"),
    ],
)
def test_malformed_arguments_are_refused(arguments: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = arguments.pop("path", "drift")
    with pytest.raises(ConfigurationError, match=message):
        DriftRecorder(tmp_path / path if isinstance(path, str) and "\0" not in path else path, **arguments)


def test_a_write_that_fails_is_a_warning_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    recorder = DriftRecorder(folder / "drift")
    shutil.rmtree(folder)
    for _ in range(2):
        several(recorder, NamedRef, [{"id": 1, "name": "A", "mood": 1}])
        recorder.save()
    assert [(record.levelno, record.name) for record in caplog.records] == [(logging.WARNING, "moco_async.drift")]
    folder.mkdir()
    recorder.save()
    assert times(entries(folder / "drift")["NamedRef.mood", "unknown"].checked) == 2, "nothing was lost"


# ---------------------------------------------------------------------------------------------- the client


@pytest.fixture
def deal() -> dict[str, Any]:
    return rows("deals")[0]


async def test_views_share_the_recorder_and_closing_the_client_writes(file: Path, deal: dict[str, Any]) -> None:
    recorder = DriftRecorder(file)

    async def spoilt(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{**deal, "mood": 1}])

    async with httpx.AsyncClient(transport=httpx.MockTransport(spoilt)) as http:
        client = MocoClient("mycompany", api_key="key", http_client=http, rate_limit=None, drift=recorder)
        for view in (client.impersonate(7), client.with_options(timeout=5, strict=False)):
            await view.deals.list()
            await view.aclose()
        assert recorded(file).entries == {}, "the client is still open"
        await client.deals.list()
        await client.aclose()
        assert times(entries(file)["Deal.mood", "unknown"].checked) == 3
        other = MocoClient.from_env(subdomain="other", api_key="key", http_client=http, rate_limit=None, drift=recorder)
        await other.deals.list()
        await other.aclose()
    assert times(entries(file)["Deal.mood", "unknown"].checked) == 4


async def test_login_passes_the_recorder_on(file: Path) -> None:
    async def answered(request: httpx.Request) -> httpx.Response:
        key = {"api_key": "s3cr3t-0123456789", "user_id": 7}
        return httpx.Response(200, json=key if request.url.path.endswith("session") else {"mood": "x"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answered)) as http:
        options: dict[str, Any] = {"http_client": http, "rate_limit": None, "drift": DriftRecorder(file)}
        async with await MocoClient.login("mycompany", "max@example.com", "s3cr3t", **options) as client:
            await client.deals.get(1)
    assert ("Deal.mood", "unknown") in entries(file)
    assert b"s3cr3t" not in recorded(file).line()


@pytest.mark.parametrize("drift", ["drift.jsonl", True, object()])
def test_what_is_no_recorder_is_refused(drift: Any) -> None:
    with pytest.raises(ConfigurationError, match="drift has to be a DriftRecorder or None"):
        MocoClient("mycompany", api_key="key", drift=drift)


def test_without_a_recorder_nothing_of_it_is_imported() -> None:
    program = """
import sys
from moco_async import MocoClient
from moco_async._decoding import Decoder
from moco_async._request import Request, Response
from moco_async.models import NamedRef
MocoClient("mycompany", api_key="key").impersonate(7).deals
Decoder().many(NamedRef, Request("a.b", "GET", "/"), Response(200, {}, b'[{"id": 1, "name": "A"}]'))
print([name for name in sys.modules if "drift" in name])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---------------------------------------------------------------------------------------------- the report

Seen = dict[str, tuple[dict[str, Any], int]]


def record_of(
    file: Path, seen: dict[tuple[str, str], dict[str, Any]], of: int = 100, operation: str = "deals.list"
) -> None:
    record = Record()
    for (where, kind), shape in seen.items():
        record.entries[Key(operation, 200, where, kind)] = Entry(DAY, DAY, {}, shape)
        record.records.setdefault(operation, Counter())[where.partition(".")[0]] = of
    driftfile.append(str(file), record)


def changed(house: Path, file: str, *, was: Path = SPEC) -> list[str]:
    """The lines of a file that were taken out and put in."""
    before = (was / file).read_text().splitlines()
    after = (house / "openapi" / file).read_text().splitlines()
    return [line for line in ndiff(before, after) if line[0] in "+-"] if before != after else []


CHANGES: dict[str, list[tuple[str, str, dict[str, Any], str]]] = {
    "sections/deals.yaml": [
        ("Deal.money", "null", {"null": 3}, """
-           type: number
+           type: [number, 'null']
"""),
        ("Deal.tags", "null", {"null": 3}, """
-           type: array
+           type: [array, 'null']
"""),
        ("Deal.status", "null", {"null": 3}, """
-           $ref: '#/components/schemas/DealStatus'
+           description: State of a deal. `potential` and `pending` are open, the others are closed.
+           oneOf:
+             - $ref: '#/components/schemas/DealStatus'
+             - type: 'null'
"""),
        ("Deal.category", "null", {"null": 3}, """
-           allOf:
+           oneOf:
+             - type: 'null'
"""),
        ("Deal.tags[]", "null", {"null": 3}, """
-             type: string
+             type: [string, 'null']
"""),
        ("Deal.name", "type", {"integer": 2, "boolean": 1}, """
-           type: string
+           type: [integer, boolean, string]
"""),
        ("DealCategorySummary.probability", "type", {"number": 2}, """
-           type: integer
+           type: number
"""),
        ("DealStatus", "value", {"text": 2, "values": {"frozen": 2}}, """
-       enum: [potential, pending, won, lost, dropped]
+       enum: [potential, pending, won, lost, dropped, frozen]
"""),
        ("Deal.updated_at", "missing", {"nothing": 2}, """
-          tags, customer, created_at, updated_at]
+          tags, customer, created_at]
"""),
        ("Deal.by", "unknown", {"object": 3, "attributes": {"id": {"integer": 3}, "name": {"text": 3}}}, """
+         by:
+           description: Seen in answers; not documented by MOCO.
+           allOf:
+             - $ref: '../shared.yaml#/components/schemas/NamedRef'
"""),
        ("Deal.mood", "unknown", {"text": 3, "empty text": 2}, """
+         mood:
+           type: string
+           description: Seen in answers; not documented by MOCO.
"""),
        ("Deal.rates", "unknown", {"object": 3, "null": 1, "attributes": {"*": {"number": 3}}}, """
+         rates:
+           type: [object, 'null']
+           description: Seen in answers; not documented by MOCO.
+           additionalProperties:
+             type: number
"""),
        ("Deal.none", "unknown", {"list": 3, "items": {}}, """
+         none:
+           type: array
+           description: Seen in answers; not documented by MOCO.
+           items: {}
"""),
    ],
    "sections/projects.yaml": [("Project.customer", "null", {"null": 3}, """
+             - type: 'null'
""")],
    "sections/activities.yaml": [("RemoteService", "value", {"text": 2, "values": {"linear": 2}}, """
+         - linear
-          VISUALSTUDIOCOM, WRIKE]
+          VISUALSTUDIOCOM, WRIKE, LINEAR]
""")],
    "sections/contacts.yaml": [("ContactGender", "value", {"text": 2, "values": {"Divers::Other": 2}}, """
-       enum: [F, M, U]
-       x-enum-varnames: [FEMALE, MALE, UNDEFINED]
+       enum: [F, M, U, Divers::Other]
+       x-enum-varnames: [FEMALE, MALE, UNDEFINED, DIVERS_OTHER]
""")],
    "shared.yaml": [("NamedRef.id", "missing", {"nothing": 2}, """
-       required: [id, name]
+       required: [name]
""")],
}  # fmt: skip


def test_a_patch_changes_these_lines_and_no_others(house: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [case for section in CHANGES.values() for case in section]
    record_of(file, {(where, kind): shape for where, kind, shape, _ in cases})
    assert main(["drift", str(file), "--apply"]) == 1
    for section, expected in CHANGES.items():
        lines = [line for *_, text in expected for line in text.strip("\n").splitlines()]
        assert sorted(changed(house, section)) == sorted(lines)
    sections = [each.relative_to(house / "openapi").as_posix() for each in (house / "openapi").rglob("*.yaml")]
    assert {section for section in sections if changed(house, section)} == set(CHANGES)
    capsys.readouterr()
    assert main(["drift", str(file)]) == 0
    nothing = f"nothing differs from the spec\n{len(cases)} differences of the record are in the spec by now\n"
    assert capsys.readouterr().out == nothing


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("Deal.nothing", "unknown", {"null": 3}, "nothing but null was seen"),
    ("Deal.both", "unknown", {"text": 3, "list": 1, "items": {}}, "could not tell apart"),
    ("Deal.moodOfUser", "unknown", {"text": 3}, "cannot be an attribute in Python"),
    ("Deal.to_dict", "unknown", {"text": 3}, "something every model has"),
    ("Deal.*", "unknown", {"text": 3}, "was not kept"),
    ("Deal.inner", "unknown", {"object": 3, "attributes": {"a": {"null": 3}}}, "nothing but null was seen"),
    ("Deal.rows", "unknown", {"list": 3, "items": {"null": 3, "object": 1, "attributes": {}}}, "are not decoded"),
    ("Deal.closed_on", "type", {"empty text": 3}, "could not tell apart"),
    ("Deal.user", "type", {"integer": 3}, "could not tell apart"),
    ("Project.tasks[]", "null", {"null": 3}, "are not decoded"),
    ("DealStatus", "value", {"text": 3, "values": {"*": 3}}, "do not look like names"),
    ("OfferStatus", "value", {"text": 3, "values": {"": 3}}, "needs x-enum-varnames"),
    ("$", "type", {"text": 3}, "the answer itself"),
    ("$", "error", {"text/html": 3}, "by hand"),
    ("Gone.mood", "unknown", {"text": 3}, "the spec has no Gone"),
    ("Gone.name", "missing", {"nothing": 3}, "the spec has no Gone.name"),
    ("Gone.price", "null", {"null": 3}, "the spec has no such"),
    ("GoneStatus", "value", {"text": 3, "values": {"frozen": 3}}, "the spec has no enum GoneStatus"),
]


def test_what_cannot_be_patched_says_why(house: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_of(file, {(where, kind): shape for where, kind, shape, _ in REFUSED})
    assert main(["drift", str(file), "--json", "--patch"]) == 1
    document = json.loads(capsys.readouterr().out)
    found = {(finding["where"], finding["kind"]): finding for finding in document["findings"]}
    assert len(found) == len(REFUSED)
    for where, kind, _, reason in REFUSED:
        assert reason in found[where, kind]["reason"], where
        assert found[where, kind]["change"] is None
    assert document["patch"] == ""


def test_a_spec_in_one_line_is_changed_in_one_line(hut: Path, file: Path) -> None:
    seen: dict[tuple[str, str], dict[str, Any]] = {
        ("Thing.id", "null"): {"null": 1},
        ("Thing.kind", "null"): {"null": 1},
        ("Thing.owner", "null"): {"null": 1},
        ("Thing.values.*", "type"): {"number": 1},
        ("Thing.id", "missing"): {"nothing": 1},
        ("Thing.from", "missing"): {"nothing": 1},
        ("Thing.seen_at", "missing"): {"nothing": 1},
        ("ThingKind", "value"): {"text": 1, "values": {"huge": 1}},
        ("Owner.by", "unknown"): {"object": 1, "attributes": {"id": {"integer": 1}, "name": {"text": 1}}},
    }
    record_of(file, seen, operation="things.list")
    assert main(["drift", str(file), "--apply"]) == 1
    assert sorted(changed(hut, "sections/things.yaml", was=SMALL_SPEC)) == sorted(
        """\
-       required: [id, name, from, kind, maybe_kind, owner, maker, parts, tags, values, seen_at]
+       required: [name, kind, maybe_kind, owner, maker, parts, tags, values]
-         id: { type: integer, description: Its id., example: 7 }
+         id: { type: [integer, 'null'], description: Its id., example: 7 }
-         kind: { $ref: '#/components/schemas/ThingKind' }
+         kind:
+           description: What a thing is.
+           oneOf:
+             - $ref: '#/components/schemas/ThingKind'
+             - type: 'null'
-           anyOf: [{ $ref: '#/components/schemas/Owner' }, { $ref: '../shared.yaml#/components/schemas/Ref' }]
+           anyOf: [{ $ref: '#/components/schemas/Owner' }, { $ref: '../shared.yaml#/components/schemas/Ref' },
+                   { type: 'null' }]
-       enum: ['', small, very-large]
+       enum: ['', small, very-large, huge]
-       x-enum-varnames: [NONE, SMALL, VERY_LARGE]
+       x-enum-varnames: [NONE, SMALL, VERY_LARGE, HUGE]
+         by:
+           description: Seen in answers; not documented by MOCO.
+           allOf:
+             - $ref: '../shared.yaml#/components/schemas/Ref'
-       additionalProperties: { type: [string, array, 'null'], items: { type: string } }
+       additionalProperties: { type: [number, string, array, 'null'], items: { type: string } }
""".splitlines()
    )


def test_an_attribute_is_required_if_no_operation_ever_lacked_it(hut: Path, file: Path) -> None:
    *calls, last = ["things.create", "things.delete", "things.get", "things.list", "things.touch"]
    for call in calls:
        record_of(file, {("Thing.mood", "unknown"): {"text": 10}}, of=10, operation=call)
    shutil.copy(file, hut / "lacked")
    record_of(hut / "lacked", {("Thing.mood", "unknown"): {"text": 9}}, of=10, operation=last)
    for incomplete in (file, hut / "lacked"):
        main(["drift", str(incomplete), "--apply"])
        assert len(changed(hut, "sections/things.yaml", was=SMALL_SPEC)) == 3
        shutil.copytree(SMALL_SPEC, hut / "openapi", dirs_exist_ok=True)
    record_of(file, {("Thing.mood", "unknown"): {"text": 10}}, of=10, operation=last)
    main(["drift", str(file), "--apply"])
    required = "+       required: [id, name, from, kind, maybe_kind, owner, maker, parts, tags, values, seen_at, mood]"
    assert required in changed(hut, "sections/things.yaml", was=SMALL_SPEC)


def test_the_report_says_what_where_how_often_and_when(
    hut: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: dict[tuple[str, str], dict[str, Any]] = {
        ("Thing.mood", "unknown"): {"text": 80},
        ("ThingKind", "value"): {"text": 3, "values": {"huge": 2, "*": 1}},
    }
    record_of(file, seen, operation="things.list")
    record_of(file, {("Thing.mood", "unknown"): {"null": 1}}, of=1, operation="things.get")
    record_of(file, {("$", "error"): {"text/html": 1}}, of=40, operation="things.get")
    assert main(["drift", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "openapi/sections/things.yaml",
        "  openapi/sections/things.yaml:70: 200 with text/html, a shape of answer that is not described",
        "      in 1 of 40 answers; things.get; 2026-03-01",
        "      no suggestion: errors are described in words, by hand",
        "  openapi/sections/things.yaml:174: Thing.mood: not in the spec: text or null",
        "      in 81 of 101 records; things.get, things.list; 2026-03-01",
        "      suggested: a new attribute of Thing",
        "  openapi/sections/things.yaml:178: ThingKind: not in the enum: 'huge', texts that are no names",
        "      3 times; things.list; 2026-03-01",
        "      suggested: 'huge' added; ThingKind is shared: this touches 5 operations",
        "",
        "3 differences from the spec, 2 of them in the suggested patch",
    ]
    assert changed(hut, "sections/things.yaml", was=SMALL_SPEC) == [], "a report changes nothing"


def test_several_files_are_one_report(hut: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        record_of(hut / name, {("Thing.mood", "unknown"): {"text": 3}}, operation="things.list")
    assert main(["drift", str(hut / "a"), str(hut / "b"), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["operations"] == {"things.list": {"times": 6, "of": 200}}
    assert (finding["shape"], finding["first"]) == ({"text": 6}, DAY)


@pytest.mark.parametrize("arguments", [[], ["a", "--patch", "--apply"], ["a", "--yaml"]])
def test_a_wrong_command_is_answered_with_the_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["drift", *arguments])


def test_what_is_no_record_is_no_report(hut: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", str(hut / "none")]) == 2
    assert main(["drift", str(ROOT / "README.md")]) == 2
    assert "README.md is no drift record" in capsys.readouterr().err
    (hut / "empty").touch()
    assert main(["drift", str(hut / "empty")]) == 0
