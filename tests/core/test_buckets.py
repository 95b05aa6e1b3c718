"""Which clients share a bucket, what one event loop leaves to the next, and when a bucket is forgotten."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from math import inf, nan
from typing import Any

import httpx
import pytest

from moco_async import ConfigurationError, MocoClient, RateLimit, RateLimitError
from moco_async._bucket import Bucket
from moco_async._buckets import account_of, get_bucket
from moco_async._rate_limit import rate_limit_from_text
from tests.core.test_rate_limit import most_in_a_window, send
from tests.socket_server import KEY
from tests.virtual_clock import SimulatedLoop, run_simulated


class Claimant:
    """Somebody who relies on a limit."""


def test_the_clients_of_an_account_share_a_bucket_and_others_do_not() -> None:
    async def main() -> None:
        limit, (first, second) = RateLimit(5, 5), (Claimant(), Claimant())
        bucket = get_bucket("http://a", limit, first)
        assert get_bucket("http://a", limit, second) is bucket
        assert get_bucket("http://b", limit, first) is not bucket
        with pytest.raises(ConfigurationError, match="another client of a already keeps to"):
            get_bucket("http://a", RateLimit(6, 5), second)

    run_simulated(main())


SPELLINGS = [
    "https://mycompany.mocoapp.com/api/v1",
    "https://mycompany.mocoapp.com/api/v1/",
    "https://MyCompany.MOCOapp.com/api/v1",
    "https://mycompany.mocoapp.com./api/v1",
    "https://mycompany.mocoapp.com:443/api/v1",
    "http://mycompany.mocoapp.com:80/api/v1",
]
OTHERS = [
    "https://mycompany.mocoapp.com:8443/api/v1",
    "https://other.mocoapp.com/api/v1",
    "https://mycompany.mocoapp.com/a",
]


def test_an_account_spelled_differently_is_one_account() -> None:
    assert {account_of(spelling) for spelling in SPELLINGS} == {"mycompany.mocoapp.com/api/v1"}
    assert len({account_of(other) for other in [SPELLINGS[0], *OTHERS]}) == 4
    assert account_of("http://[::1]:8000/api/v1") == account_of("http://[::1]:8000/api/v1/")


@asynccontextmanager
async def clients(account: str) -> AsyncIterator[Callable[[RateLimit], MocoClient]]:
    """Clients of an account that is always content."""
    wire = httpx.MockTransport(lambda _: httpx.Response(200))
    async with httpx.AsyncClient(transport=wire) as http:
        yield lambda limit: MocoClient(base_url=f"http://{account}", api_key=KEY, rate_limit=limit, http_client=http)


async def ask(client: MocoClient) -> float:
    """When a call was through."""
    await client.request("GET", "/units")
    return asyncio.get_running_loop().time()


def test_a_limit_changes_when_no_client_of_the_account_is_open() -> None:
    async def main() -> None:
        async with clients("changing") as client_with:
            first, second = client_with(RateLimit(2, 10)), client_with(RateLimit(3, 10))
            await ask(first)
            with pytest.raises(ConfigurationError, match="close it first"):
                await ask(second)
            async with first.impersonate(5) as view:
                await ask(view)
            with pytest.raises(ConfigurationError, match="close it first"):
                await ask(second)  # a view that is closed closes nothing
            await first.aclose()
            assert await ask(second) < 1
            assert await ask(second) > 10, "two of three slots were taken under the limit before"

    run_simulated(main())


def test_a_client_that_is_gone_without_being_closed_claims_nothing() -> None:
    async def main() -> None:
        async with clients("gone") as client_with:
            await ask(client_with(RateLimit(2, 10)))  # held by nobody
            await ask(client_with(RateLimit(3, 10)))
            await ask(client_with(RateLimit(2, 10)))

    run_simulated(main())


def buckets(account: str) -> int:
    gc.collect()
    return sum(isinstance(each, Bucket) and each.account == account for each in gc.get_objects())


@pytest.mark.parametrize("closed", [True, False])
def test_a_bucket_is_forgotten_when_its_clients_are_gone_and_its_windows_over(closed: bool) -> None:
    async def main() -> None:
        async with clients("forgotten") as client_with:
            client = client_with(RateLimit(2, 10))
            await ask(client)
            assert buckets("forgotten") == 1
            if closed:
                await client.aclose()
            del client
            gc.collect()
            await asyncio.sleep(5)
            assert buckets("forgotten") == 1, "MOCO is still counting"
            await asyncio.sleep(6)
            assert buckets("forgotten") == 0

    run_simulated(main())


@pytest.mark.parametrize("by_hand", [True, False], ids=["closed by hand", "asyncio.run"])
def test_buckets_and_loops_that_are_gone_are_gone(by_hand: bool) -> None:
    async def main(number: int) -> None:
        async with clients(f"loop-{number}") as client_with:
            await ask(client_with(RateLimit(4, 10)))

    def loops() -> int:
        gc.collect()
        return sum(isinstance(each, SimulatedLoop) for each in gc.get_objects())

    before = loops()
    for number in range(5):
        if by_hand:
            loop = SimulatedLoop()
            loop.run_until_complete(main(number))
            loop.close()
        else:
            run_simulated(main(number))
    loop = None  # type: ignore[assignment]
    run_simulated(main(5))  # whoever asks next finds out
    assert loops() <= before
    assert not any(buckets(f"loop-{number}") for number in range(6))


def test_a_pause_is_inherited_by_the_next_loop() -> None:
    async def refused() -> None:
        wire = httpx.MockTransport(lambda _: httpx.Response(429, headers={"Retry-After": "100"}))
        async with httpx.AsyncClient(transport=wire) as http:
            client = MocoClient(base_url="http://paused", api_key=KEY, max_retries=0, http_client=http)
            with pytest.raises(RateLimitError):
                await ask(client)

    async def waits() -> float:
        async with clients("paused") as client_with:
            return await ask(client_with(RateLimit.DEFAULT))

    run_simulated(refused())
    assert 90 < run_simulated(waits()) <= 101


def test_buckets_of_many_threads_are_kept_apart() -> None:
    async def main() -> float:
        async with clients("threads") as client_with:
            client = client_with(RateLimit(1000, 1))
            await asyncio.gather(*(ask(client) for _ in range(50)))
            await client.aclose()
            return 1

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(run_simulated, main()) for _ in range(12)]
        assert sum(each.result() for each in done) == 12


def test_one_loop_after_another_keeps_to_the_limit_across_them() -> None:
    """Two `asyncio.run` in a row are one account all the same."""
    clock = SimulatedLoop()
    arrivals: list[float] = []
    claimant = Claimant()

    class NextLoop(SimulatedLoop):
        def __init__(self) -> None:
            super().__init__()
            self._simulated.now = max(arrivals, default=0.0)

    async def main() -> None:
        bucket = get_bucket("http://in-several-loops", RateLimit(4, 10), claimant)
        await asyncio.gather(*(send(bucket, arrivals) for _ in range(3)))

    for _ in range(4):
        with asyncio.Runner(loop_factory=NextLoop) as runner:
            runner.run(main())
    clock.close()
    assert len(arrivals) == 12
    assert most_in_a_window(arrivals, 10) == 4


TOO_MUCH: list[tuple[Any, Any, str]] = [
    *((requests, 15, "requests") for requests in (0, -1, 1.5, True, "1", None, 10**6 + 1, inf, nan)),
    *((15, seconds, "seconds") for seconds in (0, -1, True, "1", None, inf, -inf, nan, 1e-9, 86401, 10**400)),
]


@pytest.mark.parametrize(("requests", "seconds", "name"), TOO_MUCH)
def test_a_limit_that_is_none_is_refused(requests: Any, seconds: Any, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be"):
        RateLimit(requests, seconds)


@pytest.mark.parametrize(
    ("text", "limit"), [("120/120", RateLimit(120, 120)), (" 9 / 0.5 ", RateLimit(9, 0.5)), ("OFF", None)]
)
def test_a_limit_is_read_from_text(text: str, limit: RateLimit | None) -> None:
    assert rate_limit_from_text(text) == limit


@pytest.mark.parametrize("text", ["", "120", "120/", "/120", "on", "a/b", "-1/5", "1e9/5", "0/5", "5/0", "9" * 10000])
def test_text_that_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        rate_limit_from_text(text)
