"""MOCO's rate limit, kept on this side: a bucket that an account's clients share.

An `AsyncLimiter(n, seconds)` of aiolimiter is a leaky bucket: it lets 2n-1 requests through in its first window.
A ring of n `AsyncLimiter(1, seconds)` used in turn is exact, at full speed: request k goes `seconds` after request
k-n, so no window holds more than n.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar
from weakref import WeakKeyDictionary

import attrs
from aiolimiter import AsyncLimiter

from .errors import ConfigurationError

__all__ = ["Bucket", "RateLimit", "bucket_of"]


@attrs.frozen
class RateLimit:
    """At most `requests` in every window of `seconds`."""

    requests: int
    seconds: float

    STANDARD: ClassVar[RateLimit]
    """What MOCO permits an account: 120 requests in two minutes."""
    UNLIMITED: ClassVar[RateLimit]
    """What MOCO permits on its unlimited plan: 1200 requests in two minutes."""
    DEFAULT: ClassVar[RateLimit]
    """The same pace as `STANDARD` without its long pauses: 15 requests in 15 seconds."""

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.requests, int) or self.requests < 1 or not self.seconds > 0:
            raise ConfigurationError(f"{self!r}: at least one request in more than zero seconds")


RateLimit.STANDARD = RateLimit(120, 120)
RateLimit.UNLIMITED = RateLimit(1200, 120)
RateLimit.DEFAULT = RateLimit(15, 15)


class Bucket:
    """The places in which requests go, first come first served."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._ring = [AsyncLimiter(1, limit.seconds) for _ in range(limit.requests)]
        self._next = 0
        self._turn = asyncio.Lock()  # its queue is fair, and one who leaves it takes no place
        self._paused_until = 0.0

    async def take_place(self) -> None:
        """Wait until one more request may be sent."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            while True:
                await self._ring[self._next].acquire()
                if (pause := self._paused_until - clock()) <= 0:
                    break
                await asyncio.sleep(pause)  # and take the place anew: the one from before the pause is stale
            self._next = (self._next + 1) % len(self._ring)

    def pause(self, seconds: float | None) -> None:
        """Hold everybody back after a 429, for as long as MOCO said or else for a whole window."""
        until = asyncio.get_running_loop().time() + (self.limit.seconds if seconds is None else seconds)
        self._paused_until = max(self._paused_until, until)


_buckets: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Bucket]] = WeakKeyDictionary()


def bucket_of(account: str, limit: RateLimit) -> Bucket:
    """The bucket of an account in the running event loop.

    Raises:
        ConfigurationError: two clients of one account do not agree on its limit, so neither could keep it.
    """
    buckets = _buckets.setdefault(asyncio.get_running_loop(), {})
    bucket = buckets.setdefault(account, Bucket(limit))
    if bucket.limit != limit:
        raise ConfigurationError(f"another client of {account} already keeps to {bucket.limit}, this one to {limit}")
    return bucket
