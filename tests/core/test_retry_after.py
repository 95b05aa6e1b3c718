"""When a failed request is sent again: backoff, Retry-After, pauses of the account, in simulated time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count, pairwise

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moco_async import (
    MocoClient,
    MocoError,
    RateLimit,
    RateLimitError,
)
from moco_async._retry import GIVE_UP_AFTER, LONGEST_DELAY, retry_after
from tests.socket_server import (
    KEY,
)
from tests.virtual_clock import run_simulated


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    monkeypatch.setattr("moco_async._retry.DOCUMENT_DELAY", 0.0)


Answers = Callable[[int], httpx.Response]

accounts = count()
"""An account each time, as the pauses of one outlast its event loop."""


def moments(
    answers: Answers,
    *,
    method: str = "GET",
    max_retries: int = 3,
    rate_limit: RateLimit | None = None,
    failed: bool = False,
) -> list[float]:
    """When the attempts of one call came, in simulated seconds, and at last when it returned."""

    async def main() -> list[float]:
        clock = asyncio.get_running_loop().time
        came: list[float] = []

        def handle(_: httpx.Request) -> httpx.Response:
            came.append(clock())
            return answers(len(came))

        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as handler:
            client = MocoClient(
                f"simulated-{next(accounts)}",
                api_key=KEY,
                rate_limit=rate_limit,
                max_retries=max_retries,
                http_client=handler,
            )
            if failed:
                with pytest.raises(MocoError):
                    await client.request(method, "/projects")
            else:
                await client.request(method, "/projects")
        return [*came, clock()]

    return run_simulated(main())


def about(*seconds: float) -> object:
    return pytest.approx(seconds, abs=0.001)


def once(status: int, **headers: str) -> Answers:
    """Refuse the first attempt, and then no more."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda attempt: httpx.Response(status if attempt == 1 else 200, headers=named)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), (" 2.5 ", 2.5), ("0", 0.0), ("-5", 0.0)])
def test_retry_after_in_seconds_is_obeyed(status: int, asked: str, seconds: float) -> None:
    assert moments(once(status, retry_after=asked)) == about(0, seconds, seconds)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_as_a_date_is_obeyed(status: int) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    _, second, _ = moments(once(status, retry_after=when))
    assert 30 < second <= 60


@pytest.mark.parametrize("date", ["Wed, 21 Oct 2015 07:28:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"])
def test_a_date_that_has_passed_means_now(date: str) -> None:
    assert moments(once(429, retry_after=date)) == about(0, 0, 0)


@pytest.fixture
def far_from_utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "FAR-12")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_utc")
def test_a_date_without_a_zone_is_in_utc() -> None:
    seconds = retry_after((datetime.now(UTC) + timedelta(hours=1)).strftime("%a %b %d %H:%M:%S %Y"))
    assert seconds is not None
    assert 3000 < seconds <= 3600


@pytest.mark.parametrize("nonsense", ["", "soon", "nan", "inf", "1e999", "1 Jan 99999999999999999 0:0:0", "7, 7"])
def test_retry_after_that_says_nothing_leaves_it_to_the_backoff(nonsense: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 4.0)
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    assert moments(once(429, retry_after=nonsense)) == about(0, 4, 4)


@given(st.text() | st.datetimes().map(str) | st.floats().map(str) | st.integers().map(str))
@example("Wed, 21 Oct 2015 07:28:00")
@example("1 Jan 0001 00:00:00 +2359")
@example("31 Dec 9999 23:59:59 -2359")
def test_retry_after_is_a_length_of_time_or_nothing(value: str) -> None:
    seconds = retry_after(value)
    assert seconds is None or 0.0 <= seconds < float("inf")


def test_the_backoff_doubles_up_to_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.5)
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    came = moments(lambda _: httpx.Response(503), max_retries=8, failed=True)
    waits = [later - earlier for earlier, later in pairwise(came[:-1])]
    assert waits == about(0.5, 1, 2, 4, 8, 16, LONGEST_DELAY, LONGEST_DELAY)


def test_the_backoff_is_anything_between_nothing_and_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 16.0)
    waits = [moments(once(503))[1] for _ in range(50)]
    assert 0 <= min(waits) < 4
    assert 12 < max(waits) <= 16


@pytest.mark.parametrize("status", [503, 429, 423])
def test_a_call_gives_up_after_a_while_however_many_retries_it_has(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 1.0)
    monkeypatch.setattr("moco_async._retry.DOCUMENT_DELAY", 1.0)
    came = moments(lambda _: httpx.Response(status), max_retries=1000, failed=True)
    assert GIVE_UP_AFTER - LONGEST_DELAY <= came[-1] <= GIVE_UP_AFTER
    assert len(came) < 100


@pytest.mark.parametrize("rate_limit", [None, RateLimit(1000, 10)])
def test_a_retry_after_beyond_that_while_raises_at_once(rate_limit: RateLimit | None) -> None:
    answer = httpx.Response(429, headers={"Retry-After": "3600"})
    assert moments(lambda _: answer, failed=True, rate_limit=rate_limit) == about(0, 0)


def test_what_a_429_asked_for_is_told_with_a_rate_limit_too() -> None:
    async def main() -> None:
        refused = httpx.MockTransport(lambda _: httpx.Response(429, headers={"Retry-After": "30"}))
        async with httpx.AsyncClient(transport=refused) as handler:
            client = MocoClient("told", api_key=KEY, max_retries=0, http_client=handler)
            with pytest.raises(RateLimitError) as caught:
                await client.request("GET", "/projects")
        assert caught.value.retry_after == 30

    run_simulated(main())


def test_a_pause_of_the_account_is_not_counted_as_time_that_a_call_fails() -> None:
    def refuse_five_times(attempt: int) -> httpx.Response:
        return httpx.Response(429 if attempt <= 5 else 200, headers={"Retry-After": "100"})

    came = moments(refuse_five_times, max_retries=5, rate_limit=RateLimit(1000, 10))
    assert came == about(0, 100, 200, 300, 400, 500, 500)


@pytest.mark.parametrize("runtime", ["0.2", "1000000", "inf", "nan", "-1000000", "soon", ""])
def test_what_moco_says_it_took_does_not_shorten_the_window(runtime: str) -> None:
    limit = RateLimit(1, 10)
    came = moments(
        lambda attempt: httpx.Response(503 if attempt < 3 else 200, headers={"X-Runtime": runtime}), rate_limit=limit
    )
    assert all(later - earlier > 10 for earlier, later in pairwise(came[:-1]))


def test_with_a_rate_limit_a_429_is_waited_for_once() -> None:
    limit = RateLimit(1000, 10)
    assert moments(once(429, retry_after="7"), rate_limit=limit) == about(0, 7, 7)
