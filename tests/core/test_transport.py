"""The transport: headers, secrets, cancellation, given pools, and client configuration."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import httpx
import pytest

from moco_async import (
    APIConnectionError,
    APIError,
    File,
    MocoClient,
)
from tests.socket_server import (
    FAULTS,
    KEY,
    Connection,
    Server,
    Step,
    answer,
    answers,
    connect,
    http,
    pool,
    serving,
    silence,
    silence_in_answer,
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    for name in ("MOCO_SUBDOMAIN", "MOCO_BASE_URL", "MOCO_API_KEY"):
        monkeypatch.delenv(name, raising=False)


# The request


@pytest.mark.parametrize(("auth", "value"), [("token", f"Token token={KEY}"), ("bearer", f"Bearer {KEY}")])
async def test_the_key_is_sent_in_the_chosen_scheme(auth: Any, value: str) -> None:
    async with (
        serving(answer()) as server,
        MocoClient(base_url=server.base_url, api_key=KEY, auth=auth, rate_limit=None) as client,
    ):
        await client.request("GET", "/session")
    headers = server.arrivals[0].headers
    assert headers["authorization"] == value
    assert headers["user-agent"].startswith("moco-async/")
    assert "application/json" in headers["accept"]
    assert "x-impersonate-user-id" not in headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_request_has_a_content_type_only_with_a_body(method: str) -> None:
    async with serving(answers()) as server, connect(server) as client:
        await client.request(method, "/projects")
        await client.request(method, "/projects", json={"name": "Bäckerei"})
    without, with_body = server.arrivals
    assert (without.body, without.headers.get("content-type")) == (b"", None)
    assert (with_body.body, with_body.headers["content-type"]) == ('{"name":"Bäckerei"}'.encode(), "application/json")


async def test_the_query_is_sent_as_moco_reads_it() -> None:
    async with serving(answer()) as server, connect(server) as client:
        params = {"active": True, "ids": [1, 2], "term": "Süß & so", "none": None}
        await client.request("get", "/projects", params=params)
    assert server.arrivals[0].method == "GET"
    assert server.arrivals[0].target == "/api/v1/projects?active=true&ids=1&ids=2&term=S%C3%BC%C3%9F%20%26%20so"


@pytest.mark.parametrize("path", ["", "projects", "/a?b=c", "/a#b", "/a b", "/a\n", "/a\x00b", "/a\x7f", "//a?b"])
async def test_a_malformed_path_is_refused(path: str) -> None:
    client = MocoClient("mycompany", api_key=KEY)
    with pytest.raises(ValueError, match="path must begin with a slash"):
        await client.request("GET", path)


async def test_a_query_that_is_too_long_for_an_address_is_refused_before_anything_is_sent() -> None:
    async with serving(answer()) as server, connect(server) as client:
        with pytest.raises(ValueError, match=r"GET /projects cannot be sent: URL too long"):
            await client.request("GET", "/projects", params={"ids": list(range(100_000))})
    assert server.connections == 0


@pytest.mark.parametrize("body", [{"x": object()}, {"x": float("nan")}])
async def test_a_body_that_json_cannot_say_is_refused_before_anything_is_sent(body: dict[str, Any]) -> None:
    async with serving(answer()) as server, connect(server) as client:
        with pytest.raises((TypeError, ValueError)):
            await client.request("POST", "/projects", json=body)
    assert server.connections == 0


async def test_connections_are_kept_and_used_again() -> None:
    async with (
        serving(answers()) as server,
        MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None) as client,
    ):
        for _ in range(5):
            await client.request("GET", "/projects")
        await client.impersonate(5).request("GET", "/projects")
        assert server.connections == 1
    await server.until(lambda server: not server.open)


async def test_no_cookies_are_kept() -> None:
    headers = "Set-Cookie: server_id=web01; Path=/\nSet-Cookie: other=1"
    async with (
        serving(answers(headers=headers)) as server,
        MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None) as client,
    ):
        for _ in range(3):
            await client.request("GET", "/projects")
        assert not client._transport.connection.pool().wire.client.cookies
    assert not [arrival for arrival in server.arrivals if "cookie" in arrival.headers]


async def test_a_call_leaves_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "moco_async")
    async with serving(answers(503), answer()) as server, connect(server, max_retries=0) as client:
        with pytest.raises(APIError):
            await client.request("GET", "/projects")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "moco_async"]
    assert re.fullmatch(r"GET /projects failed in \d+ ms \(waited 0 ms, retries 0\): GET /projects: 503 .*", line)


# Views


async def test_only_the_view_that_impersonates_says_so() -> None:
    async with serving(answers()) as server, connect(server) as client:
        as_jane = client.impersonate(933)
        back = as_jane.with_options(impersonate=None)
        quick = as_jane.with_options(timeout=1, max_retries=0)
        for view in (client, as_jane, back, quick):
            await view.request("GET", "/session")
    sent = [arrival.headers.get("x-impersonate-user-id") for arrival in server.arrivals]
    assert sent == [None, "933", None, "933"]


async def test_views_that_call_at_the_same_time_stay_who_they_are() -> None:
    async with serving(answers()) as server, connect(server) as client:
        users = [None, 1, 2, 3, 933]
        views = [client if user is None else client.impersonate(user) for user in users]
        await asyncio.gather(
            *(
                view.request(method, f"/as/{user}", json={"name": "x"} if method == "POST" else None)
                for _ in range(4)
                for user, view in zip(users, views, strict=True)
                for method in ("GET", "POST")
            )
        )
    assert len(server.arrivals) == 40
    for arrival in server.arrivals:
        assert arrival.target == f"/api/v1/as/{arrival.headers.get('x-impersonate-user-id')}"
        assert ("content-type" in arrival.headers) == (arrival.method == "POST")
        assert arrival.headers["authorization"] == f"Token token={KEY}"


async def test_a_view_does_not_close_the_shared_pool() -> None:
    async with (
        serving(answers()) as server,
        MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None) as client,
    ):
        async with client.impersonate(5) as view:
            await view.request("GET", "/session")
        await client.request("GET", "/session")
        assert server.connections == 1


async def test_a_closed_client_says_that_it_is_closed() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    view = client.impersonate(5)
    await client.aclose()
    await client.aclose()
    for closed in (client, view):
        with pytest.raises(RuntimeError, match="this client is closed"):
            await closed.request("GET", "/session")


# A pool of one's own


def opinionated(server: Server) -> httpx.AsyncClient:
    """A given client that would like to have its own way in everything."""
    return httpx.AsyncClient(
        auth=("user", "password"),
        base_url="http://127.0.0.1:9/other",
        cookies={"session": "1"},
        follow_redirects=True,
        headers={
            "Accept": "text/html",
            "Authorization": "Basic abc",
            "Content-Type": "text/plain",
            "User-Agent": "Mozilla",
            "X-Gateway": "open sesame",
            "X-Impersonate-User-Id": "1",
        },
        params={"page": "1", "more": "1"},
        timeout=0.000001,
    )


async def test_a_given_pool_does_not_override_the_request() -> None:
    async with serving(answers()) as server, opinionated(server) as given_pool:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=given_pool)
        await client.request("GET", "/projects", params={"page": 2})
        await client.impersonate(933).request("POST", "/projects", json={})
    first, second = server.arrivals
    assert first.target == "/api/v1/projects?page=2"
    assert first.headers["authorization"] == second.headers["authorization"] == f"Token token={KEY}"
    assert first.headers["user-agent"].startswith("moco-async/")
    assert first.headers["accept"].startswith("application/json")
    assert "x-impersonate-user-id" not in first.headers
    assert second.headers["x-impersonate-user-id"] == "933"
    assert "content-type" not in first.headers
    assert second.headers["content-type"] == "application/json"
    assert "cookie" not in first.headers
    assert first.headers["x-gateway"] == "open sesame"


async def test_an_upload_through_a_given_pool_is_multipart() -> None:
    async with serving(answers()) as server, opinionated(server) as given_pool:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=given_pool)
        await client.purchases.store_document(9, file=File(b"%PDF", "receipt.pdf"))
    (arrival,) = server.arrivals
    kind, _, boundary = arrival.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    assert arrival.body.startswith(f"--{boundary}\r\n".encode())
    assert b'filename="receipt.pdf"' in arrival.body
    assert b"%PDF" in arrival.body


async def test_an_upload_is_repeated_with_its_file() -> None:
    async with serving(answers(429, headers="Retry-After: 0")) as server, connect(server, max_retries=2) as client:
        with pytest.raises(APIError):
            await client.purchases.store_document(9, file=File(b"%PDF", "receipt.pdf"))
    assert len(server.arrivals) == 3
    assert len({arrival.body for arrival in server.arrivals}) == 1
    assert b"%PDF" in server.arrivals[0].body


async def test_a_given_pool_is_closed_by_who_made_it() -> None:
    async with serving(answers()) as server, pool() as given_pool:
        async with MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=given_pool) as client:
            await client.request("GET", "/projects")
        assert not given_pool.is_closed
        assert (await given_pool.get(f"{server.base_url}/projects")).status_code == 200
        assert server.connections == 1
    assert "authorization" not in server.arrivals[1].headers


# Cancellation


async def refuse_and_wait(connection: Connection) -> None:
    await connection.request()
    await connection.send(http(503, headers="Retry-After: 100"))


@pytest.mark.parametrize("step", [silence, silence_in_answer], ids=["before the answer", "within the answer"])
async def test_a_cancelled_call_leaves_nothing_behind(step: Step) -> None:
    async with serving(step, answer()) as server, pool(httpx.Limits(max_connections=1)) as single:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=single, timeout=0.2)
        others = asyncio.all_tasks()
        call = asyncio.create_task(client.request("GET", "/projects"))
        await server.until(lambda server: server.arrivals)
        await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # What has begun ends by its own timeout, and then the one connection is free again.
        await server.until(lambda server: not server.open)
        assert (await client.request("GET", "/projects")).status == 200
        assert asyncio.all_tasks() - others == set()


async def test_a_call_is_cancelled_while_it_waits_for_another_attempt() -> None:
    async with serving(refuse_and_wait) as server, connect(server) as client:
        others = asyncio.all_tasks()
        call = asyncio.create_task(client.request("GET", "/projects"))
        await server.until(lambda server: server.arrivals and not server.open)
        await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert asyncio.all_tasks() - others == set()
    assert len(server.arrivals) == 1


async def test_a_call_that_runs_into_a_timeout_of_its_caller_ends_there() -> None:
    async with serving(silence) as server, connect(server) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.request("GET", "/projects")
        await server.until(lambda server: not server.open)
    assert len(server.arrivals) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_call_that_failed_leaves_no_connection_behind(fault: str) -> None:
    async with (
        serving(FAULTS[fault]) as server,
        connect(server, max_retries=0, patience=0.1 if "silent" in fault else 5.0) as client,
    ):
        with pytest.raises(APIConnectionError):
            await client.request("GET", "/projects")
        await server.until(lambda server: not server.open)
