"""Replay guards: recognize repeated deliveries, whether MOCO's own retries or replays by somebody else.

Deliveries have no id, and only the body is signed. An event is the same if body, target and action are: MOCO may
deliver an update before the creation, with the same body if both happened in the same second.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, Protocol
from weakref import WeakKeyDictionary

from .._auth import Secret
from ..errors import ConfigurationError
from .event import WebhookEvent
from .runner import run
from .settings import check_counts

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["LeasingReplayGuard", "MemoryReplayGuard", "RedisReplayGuard", "Repetitions", "ReplayGuard", "identify"]

_log = logging.getLogger("moco_async.webhooks")

KEEP = timedelta(days=3)

TOLERANCE = timedelta(seconds=2)  # by which the header's time may exceed the body's, which is in whole seconds

ONCE = {"create", "delete"}  # what happens once to a record

Claim = Literal["new", "pending", "seen"]  # what is known of a delivery: nothing, that it is or that it was handled


class ReplayGuard(Protocol):
    """A store of the deliveries accepted so far.

    A guard of your own needs `admit` alone. `WebhookReceiver.handle` makes use of `forget` if there is one, and of the
    other methods of `LeasingReplayGuard`; without them a delivery that failed remains a repetition.
    """

    async def admit(self, identity: str) -> bool:
        """Remember a delivery, and return whether it is new: for one of two concurrent calls with the same identity."""
        ...


class LeasingReplayGuard(ReplayGuard, Protocol):
    """A store that also knows which deliveries are being handled, and until when to believe it."""

    async def claim(self, identity: str, lease: timedelta) -> Claim:
        """Remember for the time of a lease that a delivery is being handled, unless it is or was before."""
        ...

    async def confirm(self, identity: str) -> None:
        """Remember that a claimed delivery was handled."""

    async def forget(self, identity: str) -> None:
        """Forget a delivery, so that it is new when it comes again."""


class MemoryReplayGuard(LeasingReplayGuard):
    """A replay guard in the memory of this process.

    Args:
        keep: How long a delivery is remembered.
        limit: How many are remembered; the oldest are forgotten first.
    """

    def __init__(self, *, keep: timedelta = KEEP, limit: int = 100_000) -> None:
        _check_keep(keep)
        check_counts(limit=limit)
        self._keep = keep.total_seconds()
        self._limit = limit
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._claimed: dict[str, float] = {}

    async def admit(self, identity: str) -> bool:
        if new := self._look_up(identity) == "new":
            await self.confirm(identity)
        return new

    async def claim(self, identity: str, lease: timedelta) -> Claim:
        if (known := self._look_up(identity)) == "new":
            self._claimed[identity] = time.monotonic() + lease.total_seconds()
        return known

    async def confirm(self, identity: str) -> None:
        self._claimed.pop(identity, None)
        self._seen[identity] = time.monotonic()
        self._seen.move_to_end(identity)
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)

    async def forget(self, identity: str) -> None:
        self._claimed.pop(identity, None)
        self._seen.pop(identity, None)

    def _look_up(self, identity: str) -> Claim:
        now = time.monotonic()
        while self._seen and next(iter(self._seen.values())) <= now - self._keep:
            self._seen.popitem(last=False)
        for expired in [each for each, until in self._claimed.items() if until <= now]:
            del self._claimed[expired]
        return "seen" if identity in self._seen else "pending" if identity in self._claimed else "new"

    def __len__(self) -> int:
        return len(self._seen)


class RedisReplayGuard(LeasingReplayGuard):
    """A replay guard in Redis, shared by all processes of a service (extra `redis`).

    Args:
        redis: The address, such as `"redis://localhost:6379/0"`, or a client of `redis.asyncio`, which you close.
        keep: How long a delivery is remembered.
        prefix: The prefix of the Redis keys.

    Raises:
        ConfigurationError: the address is malformed.
        TypeError: it is neither an address nor an asynchronous client.
        ImportError: the extra is not installed.
    """

    def __init__(self, redis: str | Redis, *, keep: timedelta = KEEP, prefix: str = "moco:webhook:") -> None:
        _check_keep(keep)
        self._keep = keep
        self._prefix = prefix
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()
        self._redis: Redis | None = None
        self._address = Secret("")  # it may hold a password
        if isinstance(redis, str):
            self._address = Secret(redis)
            del redis  # tracebacks can show locals
            self._connect()
        elif not inspect.isclass(redis) and inspect.iscoroutinefunction(getattr(redis, "execute_command", None)):
            self._redis = redis
        else:
            raise TypeError(f"redis must be an address or a client of redis.asyncio, not {type(redis).__name__}")

    def _connect(self) -> Redis:
        try:
            from redis.asyncio import Redis
        except ImportError as error:
            raise ImportError("RedisReplayGuard needs redis: pip install 'moco-async[redis]'") from error
        with suppress(ValueError):  # whose text shows parts of the address
            return Redis.from_url(self._address.reveal())
        raise ConfigurationError("the address of Redis is malformed; it looks like redis://localhost:6379/0")

    @property
    def _client(self) -> Redis:
        if self._redis is not None:
            return self._redis
        loop = asyncio.get_running_loop()  # which its connections are bound to
        if loop not in self._clients:
            self._clients[loop] = self._connect()
        return self._clients[loop]

    async def admit(self, identity: str) -> bool:
        return bool(await self._client.set(self._prefix + identity, b"", nx=True, px=self._keep))

    async def claim(self, identity: str, lease: timedelta) -> Claim:
        key = self._prefix + identity
        while not await self._client.set(key, b"pending", nx=True, px=lease):
            found = await self._client.get(key)
            if found is not None:  # otherwise it has expired since
                return "pending" if found in {b"pending", "pending"} else "seen"
        return "new"

    async def confirm(self, identity: str) -> None:
        await self._client.set(self._prefix + identity, b"", px=self._keep)

    async def forget(self, identity: str) -> None:
        await self._client.delete(self._prefix + identity)

    async def aclose(self) -> None:
        """Close the connections to an address; they are opened again when needed. `WebhookReceiver` calls this."""
        if (client := self._clients.pop(asyncio.get_running_loop(), None)) is not None:
            await client.aclose()


def _check_keep(keep: timedelta) -> None:
    if not isinstance(keep, timedelta) or keep < timedelta(milliseconds=1):
        raise ConfigurationError(f"keep must be a positive timedelta, not {keep!r:.80}")


def identify(event: WebhookEvent[Any]) -> list[str]:
    """The identities of a delivery: the first decides whether it is new, the others are remembered with it.

    A record may be changed, back, and again within one second, which gives the same body. So what can happen more than
    once is distinguished by the header's time, if that fits the signed one, or if the body has none.
    """
    state = [sha256(event.body).hexdigest(), event.target, event.action]
    identity = _digest(state)
    if event.action in ONCE and event.id is not None:
        return [identity]
    timed = _digest([*state, str(event.timestamp)])
    if event.updated_at is None:
        return [timed]
    if event.timestamp is not None and timedelta(0) <= event.timestamp - event.updated_at < TOLERANCE:
        return [timed, identity]  # the second, so that the same with a time that does not fit is a repetition
    return [identity]


def _digest(parts: list[str]) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()


class Repetitions:
    """What a replay guard knows of deliveries; without one all are new. Its failures and delays are logged."""

    def __init__(self, guard: ReplayGuard | None, lease: timedelta) -> None:
        self._guard = guard
        self._lease = lease

    async def admit(self, event: WebhookEvent[Any], seconds: float) -> bool:
        """Remember a delivery, and return whether it is new; also if the guard fails: better twice than never."""
        if self._guard is None:
            return True
        for number, identity in enumerate(identify(event)):
            new = await self._ask(event, seconds, self._guard.admit, identity)
            if number == 0 and new is not None and not new:
                return False
        return True

    async def claim(self, event: WebhookEvent[Any], seconds: float) -> Claim:
        """Remember that a delivery is being handled, and return what was known of it; `"new"` if the guard fails."""
        if (claim := getattr(self._guard, "claim", None)) is None:
            return "new" if await self.admit(event, seconds) else "seen"
        return await self._ask(event, seconds, claim, identify(event)[0], self._lease) or "new"

    async def confirm(self, event: WebhookEvent[Any], seconds: float) -> None:
        """Remember that a claimed delivery was handled."""
        if self._guard is not None and (confirm := getattr(self._guard, "confirm", None)) is not None:
            for identity in identify(event):
                await self._ask(event, seconds, confirm, identity)

    async def forget(self, event: WebhookEvent[Any], seconds: float) -> None:
        """Forget a delivery, so that it is new when MOCO sends it again."""
        if (forget := getattr(self._guard, "forget", None)) is not None:
            await self._ask(event, seconds, forget, identify(event)[0])
        elif self._guard is not None:
            _log.error("the replay guard cannot forget %s, so that it remains a repetition", event)

    async def _ask(self, event: WebhookEvent[Any], seconds: float, method: Callable[..., Any], *args: object) -> Any:
        """The guard's answer; `None` if it fails."""
        answer, error = await run(method, *args, seconds=seconds)
        if error is not None:
            _log.error("the replay guard failed; treating %s as new", event, exc_info=error)
        return answer
