"""The rate limiter: a bucket of slots, shared by all clients of an account in an event loop.

An `AsyncLimiter(n, seconds)` of aiolimiter is a leaky bucket: it lets 2n-1 requests through in its first window.
A bucket here is n slots, each an `AsyncLimiter(1, seconds)`. A request holds its slot while it is in flight, and
the slot's window begins at the latest moment at which MOCO can have counted the request. So no window of MOCO's,
wherever it begins and however slow the network is, counts more than n; and n are sent in each.
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
"""The fraction of a window by which MOCO's clock and ours may differ: 120 milliseconds in two minutes."""


class Slot:
    """A slot of the bucket: sends one request per window."""

    def __init__(self, limiter: AsyncLimiter, free_at: float = 0.0) -> None:
        self.limiter = limiter
        self.free_at = free_at
        self.sent = True
        """Whether MOCO may have received the request that holds the slot."""
        self.server_time = 0.0
        """Seconds MOCO reports for the request (`X-Runtime`): it counted it at least that long before responding."""

    def __lt__(self, other: Slot) -> bool:
        return self.free_at < other.free_at


class Bucket:
    """The limiter of one account in one event loop, first come, first served.

    Args:
        limit: The number of slots, and the length of their window.
        previous: The account's bucket in an earlier event loop, whose requests MOCO may still be counting.
    """

    def __init__(self, limit: RateLimit, previous: Bucket | None = None) -> None:
        self.limit = limit
        self.window = limit.seconds * (1 + CLOCK_DRIFT)
        self._loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()  # its queue is fair, and a task cancelled in it holds no slot
        self._released = asyncio.Event()
        self._paused_until = 0.0
        self._free = [Slot(AsyncLimiter(1, self.window)) for _ in range(limit.requests)]
        inherited = [] if previous is None else previous.remaining()
        self._inherited = sorted(inherited, reverse=True)[: limit.requests]

    def remaining(self) -> list[float]:
        """Seconds until each slot is free again, for those whose requests MOCO may still be counting."""
        in_flight = [self.window] * (self.limit.requests - len(self._free))
        return in_flight + [slot.free_at - self._loop.time() for slot in self._free]

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Slot]:
        """Acquire a slot, and hold it for one request."""
        slot = await self._acquire()
        try:
            yield slot
        finally:
            await self._release(slot)

    async def _acquire(self) -> Slot:
        async with self._lock:
            await self._occupy_inherited_slots()
            while True:
                await asyncio.sleep(self._paused_until - self._loop.time())
                slot = await self._next_free()
                if self._paused_until <= self._loop.time():
                    return slot
                self._add_free(Slot(AsyncLimiter(1, self.window)))  # paused in the meantime

    async def _next_free(self) -> Slot:
        """Wait for the first free slot: the one due next, or one released before that."""
        while not (self._free and self._free[0].limiter.has_capacity()):
            self._released.clear()
            rest = self._free[0].free_at - self._loop.time() if self._free else None
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._released.wait()
        slot = heappop(self._free)
        await slot.limiter.acquire()  # granted at once
        return slot

    def _add_free(self, slot: Slot) -> None:
        heappush(self._free, slot)
        self._released.set()

    async def _release(self, slot: Slot) -> None:
        """Release a slot. Its window begins at the latest moment at which MOCO can have counted the request."""
        window = max(self.window - slot.server_time, 0.0) if slot.sent else 0.0
        self._add_free(await self._occupied_slot(window))

    async def _occupied_slot(self, seconds: float) -> Slot:
        if seconds <= 0:
            return Slot(AsyncLimiter(1, self.window))
        limiter = AsyncLimiter(1, seconds)
        await limiter.acquire()  # granted at once; the next one waits
        return Slot(limiter, self._loop.time() + seconds)

    async def _occupy_inherited_slots(self) -> None:
        for seconds in self._inherited:
            if seconds > 0:
                heappop(self._free)
                self._add_free(await self._occupied_slot(seconds))
        self._inherited = []

    def pause(self, seconds: float | None) -> None:
        """Pause the whole bucket after a 429, for as long as MOCO says or else for a full window."""
        until = self._loop.time() + (self.window if seconds is None else seconds)
        self._paused_until = max(self._paused_until, until)


_buckets: dict[tuple[asyncio.AbstractEventLoop, str], Bucket] = {}


def get_bucket(account: str, limit: RateLimit) -> Bucket:
    """The bucket of an account in the running event loop.

    Raises:
        ConfigurationError: another client of the account has a different limit, so neither could be kept.
    """
    loop = asyncio.get_running_loop()
    if (bucket := _buckets.get((loop, account))) is None:
        bucket = _buckets[loop, account] = Bucket(limit, previous=_pop_previous_bucket(account))
    if bucket.limit != limit:
        raise ConfigurationError(
            f"another client of {account} already uses {bucket.limit}; use it here too, not {limit}"
        )
    return bucket


def _pop_previous_bucket(account: str) -> Bucket | None:
    """The account's bucket in the previous event loop. Buckets of closed loops are dropped."""
    last = None
    for loop, name in list(_buckets):
        if name == account:
            last = _buckets[loop, name]
            if loop.is_closed():
                del _buckets[loop, name]
    return last
