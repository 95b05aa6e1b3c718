"""No silent waiting: who waits says so, who would wait too long is refused, and says for how long."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import httpx2
import pytest

from moco_async import APIConnectionError, APIError, MocoClient, NotFoundError, RateLimit, RateLimitError, Response
from tests.core.test_retry_after import accounts
from tests.socket_server import KEY, answer, answers, connect, hang_up_unread, reset_after_commit, serving
from tests.virtual_clock import run_simulated

Answer = Callable[[httpx.Request], httpx.Response]


def simulated(
    answer_to: Answer, calls: Callable[[MocoClient], Awaitable[None]], rate_limit: RateLimit = RateLimit.DEFAULT
) -> float:
    """Make calls in simulated time; how long it took."""

    async def main() -> float:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer_to)) as wire:
            account = f"waiting-{next(accounts)}"
            client = MocoClient(account, api_key=KEY, rate_limit=rate_limit, http_client=wire)
            await calls(client)
        return asyncio.get_running_loop().time()

    return run_simulated(main())


def content(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


def refuse_for_a_day(_: httpx.Request) -> httpx.Response:
    return httpx.Response(429, headers={"Retry-After": "86400"})


def messages(caplog: pytest.LogCaptureFixture, level: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == level]


def test_a_pause_of_a_day_is_an_error_for_the_call_and_all_that_follow(caplog: pytest.LogCaptureFixture) -> None:
    async def calls(client: MocoClient) -> None:
        with pytest.raises(RateLimitError) as caught:
            await client.request("GET", "/units")
        assert (caught.value.retry_after, caught.value.request_sent) == (86400, True)
        outcomes = await asyncio.gather(*(client.request("GET", "/units") for _ in range(30)), return_exceptions=True)
        for error in outcomes:
            assert isinstance(error, RateLimitError)
            assert error.retry_after == pytest.approx(86400, abs=1)
            assert error.request_sent is False
            assert "not sent, there is no slot for 86400.0 s: MOCO ordered a pause" in str(error)
            assert "429" not in str(error)

    assert simulated(refuse_for_a_day, calls) < 1
    assert len(messages(caplog, "WARNING")) == 1


def test_the_sixteenth_call_says_that_it_waits(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "moco_async")

    async def calls(client: MocoClient) -> None:
        for _ in range(15):
            await client.request("GET", "/units")
        caplog.clear()
        waiting = asyncio.create_task(client.request("GET", "/units"))
        await asyncio.sleep(0)
        assert messages(caplog, "INFO") == ["GET /units waits for 15.0 s: the rate limit of 15 in 15 s is used up"]
        await waiting

    assert simulated(content, calls) == pytest.approx(15, rel=0.01)


def test_a_long_delay_before_another_attempt_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "moco_async")
    replies = [httpx.Response(503, headers={"Retry-After": "20"}), httpx.Response(200)]

    async def calls(client: MocoClient) -> None:
        await client.request("GET", "/units")

    assert simulated(lambda _: replies.pop(0), calls) == pytest.approx(20, abs=0.1)
    assert messages(caplog, "INFO")[0].endswith("; retrying in 20.0 s")


def test_who_would_wait_longer_than_asked_for_is_refused_at_once() -> None:
    async def calls(client: MocoClient) -> None:
        hasty = client.with_options(rate_limit_timeout=5)
        assert hasty.with_options(rate_limit_timeout=None)._transport.options.rate_limit_timeout is None
        assert hasty.impersonate(5)._transport.options.rate_limit_timeout == 5
        for _ in range(15):
            await hasty.request("GET", "/units")
        for view, most in ((hasty, 5), (client.with_options(rate_limit_timeout=0), 0)):
            with pytest.raises(RateLimitError) as caught:
                await view.request("POST", "/units", json={})
            assert caught.value.request_sent is False
            assert caught.value.retry_after is not None
            assert most < caught.value.retry_after <= 15.1
        await client.request("GET", "/units")  # and who has patience has it

    assert simulated(content, calls) == pytest.approx(15, rel=0.01)


def test_who_has_no_slot_for_another_attempt_gets_the_error_of_the_last() -> None:
    replies = [httpx.Response(503) for _ in range(5)]

    async def calls(client: MocoClient) -> None:
        with pytest.raises(APIError) as caught:
            await client.with_options(rate_limit_timeout=0).request("GET", "/units")
        assert caught.value.status == 503
        assert caught.value.request_sent

    simulated(lambda _: replies.pop(0), calls, RateLimit(1, 100))


# An address that is not there


class NobodyThere(httpx.AsyncBaseTransport):
    def __init__(self, error: OSError, library: Any) -> None:
        self.error, self.library, self.times = error, library, 0

    async def handle_async_request(self, request: Any) -> Any:
        self.times += 1
        raise self.library.ConnectError(str(self.error)) from self.error


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(("code", "times"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 4)])
async def test_an_unknown_host_is_named_and_not_asked_for_again(
    code: int, times: int, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    nobody = NobodyThere(socket.gaierror(code, "Name or service not known"), library)
    async with library.AsyncClient(transport=nobody) as given:
        client = MocoClient("mycompny", api_key=KEY, rate_limit=None, http_client=given)
        with pytest.raises(APIConnectionError) as caught:
            await client.request("POST", "/units", json={})
    assert nobody.times == times
    assert caught.value.request_sent is False
    assert "there is no host mycompny.mocoapp.com (Name or service not known); is the subdomain right?" in str(
        caught.value
    )


# What was done the first time


LOST = {"reset": reset_after_commit, "500": answer(500), "hung up": hang_up_unread}


@pytest.fixture
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)


@pytest.mark.usefixtures("no_delay")
@pytest.mark.parametrize("fault", LOST)
async def test_a_delete_whose_repetition_finds_nothing_is_done(fault: str) -> None:
    async with serving(LOST[fault], answer(404)) as server, connect(server) as client:
        assert await client.units.delete(7) is None
    async with serving(LOST[fault], answer(404)) as server, connect(server) as client:
        response = await client.request("DELETE", "/units/7")
    assert isinstance(response, Response)
    assert (response.status, response.retries) == (204, 1)


@pytest.mark.usefixtures("no_delay")
@pytest.mark.parametrize("first", [answer(404), answer(429, headers="Retry-After: 0")])
async def test_a_delete_that_was_certainly_not_done_is_not_done(first: Any) -> None:
    async with serving(first, answer(404)) as server, connect(server) as client:
        with pytest.raises(NotFoundError):
            await client.request("DELETE", "/units/7")


@pytest.mark.usefixtures("no_delay")
async def test_elsewhere_the_error_says_that_the_request_was_repeated() -> None:
    async with serving(reset_after_commit, answer(404)) as server, connect(server) as client:
        with pytest.raises(NotFoundError) as caught:
            await client.request("PUT", "/units/7", json={"name": "x"})
    assert caught.value.retries == 1
    assert "(sent 2 times)" in str(caught.value)
    assert caught.value.hint is not None
    assert "the first time it may have been carried out" in caught.value.hint
    async with serving(answer(404)) as server, connect(server) as client:
        with pytest.raises(NotFoundError) as caught:
            await client.request("PUT", "/units/7", json={"name": "x"})
    assert (caught.value.retries, caught.value.hint) == (0, None)


@pytest.mark.usefixtures("no_delay")
async def test_what_was_sent_before_counts_as_sent() -> None:
    """The last attempt did not leave, but one before may have been carried out."""
    failures = [httpx.ReadError("broken off"), httpx.ConnectError("refused"), httpx.ConnectError("refused")]

    def fail(_: httpx.Request) -> httpx.Response:
        raise failures.pop(0)

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as wire:
        client = MocoClient("sent-before", api_key=KEY, max_retries=2, http_client=wire)
        with pytest.raises(APIConnectionError, match="ConnectError") as caught:
            await client.request("PUT", "/units/1", json={})
    assert caught.value.request_sent is True


@pytest.mark.usefixtures("no_delay")
async def test_an_error_counts_how_often_it_was_sent() -> None:
    async with serving(answers(503)) as server, connect(server, max_retries=2) as client:
        with pytest.raises(APIError, match=r"\(sent 3 times\)") as caught:
            await client.request("GET", "/units")
    assert caught.value.retries == 2
