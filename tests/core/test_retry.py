"""Retries: faults on real sockets, delays in simulated time."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moco_async import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    LockedError,
    MocoClient,
    MocoError,
    RateLimitError,
    ServerError,
)
from tests.socket_server import (
    FAULTS,
    KEY,
    Connection,
    Step,
    answer,
    answers,
    connect,
    hang_up_unread,
    http,
    pool,
    reset_after_commit,
    serving,
    silence,
    unreachable_url,
    unused_port,
)

REPEATABLE = ["GET", "PUT", "DELETE"]
NOT_REPEATABLE = ["POST", "PATCH"]
NEVER_READ = {"hung up unread", "reset unread", "reset while read"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    monkeypatch.setattr("moco_async._retry.DOCUMENT_DELAY", 0.0)


def make_body(method: str) -> dict[str, str] | None:
    return None if method in {"GET", "DELETE"} else {"name": "Relaunch"}


def patience(fault: str) -> float:
    """The timeout: short where no response will come."""
    return 0.1 if "silent" in fault else 5.0


# Timeouts take time, so one method is enough for them.
@pytest.mark.parametrize(
    ("method", "fault"),
    [(method, fault) for method in REPEATABLE for fault in FAULTS if method == "GET" or "silent" not in fault],
)
async def test_an_idempotent_request_is_retried_and_then_raises(method: str, fault: str) -> None:
    async with (
        serving(FAULTS[fault]) as server,
        connect(server, max_retries=1, patience=patience(fault)) as client,
    ):
        with pytest.raises(APIConnectionError) as caught:
            await client.request(method, "/projects/1", json=make_body(method))
    assert server.connections == 2
    assert len(server.arrivals) == (0 if fault in NEVER_READ else 2)
    assert caught.value.request_sent is True
    assert isinstance(caught.value, APITimeoutError) == ("silent" in fault)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", NOT_REPEATABLE)
async def test_a_request_that_may_have_been_received_is_not_retried(method: str, fault: str) -> None:
    async with (
        serving(FAULTS[fault], answer()) as server,
        connect(server, patience=patience(fault)) as client,
    ):
        with pytest.raises(APIConnectionError) as caught:
            await client.request(method, "/projects/1", json=make_body(method))
    assert server.connections == 1
    assert caught.value.request_sent is True


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_call_that_succeeds_on_retry_returns(fault: str) -> None:
    async with (
        serving(FAULTS[fault], answer(body=b'{"id": 7}')) as server,
        connect(server, max_retries=1, patience=patience(fault)) as client,
    ):
        assert (await client.request("GET", "/projects/7")).json() == {"id": 7}


@pytest.mark.parametrize(("method", "idempotent", "times"), [("POST", True, 3), ("PATCH", True, 3), ("PUT", False, 1)])
@pytest.mark.parametrize("step", [reset_after_commit, answer(503)], ids=["reset", "503"])
async def test_a_request_can_override_whether_it_is_idempotent(
    method: str, idempotent: bool, times: int, step: Step
) -> None:
    async with serving(step) as server, connect(server, max_retries=2) as client:
        with pytest.raises(MocoError):
            await client.request(method, "/projects", json={}, idempotent=idempotent)
    assert len(server.arrivals) == times


async def test_a_get_with_side_effects_is_not_retried() -> None:
    async with serving(reset_after_commit) as server, connect(server) as client:
        with pytest.raises(APIConnectionError):
            await client.request("GET", "/presences/touch", idempotent=False)
    assert len(server.arrivals) == 1


def repetitions(caplog: pytest.LogCaptureFixture) -> int:
    return sum("; retrying in" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("method", REPEATABLE + NOT_REPEATABLE)
async def test_a_refused_connection_is_tried_again_by_every_method(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "moco_async")
    async with connect(unreachable_url(), max_retries=3) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request(method, "/projects", json=make_body(method), idempotent=False)
    assert caught.value.request_sent is False
    assert not isinstance(caught.value, APITimeoutError)
    assert repetitions(caplog) == 3


async def test_a_post_is_sent_once_when_moco_is_reachable_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.001)
    caplog.set_level(logging.DEBUG, "moco_async")
    port = unused_port()
    async with connect(f"http://127.0.0.1:{port}/api/v1", max_retries=10_000) as client:
        post = asyncio.create_task(client.request("POST", "/projects", json={"name": "Relaunch"}))
        while not repetitions(caplog):  # noqa: ASYNC110  # a log cannot be awaited
            await asyncio.sleep(0.001)
        async with serving(answer(), port=port) as server:
            assert (await post).status == 200
    assert server.committed == [b'{"name":"Relaunch"}']


@asynccontextmanager
async def full_backlog() -> AsyncIterator[str]:
    """A URL to which no connection is ever established, because its backlog is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listening.getsockname())
        await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1"
        finally:
            for sock in waiting:
                sock.close()


async def test_a_post_is_tried_again_when_no_connection_was_made_in_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "moco_async")
    async with (
        full_backlog() as url,
        connect(url, max_retries=2, patience=0.05) as client,
    ):
        with pytest.raises(APITimeoutError) as caught:
            await client.request("POST", "/projects", json={})
    assert caught.value.request_sent is False
    assert repetitions(caplog) == 2


async def test_a_post_that_found_no_free_connection_was_not_sent() -> None:
    async with (
        serving(silence) as server,
        pool(httpx.Limits(max_connections=1)) as single,
    ):
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, max_retries=1, http_client=single)
        first = asyncio.create_task(client.request("POST", "/projects", json={"number": 1}))
        await server.until(lambda server: server.arrivals)
        with pytest.raises(APITimeoutError) as caught:
            await client.with_options(timeout=0.02).request("POST", "/projects", json={"number": 2})
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert caught.value.request_sent is False
    assert server.committed == [b'{"number":1}']


def redirect_to(location: str) -> Step:
    return answer(302, headers=f"Location: {location}")


@pytest.mark.parametrize("location", ["http://127.0.0.1:{}/file.pdf", "ftp://127.0.0.1/file.pdf", "http://[:]/"])
async def test_a_request_that_fails_after_a_redirect_was_sent_all_the_same(location: str) -> None:
    async with serving(redirect_to(location.format(unused_port()))) as server, connect(server) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("GET", "/invoices/1.pdf", idempotent=False)
    assert caught.value.request_sent is True
    assert len(server.arrivals) == 1


async def refuse(connection: Connection) -> None:
    await connection.request(refuse=True)
    await connection.send(http(429, b'{"message":"Too many requests"}', "Retry-After: 0", keep_alive=True))


async def fail(connection: Connection) -> None:
    await connection.request(commit=False)
    await connection.send(http(503, keep_alive=True))


async def commit_and_fail(connection: Connection) -> None:
    await connection.request()
    await connection.send(http(500, keep_alive=True))


async def commit_and_answer(connection: Connection) -> None:
    await connection.request()
    await connection.send(http(keep_alive=True))


FATES: dict[str, tuple[Step, bool]] = {
    # what happens to one request, and whether the connection stays open
    **{name: (step, False) for name, step in FAULTS.items() if "silent" not in name},
    "refused for the rate": (refuse, True),
    "failed": (fail, True),
    "committed and failed": (commit_and_fail, True),
    "committed": (commit_and_answer, True),
    "committed and closed": (answer(), False),
    "refused and closed": (answer(429, headers="Retry-After: 0"), False),
}


def living(fates: Iterable[str]) -> Step:
    """A step that gives one request after another its fate, in order of arrival."""
    coming = iter(fates)

    async def step(connection: Connection) -> None:
        lives = True
        while lives:
            fate, lives = FATES[next(coming, "committed")]
            await fate(connection)

    return step


async def post_many(number: int, fates: Iterable[str], at_a_time: int) -> None:
    """Create that many projects on a server with these fates, and check that none is created twice."""
    async with serving(living(fates)) as server, connect(server, max_retries=5) as client:
        free = asyncio.Semaphore(at_a_time)

        async def post(name: int) -> bool | APIConnectionError | APIError:
            async with free:
                try:
                    return (await client.request("POST", "/projects", json={"name": name})).status == 200
                except (APIConnectionError, APIError) as error:
                    return error

        outcomes = await asyncio.gather(*map(post, range(number)))
    arrived = Counter(arrival.body for arrival in server.arrivals)
    assert len(server.committed) == len(set(server.committed))
    assert not [body for body, times in (arrived - Counter(server.refused)).items() if times > 1]
    for name, outcome in enumerate(outcomes):
        body = b'{"name":%d}' % name
        if outcome is True:
            assert body in server.committed
        elif isinstance(outcome, RateLimitError):
            assert body not in server.committed
        elif isinstance(outcome, APIConnectionError) and not outcome.request_sent:
            assert body not in arrived


@settings(deadline=None, max_examples=20)
@given(fates=st.lists(st.sampled_from(sorted(FATES)), max_size=40), at_a_time=st.integers(1, 6))
@example(fates=["committed", "reset unread", "committed"], at_a_time=1)
@example(fates=["refused for the rate"] * 6, at_a_time=1)
def test_nothing_is_created_twice_and_every_success_is_committed(fates: list[str], at_a_time: int) -> None:
    asyncio.run(post_many(15, fates, at_a_time))


async def test_nothing_is_created_twice_in_three_hundred_posts() -> None:
    dice = random.Random(1)
    await post_many(300, dice.choices(sorted(FATES), k=600), at_a_time=10)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize("method", REPEATABLE + NOT_REPEATABLE)
async def test_a_server_error_is_retried_where_that_is_safe(method: str, status: int) -> None:
    async with serving(answers(status)) as server, connect(server, max_retries=2) as client:
        with pytest.raises(ServerError) as caught:
            await client.request(method, "/projects/1", json=make_body(method))
    assert len(server.arrivals) == (3 if method in REPEATABLE else 1)
    assert caught.value.status == status
    assert caught.value.request_sent is True


@pytest.mark.parametrize("status", [301, 304, 400, 401, 403, 404, 408, 409, 415, 418, 422])
async def test_a_refusal_is_final(status: int) -> None:
    async with serving(answer(status)) as server, connect(server) as client:
        with pytest.raises(APIError) as caught:
            await client.request("GET", "/projects/1")
    assert len(server.arrivals) == 1
    assert caught.value.status == status


@pytest.mark.parametrize("method", REPEATABLE + NOT_REPEATABLE)
async def test_a_429_was_not_applied_so_every_method_is_retried(method: str) -> None:
    refused = answer(429, headers="Retry-After: 0")
    async with serving(refused, refused, answer()) as server, connect(server, max_retries=2) as client:
        response = await client.request(method, "/projects/1", json=make_body(method), idempotent=False)
    assert response.status == 200
    assert len(server.committed) == 1


@pytest.mark.parametrize("method", REPEATABLE + NOT_REPEATABLE)
async def test_a_429_that_does_not_end_raises(method: str) -> None:
    async with serving(answers(429, headers="Retry-After: 0")) as server, connect(server, max_retries=2) as client:
        with pytest.raises(RateLimitError):
            await client.request(method, "/projects/1", json=make_body(method))
    assert len(server.arrivals) == 3


async def test_a_document_that_is_not_rendered_is_waited_for_however_often() -> None:
    async with (
        serving(*[answer(423)] * 6, answer(body=b"%PDF")) as server,
        connect(server, max_retries=1) as client,
    ):
        assert (await client.request("GET", "/invoices/1.pdf")).content == b"%PDF"


async def test_waiting_for_a_document_uses_up_no_retries() -> None:
    async with (
        serving(*[answer(423)] * 3, answer(503), answer(body=b"%PDF")) as server,
        connect(server, max_retries=1) as client,
    ):
        response = await client.request("GET", "/invoices/1.pdf")
    assert (response.content, response.retries) == (b"%PDF", 1)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_423_on_anything_that_writes_raises_at_once(method: str) -> None:
    async with serving(answer(423)) as server, connect(server) as client:
        with pytest.raises(LockedError):
            await client.request(method, "/users/presences/touch")
    assert len(server.arrivals) == 1


NO_RETRIES = {
    "reset": reset_after_commit,
    "unread": hang_up_unread,
    "429": answer(429, headers="Retry-After: 0"),
    "423": answer(423),
    "503": answer(503),
    "gzip": FAULTS["broken gzip"],
}


@pytest.mark.parametrize("fault", NO_RETRIES)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_retries_nothing_is_retried(method: str, fault: str) -> None:
    async with serving(NO_RETRIES[fault]) as server, connect(server, max_retries=0) as client:
        with pytest.raises(MocoError):
            await client.request(method, "/projects")
    assert server.connections == 1


async def test_without_retries_a_refused_connection_raises_at_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "moco_async")
    async with connect(unreachable_url(), max_retries=0) as client:
        with pytest.raises(APIConnectionError):
            await client.request("GET", "/projects")
    assert repetitions(caplog) == 0
