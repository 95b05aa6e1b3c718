"""Deliveries in any order, doubled, with equal bodies, while handlers, guards and processes crash.

Every genuine event is handled at least once, and exactly once where nothing crashed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moco_async import WebhookOverloadedError
from moco_async.webhooks import LeasingReplayGuard, MemoryReplayGuard, RedisReplayGuard, WebhookEvent, WebhookReceiver
from moco_async.webhooks.replay import Claim
from tests.webhooks.deliveries import KEY, changed, delivery

SECOND = 1773829800000

Event = tuple[str, str, int, int, int]
"""Target, action, record, second, milliseconds."""

EVENTS = st.tuples(
    st.sampled_from(["Activity", "Deal"]),
    st.sampled_from(["create", "update", "archive", "delete"]),
    st.just(7),
    st.integers(0, 1),
    st.sampled_from([0, 400, 999, 1500]),
)


def is_distinct(event: Event) -> tuple[object, ...]:
    """A record is deleted once, and in one second created once; it may be changed more often."""
    target, action, record, second, milliseconds = event
    return target, action, record, action != "delete" and second, action in {"update", "archive"} and milliseconds


HISTORIES = st.lists(EVENTS, min_size=1, max_size=6, unique_by=is_distinct)
CRASHES = st.lists(st.sampled_from([None, None, None, None, "part", "process"]), max_size=30)
current: ContextVar[Event] = ContextVar("current")
prefixes = count()


def deliver(event: Event) -> tuple[bytes, dict[str, str]]:
    target, action, record, second, milliseconds = event
    raw = {"id": record} if action == "delete" else changed(record, second)
    return delivery(raw, target, action, milliseconds=SECOND + 1000 * second + milliseconds)


class Crash(BaseException):
    pass


class World:
    """What happened, and what crashes next."""

    def __init__(self, crashes: Iterator[str | None]) -> None:
        self.crashes = crashes
        self.handled: Counter[Event] = Counter()
        self.crashed: set[Event] = set()


class Process:
    """A process with a receiver, at every step of which it may crash, in part or as a whole."""

    def __init__(self, world: World, guard: LeasingReplayGuard) -> None:
        self.world = world
        self.guard = guard
        self.dead = False
        self.claimed: set[str] = set()
        self.served: set[Event] = set()
        self.receiver = WebhookReceiver(KEY, replay_guard=self)
        self.receiver.on()(self.handler)

    def crash(self) -> None:
        kind = None if self.dead else next(self.world.crashes, None)
        if kind == "process":
            self.dead = True
        if kind is not None or self.dead:
            self.world.crashed.add(current.get())
            raise Crash

    async def handler(self, event: WebhookEvent[Any]) -> None:
        self.crash()
        await asyncio.sleep(0)
        self.world.handled[current.get()] += 1
        self.crash()

    async def step(self, method: Callable[[], Awaitable[Any]]) -> Any:
        self.crash()
        answer = await method()
        self.crash()
        return answer

    async def admit(self, identity: str) -> bool:
        return bool(await self.step(lambda: self.guard.admit(identity)))

    async def claim(self, identity: str, lease: timedelta) -> Claim:
        async def claim() -> Claim:
            if (known := await self.guard.claim(identity, lease)) == "new":
                self.claimed.add(identity)
            return known

        return await self.step(claim)  # type: ignore[no-any-return]  # it is what claim gives

    async def confirm(self, identity: str) -> None:
        await self.step(lambda: self.guard.confirm(identity))
        self.claimed.discard(identity)

    async def forget(self, identity: str) -> None:
        await self.step(lambda: self.guard.forget(identity))
        self.claimed.discard(identity)

    async def post(self, event: Event, method: str) -> bool:
        """Whether MOCO gets a 2xx."""
        current.set(event)
        self.served.add(event)
        try:
            await getattr(self.receiver, method)(*deliver(event))
        except (ExceptionGroup, WebhookOverloadedError):
            return False
        return not self.dead

    async def expire(self) -> None:
        """Time passes: what was claimed and neither confirmed nor forgotten is free again."""
        for identity in self.claimed:
            if await self.guard.claim(identity, timedelta(minutes=1)) != "seen":
                await self.guard.forget(identity)
        self.claimed.clear()


async def run(
    posted: list[Event], crashes: list[str | None], batch: int, make: Callable[[], LeasingReplayGuard]
) -> World:
    """As MOCO does it: each delivery is posted until it is answered with 2xx, several at once."""
    world = World(iter(crashes))
    shared = make()
    processes = [Process(world, shared) for _ in range(2)]
    queue = list(posted)
    while queue:
        now, queue = queue[:batch], queue[batch:]
        tasks = [asyncio.create_task(processes[n % 2].post(event, "handle")) for n, event in enumerate(now)]
        answers = await asyncio.gather(*tasks)
        queue += [event for event, answer in zip(now, answers, strict=True) if not answer]
        for process in processes:
            await process.expire()
        if any(process.dead for process in processes):
            if isinstance(shared, MemoryReplayGuard):  # it is gone, with what it knew of all events
                world.crashed.update(*(process.served for process in processes))
                shared = make()
                processes = [Process(world, shared) for _ in range(2)]
            else:
                processes = [Process(world, shared) if process.dead else process for process in processes]
    return world


def check(posted: list[Event], world: World) -> None:
    for event in set(posted):
        assert world.handled[event] >= 1, f"{event} is lost"
        assert world.handled[event] == 1 or event in world.crashed, f"{event} is handled twice"


@st.composite
def deliveries(draw: st.DrawFn) -> list[Event]:
    history = draw(HISTORIES)
    return draw(st.permutations([event for event in history for _ in range(draw(st.integers(1, 3)))]))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async.webhooks.receiver.PENDING_DELAYS", [0, 0.001, 0])


ANY_TIME = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(ANY_TIME, max_examples=200)
@given(posted=deliveries(), crashes=CRASHES, batch=st.integers(1, 4))
def test_handled_at_least_once_in_memory(posted: list[Event], crashes: list[str | None], batch: int) -> None:
    check(posted, asyncio.run(run(posted, crashes, batch, MemoryReplayGuard)))


@settings(ANY_TIME, max_examples=100)
@given(posted=deliveries(), crashes=CRASHES, batch=st.integers(1, 4))
def test_handled_at_least_once_on_redis(
    redis_address: str, posted: list[Event], crashes: list[str | None], batch: int
) -> None:
    async def main() -> World:
        guard = RedisReplayGuard(redis_address, prefix=f"{next(prefixes)}:")
        try:
            return await run(posted, crashes, batch, lambda: guard)
        finally:
            await guard.aclose()

    check(posted, asyncio.run(main()))


@pytest.mark.parametrize("kind", ["memory", "redis"])
@settings(ANY_TIME, max_examples=60)
@given(posted=deliveries(), fails=st.booleans())
def test_accepted_in_any_order_each_is_handled_once(
    request: pytest.FixtureRequest, kind: str, posted: list[Event], fails: bool
) -> None:
    """By two processes, at once; a handler that fails is not called again."""
    handled: Counter[tuple[object, ...]] = Counter()

    async def note(event: WebhookEvent[Any]) -> None:
        await asyncio.sleep(0)
        handled[event.target, event.action, event.body, event.timestamp] += 1
        if fails:
            raise Crash

    async def main() -> None:
        guard: LeasingReplayGuard = MemoryReplayGuard()
        if kind == "redis":
            guard = RedisReplayGuard(request.getfixturevalue("redis_address"), prefix=f"{next(prefixes)}:")
        async with (
            WebhookReceiver(KEY, replay_guard=guard) as one,
            WebhookReceiver(KEY, replay_guard=guard) as other,
        ):
            one.on()(note)
            other.on()(note)
            await asyncio.gather(*((one, other)[n % 2].accept(*deliver(each)) for n, each in enumerate(posted)))

    asyncio.run(main())
    assert sorted(handled.values()) == [1] * len(set(posted))
