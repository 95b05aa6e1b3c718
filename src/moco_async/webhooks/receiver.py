"""The receiver of deliveries: verifies them, takes them, and has them handled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .._auth import Secret
from .._values import UNSET, Unset
from ..errors import ConfigurationError, WebhookError, WebhookOverloadedError
from .event import WebhookEvent, parse_event, subdomain
from .replay import MemoryReplayGuard, ReplayGuard, is_new
from .router import HandlerT, Router, call
from .signature import Headers, check_secrets, check_signature, plain

if TYPE_CHECKING:
    from .asgi import WebhookApp

__all__ = ["WebhookReceiver"]

_log = logging.getLogger("moco_async.webhooks")

GUARD_TIMEOUT = 5.0
"""Seconds that the replay guard may take of the ten that MOCO gives."""

OnFailure = Callable[[WebhookEvent[Any], BaseExceptionGroup[BaseException]], object]


class WebhookReceiver:
    """Receives the web hooks of an account, whatever carries them.

    `parse` only verifies; `accept` also has the event handled in the background; `asgi` is all of it as an
    application. Use it with `async with`, or call `aclose()` at the end: what was taken is handled first.

    Args:
        secrets: The signing key that MOCO's settings show, or several of them while they are being changed.
        account: The subdomain of the account. Deliveries that name another, or none, are refused.
        replay_guard: What remembers deliveries, by default this process; `None` handles repetitions like the rest.
        max_age: Refuse bodies older than this, so that what the guard has forgotten is not repeated. MOCO itself
            brings old ones after an outage of yours, and after too many refusals none at all.
        capacity: How many events may be taken and not yet handled.
        concurrency: How many of them are handled at the same time.
        on_failure: What is called with an event and the failures of its handlers. They are logged as well.

    Raises:
        ConfigurationError: there is no secret, or something that is none; the account has no name; a number is below 1.
    """

    def __init__(
        self,
        secrets: str | Iterable[str],
        *,
        account: str | None = None,
        replay_guard: ReplayGuard | Unset | None = UNSET,
        max_age: timedelta | None = None,
        capacity: int = 1000,
        concurrency: int = 10,
        on_failure: OnFailure | None = None,
    ) -> None:
        self._secrets = [Secret(text) for text in ([secrets] if isinstance(secrets, str) else secrets)]
        del secrets  # a traceback shows locals
        # These two first: the repr shows them, in a traceback of what follows as well.
        self._account = None if account is None else subdomain(account)
        self._under_way: set[asyncio.Task[None]] = set()
        check_secrets(self._secrets)
        if account is not None and self._account is None:
            raise ConfigurationError(f"account has to be a subdomain, not {account!r}")
        if capacity < 1 or concurrency < 1:
            raise ConfigurationError(f"capacity and concurrency have to be 1 or more, not {capacity} and {concurrency}")
        self._guard = MemoryReplayGuard() if isinstance(replay_guard, Unset) else replay_guard
        self._max_age = max_age
        self._capacity = capacity
        self._concurrency = concurrency
        self._on_failure = on_failure
        self._router = Router()
        self._turns = asyncio.Semaphore(concurrency)
        self._closed = False

    @cached_property
    def asgi(self) -> WebhookApp:
        """An ASGI application that takes the deliveries posted to it."""
        from .asgi import WebhookApp

        return WebhookApp(self)

    def on(self, target: str = "*", action: str = "*") -> Callable[[HandlerT], HandlerT]:
        """Register a function for events, as `@receiver.on("Activity", "create")`; `"*"` is any target or action.

        All functions that fit are called, side by side. Ordinary functions run in a thread.
        """
        return self._router.on(target, action)

    def parse(self, body: bytes, headers: Headers) -> WebhookEvent[Any]:
        """The event in a delivery, if MOCO signed it. Whether it was seen before is not asked here.

        Args:
            body: The body as it came, byte for byte.
            headers: Its headers, in any letter case, as text or bytes, as a mapping or as pairs.

        Raises:
            WebhookError: it is not MOCO's, or no delivery. What is wrong is for your logs; tell nobody outside.
            TypeError: the body is not bytes.
        """
        if not isinstance(body, bytes):
            raise TypeError(f"body has to be the bytes that came, of which the signature is, not {type(body).__name__}")
        given = plain(headers)
        check_signature(body, given.get("x-moco-signature"), self._secrets)
        event = parse_event(body, given)
        if self._account is not None and event.account != self._account:
            raise WebhookError(f"the delivery is of account {event.account!r:.80}, not of {self._account!r}")
        moment = event.updated_at or event.timestamp
        if self._max_age is not None and (moment is None or moment < datetime.now(UTC) - self._max_age):
            raise WebhookError(f"the delivery is of {moment}, which is too long ago")
        return event

    async def dispatch(self, event: WebhookEvent[Any]) -> None:
        """Call the functions registered for an event, and wait for all of them.

        Raises:
            ExceptionGroup: some failed. The others were not disturbed.
        """
        await self._router.dispatch(event)

    async def accept(self, body: bytes, headers: Headers) -> bool:
        """Take a delivery, to be handled in the background. Once this returns, answer 2xx; not before.

        Returns:
            Whether it is new. A repetition is not handled again, and answered like the rest.

        Raises:
            WebhookError: it is not MOCO's, or no delivery. Answer 400, and do not say why.
            WebhookOverloadedError: too many are under way, or the receiver is closing. Answer 503.
        """
        event = self.parse(body, headers)
        if self._closed:
            raise WebhookOverloadedError("the receiver is closed")
        if len(self._under_way) >= self._capacity:
            raise WebhookOverloadedError(f"{self._capacity} events are under way already")
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._take(event, taken))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # Who asks may hang up. What the guard has seen must be handled all the same: it will not be new again.
        return await asyncio.shield(taken)

    async def _take(self, event: WebhookEvent[Any], taken: asyncio.Future[bool]) -> None:
        new = await self._is_new(event)
        taken.set_result(new)
        if new:
            async with self._turns:
                await self._handle(event)

    async def _is_new(self, event: WebhookEvent[Any]) -> bool:
        if self._guard is None:
            return True
        try:
            async with asyncio.timeout(GUARD_TIMEOUT):
                return await is_new(event, self._guard)
        except Exception:
            # Should it have remembered the event, a repetition would not be new: better handled twice than never.
            _log.exception("the replay guard failed; %s %s %s is taken as new", event.target, event.action, event.id)
            return True

    async def _handle(self, event: WebhookEvent[Any]) -> None:
        try:
            await self.dispatch(event)
        except BaseExceptionGroup as failures:
            _log.error("handling %s %s %s failed", event.target, event.action, event.id, exc_info=failures)
            await self._report(event, failures)

    async def _report(self, event: WebhookEvent[Any], failures: BaseExceptionGroup[BaseException]) -> None:
        try:
            if self._on_failure is not None:
                await call(self._on_failure, event, failures)
        except Exception:
            _log.exception("on_failure failed itself")

    async def aclose(self) -> None:
        """Take nothing more, and finish what was taken."""
        self._closed = True
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def __aenter__(self) -> Self:
        self._turns = asyncio.Semaphore(self._concurrency)  # it belongs to the event loop it was first waited for in
        self._closed = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<WebhookReceiver{f' of {self._account}' if self._account else ''}, {len(self._under_way)} under way>"
