"""MOCO's rate limit, kept on this side: a bucket that all clients of an account in one event loop share.

An `AsyncLimiter(n, seconds)` of aiolimiter is a leaky bucket: it lets 2n-1 requests through in its first window.
A bucket here is n slots. A request holds its slot while it is in flight; then the slot is an `AsyncLimiter(1, window)`
that is spent, and whose window begins at the latest moment at which MOCO can have counted the request. So no window of
MOCO's, wherever it begins and however slow the line is, counts more than n; and n are sent in each. Slots exist only
while they are taken, so a large limit costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from heapq import heappop, heappush, nsmallest
from weakref import WeakSet

from aiolimiter import AsyncLimiter

from ._limiter import LONGEST_PAUSE, OnWait, Priority, Refused
from ._rate_limit import RateLimit

__all__ = ["Bucket", "HeldSlot", "Used"]

CLOCK_DRIFT = 0.001
"""The fraction of a window by which MOCO's clock and ours may differ: 120 milliseconds in two minutes."""

LONG_PAUSE = 60.0
"""Seconds of a pause that is worth a warning."""

_log = logging.getLogger("moco_async")


@dataclass(frozen=True)
class Used:
    """What earlier event loops have used of a limit: for how many seconds slots are taken, and everybody is paused."""

    taken: list[float] = field(default_factory=list)
    pause: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.taken) or self.pause > 0

    def __add__(self, other: Used) -> Used:
        return Used(self.taken + other.taken, max(self.pause, other.pause))


@dataclass(order=True, slots=True)
class _Cooling:
    """A slot whose request has ended, and that is free again at a moment."""

    free_at: float
    limiter: AsyncLimiter = field(compare=False)


class HeldSlot:
    """The right to send one request, and then none for a window. Fulfils `Slot`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket: Bucket | None = bucket
        self.sent = True
        self.server_time = 0.0

    async def release(self) -> None:
        """Let the slot's window begin when MOCO can have counted the request at the latest."""
        self.give_back()

    def give_back(self) -> None:
        """What `release` does, which here has nothing to wait for."""
        bucket, self._bucket = self._bucket, None
        if bucket is not None:
            bucket._released(max(bucket.window - self.server_time, 0.0) if self.sent else 0.0)

    async def __aenter__(self) -> HeldSlot:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.give_back()


_Waiter = asyncio.Future[HeldSlot | Refused]


class Bucket:
    """The slots of an account in one event loop, first come first served. Fulfils `Limiter`.

    Args:
        limit: How many slots there are, and for how long each is taken.
        account: Whose they are, for the log.
        used: What MOCO may still be counting of earlier event loops.

    Attributes:
        claims: Who relies on the limit; while somebody does, it does not change.
        guard: What tells that the event loop ends.
        settling: Whether it is to be looked at again when its windows are over.
    """

    def __init__(self, limit: RateLimit, account: str = "", used: Used | None = None) -> None:
        used = used or Used()
        self.limit = limit
        self.account = account
        self.window = limit.seconds * (1 + CLOCK_DRIFT)
        self.claims: WeakSet[object] = WeakSet()
        self.guard: object = None
        self.settling = False
        self._loop = asyncio.get_running_loop()
        self._in_flight = 0
        self._cooling: list[_Cooling] = []
        self._paused_until = self._loop.time() + used.pause
        self._queues: dict[Priority, dict[_Waiter, None]] = {"normal": {}, "low": {}}
        self._timer: asyncio.TimerHandle | None = None
        for seconds in sorted(used.taken, reverse=True)[: limit.requests]:
            self._cool(seconds)

    def used(self) -> Used:
        """What MOCO may still be counting."""
        now = self._loop.time()
        cooling = [slot.free_at - now for slot in list(self._cooling) if slot.free_at > now]
        return Used([self.window] * self._in_flight + cooling, max(self._paused_until - now, 0.0))

    async def acquire(
        self, *, priority: Priority = "normal", max_wait: float | None = None, on_wait: OnWait | None = None
    ) -> HeldSlot | Refused:
        """Wait for a slot: see `Limiter`."""
        if not self._pause() and not self._ahead_of(priority) and self._has_free():
            return self._taken()
        wait = self._expected(self._ahead_of(priority))
        if self._pause() > LONGEST_PAUSE or (max_wait is not None and wait.seconds > max_wait):
            return wait
        if on_wait is not None:
            on_wait(wait.seconds, wait.reason)
        return await self._wait(priority, max_wait)

    async def _wait(self, priority: Priority, max_wait: float | None) -> HeldSlot | Refused:
        waiter: _Waiter = self._loop.create_future()
        self._queues[priority][waiter] = None
        self._serve()
        try:
            async with asyncio.timeout(max_wait):
                return await waiter
        except TimeoutError:
            self._give_up(waiter)
            return self._expected(self._ahead_of(priority))
        except BaseException:
            self._give_up(waiter)
            raise
        finally:
            self._queues[priority].pop(waiter, None)

    def _give_up(self, waiter: _Waiter) -> None:
        """Give back what was granted to somebody who was cancelled, or had waited enough, in the same moment."""
        if waiter.done() and not waiter.cancelled() and isinstance(slot := waiter.result(), HeldSlot):
            slot.sent = False
            slot.give_back()

    def _serve(self) -> None:
        """Grant slots to who waits, and look again when the next is free."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        normal, low = self._queues["normal"], self._queues["low"]
        while (normal or low) and not self._pause() and self._has_free():
            queue = normal or low
            waiter = next(iter(queue))
            del queue[waiter]
            if not waiter.done():
                waiter.set_result(self._taken())
        if (normal or low) and (self._cooling or self._pause()):
            free_at = 0.0 if self._in_slots() < self.limit.requests else self._cooling[0].free_at
            self._timer = self._loop.call_at(max(self._paused_until, free_at), self._serve)

    def _in_slots(self) -> int:
        return self._in_flight + len(self._cooling)

    def _has_free(self) -> bool:
        while self._cooling and self._cooling[0].limiter.has_capacity():
            heappop(self._cooling)
        return self._in_slots() < self.limit.requests

    def _taken(self) -> HeldSlot:
        self._in_flight += 1
        return HeldSlot(self)

    def _released(self, seconds: float) -> None:
        self._in_flight -= 1
        self._cool(seconds)
        self._serve()

    def _cool(self, seconds: float) -> None:
        if seconds > 0:
            limiter = AsyncLimiter(1, seconds)
            with suppress(StopIteration):  # a new one is granted at once, without waiting; the next has to wait
                limiter.acquire().send(None)
            heappush(self._cooling, _Cooling(self._loop.time() + seconds, limiter))

    def _pause(self) -> float:
        return max(self._paused_until - self._loop.time(), 0.0)

    def _ahead_of(self, priority: Priority) -> int:
        """How many are served before somebody who comes now."""
        return len(self._queues["normal"]) + (len(self._queues["low"]) if priority == "low" else 0)

    def _expected(self, ahead: int) -> Refused:
        """How long somebody has to wait with so many ahead, as far as anybody can know, and why."""
        pause = self._pause()
        self._has_free()
        rounds, place = divmod(ahead, self.limit.requests)
        place -= self.limit.requests - self._in_slots()
        if place < 0:
            wait = 0.0
        elif place < len(self._cooling):
            wait = nsmallest(place + 1, self._cooling)[-1].free_at - self._loop.time()
        else:
            wait = self.window  # for what is in flight, of which nobody knows when it ends
        wait += rounds * self.window
        if pause >= wait:
            return Refused(pause, f"MOCO ordered a pause of the account {self.account}".rstrip())
        limit = f"{self.limit.requests} in {self.limit.seconds:g} s"
        return Refused(wait, f"the rate limit of {limit} is used up" + (f", {ahead} are ahead" if ahead else ""))

    async def pause(self, seconds: float | None) -> None:
        """Hold everybody back after a 429; who would be held back too long is refused."""
        seconds = self.window if seconds is None else seconds
        if seconds > self._pause() + 1 and seconds > LONG_PAUSE:
            _log.warning("MOCO refused a request of %s for the rate: a pause of %.0f s", self.account, seconds)
        self._paused_until = max(self._paused_until, self._loop.time() + seconds)
        if self._pause() > LONGEST_PAUSE:
            self._refuse_all()
        self._serve()

    def _refuse_all(self) -> None:
        for queue in self._queues.values():
            for waiter in queue:
                if not waiter.done():
                    waiter.set_result(self._expected(0))
            queue.clear()

    def idle(self) -> bool:
        """Whether nothing of it is used, so that nobody would notice if it were made anew."""
        return not self._in_flight and not any(self._queues.values()) and not self.used()

    def busy_until(self) -> float:
        """The moment at which it is idle, if nobody asks for more; of what is in flight, the earliest there may be."""
        in_flight = self._loop.time() + self.window if self._in_flight else 0.0
        return max([in_flight, self._paused_until, *(slot.free_at for slot in self._cooling)])
