"""The sandbox itself: its rate limit, its log of requests, its start page, its command line."""

from __future__ import annotations

import httpx
import pytest

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.registry import OPERATIONS
from tests.sandbox.helpers import NOW, http


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


async def test_what_is_not_modelled_says_so(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OPERATIONS, "profile.get")
    async with http(sandbox) as api:
        answer = await api.get("/profile")
    assert (answer.status_code, answer.json()) == (501, {"message": "profile.get is not modelled"})


async def test_the_rate_limit_is_a_sliding_window() -> None:
    seconds = 0.0
    sandbox = Sandbox(seed=False, rate_limit=(3, 10), monotonic=lambda: seconds)

    async with http(sandbox) as client:

        async def statuses(count: int) -> list[int]:
            return [(await client.get("/session")).status_code for _ in range(count)]

        assert await statuses(2) == [200, 200]
        seconds = 8
        assert await statuses(2) == [200, 429]
        seconds = 10.5
        assert await statuses(3) == [200, 200, 429]
        refused = await client.get("/session")
    assert refused.json() == {"message": "Too many requests"}
    assert "retry-after" not in refused.headers


async def test_requests_are_logged_without_their_keys(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    await api.post("/companies?x=1", json={"name": "x"})
    await api.get("/nowhere")
    posted, missed = sandbox.requests
    assert (posted.method, posted.path, posted.query, posted.status) == ("POST", "/api/v1/companies", "x=1", 422)
    assert posted.body == b'{"name":"x"}'
    assert missed.status == 404
    assert sandbox.api_key not in repr(sandbox.requests)


async def test_the_start_page_shows_how_to_begin(sandbox: Sandbox) -> None:
    async with http(sandbox) as api:
        page = await api.get("http://sandbox/")
    assert sandbox.api_key in page.text
    assert "/projects/{id}/archive" in page.text
