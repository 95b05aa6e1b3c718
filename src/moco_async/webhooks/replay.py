"""Replay guards: recognize repeated deliveries, whether MOCO's own retries or replays by somebody else.

Deliveries have no id, and their headers are not signed. So a delivery is identified by the digest of its body and by
the time: the signed one in the body if there is one, otherwise that of the header.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from .event import WebhookEvent

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["MemoryReplayGuard", "RedisReplayGuard", "ReplayGuard", "is_new"]

KEEP = timedelta(days=3)

TOLERANCE = timedelta(seconds=2)
"""How much later than the body's time, which is in whole seconds, the header's time may be."""

ALIASES = {"InvoiceDraft", "User::HolidayRequest"}
"""Targets whose records also have another target, so that one change is delivered twice with the same body."""


class ReplayGuard(Protocol):
    """A store of the deliveries accepted so far."""

    async def admit(self, identity: str) -> bool:
        """Remember a delivery, and return whether it is new: for one of two concurrent calls with the same identity."""
        ...


async def is_new(event: WebhookEvent[Any], guard: ReplayGuard) -> bool:
    """Remember a delivery, and return whether it is new.

    A body that says when its record was changed identifies itself, so other headers do not make it new; except that a
    record may be changed and changed back within one second, which gives the same body twice. Updates are therefore
    also distinguished by the header's time, if that matches the body's. The body of a deletion is only an id, which
    records of two types may share; there the headers have to be trusted.
    """
    state = sha256(event.body)
    if event.target in ALIASES:
        state.update(event.target.encode())
    at_that_time = state.copy()
    at_that_time.update(f"\0{event.timestamp}".encode())
    if event.updated_at is None:
        at_that_time.update(f"\0{event.target}\0{event.action}".encode("utf-8", "replace"))
        return await guard.admit(at_that_time.hexdigest())
    if event.action == "update" and _is_just_after(event.timestamp, event.updated_at):
        new = await guard.admit(at_that_time.hexdigest())
        await guard.admit(state.hexdigest())  # so that it cannot be passed off as anything else
        return new
    return await guard.admit(state.hexdigest())


def _is_just_after(moment: datetime | None, change: datetime) -> bool:
    return moment is not None and timedelta(0) <= moment - change < TOLERANCE


class MemoryReplayGuard:
    """A replay guard in the memory of this process.

    Args:
        keep: How long a delivery is remembered.
        limit: How many are remembered; the oldest are forgotten first.
    """

    def __init__(self, *, keep: timedelta = KEEP, limit: int = 100_000) -> None:
        self._keep = keep.total_seconds()
        self._limit = limit
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def admit(self, identity: str) -> bool:
        """Remember a delivery, and return whether it is new."""
        now = time.monotonic()
        while self._seen and next(iter(self._seen.values())) <= now - self._keep:
            self._seen.popitem(last=False)
        if identity in self._seen:
            return False
        self._seen[identity] = now
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._seen)


class RedisReplayGuard:
    """A replay guard in Redis, shared by all processes of a service (extra `redis`).

    Args:
        redis: A client of `redis.asyncio`. You close it.
        keep: How long a delivery is remembered.
        prefix: The prefix of the Redis keys.
    """

    def __init__(self, redis: Redis, *, keep: timedelta = KEEP, prefix: str = "moco:webhook:") -> None:
        self._redis = redis
        self._keep = keep
        self._prefix = prefix

    async def admit(self, identity: str) -> bool:
        """Remember a delivery, and return whether it is new."""
        return bool(await self._redis.set(self._prefix + identity, b"", nx=True, px=self._keep))
