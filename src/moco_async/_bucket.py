"""MOCO's rate limit, kept on this side: a bucket that all clients of an account share.

An `AsyncLimiter(n, seconds)` of aiolimiter is a leaky bucket: it lets 2n-1 requests through in its first window.
A bucket here is n places, each an `AsyncLimiter(1, seconds)`. A request holds its place while it is under way, and
the place's window begins at the latest moment at which MOCO can have counted the request. So no window of MOCO's,
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

__all__ = ["Bucket", "Place", "bucket_of"]

CLOCK_DRIFT = 0.001
"""By how much of a window MOCO's clock and ours may differ: 120 milliseconds in two minutes."""


class Place:
    """The right to send one request, and then none for a window."""

    def __init__(self, limiter: AsyncLimiter, free_at: float = 0.0) -> None:
        self.limiter = limiter
        self.free_at = free_at
        self.sent = True
        """Whether MOCO can have received the request that holds the place."""
        self.served_for = 0.0
        """How many seconds before its answer MOCO had counted the request, by its own word (`X-Runtime`)."""

    def __lt__(self, other: Place) -> bool:
        return self.free_at < other.free_at


class Bucket:
    """The places of an account in one event loop, first come first served.

    Args:
        limit: How many places there are, and for how long each is taken.
        before: The account's bucket in an earlier event loop, whose requests MOCO may still be counting.
    """

    def __init__(self, limit: RateLimit, before: Bucket | None = None) -> None:
        self.limit = limit
        self.window = limit.seconds * (1 + CLOCK_DRIFT)
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()  # its queue is fair, and who is cancelled in it has taken nothing
        self._returned = asyncio.Event()
        self._paused_until = 0.0
        self._free = [Place(AsyncLimiter(1, self.window)) for _ in range(limit.requests)]
        inherited = [] if before is None else before.remaining()
        self._inherited = sorted(inherited, reverse=True)[: limit.requests]

    def remaining(self) -> list[float]:
        """For how many seconds each place that MOCO may still be counting is taken."""
        under_way = [self.window] * (self.limit.requests - len(self._free))
        return under_way + [place.free_at - self._loop.time() for place in self._free]

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """Wait for a place, and hold it for one request."""
        place = await self._take()
        try:
            yield place
        finally:
            await self._put_back(place)

    async def _take(self) -> Place:
        async with self._turn:
            await self._begin_where_the_last_loop_ended()
            while True:
                await asyncio.sleep(self._paused_until - self._loop.time())
                place = await self._next_free()
                if self._paused_until <= self._loop.time():
                    return place
                self._add_free(Place(AsyncLimiter(1, self.window)))  # paused in the meantime

    async def _next_free(self) -> Place:
        """The place that is free first: the one that will be, or one that comes back before."""
        while not (self._free and self._free[0].limiter.has_capacity()):
            self._returned.clear()
            rest = self._free[0].free_at - self._loop.time() if self._free else None
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._returned.wait()
        place = heappop(self._free)
        await place.limiter.acquire()  # granted at once
        return place

    def _add_free(self, place: Place) -> None:
        heappush(self._free, place)
        self._returned.set()

    async def _put_back(self, place: Place) -> None:
        """Let the place's window begin when MOCO can have counted the request at the latest."""
        window = max(self.window - place.served_for, 0.0) if place.sent else 0.0
        self._add_free(await self._taken_for(window))

    async def _taken_for(self, seconds: float) -> Place:
        if seconds <= 0:
            return Place(AsyncLimiter(1, self.window))
        limiter = AsyncLimiter(1, seconds)
        await limiter.acquire()  # granted at once; the next has to wait
        return Place(limiter, self._loop.time() + seconds)

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


def bucket_of(account: str, limit: RateLimit) -> Bucket:
    """The bucket of an account in the running event loop.

    Raises:
        ConfigurationError: two clients of one account do not agree on its limit, so neither could keep it.
    """
    loop = asyncio.get_running_loop()
    if (bucket := _buckets.get((loop, account))) is None:
        bucket = _buckets[loop, account] = Bucket(limit, before=_last_bucket_of(account))
    if bucket.limit != limit:
        raise ConfigurationError(f"another client of {account} already keeps to {bucket.limit}, this one to {limit}")
    return bucket


def _last_bucket_of(account: str) -> Bucket | None:
    """The account's bucket in the event loop before; those of closed loops are forgotten on the way."""
    last = None
    for loop, name in list(_buckets):
        if name == account:
            last = _buckets[loop, name]
            if loop.is_closed():
                del _buckets[loop, name]
    return last
