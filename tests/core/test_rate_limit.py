"""The bucket: exact in every window, at full speed, fair, and safe under cancellation."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async import RateLimit
from moco_async._bucket import CLOCK_DRIFT, Bucket, HeldSlot
from moco_async._limiter import Priority, Refused
from tests.virtual_clock import run_simulated


def most_in_a_window(moments: Sequence[float], seconds: float) -> int:
    """The largest number of moments in any half-open window of this length."""
    ordered = sorted(moments)
    return max(
        (sum(start <= moment < start + seconds for moment in ordered[i:]) for i, start in enumerate(ordered)), default=0
    )


async def taken(bucket: Bucket) -> HeldSlot:
    """A slot, for which there is patience."""
    slot = await bucket.acquire()
    assert isinstance(slot, HeldSlot)
    return slot


async def send(
    bucket: Bucket, arrivals: list[float], *, out: float = 0.0, back: float = 0.0, served: float = 0.0
) -> None:
    """A request that takes `out` seconds to MOCO, is counted there, is served and takes `back` seconds to return."""
    clock = asyncio.get_running_loop().time
    async with await taken(bucket) as slot:
        await asyncio.sleep(out)
        arrivals.append(clock())
        await asyncio.sleep(served + back)
        slot.server_time = served


def test_sixty_requests_at_fifteen_in_fifteen_seconds_take_forty_five() -> None:
    async def main() -> tuple[list[float], float]:
        bucket, arrivals = Bucket(RateLimit(15, 15)), list[float]()
        await asyncio.gather(*(send(bucket, arrivals) for _ in range(60)))
        return arrivals, asyncio.get_running_loop().time()

    arrivals, took = run_simulated(main())
    assert most_in_a_window(arrivals, 15) == 15
    assert took == pytest.approx(45 * (1 + CLOCK_DRIFT), rel=1e-4)


latency = st.floats(0, 3)


@settings(deadline=None, max_examples=1000)
@given(
    requests=st.integers(1, 5),
    seconds=st.sampled_from([1.0, 7.5, 15.0]),
    calls=st.lists(st.tuples(st.floats(0, 20), latency, latency, latency, st.booleans()), max_size=40),
)
def test_no_window_of_the_server_ever_counts_more(
    requests: int, seconds: float, calls: list[tuple[float, float, float, float, bool]]
) -> None:
    """Whenever the calls are made, however slow the network, and whichever is cancelled."""

    async def call(bucket: Bucket, arrivals: list[float], start: float, out: float, served: float, back: float) -> None:
        await asyncio.sleep(start)
        await send(bucket, arrivals, out=out, served=served, back=back)

    async def main() -> list[float]:
        bucket, arrivals = Bucket(RateLimit(requests, seconds)), list[float]()
        tasks = []
        for start, out, served, back, cancelled in calls:
            task = asyncio.create_task(call(bucket, arrivals, start, out, served, back))
            if cancelled:
                asyncio.get_running_loop().call_later(start + served, task.cancel)
            tasks.append(task)
        await asyncio.gather(*tasks, return_exceptions=True)
        return arrivals

    assert most_in_a_window(run_simulated(main()), seconds) <= requests


@settings(deadline=None, max_examples=100)
@given(cancelled=st.sets(st.integers(0, 29)), requests=st.integers(1, 5))
def test_a_cancelled_waiter_releases_its_slot(cancelled: set[int], requests: int) -> None:
    async def main() -> tuple[list[float], float]:
        bucket, arrivals = Bucket(RateLimit(requests, 10)), list[float]()
        tasks = [asyncio.create_task(send(bucket, arrivals)) for _ in range(30)]
        await asyncio.sleep(0.5)
        for index in cancelled:
            tasks[index].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return arrivals, asyncio.get_running_loop().time()

    arrivals, took = run_simulated(main())
    windows = max((len(arrivals) - 1) // requests, 0)
    assert took <= 0.5 + windows * 10 * (1 + CLOCK_DRIFT) + 1e-3
    assert len(arrivals) >= 30 - len(cancelled)


def test_first_come_first_served() -> None:
    async def main() -> list[int]:
        bucket, served = Bucket(RateLimit(3, 5)), list[int]()

        async def call(number: int) -> None:
            async with await taken(bucket):
                served.append(number)
                await asyncio.sleep(0.01)

        await asyncio.gather(*map(call, range(20)))
        return served

    assert run_simulated(main()) == list(range(20))


def test_a_request_that_was_never_sent_takes_no_slot() -> None:
    async def main() -> float:
        bucket = Bucket(RateLimit(1, 60))
        for _ in range(100):
            async with await taken(bucket) as slot:
                slot.sent = False
        return asyncio.get_running_loop().time()

    assert run_simulated(main()) < 1


def test_an_unused_slot_goes_to_the_next_waiter() -> None:
    async def main() -> list[float]:
        bucket, arrivals = Bucket(RateLimit(2, 60)), list[float]()
        await send(bucket, arrivals)

        async def fail() -> None:
            async with await taken(bucket) as slot:
                await asyncio.sleep(5)
                slot.sent = False

        await asyncio.gather(fail(), send(bucket, arrivals))
        return arrivals

    assert run_simulated(main()) == pytest.approx([0, 5], abs=1e-3)


def test_server_time_does_not_lengthen_the_window() -> None:
    async def main() -> list[float]:
        bucket, arrivals = Bucket(RateLimit(1, 10)), list[float]()
        for _ in range(3):
            await send(bucket, arrivals, served=4)
        return arrivals

    gaps = [later - earlier for earlier, later in pairwise(run_simulated(main()))]
    assert gaps == pytest.approx([10 * (1 + CLOCK_DRIFT)] * 2, rel=1e-4)


@pytest.mark.parametrize(("asked", "expected"), [(None, 10 * (1 + CLOCK_DRIFT)), (3.0, 3.0)])
def test_a_429_pauses_all_calls_once(asked: float | None, expected: float) -> None:
    async def main() -> list[float]:
        bucket, arrivals = Bucket(RateLimit(100, 10)), list[float]()
        await bucket.pause(asked)
        await bucket.pause(0.5)  # a shorter one does not end a longer one
        await asyncio.gather(*(send(bucket, arrivals) for _ in range(20)))
        return arrivals

    assert run_simulated(main()) == pytest.approx([expected] * 20, rel=1e-4)


def test_a_pause_reaches_calls_already_waiting() -> None:
    async def main() -> list[float]:
        bucket, arrivals = Bucket(RateLimit(1, 10)), list[float]()
        tasks = [asyncio.create_task(send(bucket, arrivals)) for _ in range(2)]
        await asyncio.sleep(5)
        await bucket.pause(20)
        await asyncio.gather(*tasks)
        return arrivals

    assert run_simulated(main()) == pytest.approx([0, 25], abs=1e-3)


def test_who_would_wait_too_long_is_refused_at_once() -> None:
    async def main() -> None:
        bucket, clock = Bucket(RateLimit(2, 10)), asyncio.get_running_loop().time
        arrivals: list[float] = []
        await asyncio.gather(send(bucket, arrivals), send(bucket, arrivals))
        begun = clock()
        refused = await bucket.acquire(max_wait=5)
        assert isinstance(refused, Refused)
        assert clock() == begun
        assert refused.seconds == pytest.approx(10, rel=0.01)
        assert refused.reason == "the rate limit of 2 in 10 s is used up"
        others = [asyncio.create_task(send(bucket, arrivals)) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await bucket.acquire(max_wait=15)
        assert isinstance(refused, Refused)
        assert refused.seconds == pytest.approx(20, rel=0.01)
        assert refused.reason == "the rate limit of 2 in 10 s is used up, 2 are ahead"
        assert isinstance(await bucket.acquire(max_wait=25), HeldSlot)
        await asyncio.gather(*others)

    run_simulated(main())


def test_nobody_waits_longer_than_was_said_even_if_that_was_not_to_be_known() -> None:
    async def main() -> None:
        bucket, clock = Bucket(RateLimit(1, 10)), asyncio.get_running_loop().time
        held = await taken(bucket)  # and not released
        refused = await bucket.acquire(max_wait=12)
        assert isinstance(refused, Refused)
        assert clock() == pytest.approx(12, abs=0.01)
        await held.release()
        assert isinstance(await bucket.acquire(), HeldSlot)

    run_simulated(main())


@pytest.mark.parametrize("before", [True, False], ids=["who comes later", "who waits already"])
def test_a_pause_longer_than_any_call_is_held_back_refuses(before: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        bucket, clock = Bucket(RateLimit(1, 10), "mycompany"), asyncio.get_running_loop().time
        await send(bucket, [])
        if before:
            await bucket.pause(86400)
        waiting = [asyncio.create_task(bucket.acquire()) for _ in range(5)]
        await asyncio.sleep(1)
        if not before:
            for _ in range(5):
                await bucket.pause(86400)
        outcomes = await asyncio.gather(*waiting)
        assert clock() < 2
        for outcome in outcomes:
            assert isinstance(outcome, Refused)
            assert outcome.seconds == pytest.approx(86400, abs=2)
            assert outcome.reason == "MOCO ordered a pause of the account mycompany"
        await asyncio.sleep(86400)
        assert isinstance(await bucket.acquire(), HeldSlot)

    run_simulated(main())
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warning == "MOCO refused a request of mycompany for the rate: a pause of 86400 s"


def test_low_priority_takes_only_slots_that_nobody_else_waits_for() -> None:
    async def main() -> list[str]:
        bucket, served = Bucket(RateLimit(1, 10)), list[str]()

        async def call(name: str, priority: Priority) -> None:
            slot = await bucket.acquire(priority=priority)
            assert isinstance(slot, HeldSlot)
            async with slot:
                served.append(name)

        calls = [("low 1", "low"), ("low 2", "low"), ("normal 1", "normal"), ("normal 2", "normal")]
        await send(bucket, [])
        await asyncio.gather(*(call(name, "low" if kind == "low" else "normal") for name, kind in calls))
        return served

    assert run_simulated(main()) == ["normal 1", "normal 2", "low 1", "low 2"]


def test_who_begins_to_wait_is_told_why_and_how_long() -> None:
    async def main() -> list[tuple[float, str]]:
        bucket, told = Bucket(RateLimit(1, 10)), list[tuple[float, str]]()

        async def call() -> None:
            slot = await bucket.acquire(on_wait=lambda seconds, reason: told.append((round(seconds, 1), reason)))
            assert isinstance(slot, HeldSlot)
            await slot.release()

        await asyncio.gather(*(call() for _ in range(3)))
        await bucket.pause(30)
        await call()
        return told

    reason = "the rate limit of 1 in 10 s is used up"
    assert run_simulated(main()) == [
        (10.0, reason),
        (20.0, f"{reason}, 1 are ahead"),
        (30.0, "MOCO ordered a pause of the account"),
    ]


def test_a_slot_is_given_back_once() -> None:
    async def main() -> None:
        bucket = Bucket(RateLimit(2, 10))
        slot = await taken(bucket)
        await slot.release()
        await slot.release()
        assert bucket._in_slots() == 1

    run_simulated(main())


def test_a_large_limit_costs_nothing_until_it_is_used() -> None:
    async def main() -> int:
        gc.collect()
        tracemalloc.start()
        bucket = Bucket(RateLimit(1_000_000, 86400))
        for _ in range(10):
            await send(bucket, [])
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert run_simulated(main()) < 50_000


def test_the_plans_of_moco() -> None:
    assert RateLimit(120, 120) == RateLimit.STANDARD
    assert RateLimit(1200, 120) == RateLimit.UNLIMITED_PLAN
    assert RateLimit(15, 15) == RateLimit.DEFAULT
