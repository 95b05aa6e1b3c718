"""The transport: headers, secrets, cancellation, given pools, and client configuration."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
import re
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moco_async import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    ConfigurationError,
    File,
    MocoClient,
    RateLimit,
    ResponseError,
)
from moco_async._auth import Secret, authorization
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
    unreachable_url,
)

PASSWORD = "correct horse battery staple"


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
        assert not client._transport.connection.http.cookies
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


# Redirects


async def test_a_get_follows_to_the_file_and_does_not_take_the_key_along() -> None:
    async with serving(answer(body=b"%PDF")) as storage:
        moved = answer(302, headers=f"Location: http://127.0.0.1:{storage.port}/file.pdf?ex=1")
        async with serving(moved) as server, connect(server) as client:
            response = await client.request("GET", "/purchases/drafts/1.pdf")
    assert response.content == b"%PDF"
    assert storage.arrivals[0].target == "/file.pdf?ex=1"
    assert "authorization" not in storage.arrivals[0].headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_does_not_follow_redirects(method: str) -> None:
    async with serving(answer(302, headers="Location: /elsewhere")) as server, connect(server) as client:
        with pytest.raises(APIError) as caught:
            await client.request(method, "/projects")
    assert caught.value.status == 302
    assert len(server.arrivals) == 1


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
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=single)
        others = asyncio.all_tasks()
        call = asyncio.create_task(client.request("GET", "/projects"))
        await server.until(lambda server: server.arrivals)
        await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await server.until(lambda server: not server.open)
        assert asyncio.all_tasks() - others == set()
        assert (await client.request("GET", "/projects")).status == 200


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


# Secrets


def shown(error: BaseException) -> Iterator[str]:
    """Whatever a good error report shows: the texts of an error and its causes, and the locals of all frames."""
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        todo += [each.__cause__, each.__context__]
        yield from (str(each), repr(each), repr(vars(each)))
        yield "".join(traceback.format_exception(each))
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if Path(frame.f_code.co_filename).parent != Path(__file__).parent:
                for name, value in frame.f_locals.items():
                    with suppress(AttributeError):  # of what is half made
                        yield f"{frame.f_code.co_qualname}: {name}={value!r}"


def check_that_nothing_shows(texts: Iterator[str], *secrets: str) -> None:
    number = 0
    for text in texts:
        number += 1
        for secret in (KEY, *secrets):
            assert secret not in text
    assert number > 3


def logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    for record in caplog.records:
        yield record.getMessage()
        yield repr(vars(record))


Call = Callable[[MocoClient], Awaitable[object]]

CALLS: list[Call] = [
    lambda client: client.request("POST", "/projects", json={"name": "x"}),
    lambda client: client.impersonate(5).request("GET", "/session"),
    lambda client: client.purchases.store_document(9, file=File(b"%PDF", "receipt.pdf")),
    lambda client: client.projects.list().all(),
]
FAILURES: dict[str, Step] = {
    **FAULTS,
    "401": answer(401, b'{"message":"Invalid API key."}'),
    "422": answer(422, b'{"name":["missing"]}'),
    "429": answer(429, headers="Retry-After: 0"),
    "500": answer(500),
    "no JSON": answer(200, b"<html>"),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_the_key_shows_in_no_error_and_no_log(failure: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    silent = "silent" in failure
    async with (
        serving(FAILURES[failure]) as server,
        connect(server, max_retries=0 if silent else 1, patience=0.05 if silent else 5.0) as client,
    ):
        for call in CALLS:
            try:
                await call(client)
            except (APIConnectionError, APIError, ResponseError) as error:
                check_that_nothing_shows(shown(error))
            else:
                assert failure == "no JSON"
    assert caplog.records
    check_that_nothing_shows(logged(caplog))


async def test_the_key_shows_in_no_error_of_a_refused_connection(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connect(unreachable_url(), max_retries=1) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("GET", "/session")
    check_that_nothing_shows(shown(caught.value))
    check_that_nothing_shows(logged(caplog))


async def test_an_error_that_the_caller_is_handling_keeps_its_frames() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("broken off")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as handler:
        client = MocoClient("mycompany", api_key=KEY, rate_limit=None, max_retries=0, http_client=handler)
        handled = ValueError("of the caller")
        try:
            raise handled
        except ValueError:
            with pytest.raises(APIConnectionError) as caught:
                await client.request("GET", "/session")
    cause = caught.value.__cause__
    assert cause is not None
    assert cause.__traceback__ is None
    assert cause.__context__ is handled
    assert handled.__traceback__ is not None


async def stalled(connection: Connection) -> None:
    """Read nothing."""
    await asyncio.sleep(60)


async def test_the_key_shows_in_no_error_of_a_request_that_could_not_be_written() -> None:
    async with serving(stalled) as server, connect(server, max_retries=0, patience=0.1) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("POST", "/purchases", json={"file": "x" * 10_000_000})
    assert isinstance(caught.value.__cause__, httpx.WriteTimeout)
    check_that_nothing_shows(shown(caught.value))


async def test_the_key_shows_in_no_error_of_a_request_that_cannot_be_sent() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    for body in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises((TypeError, ValueError)) as caught:
            await client.request("POST", "/projects", json=body)
        check_that_nothing_shows(shown(caught.value))


async def test_the_key_shows_in_no_repr() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    view = client.impersonate(5)
    parts = [client, view, client._transport, client._transport.options, client._transport.connection, client.projects]
    check_that_nothing_shows(f"{part!r} {part} {getattr(part, '__dict__', '')}" for part in parts)
    check_that_nothing_shows(repr(part) for part in [client._transport.options.authorization, *parts])
    assert repr(client) == "<MocoClient of https://mycompany.mocoapp.com/api/v1>"
    assert repr(view) == "<MocoClient of https://mycompany.mocoapp.com/api/v1 as user 5>"
    assert repr(MocoClient.__new__(MocoClient)) == "<MocoClient, not initialized>"
    await client.aclose()


def test_a_client_is_not_pickled_with_its_key() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for part in (client, client._transport, client._transport.options, client._transport.options.authorization):
            with pytest.raises(TypeError, match="a secret cannot be pickled") as caught:
                pickle.dumps(part, protocol)
            assert KEY not in str(caught.value)
    with pytest.raises(TypeError):
        copy.deepcopy(client)


def test_a_secret_does_not_show() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    for text in (repr(secret), str(secret), f"{secret}", "%s %r" % (secret, [secret]), str({"key": secret})):  # noqa: UP031
        assert KEY not in text
        assert "Secret(***)" in text


# Client configuration

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"subdomain": "mycompany"}, "no key"),
    "empty key": ({"subdomain": "mycompany", "api_key": ""}, "api_key is empty"),
    "no account": ({"api_key": KEY}, "no account"),
    "empty subdomain": ({"subdomain": "", "api_key": KEY}, "no account"),
    "rate limit a number": ({"rate_limit": 15}, "rate_limit must be a RateLimit"),
    "rate limit a pair": ({"rate_limit": (15, 15)}, "rate_limit must be a RateLimit"),
    "negative retries": ({"max_retries": -1}, "max_retries must be an integer, 0 or more"),
    "half a retry": ({"max_retries": 0.5}, "max_retries must be an integer, 0 or more"),
    "retries None": ({"max_retries": None}, "max_retries must be an integer, 0 or more"),
    "retries True": ({"max_retries": True}, "max_retries must be an integer, 0 or more"),
    "timeout 0": ({"timeout": 0}, "timeout must be a number of seconds"),
    "timeout negative": ({"timeout": -1.0}, "timeout must be a number of seconds"),
    "timeout nan": ({"timeout": float("nan")}, "timeout must be a number of seconds"),
    "timeout None": ({"timeout": None}, "timeout must be a number of seconds"),
    "timeout text": ({"timeout": "30"}, "timeout must be a number of seconds"),
    "impersonate text": ({"impersonate": "x"}, "impersonate takes a user id"),
    "impersonate 0": ({"impersonate": 0}, "impersonate takes a user id"),
    "impersonate True": ({"impersonate": True}, "impersonate takes a user id"),
    "auth unknown": ({"auth": "basic"}, "auth must be 'token' or 'bearer'"),
    "http_client text": ({"http_client": "x"}, "http_client must be an httpx.AsyncClient"),
    "http_client the wrong one": ({"http_client": httpx}, "http_client must be an httpx.AsyncClient"),
}
BAD |= {
    f"key {key!r}": ({"api_key": key}, "api_key ")
    for key in (
        f"{KEY}\n", f"{KEY} ", f" {KEY}", f"{KEY[:5]} {KEY[5:]}", f"{KEY}ü", f"{KEY}\r\nX-Evil: 1", f"{KEY}\x00",
        f"{KEY}\t", f"{KEY}\x7f", f"{KEY}\xa0", f"{KEY}\u200b", KEY.encode(), 5, [KEY],
    )
}  # fmt: skip
BAD |= {
    f"subdomain {subdomain!r}": ({"subdomain": subdomain}, "not a subdomain")
    for subdomain in (
        "mycompany.mocoapp.com", "my.company", "https://mycompany.mocoapp.com", "mycompany/", "my company",
        "mycompany\n", "my_company", "-mycompany", "mycompany-", "größe", "evil.example#", "a@b", "a:80",
        "x" * 64, 5, b"mycompany", ["mycompany"],
    )
}  # fmt: skip
BAD |= {
    f"base_url {base_url!r}": ({"base_url": base_url}, "base_url ")
    for base_url in (
        "mycompany.mocoapp.com", "mycompany", "ftp://mycompany.mocoapp.com/api/v1", "https://", "https:///api/v1",
        "https:",
        "https://x/api/v1?a=b", "https://x/api/v1#a", "https://user:pw@x/api/v1", "https://user@x",
        "https://x:99999/api/v1",
        "https://x:port/api/v1", "https://my company/api/v1", "https://x/api /v1", "https://x/api\n/v1", "https://x\n",
        " https://x", "https://ü/api/v1", "https://x..y/api", "https://.x/api", "https://[::1/api", "https://[:]/api",
        "https://1.2.3.999/api", f"https://{'x' * 64}/api", "//x/api/v1", 5, b"https://x/api/v1", ["https://x"],
    )
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_an_invalid_client_configuration_is_refused(case: str) -> None:
    bad, message = BAD[case]
    whole = bad if "subdomain" in bad or "api_key" in bad else {"subdomain": "mycompany", **bad}
    arguments = whole if case in {"no key", "no account"} else {"api_key": KEY, "subdomain": "mycompany", **whole}
    with pytest.raises(ConfigurationError, match=re.escape(message)) as caught:
        MocoClient(**arguments)
    check_that_nothing_shows(shown(caught.value))
    assert ":pw@" not in str(caught.value)


@pytest.mark.parametrize("case", [case for case in BAD if case.split()[0] in {"negative", "timeout", "impersonate"}])
def test_an_invalid_view_configuration_is_refused(case: str) -> None:
    bad, message = BAD[case]
    client = MocoClient("mycompany", api_key=KEY)
    if bad == {"timeout": None}:
        assert client.with_options(**bad)._transport.options.timeout == 30
    else:
        with pytest.raises(ConfigurationError, match=message) as caught:
            client.with_options(**bad)
        check_that_nothing_shows(shown(caught.value))


@pytest.mark.parametrize("user", [None, 0, -1, "5", 5.0, True])
def test_only_a_user_id_can_be_impersonated(user: Any) -> None:
    with pytest.raises(ConfigurationError, match="impersonate takes a user id"):
        MocoClient("mycompany", api_key=KEY).impersonate(user)


@given(st.text() | st.text(st.characters(max_codepoint=0x7F)))
@example("a\n")
@example("a\x85")
def test_a_key_is_sent_as_it_is_or_refused(key: str) -> None:
    try:
        value = authorization(Secret(key), "token").reveal()
    except ConfigurationError:
        assert not key or re.search(r"[^\x21-\x7e]", key)
    else:
        assert value == f"Token token={key}"
        httpx.Headers({"Authorization": value}).raw[0][1].decode("ascii")
        assert re.fullmatch(r"[\x21-\x7e]+", key)


PIECES = ["http", "https", "://", "/", "//", ":", "80", "99999", "[", "]", "::1", "1.2.3.4", ".", "..", "x", "ü", "-",
          "_", "@", "?", "#", " ", "\n", "\x00", "%", "%2F", "api/v1", "mycompany.mocoapp.com", "\\", "*"]  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=6).map(lambda parts: "http://" + "".join(parts))
    | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
    | st.text()
)
def test_a_base_url_is_usable_or_refused(base_url: str) -> None:
    try:
        client = MocoClient(base_url=base_url, api_key=KEY)
    except ConfigurationError:
        return
    address = client._transport.connection.base_url
    url = httpx.URL(address + "/projects?page=2")
    assert url.path.endswith("/projects")
    assert (url.query, url.fragment, url.userinfo) == (b"page=2", "", b"")
    assert url.host
    assert not address.endswith("/")


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ({"subdomain": "mycompany"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"subdomain": "MyCompany"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"subdomain": "my-company-2"}, "https://my-company-2.mocoapp.com/api/v1"),
        ({"base_url": "https://mycompany.mocoapp.com/api/v1/"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"base_url": "HTTPS://MyCompany.mocoapp.com/api/v1"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"base_url": "http://localhost:8000/Api/v1"}, "http://localhost:8000/Api/v1"),
        ({"base_url": "http://[::1]:8000/api/v1"}, "http://[::1]:8000/api/v1"),
        ({"base_url": "http://sandbox"}, "http://sandbox"),
        ({"subdomain": "other", "base_url": "http://sandbox/api/v1"}, "http://sandbox/api/v1"),
    ],
)
def test_an_account_is_named_by_its_subdomain_or_its_address(arguments: dict[str, Any], address: str) -> None:
    assert repr(MocoClient(**arguments, api_key=KEY)) == f"<MocoClient of {address}>"


@pytest.mark.parametrize("make", [MocoClient, MocoClient.from_env])
async def test_a_client_is_made_from_the_environment(
    make: Callable[..., MocoClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answer()) as server:
        monkeypatch.setenv("MOCO_SUBDOMAIN", "mycompany")
        monkeypatch.setenv("MOCO_API_KEY", KEY)
        assert repr(make()) == "<MocoClient of https://mycompany.mocoapp.com/api/v1>"
        monkeypatch.setenv("MOCO_BASE_URL", server.base_url)
        async with make(rate_limit=None, impersonate=5, auth="bearer") as client:
            await client.request("GET", "/session")
    assert server.arrivals[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.arrivals[0].headers["x-impersonate-user-id"] == "5"


def test_arguments_count_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCO_SUBDOMAIN", "env")
    monkeypatch.setenv("MOCO_BASE_URL", "http://env/api/v1")
    monkeypatch.setenv("MOCO_API_KEY", "from-env")
    client = MocoClient("argument", api_key=KEY)
    assert repr(client) == "<MocoClient of https://argument.mocoapp.com/api/v1>"
    authorized = client._transport.options.authorization
    assert authorized is not None
    assert authorized.reveal() == f"Token token={KEY}"
    assert repr(MocoClient.from_env(base_url="http://argument", api_key=KEY)) == "<MocoClient of http://argument>"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no account: pass a subdomain or set MOCO_SUBDOMAIN"),
        ({"MOCO_SUBDOMAIN": "mycompany"}, "or set MOCO_API_KEY"),
        ({"MOCO_API_KEY": KEY}, "or set MOCO_SUBDOMAIN"),
        ({"MOCO_API_KEY": "", "MOCO_SUBDOMAIN": "mycompany"}, "api_key is empty"),
        ({"MOCO_API_KEY": f"{KEY}\n", "MOCO_SUBDOMAIN": "mycompany"}, "line break"),
        ({"MOCO_API_KEY": KEY, "MOCO_SUBDOMAIN": "my.company"}, "not a subdomain"),
        ({"MOCO_API_KEY": KEY, "MOCO_BASE_URL": "my.company"}, "base_url must look like"),
    ],
)
def test_an_environment_that_names_no_client_is_refused(
    environment: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=message) as caught:
        MocoClient.from_env()
    check_that_nothing_shows(shown(caught.value))


def test_a_key_given_to_from_env_does_not_show_either() -> None:
    with pytest.raises(ConfigurationError) as caught:
        MocoClient.from_env(subdomain="mycompany", api_key=KEY, timeout=0)
    check_that_nothing_shows(shown(caught.value))


# Login


def session(key: object = KEY) -> bytes:
    return json.dumps({"api_key": key, "user_id": 5, "uuid": "u"}).encode()


async def login(server: Server, **options: Any) -> MocoClient:
    options = {"base_url": server.base_url, "rate_limit": None, **options}
    return await MocoClient.login(None, "jane@example.com", PASSWORD, **options)


async def test_a_login_gives_a_client_with_the_key() -> None:
    async with serving(answer(body=session()), answers()) as server:
        async with await login(server, impersonate=5, auth="bearer", max_retries=0) as client:
            await client.request("GET", "/session")
        asked, then = server.arrivals
        await server.until(lambda server: not server.open)
    assert (asked.method, asked.target) == ("POST", "/api/v1/session")
    assert json.loads(asked.body) == {"email": "jane@example.com", "password": PASSWORD}
    assert "authorization" not in asked.headers
    assert "x-impersonate-user-id" not in asked.headers
    assert then.headers["authorization"] == f"Bearer {KEY}"
    assert then.headers["x-impersonate-user-id"] == "5"


async def test_a_login_through_a_given_pool_shows_none_of_its_keys() -> None:
    async with serving(answer(body=session()), answers()) as server, opinionated(server) as given_pool:
        client = await login(server, http_client=given_pool)
        await client.request("GET", "/session")
        assert not given_pool.is_closed
    assert "authorization" not in server.arrivals[0].headers
    assert server.arrivals[1].headers["authorization"] == f"Token token={KEY}"


@pytest.mark.parametrize("failure", FAILURES)
async def test_the_password_shows_in_no_error_and_no_log(failure: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    patience = 0.05 if "silent" in failure else 5.0
    async with serving(FAILURES[failure]) as server, pool() as given_pool:
        with pytest.raises((APIConnectionError, APIError, ResponseError)) as caught:
            await login(server, max_retries=1, timeout=patience, http_client=given_pool)
    check_that_nothing_shows(shown(caught.value), PASSWORD)
    check_that_nothing_shows(logged(caplog), PASSWORD)
    assert isinstance(caught.value, AuthenticationError) == (failure == "401")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"5", b"null", b'{"api_key":"' + KEY.encode(), b"<html>"])
async def test_a_login_response_without_a_key_is_an_error(body: bytes) -> None:
    async with serving(answer(body=body)) as server, pool() as given_pool:
        with pytest.raises(ResponseError, match="the response contains no key") as caught:
            await login(server, http_client=given_pool)
    caught.value.body = b""
    check_that_nothing_shows(shown(caught.value), PASSWORD)


@pytest.mark.parametrize("key", ["", f"{KEY}\n", 5, None, {"key": KEY}])
async def test_a_login_response_with_an_invalid_key_is_an_error(key: object) -> None:
    async with serving(answer(body=session(key))) as server, pool() as given_pool:
        with pytest.raises((ResponseError, ConfigurationError)) as caught:
            await login(server, http_client=given_pool)
    if isinstance(caught.value, ResponseError):
        caught.value.body = b""
    check_that_nothing_shows(shown(caught.value), PASSWORD)


@pytest.mark.parametrize("password", [None, 5, PASSWORD.encode()])
async def test_a_login_without_a_password_is_refused(password: Any) -> None:
    with pytest.raises(ConfigurationError, match="email and password must be strings") as caught:
        await MocoClient.login("mycompany", "jane@example.com", password)
    check_that_nothing_shows(shown(caught.value), PASSWORD)


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"base_url": "x"}, {"rate_limit": 5}, {"api_key": KEY, "auth": "x"}]
)
async def test_a_login_that_cannot_be_sent_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await MocoClient.login("mycompany", "jane@example.com", PASSWORD, **options)
    check_that_nothing_shows(shown(caught.value), PASSWORD)


async def test_a_login_keeps_to_the_rate_limit_of_the_account() -> None:
    async with (
        serving(answer(body=session()), answers()) as server,
        await login(server, rate_limit=RateLimit(50, 1)) as client,
    ):
        connection = client._transport.connection
        bucket = connection.bucket()
        assert bucket is not None
        assert len(bucket.remaining()) == 50
        assert sum(seconds > 0 for seconds in bucket.remaining()) == 1
