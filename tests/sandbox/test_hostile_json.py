"""Hostile JSON: whatever a body holds, the answer is a refusal and never a 500."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from moco_async.sandbox.http.json_body import DEPTH, parse_json
from tests.sandbox.helpers import NOW, http

HOSTILE = {
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deeper than Ruby takes": b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "unfinished": b"[" * 100_000,
    "NaN": b'{"hours": NaN}',
    "infinity": b'{"hours": -Infinity}',
    "a number that is infinite": b'{"hours": 1e400}',
    "a number of 400 digits": b'{"hours": ' + b"9" * 400 + b"}",
    "a number of 5000 digits": b'{"hours": ' + b"9" * 5000 + b"}",
    "half a character": b'{"name": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": 1}',
    "no UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a surrogate in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "a name twice": b'{"name": "x", "name": "y"}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "nothing": b" ",
}
each = pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


@each
async def test_hostile_json_is_a_bad_request(sandbox: Sandbox, raw: bytes) -> None:
    async with http(sandbox, **{"Content-Type": "application/json"}) as api:
        for path in ("companies", "activities", "session", "account/web_hooks"):
            assert (await api.post(f"/{path}", content=raw)).status_code == 400
        for path in ("reset", "seed", "clock", "faults", "outbox", "snapshots"):
            assert (await api.post(f"http://sandbox/admin/{path}", content=raw)).status_code == 400
        assert len(sandbox.store["users"]) == 1, "nothing was seeded"


def test_what_is_unusual_but_sound_is_taken() -> None:
    body = {"a": [[1e276, -(10**30), 1e-300, "\x00", "😀", None]], "": {"b": True}}
    assert parse_json(json.dumps(body).encode()) == body
    assert parse_json(b"[" * (DEPTH - 1) + b"]" * (DEPTH - 1))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("seed", {"users": 10**9}),
        ("seed", {"months": 10**6}),
        ("clock", {"days": 1e18}),
        ("clock", {"days": 10**299}),
        ("faults", {"status": 500, "headers": {"a": "b\r\nc: d"}}),
        ("faults", {"status": 500, "headers": {"a b": "c"}}),
        ("faults", {"status": 500, "headers": {"": "c"}}),
        ("faults", {"status": 500, "headers": {"a": "\u20ac"}}),
        ("faults", {"status": 500, "times": 0}),
        ("outbox", {"seed": "x"}),
        ("snapshots", {"name": "\x00"}),
    ],
)
async def test_what_an_endpoint_cannot_do_is_refused_and_leaves_nothing(
    sandbox: Sandbox, path: str, body: dict[str, Any]
) -> None:
    site = httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://sandbox")
    async with site:
        before = (await site.get("/admin")).json()
        assert (await site.post(f"/admin/{path}", json=body)).status_code == 400
        assert (await site.get("/admin")).json() == before


@pytest.mark.parametrize("digits", ["9" * 5000, "9" * 30, "٣"], ids=len)
async def test_numbers_in_addresses_are_not_converted_at_any_length(sandbox: Sandbox, digits: str) -> None:
    async with http(sandbox) as api:
        assert (await api.get(f"/projects/{digits}")).status_code == 404
        assert (await api.delete(f"http://sandbox/admin/faults/{digits}")).status_code == 404
        for name in ("page", "per_page", "company_id"):
            assert (await api.get("/projects", params={name: digits})).status_code in {200, 414}
        assert (await api.get("/users/1/performance_report", params={"year": digits})).status_code in {200, 400, 414}


async def test_days_that_cannot_be_computed_with_are_invalid(sandbox: Sandbox) -> None:
    async with http(sandbox) as api:
        for day in ("9999-12-31", "0001-01-01", "2026-02-30", "20260101", "2026-W01-1"):
            answer = await api.post("/schedules", json={"date": day, "absence_code": "4"})
            assert (answer.status_code, list(answer.json())) == (422, ["date"]), day


async def test_a_form_of_forms_is_a_bad_request(sandbox: Sandbox) -> None:
    parts = (f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(2000))
    async with http(sandbox, **{"Content-Type": "multipart/form-data; boundary=b0"}) as api:
        assert (await api.post("/receipts", content="".join(parts))).status_code in {400, 415}
        purchase = sandbox.store.add("purchases", title="x")
        answer = await api.patch(f"/purchases/{purchase['id']}/store_document", content="".join(parts))
    assert answer.status_code == 400
