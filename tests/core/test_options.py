"""Options of a client and of its views: keys, additions to every call, given clients of both libraries."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any, get_type_hints

import httpx
import httpx2
import pytest

import moco_async.drift
from moco_async import ConfigurationError, File, MocoClient, RateLimit, Request, Response, Send
from moco_async._client import ClientOptions
from tests.core.exposure import check_that_nothing_shows, shown
from tests.socket_server import FAULTS, KEY, answers, connect, serving

OTHER_KEY = "0ther-k3y-0123456789"


# Several keys of one account


@pytest.mark.parametrize("auth", ["token", "bearer"])
async def test_a_view_has_another_users_key_on_the_same_pool_and_bucket(auth: Any) -> None:
    async with (
        serving(answers()) as server,
        MocoClient(base_url=server.base_url, api_key=KEY, auth=auth, rate_limit=RateLimit(100, 1)) as client,
    ):
        view = client.with_options(api_key=OTHER_KEY)
        for each in (client, view, view.impersonate(5), client):
            await each.request("GET", "/session")
        assert view._transport.connection is client._transport.connection
        assert server.connections == 1
    prefix = {"token": "Token token=", "bearer": "Bearer "}[auth]
    sent = [arrival.headers["authorization"] for arrival in server.arrivals]
    assert sent == [f"{prefix}{key}" for key in (KEY, OTHER_KEY, OTHER_KEY, KEY)]


@pytest.mark.parametrize("key", ["", "a b", f"{OTHER_KEY}\n", 5, b"x"])
def test_a_key_that_is_none_is_refused_and_not_shown(key: Any) -> None:
    with pytest.raises(ConfigurationError, match="api_key ") as caught:
        MocoClient("mycompany", api_key=KEY).with_options(api_key=key)
    check_that_nothing_shows(shown(caught.value), OTHER_KEY)


# What MOCO has added since


async def test_a_view_adds_to_every_query_and_to_every_json_body() -> None:
    async with serving(answers()) as server, connect(server) as client:
        view = client.with_options(
            extra_query={"new": True, "since": date(2026, 1, 31), "ids": [1, 2], "term": "default"},
            extra_body={"colour": "red", "name": "default", "at": date(2026, 1, 31)},
        )
        await view.request("GET", "/projects", params={"term": "mine", "new": None})
        await view.request("POST", "/projects", json={"name": None})
        await view.request("DELETE", "/projects/1")
        await view.purchases.store_document(9, file=File(b"%PDF", "receipt.pdf"))
        await client.request("GET", "/projects")
    query = "new=true&since=2026-01-31&ids=1&ids=2&term="
    targets = [arrival.target.partition("?")[2] for arrival in server.arrivals]
    assert targets == [f"{query}mine", *[f"{query}default"] * 3, ""]
    assert json.loads(server.arrivals[1].body) == {"colour": "red", "name": None, "at": "2026-01-31"}
    assert server.arrivals[2].body == b""
    assert b"colour" not in server.arrivals[3].body


async def test_middleware_sees_what_a_view_adds() -> None:
    seen: list[Request] = []

    async def watch(request: Request, send: Send) -> Response:
        seen.append(request)
        return await send(request)

    async with (
        serving(answers()) as server,
        MocoClient(base_url=server.base_url, api_key=KEY, middleware=[watch]) as client,
    ):
        await client.with_options(extra_query={"a": 1}).request("PUT", "/x", json={}, idempotent=False)
    assert (seen[0].params, seen[0].idempotent, seen[0].operation) == ({"a": 1}, False, "PUT /x")


def test_what_a_view_adds_is_its_own() -> None:
    query = {"a": 1}
    view = MocoClient("mycompany", api_key=KEY).with_options(extra_query=query)
    query["b"] = 2
    assert view._transport.options.extra_query == {"a": 1}
    assert view.impersonate(5)._transport.options.extra_query == {"a": 1}
    assert view.with_options(extra_query={})._transport.options.extra_query == {}


@pytest.mark.parametrize("extra", ["a=b", [("a", 1)], {1: 2}, 5])
@pytest.mark.parametrize("name", ["extra_query", "extra_body"])
def test_what_is_no_mapping_is_refused(name: str, extra: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be a mapping"):
        MocoClient("mycompany", api_key=KEY).with_options(**{name: extra})


# What every way to make a client takes


def middleware(request: Request, send: Send) -> Any: ...


REFUSED: list[tuple[str, Any]] = [
    *(("rate_limit_timeout", value) for value in (-1, "5", True, float("nan"))),
    *(("max_response_bytes", value) for value in (0, -1, 1.5, "5", None, True)),
    *(("middleware", value) for value in (middleware, "x", 5, None, [5], {"a": middleware})),
    *(("http_client", value) for value in ("x", 5, httpx, httpx.AsyncClient, httpx2.Client, object())),
    ("timeout", float("inf")),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_an_option_that_is_none_is_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be") as caught:
        MocoClient("mycompany", api_key=KEY, **{name: value})
    check_that_nothing_shows(shown(caught.value))


def test_every_way_to_make_a_client_takes_the_same() -> None:
    taken = inspect.signature(MocoClient.__init__).parameters
    names = {"DriftRecorder": moco_async.drift.DriftRecorder}
    hints = get_type_hints(ClientOptions, localns=names)
    assert [*hints] == [name for name in taken if name not in {"self", "subdomain", "api_key"}]
    assert hints == {name: get_type_hints(MocoClient.__init__, localns=names)[name] for name in hints}
    for make in (MocoClient.from_env, MocoClient.login):
        assert "Unpack[ClientOptions]" in str(inspect.signature(make))


@pytest.mark.parametrize(
    ("text", "limit"), [("120/120", RateLimit(120, 120)), ("off", None), (None, RateLimit.DEFAULT)]
)
def test_the_environment_may_say_the_rate_limit(
    text: str | None, limit: RateLimit | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCO_SUBDOMAIN", "mycompany")
    monkeypatch.setenv("MOCO_API_KEY", KEY)
    monkeypatch.delenv("MOCO_BASE_URL", raising=False)
    if text is not None:
        monkeypatch.setenv("MOCO_RATE_LIMIT", text)
    assert MocoClient.from_env()._transport.connection._rate_limit == limit
    given = MocoClient.from_env(rate_limit=RateLimit(1, 1), max_response_bytes=5)
    assert given._transport.connection._rate_limit == RateLimit(1, 1)
    monkeypatch.setenv("MOCO_RATE_LIMIT", "fast")
    with pytest.raises(ConfigurationError, match="MOCO_RATE_LIMIT must look like 120/120"):
        MocoClient.from_env()


# A given client of httpx2


def redirecting(library: Any, seen: list[Any]) -> Callable[[Any], Any]:
    def handle(request: Any) -> Any:
        seen.append(request)
        return library.Response(200, json=[{"id": 1}], headers={"X-Page": "1", "X-Per-Page": "1", "X-Total": "1"})

    return handle


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_a_given_client_of_either_library_is_used(library: Any) -> None:
    seen: list[Any] = []
    async with library.AsyncClient(transport=library.MockTransport(redirecting(library, seen))) as given:
        client = MocoClient("mycompany", api_key=KEY, rate_limit=None, http_client=given)
        assert [unit.id for unit in await client.units.list().all()] == [1]
        await client.purchases.store_document(9, file=File(b"%PDF", "receipt.pdf"))
    assert all(isinstance(request, library.Request) for request in seen)
    assert seen[0].headers["authorization"] == f"Token token={KEY}"
    assert b"%PDF" in seen[1].content


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "silent" not in fault])
async def test_what_goes_wrong_with_httpx2_is_an_error_of_ours(fault: str) -> None:
    async with serving(FAULTS[fault]) as server, httpx2.AsyncClient() as given:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, max_retries=0, http_client=given)
        with pytest.raises(moco_async.APIConnectionError) as caught:
            await client.request("POST", "/projects", json={})
    assert caught.value.request_sent is True
    check_that_nothing_shows(shown(caught.value))


@pytest.mark.parametrize("kind", ["ReadTimeout", "ConnectTimeout", "PoolTimeout", "WriteTimeout"])
async def test_a_timeout_of_httpx2_is_one(kind: str) -> None:
    def fail(_: Any) -> Any:
        raise getattr(httpx2, kind)("slow")

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(fail)) as given:
        client = MocoClient("mycompany", api_key=KEY, rate_limit=None, max_retries=0, http_client=given)
        with pytest.raises(moco_async.APITimeoutError) as caught:
            await client.request("GET", "/projects")
    assert caught.value.request_sent == (kind in {"ReadTimeout", "WriteTimeout"})


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_no_exception_of_a_library_leaves_bare(library: Any) -> None:
    errors = [library.InvalidURL("x"), library.StreamConsumed(), library.CookieConflict("x"),
              library.HTTPStatusError("x", request=None, response=None), UnicodeEncodeError("ascii", "ü", 0, 1, "x"),
              OSError("x"), EOFError()]  # fmt: skip

    def fail(_: Any) -> Any:
        raise errors[0]

    async with library.AsyncClient(transport=library.MockTransport(fail)) as given:
        client = MocoClient("mycompany", api_key=KEY, rate_limit=None, max_retries=0, http_client=given)
        while errors:
            with pytest.raises(moco_async.APIConnectionError) as caught:
                await client.request("GET", "/projects")
            assert caught.value.__cause__ is errors.pop(0)
            check_that_nothing_shows(shown(caught.value))


async def test_a_mistake_in_a_given_transport_stays_what_it_is_but_shows_no_key() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"no answer for {request.url}")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as given:
        client = MocoClient("mycompany", api_key=KEY, rate_limit=None, http_client=given)
        with pytest.raises(AssertionError, match="no answer for https://mycompany") as caught:
            await client.request("GET", "/projects")
    assert "test_options.py" in caught.value.__notes__[0]
    check_that_nothing_shows(shown(caught.value))


def test_neither_library_is_imported_for_the_other() -> None:
    program = """
import sys
from moco_async import MocoClient
MocoClient("mycompany", api_key="key").projects
print("httpx2" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
