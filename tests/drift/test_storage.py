"""The file of a drift recorder: appended to by several processes, compacted, damaged."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from moco_async import ConfigurationError, DriftRecorder
from moco_async.drift import storage as driftfile
from moco_async.drift.json_shape import times
from moco_async.drift.storage import Key, Record
from moco_async.models import Deal, NamedRef
from tests.drift.recorded import entries, recorded, rows, several

ROOT = Path(__file__).parent.parent.parent


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


def test_a_torn_line_costs_nothing_but_itself(file: Path) -> None:
    for cut in (30, 0):
        recorder = DriftRecorder(file)
        several(recorder, Deal, [{**rows("deals")[0], "mood": 1}])
        recorder.save()
        if cut:
            whole = file.read_bytes()
            file.write_bytes(whole + whole[:-cut])
    record, bad = driftfile.read(file)
    assert times(record.entries[Key("deals.list", 200, "Deal.mood", "unknown")].checked) == 2
    assert bad == {2: "is not JSON"}


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


@pytest.mark.parametrize(
    "status", [b"1e400", b"NaN", b"9" * 5000, b'"x"', b"[" * 5000], ids=["1e400", "NaN", "long", "text", "deep"]
)
def test_a_damaged_file_of_any_size_is_appended_to(file: Path, status: bytes) -> None:
    entry = b'{"operation": "a.b", "status": ' + status + b', "where": "A", "kind": "null", "first": "", "last": ""}'
    damaged = b'{"drift": 1, "records": {}, "entries": [' + entry + b"]}"
    file.write_bytes(b"\n".join([damaged] * (driftfile.LARGE // len(damaged) + driftfile.MANY)))
    recorder = DriftRecorder(file)
    several(recorder, Deal, [{**rows("deals")[0], "mood": 1}])
    recorder.save()
    record, bad = driftfile.read(file)
    assert times(record.entries[Key("deals.list", 200, "Deal.mood", "unknown")].checked) == 1
    assert len(bad) >= driftfile.MANY


def test_a_file_that_is_too_large_is_neither_read_nor_made_small(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driftfile, "LARGEST", driftfile.LARGE)
    file.write_bytes(b"x\n" * driftfile.LARGE)
    DriftRecorder(file)
    with pytest.raises(OSError, match="larger than"):
        driftfile.read(file)


@pytest.mark.parametrize("value", ["items", "values", "attributes"])
def test_a_value_called_like_a_part_of_a_shape_is_recorded(file: Path, value: str) -> None:
    recorder = DriftRecorder(file)
    several(recorder, Deal, [{**rows("deals")[0], "status": value, value: {value: [{value: 1}]}}])
    recorder.save()
    record, bad = driftfile.read(file)
    assert bad == {}
    entry = record.entries[Key("deals.list", 200, "DealStatus", "value")]
    assert entry.checked == {"text": 1, "values": {value: 1}}
    assert Record.parse(record.line()) == record
