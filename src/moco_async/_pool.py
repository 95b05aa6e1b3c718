"""The connections of a client: a pool for each event loop, and what is in flight there."""

from __future__ import annotations

import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from ._http import Message, Wire, read_url, tls
from ._limiter import Limiter
from ._loops import at_loop_end
from ._rate_limit import RateLimit
from ._request import Request, Response
from .errors import APITimeoutError, ConfigurationError

if TYPE_CHECKING:
    import asyncio
    import ssl

__all__ = ["Connection", "Pool"]

CLOSING = 5.0
"""Seconds that closing takes at most, in each event loop."""

GRACE = 2.0
"""Seconds that what is in flight on a given client may take to end by itself."""


class Pool:
    """The HTTP client of one event loop. An exchange that has begun is ended by its answer, by its timeouts or with
    the pool, and not by its caller: libraries lose the connection of a request that is cancelled at certain moments.
    """

    def __init__(self, wire: Wire) -> None:
        import asyncio  # whoever calls has it; whoever only imports this package need not

        self.wire = wire
        self.limiter: Limiter | None = None
        self.places = asyncio.Semaphore(wire.most_at_once())
        self._tasks: set[asyncio.Task[Any]] = set()

    async def enter(self, request: Request, message: Message) -> APITimeoutError | None:
        """Wait for a place among what is in flight. On a given client for as long as for anything else on it."""
        import asyncio

        if not self.wire.given or not self.places.locked():
            await self.places.acquire()
            return None
        try:
            async with asyncio.timeout(message.timeout):
                await self.places.acquire()
        except TimeoutError:
            text = f"no free connection within {message.timeout:g} s"
            return APITimeoutError(text, request=request, request_sent=False)
        return None

    async def run(self, exchange: Callable[[], Awaitable[Response | Exception]]) -> Response | Exception:
        """Run an exchange to its end, also if the caller is cancelled."""
        import asyncio

        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Response | Exception] = loop.create_future()
        # What `asyncio.shield` does, in one turn of the loop instead of two.
        self._tasks.add(loop.create_task(self._ended(exchange, outcome)))
        return await outcome

    async def _ended(
        self, exchange: Callable[[], Awaitable[Response | Exception]], outcome: asyncio.Future[Response | Exception]
    ) -> None:
        import asyncio

        try:
            result = await exchange()
        except Exception as error:
            result = error
        self._tasks.discard(asyncio.current_task())
        if not outcome.done():  # or nobody waits any more
            outcome.set_result(result)

    async def exchange(self, request: Request, message: Message, headers: Any) -> Response | Exception:
        """Send a message and read its answer, or tell what went wrong. Gives the place back at the end."""
        try:
            outcome = await self.wire.exchange(request, message, headers)
            if self.wire.is_exhausted(outcome) and len(self._tasks) == 1:
                await self.wire.renew()
            return outcome
        finally:
            self.places.release()

    async def close(self) -> None:
        """End what is in flight, and close the connections unless the client was given."""
        import asyncio

        await asyncio.sleep(0)  # what was begun a moment ago must be under way to be ended
        if self._tasks and self.wire.given:  # its connections are somebody's
            await asyncio.wait(self._tasks, timeout=GRACE)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING)
        if not self.wire.given:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING):
                    await self.wire.client.aclose()


class Connection:
    """What all views of a client share: the address, the pools, the limit.

    Args:
        base_url: The address up to `/api/v1`.
        rate_limit: What the account permits.
        http_client: A given client.
        max_response_bytes: How many bytes an answer may have.
    """

    def __init__(
        self, base_url: str, rate_limit: RateLimit | None, http_client: object | None, max_response_bytes: int
    ) -> None:
        try:
            read_url(base_url)
        except ValueError as error:
            raise ConfigurationError(f"base_url is not a URL: {error}") from None
        if type(max_response_bytes) is not int or max_response_bytes < 1:
            raise ConfigurationError(f"max_response_bytes must be 1 or more, not {max_response_bytes!r:.80}")
        self.base_url = base_url
        self.closed = False
        self._rate_limit = rate_limit
        self._most = max_response_bytes
        self._given = None if http_client is None else Wire(http_client, max_response_bytes)
        self._tls: ssl.SSLContext | None = None
        self._lock = Lock()
        self._pools: dict[asyncio.AbstractEventLoop, tuple[Pool, AsyncGenerator[None, None]]] = {}
        self._claims = False

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled, nor a connection; create a new client where you need one")

    def pool(self) -> Pool:
        """The pool of the running event loop, made at the first call: connections belong to a loop."""
        import asyncio

        loop = asyncio.get_running_loop()
        entry = self._pools.get(loop)
        if self.closed:
            raise RuntimeError("this client is closed")
        return self._open(loop) if entry is None else entry[0]

    def _open(self, loop: asyncio.AbstractEventLoop) -> Pool:
        pool = Pool(self._given or self._own())
        if self._rate_limit is not None:
            pool.limiter = self._bucket(self._rate_limit)
        # The guard knows the pool and no more, so that a client nobody has any more is gone at once.
        guard = at_loop_end(partial(_end, weakref.ref(self), loop, pool))
        with self._lock:
            closed = [each for each in self._pools if each.is_closed()]
            for each in closed:  # without telling their generators
                _discard(self._pools.pop(each)[0])
            self._pools[loop] = pool, guard
        return pool

    def _own(self) -> Wire:
        with self._lock:
            if self._tls is None:
                self._tls = tls()
        return Wire(None, self._most, self._tls)

    def _bucket(self, limit: RateLimit) -> Limiter:
        from . import _buckets  # bring aiolimiter, which nobody needs before the first call

        if not self._claims:
            self._claims = True
            weakref.finalize(self, _buckets.forget_idle_buckets).atexit = False
        return _buckets.get_bucket(self.base_url, limit, self)

    async def aclose(self) -> None:
        """Close the pools in all event loops, and let the account's limit be changed."""
        self.closed = True
        with self._lock:
            pools, self._pools = self._pools, {}
        for loop, (pool, guard) in pools.items():
            await _close(loop, pool, guard)
        if self._claims:
            from . import _buckets

            _buckets.release_claims(self)


async def _end(reference: weakref.ref[Connection], loop: asyncio.AbstractEventLoop, pool: Pool) -> None:
    """What happens at the end of an event loop, or of its client."""
    if (connection := reference()) is not None:
        with connection._lock:
            connection._pools.pop(loop, None)
    await pool.close()


async def _close(loop: asyncio.AbstractEventLoop, pool: Pool, guard: AsyncGenerator[None, None]) -> None:
    """Close a pool in its own event loop, wherever this is called."""
    import asyncio

    if loop is asyncio.get_running_loop():
        await guard.aclose()
    elif loop.is_closed():
        _discard(pool)
    elif loop.is_running():
        with suppress(RuntimeError, TimeoutError):  # it ends in this moment, and closes its pool itself
            closing = asyncio.run_coroutine_threadsafe(_closed(guard), loop)
            async with asyncio.timeout(GRACE + 2 * CLOSING):
                await asyncio.wrap_future(closing)
    # A loop that stands still closes the pool when it goes on or ends, as nobody holds the guard any more.


async def _closed(guard: AsyncGenerator[None, None]) -> None:
    await guard.aclose()


def _discard(pool: Pool) -> None:
    if not pool.wire.given:
        pool.wire.discard()
