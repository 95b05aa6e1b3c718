"""Deliveries that come again: MOCO repeats what was not answered in time, and others might repeat what they overheard.

There is no id of a delivery, and its headers are not signed. So a delivery is known by the digest of its body and by
the time: the signed one in the body if there is one, else that of the header.
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

SAME_TIME = timedelta(seconds=2)
"""By how much the header's time is later than the body's, which is in whole seconds."""

OTHER_NAMES = {"InvoiceDraft", "User::HolidayRequest"}
"""Targets whose records have another target as well, so that one change is told twice with one body."""


class ReplayGuard(Protocol):
    """Remembers the deliveries that were taken."""

    async def admit(self, identity: str) -> bool:
        """Remember a delivery; whether it is new. Of two that come at the same time one is."""
        ...


async def is_new(event: WebhookEvent[Any], guard: ReplayGuard) -> bool:
    """Whether a delivery is none that was taken before. From now on it was.

    A body that says when its record was changed needs no header, so other headers do not make it new; except that a
    record may be changed and changed back within one second, which makes the same body twice. Updates are therefore
    told apart by the header's time as well, if that is the time the body says. The body of a deletion is an id alone,
    which records of two kinds may share; there the headers have to be believed.
    """
    state = sha256(event.body)
    if event.target in OTHER_NAMES:
        state.update(event.target.encode())
    at_that_time = state.copy()
    at_that_time.update(f"\0{event.timestamp}".encode())
    if event.updated_at is None:
        at_that_time.update(f"\0{event.target}\0{event.action}".encode("utf-8", "replace"))
        return await guard.admit(at_that_time.hexdigest())
    if event.action == "update" and _is_just_after(event.timestamp, event.updated_at):
        new = await guard.admit(at_that_time.hexdigest())
        await guard.admit(state.hexdigest())  # so that it is passed off as nothing else
        return new
    return await guard.admit(state.hexdigest())


def _is_just_after(moment: datetime | None, change: datetime) -> bool:
    return moment is not None and timedelta(0) <= moment - change < SAME_TIME


class MemoryReplayGuard:
    """Remembers deliveries in this process.

    Args:
        keep: How long a delivery is remembered.
        limit: How many are; the oldest are forgotten first.
    """

    def __init__(self, *, keep: timedelta = KEEP, limit: int = 100_000) -> None:
        self._keep = keep.total_seconds()
        self._limit = limit
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def admit(self, identity: str) -> bool:
        """Remember a delivery; whether it is new."""
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
    """Remembers deliveries in Redis, for all processes of a service (extra `redis`).

    Args:
        redis: A client of `redis.asyncio`. You close it.
        keep: How long a delivery is remembered.
        prefix: What the names of the keys begin with.
    """

    def __init__(self, redis: Redis, *, keep: timedelta = KEEP, prefix: str = "moco:webhook:") -> None:
        self._redis = redis
        self._keep = keep
        self._prefix = prefix

    async def admit(self, identity: str) -> bool:
        """Remember a delivery; whether it is new."""
        return bool(await self._redis.set(self._prefix + identity, b"", nx=True, px=self._keep))
