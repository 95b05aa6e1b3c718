"""MOCO's rate limit, kept on this side: a bucket that all clients of an account share.

An `AsyncLimiter(n, seconds)` of aiolimiter is a leaky bucket: it lets 2n-1 requests through in its first window.
A bucket here is n slots, each an `AsyncLimiter(1, seconds)`. A request holds its slot while it is in flight, and
the slot's window begins at the latest moment at which MOCO can have counted the request. So no window of MOCO's,
wherever it begins and however slow the line is, counts more than n; and n are sent in each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from heapq import heappop, heappush

from aiolimiter import AsyncLimiter

from ._rate_limit import RateLimit
from .errors import ConfigurationError

__all__ = ["Bucket", "Slot", "get_bucket"]

CLOCK_DRIFT = 0.001
"""By how much of a window MOCO's clock and ours may differ: 120 milliseconds in two minutes."""


class Slot:
    """The right to send one request, and then none for a window."""

    def __init__(self, limiter: AsyncLimiter, free_at: float = 0.0) -> None:
        self.limiter = limiter
        self.free_at = free_at
        self.sent = True
        """Whether MOCO can have received the request that holds the slot."""
        self.server_time = 0.0
        """How many seconds before its answer MOCO had counted the request, by its own word (`X-Runtime`)."""

    def __lt__(self, other: Slot) -> bool:
        return self.free_at < other.free_at


class Bucket:
    """The slots of an account in one event loop, first come first served.

    Args:
        limit: How many slots there are, and for how long each is taken.
        before: The account's bucket in an earlier event loop, whose requests MOCO may still be counting.
    """

    def __init__(self, limit: RateLimit, before: Bucket | None = None) -> None:
        self.limit = limit
        self.window = limit.seconds * (1 + CLOCK_DRIFT)
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()  # its queue is fair, and who is cancelled in it has taken nothing
        self._returned = asyncio.Event()
        self._paused_until = 0.0
        self._free = [Slot(AsyncLimiter(1, self.window)) for _ in range(limit.requests)]
        inherited = [] if before is None else before.remaining()
        self._inherited = sorted(inherited, reverse=True)[: limit.requests]

    def remaining(self) -> list[float]:
        """For how many seconds each slot that MOCO may still be counting is taken."""
        in_flight = [self.window] * (self.limit.requests - len(self._free))
        return in_flight + [slot.free_at - self._loop.time() for slot in self._free]

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Slot]:
        """Wait for a slot, and hold it for one request."""
        slot = await self._take()
        try:
            yield slot
        finally:
            await self._release(slot)

    async def _take(self) -> Slot:
        async with self._turn:
            await self._begin_where_the_last_loop_ended()
            while True:
                await asyncio.sleep(self._paused_until - self._loop.time())
                slot = await self._next_free()
                if self._paused_until <= self._loop.time():
                    return slot
                self._add_free(Slot(AsyncLimiter(1, self.window)))  # paused in the meantime

    async def _next_free(self) -> Slot:
        """The slot that is free first: the one that will be, or one that comes back before."""
        while not (self._free and self._free[0].limiter.has_capacity()):
            self._returned.clear()
            rest = self._free[0].free_at - self._loop.time() if self._free else None
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._returned.wait()
        slot = heappop(self._free)
        await slot.limiter.acquire()  # granted at once
        return slot

    def _add_free(self, slot: Slot) -> None:
        heappush(self._free, slot)
        self._returned.set()

    async def _release(self, slot: Slot) -> None:
        """Let the slot's window begin when MOCO can have counted the request at the latest."""
        window = max(self.window - slot.server_time, 0.0) if slot.sent else 0.0
        self._add_free(await self._taken_for(window))

    async def _taken_for(self, seconds: float) -> Slot:
        if seconds <= 0:
            return Slot(AsyncLimiter(1, self.window))
        limiter = AsyncLimiter(1, seconds)
        await limiter.acquire()  # granted at once; the next has to wait
        return Slot(limiter, self._loop.time() + seconds)

    async def _begin_where_the_last_loop_ended(self) -> None:
        for seconds in self._inherited:
            if seconds > 0:
                heappop(self._free)
                self._add_free(await self._taken_for(seconds))
        self._inherited = []

    def pause(self, seconds: float | None) -> None:
        """Hold everybody back after a 429, for as long as MOCO said or else for a whole window."""
        until = self._loop.time() + (self.window if seconds is None else seconds)
        self._paused_until = max(self._paused_until, until)


_buckets: dict[tuple[asyncio.AbstractEventLoop, str], Bucket] = {}


def get_bucket(account: str, limit: RateLimit) -> Bucket:
    """The bucket of an account in the running event loop.

    Raises:
        ConfigurationError: two clients of one account do not agree on its limit, so neither could keep it.
    """
    loop = asyncio.get_running_loop()
    if (bucket := _buckets.get((loop, account))) is None:
        bucket = _buckets[loop, account] = Bucket(limit, before=_pop_previous_bucket(account))
    if bucket.limit != limit:
        raise ConfigurationError(f"another client of {account} already keeps to {bucket.limit}, this one to {limit}")
    return bucket


def _pop_previous_bucket(account: str) -> Bucket | None:
    """The account's bucket in the event loop before; those of closed loops are forgotten on the way."""
    last = None
    for loop, name in list(_buckets):
        if name == account:
            last = _buckets[loop, name]
            if loop.is_closed():
                del _buckets[loop, name]
    return last
