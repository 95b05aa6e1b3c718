"""Redirects: within MOCO and for files alone, each in a slot, and nothing of ours goes anywhere else."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moco_async import APIConnectionError, APIError, MocoClient, MocoError, RateLimit
from moco_async._redirects import Redirect, redirect
from moco_async._request import Request
from tests.core.exposure import check_that_nothing_shows, shown
from tests.socket_server import KEY, Connection, answer, answers, connect, http, serving
from tests.virtual_clock import run_simulated

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2])


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)


def moved(location: str) -> Any:
    return answers(302, headers=f"Location: {location}")


async def asked(location: str, library: Any = httpx, path: str = "/projects") -> APIConnectionError:
    """What is raised for a GET that is redirected there, and not followed."""
    async with serving(moved(location)) as server, library.AsyncClient() as given:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=given)
        with pytest.raises(APIConnectionError) as caught:
            await client.request("GET", path)
    assert len(server.arrivals) == 1
    assert caught.value.request_sent is True
    check_that_nothing_shows(shown(caught.value))
    return caught.value


@LIBRARIES
async def test_a_file_is_fetched_from_elsewhere_without_any_header_of_ours(library: Any) -> None:
    async with serving(answers(body=b"%PDF")) as storage:
        location = f"http://127.0.0.1:{storage.port}/file.pdf?signature=1"
        async with serving(moved(location)) as server, library.AsyncClient(headers={"X-Gateway": "sesame"}) as given:
            client = MocoClient(base_url=server.base_url, api_key=KEY, impersonate=5, http_client=given)
            response = await client.request("GET", "/invoices/1.pdf")
    assert response.content == b"%PDF"
    (arrival,) = storage.arrivals
    assert arrival.target == "/file.pdf?signature=1"
    assert arrival.headers == {"host": f"127.0.0.1:{storage.port}"}


async def test_what_is_elsewhere_is_not_mocos_answer() -> None:
    async with serving(answer(403, b"<Error>Expired</Error>")) as storage:
        location = f"http://127.0.0.1:{storage.port}/file.pdf?signature=1"
        async with serving(moved(location)) as server, connect(server) as client:
            with pytest.raises(
                APIConnectionError, match=r"redirected to http://127.0.0.1:\d+/file.pdf, which answered 403"
            ):
                await client.request("GET", "/invoices/1.pdf")
    assert len(server.arrivals) == 1


async def test_a_record_is_not_taken_from_another_host() -> None:
    async with serving(answers(body=b'{"id": 1, "uuid": "x"}')) as other:
        error = await asked(f"http://127.0.0.1:{other.port}/api/v1/session?a=b")
        assert not other.arrivals
    assert f"redirected to another host: http://127.0.0.1:{other.port}/api/v1/session" in str(error)
    assert "a=b" not in str(error)
    assert "redirected to another host" in str(await asked("//evil.example/api/v1/projects", path="/projects.json"))


GARBAGE = ["javascript:alert(1)", "data:,x", "ftp://127.0.0.1/x", "http://[:]/", "http://", "https:///x", "http://a:b/",
           "http://a:99999/", "http://user:pw@127.0.0.1/", "http://a b/", "mailto:x@y", "http://\xff.example/ ",
           "http://127.0.0.1/" + "x" * 9000]  # fmt: skip


@LIBRARIES
@pytest.mark.parametrize("path", ["/projects", "/invoices/1.pdf"])
@pytest.mark.parametrize("location", GARBAGE)
async def test_what_is_not_an_address_is_told(location: str, path: str, library: Any) -> None:
    error = await asked(location, library, path)
    assert "redirected" in str(error)
    assert error.permanent
    assert len(str(error)) < 500


@LIBRARIES
@pytest.mark.parametrize("location", ["javascript:alert(1)", "/elsewhere", "http://[:]/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_changes_something_does_not_follow(method: str, location: str, library: Any) -> None:
    async with serving(moved(location)) as server, library.AsyncClient(follow_redirects=True) as given:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=given)
        with pytest.raises(APIError) as caught:
            await client.request(method, "/projects")
    assert caught.value.status == 302
    assert len(server.arrivals) == 1


async def test_a_redirect_within_moco_keeps_the_key() -> None:
    steps = answer(301, headers="Location: /api/v1/moved?a=b#c"), answers()
    async with serving(*steps) as server, connect(server) as client:
        assert (await client.impersonate(5).request("GET", "/projects")).status == 200
    assert [arrival.target for arrival in server.arrivals] == ["/api/v1/projects", "/api/v1/moved?a=b"]
    for arrival in server.arrivals:
        assert arrival.headers["authorization"] == f"Token token={KEY}"
        assert arrival.headers["x-impersonate-user-id"] == "5"


@pytest.mark.parametrize(("circle", "requests"), [(True, 1), (False, 6)])
async def test_a_circle_ends_and_is_not_tried_again(circle: bool, requests: int) -> None:
    async def moving(line: Connection) -> None:
        while True:
            arrival = await line.request()
            target = arrival.target if circle else f"{arrival.target}x"
            await line.send(http(302, headers=f"Location: {target}", keep_alive=True))

    async with serving(moving) as server, connect(server, max_retries=3) as client:
        with pytest.raises(APIConnectionError, match="redirected in a circle, or too often"):
            await client.request("GET", "/projects")
    assert len(server.arrivals) == requests


def test_every_redirect_takes_a_slot() -> None:
    async def main() -> list[float]:
        clock, came = asyncio.get_running_loop().time, list[float]()

        def handle(request: httpx.Request) -> httpx.Response:
            came.append(clock())
            if request.url.path.endswith("/moved"):
                return httpx.Response(200)
            return httpx.Response(302, headers={"Location": f"{request.url.path}/moved"})

        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as handler:
            client = MocoClient("redirected", api_key=KEY, rate_limit=RateLimit(2, 10), http_client=handler)
            await client.request("GET", "/projects")
            await client.request("GET", "/projects")
        return came

    assert run_simulated(main()) == pytest.approx([0, 0, 10, 10], abs=0.1)


async def test_what_fails_after_a_redirect_within_moco_was_sent() -> None:
    async def hang_up(line: Connection) -> None:
        await line.request()
        await line.send(http(302, headers="Location: /api/v1/moved", keep_alive=True))

    async with serving(hang_up, answer(503)) as server, connect(server, max_retries=0) as client:
        with pytest.raises(MocoError) as caught:
            await client.request("GET", "/projects")
    assert getattr(caught.value, "request_sent", None) is True


FILE = Request("invoices.pdf", "GET", "/invoices/1.pdf")


def test_a_file_is_not_fetched_where_anybody_could_read_along() -> None:
    told = redirect(FILE, "https://x.mocoapp.com/api/v1/invoices/1.pdf", "http://storage.example/1", elsewhere=False)
    assert told == "redirected to where anybody could read along: http://storage.example/1"


@pytest.mark.parametrize("location", ["HTTPS://X.mocoapp.com:443/a", "https://x.mocoapp.com./a", "/a", "a", "?b", ""])
def test_the_same_origin_spelled_differently_is_the_same(location: str) -> None:
    target = redirect(FILE, "https://x.mocoapp.com/api/v1/projects", location, elsewhere=False)
    assert isinstance(target, Redirect)
    assert not target.elsewhere


PIECES = st.sampled_from(
    ["http", "https:", "//", "/", "@", "x", "[", "]", ":", "80", "?", "#", "\\", "\x00", "ü", " ", "\ud800", "%", ".."]
    + ["x.mocoapp.com"] * 3
)


@settings(max_examples=500)
@given(st.lists(PIECES).map("".join) | st.text() | st.text(st.characters(max_codepoint=0xFF)))
@example("https://x.mocoapp.com@evil.example/")
@example("https://x.mocoapp.com\\@evil.example/")
def test_no_location_leads_elsewhere_with_our_headers(location: str) -> None:
    url = "https://x.mocoapp.com/api/v1/projects"
    target = redirect(Request("projects.list", "GET", "/projects"), url, location, elsewhere=False)
    if isinstance(target, Redirect):
        try:
            host = httpx.URL(target.url).host
        except httpx.InvalidURL:
            return  # and so an error when it is asked
        assert host.rstrip(".") == "x.mocoapp.com"
        assert not httpx.URL(target.url).userinfo
