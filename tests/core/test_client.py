"""Around a call: middleware, logging, views, several event loops."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
import warnings
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from moco_async import MocoClient, NotFoundError, RateLimit, Request, Response, Send
from moco_async.sandbox import Sandbox

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


async def test_middleware_wraps_every_call_the_first_outermost() -> None:
    seen: list[str] = []

    async def outer(request: Request, send: Send) -> Response:
        seen.append(f"> {request.operation}")
        response = await send(request)
        seen.append(f"< {response.status}")
        return response

    async def inner(request: Request, send: Send) -> Response:
        seen.append("inner")
        return await send(request)

    async with Sandbox(rate_limit=None).client(middleware=[outer, inner]) as client:
        await client.profile.get()
        await client.with_options(timeout=5).session.get()
    assert seen == ["> profile.get", "inner", "< 200", "> session.get", "inner", "< 200"]


async def test_middleware_sees_errors_and_may_answer_itself() -> None:
    async def cached(request: Request, send: Send) -> Response:
        try:
            return await send(request)
        except NotFoundError:
            return Response(200, {}, b'{"id": 4711, "uuid": "none"}')

    async with Sandbox(rate_limit=None).client(middleware=[cached]) as client:
        assert (await client.projects.get(4711)).id == 4711


async def test_the_answer_says_how_long_it_waited_and_how_often_it_was_sent() -> None:
    answers = [httpx.Response(503), httpx.Response(503), httpx.Response(200, json={"id": 1, "uuid": "x"})]
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: answers.pop(0)))
    client = MocoClient(base_url="http://told/api/v1", api_key="key", http_client=http, rate_limit=RateLimit(9, 0.01))
    response = await client.request("GET", "/session")
    assert response.retries == 2
    assert response.waited >= 0


async def test_one_line_per_call_at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "moco_async")
    async with Sandbox(rate_limit=None).client() as client:
        await client.projects.list()
        with pytest.raises(NotFoundError):
            await client.projects.get(4711)
    lines = [record.getMessage() for record in caplog.records if record.name == "moco_async"]
    assert len(lines) == 2
    assert lines[0].startswith("projects.list 200 in ")
    assert lines[0].endswith("(waited 0 ms, retries 0)")
    assert lines[1].startswith("projects.get failed in ")


async def test_impersonation_does_not_leak_between_concurrent_calls() -> None:
    sandbox = Sandbox(rate_limit=None)
    async with sandbox.client() as client:
        users = await client.users.list().all()
        views = [client.impersonate(user.id) for user in users for _ in range(5)]
        profiles = await asyncio.gather(*(view.profile.get() for view in views))
        assert [profile.id for profile in profiles] == [user.id for user in users for _ in range(5)]
        assert (await client.profile.get()).id == (await client.with_options(impersonate=None).profile.get()).id


async def test_closing_a_view_does_not_close_the_client() -> None:
    async with Sandbox(rate_limit=None).client() as client:
        async with client.with_options(max_retries=0) as view:
            await view.profile.get()
        await client.profile.get()
    with pytest.raises(RuntimeError, match="closed"):
        await client.profile.get()


def test_one_client_in_several_event_loops_one_after_the_other() -> None:
    sandbox = Sandbox(rate_limit=None)
    client = sandbox.client(rate_limit=RateLimit(100, 1))
    for _ in range(3):
        assert asyncio.run(client.session.get()).id > 0


class KeepsConnectionsOpen(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_connections_do_not_outlive_their_event_loop() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), KeepsConnectionsOpen)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/api/v1"
    client = MocoClient(base_url=address, api_key="key", rate_limit=None, max_retries=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # nothing closes the connections of earlier loops
        for _ in range(3):
            assert asyncio.run(client.request("GET", "/session")).status == 200
        del client
        gc.collect()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("example", ["demo.py", "tracing.py"])
def test_the_examples_run(example: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCO_")}
    command = [sys.executable, "-W", "error", str(EXAMPLES / example)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "project" in done.stdout
    assert done.stderr == ""


async def test_a_raw_request_is_sent_like_any_other() -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = MocoClient(base_url="http://raw/api/v1", api_key="key", http_client=http, rate_limit=None)
    params = {
        "from": date(2026, 1, 31),
        "at": datetime(2026, 1, 31, 14, tzinfo=UTC),
        "all": True,
        "id": [1, 2],
        "no": None,
    }
    await client.request("get", "/new", params=params)
    assert str(asked[0]) == "http://raw/api/v1/new?from=2026-01-31&at=2026-01-31T14%3A00%3A00Z&all=true&id=1&id=2"
    with pytest.raises(ValueError, match="no time zone"):
        await client.request("GET", "/new", params={"at": datetime(2026, 1, 31)})
