"""Damaged and hostile records of drift: what cannot be read is reported and skipped, and nothing is a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maintenance.__main__ import main
from moco_async.drift.storage import Record
from tests.maintenance.repository import fails


def line(change: dict[str, Any]) -> bytes:
    """A line of a drift record, changed."""
    entry: dict[str, Any] = {
        "operation": "deals.list", "status": 200, "where": "Deal.mood", "kind": "unknown",
        "first": "2026-03-01", "last": "2026-03-01", "decoded": {"text": 1}, "checked": {"text": 1},
    }  # fmt: skip
    entry.update(change)
    return json.dumps({"drift": 1, "records": {"deals.list": {"$": 1, "Deal": 1}}, "entries": [entry]}).encode()


LONG = "x" * 300
NAMES: list[Any] = [None, [], "", "\x1b[31m", LONG]
STATUSES: list[Any] = [float("inf"), float("nan"), "200", -1, 2**70, True, None]
BAD_SHAPES: list[Any] = [5, [], None, {"text": "1"}, {"text": -1}, {"\x1b": 1}, {"items": 5}]
VALUES: list[Any] = [5, {"a": {}}, {"\x1b": 1}, {"a": 1.5}]
ATTRIBUTES: list[Any] = [5, {"a": 1}, {"\x1b": {}}, {"\ud800": {}}]
DAMAGE: list[dict[str, Any]] = [
    *({name: 5} for name in ("operation", "where", "kind", "first", "last")),
    *({"where": wrong} for wrong in NAMES),
    *({"status": wrong} for wrong in STATUSES),
    *({"checked": wrong} for wrong in BAD_SHAPES),
    *({"decoded": {"values": wrong}} for wrong in VALUES),
    *({"decoded": {"attributes": wrong}} for wrong in ATTRIBUTES),
]


def deep(number: int) -> dict[str, Any]:
    return {"list": 1, "items": deep(number - 1)} if number else {}


@pytest.mark.parametrize("damage", [*DAMAGE, {"checked": deep(200)}], ids=lambda damage: f"{damage!r:.60}")
def test_a_damaged_line_is_reported_and_skipped(
    tmp_path: Path, damage: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "drift"
    file.write_bytes(line(damage))
    assert "is not a drift record" in fails(capsys, "drift", str(file))
    file.write_bytes(file.read_bytes() + b"\n" + line({}))
    assert main(["drift", str(file)]) == 1
    out = capsys.readouterr().out
    assert f"{file}:1: is not a line of a drift record" in out
    assert "Deal.mood" in out


WHERES = [
    "Deal",
    "Deal.",
    ".",
    "..",
    "$",
    "$[]",
    "$.x",
    "[]",
    "Gone.x",
    "DealStatus",
    "DealStatus.x",
    "Deal.status",
    "Deal.items",
    "Deal.id.",
    "Deal.user.x",
    "Deal.tags[]",
    "Deal.tags[].[]",
    "Deal.tags.*.*",
    "Deal.custom_properties.*",
]
KINDS = ("unknown", "missing", "null", "type", "value", "error", "absent", "weather")
SHAPES: list[dict[str, Any]] = [
    {}, {"weather": 1}, {"text": 1, "values": {"items": 1, "values": 2, "attributes": 3, "": 4}}, {"values": {}},
    {"object": 1, "attributes": {"items": {"values": {"values": 1}}, "values": {}, "attributes": {"attributes": {}}}},
    {"list": 2**62}, {"null": 1, "items": {"null": 1}}, {"attributes": {"x y": {"text": 1}, "from": {"text": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_recorder_writes_is_no_traceback(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "drift"
    for shape in SHAPES:
        changes = [{"where": where, "kind": kind, "checked": shape, "decoded": shape} for where in WHERES]
        file.write_bytes(b"\n".join(map(line, changes)))
        assert main(["drift", str(file)]) in {0, 1}
    assert "(most recent call last)" not in capsys.readouterr().out


def test_a_value_may_be_called_like_a_part_of_a_shape() -> None:
    values = {"items": 1, "values": 2, "attributes": 3, "": 1}
    record = Record.parse(line({"checked": {"text": 7, "values": values}}))
    record.add(Record.parse(record.line()))
    (entry,) = record.entries.values()
    assert entry.checked == {"text": 14, "values": {name: 2 * count for name, count in values.items()}}
