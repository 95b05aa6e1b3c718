"""The webhook receiver: verifies deliveries and dispatches their events in the background."""

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
from .signature import Headers, check_secrets, check_signature, normalize_headers

if TYPE_CHECKING:
    from .asgi import WebhookApp

__all__ = ["WebhookReceiver"]

_log = logging.getLogger("moco_async.webhooks")

GUARD_TIMEOUT = 5.0
"""Seconds that the replay guard may take, of the ten in which MOCO expects a response."""

OnFailure = Callable[[WebhookEvent[Any], BaseExceptionGroup[BaseException]], object]


class WebhookReceiver:
    """A receiver for the webhooks of an account, independent of the HTTP server.

    `parse` only verifies; `accept` also handles the event in the background; `asgi` is an application that does both.
    Use it with `async with`, or call `aclose()` at the end, which first handles what was accepted.

    Args:
        secrets: The signing key shown in MOCO's settings, or several while you rotate them.
        account: The subdomain of the account. Deliveries that name another account, or none, are rejected.
        replay_guard: Remembers deliveries, by default in this process; `None` handles repetitions like new ones.
        max_age: Reject bodies older than this, so that what the guard has forgotten cannot be replayed. MOCO itself
            delivers old ones after an outage of yours, and after too many rejections none at all.
        capacity: How many events may be accepted and not yet handled.
        concurrency: How many events are handled at the same time.
        on_failure: Called with an event and the exceptions of its handlers, which are also logged.

    Raises:
        ConfigurationError: a secret is missing or malformed, the account is empty, or a number is below 1.
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
        del secrets  # tracebacks can show locals
        # Set first: __repr__ needs them, and tracebacks of the checks below may call it.
        self._account = None if account is None else subdomain(account)
        self._pending: set[asyncio.Task[None]] = set()
        check_secrets(self._secrets)
        if account is not None and self._account is None:
            raise ConfigurationError(f"account must be a subdomain, not {account!r}")
        if capacity < 1 or concurrency < 1:
            raise ConfigurationError(f"capacity and concurrency must be 1 or more, not {capacity} and {concurrency}")
        self._guard = MemoryReplayGuard() if isinstance(replay_guard, Unset) else replay_guard
        self._max_age = max_age
        self._capacity = capacity
        self._concurrency = concurrency
        self._on_failure = on_failure
        self._router = Router()
        self._semaphore = asyncio.Semaphore(concurrency)
        self._closed = False

    @cached_property
    def asgi(self) -> WebhookApp:
        """An ASGI application that accepts the deliveries posted to it."""
        from .asgi import WebhookApp

        return WebhookApp(self)

    def on(self, target: str = "*", action: str = "*") -> Callable[[HandlerT], HandlerT]:
        """Register a handler: `@receiver.on("Activity", "create")`. `"*"` matches any target or action.

        All matching handlers run concurrently. Handlers that are not coroutine functions run in a thread.
        """
        return self._router.on(target, action)

    def parse(self, body: bytes, headers: Headers) -> WebhookEvent[Any]:
        """Verify a delivery and parse its event. Does not check whether it was seen before.

        Args:
            body: The raw body.
            headers: The headers, with names in any case, as strings or bytes, as a mapping or as pairs.

        Raises:
            WebhookError: it is not from MOCO, or malformed. Log the reason, but do not tell the sender.
            TypeError: the body is not bytes.
        """
        if not isinstance(body, bytes):
            raise TypeError(f"body must be the raw bytes, which the signature covers, not {type(body).__name__}")
        normalized = normalize_headers(headers)
        check_signature(body, normalized.get("x-moco-signature"), self._secrets)
        event = parse_event(body, normalized)
        if self._account is not None and event.account != self._account:
            raise WebhookError(f"the delivery is for account {event.account!r:.80}, not {self._account!r}")
        moment = event.updated_at or event.timestamp
        if self._max_age is not None and (moment is None or moment < datetime.now(UTC) - self._max_age):
            raise WebhookError(f"the delivery is from {moment}, which is too long ago (max_age is {self._max_age})")
        return event

    async def dispatch(self, event: WebhookEvent[Any]) -> None:
        """Call all handlers of an event concurrently, and wait for them.

        Raises:
            ExceptionGroup: some handlers failed. The others ran to completion.
        """
        await self._router.dispatch(event)

    async def accept(self, body: bytes, headers: Headers) -> bool:
        """Accept a delivery and handle it in the background. Respond with 2xx only after this returns.

        Returns:
            Whether it is new. A repetition is not handled again; respond to it in the same way.

        Raises:
            WebhookError: it is not from MOCO, or malformed. Respond with 400, and do not say why.
            WebhookOverloadedError: the receiver is at capacity or closed. Respond with 503.
        """
        event = self.parse(body, headers)
        if self._closed:
            raise WebhookOverloadedError("the receiver is closed")
        if len(self._pending) >= self._capacity:
            raise WebhookOverloadedError(f"{self._capacity} events are already pending")
        accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._process(event, accepted))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        # The caller may be cancelled. What the guard has admitted must still be handled: it will not be new again.
        return await asyncio.shield(accepted)

    async def _process(self, event: WebhookEvent[Any], accepted: asyncio.Future[bool]) -> None:
        new = await self._is_new(event)
        accepted.set_result(new)
        if new:
            async with self._semaphore:
                await self._handle(event)

    async def _is_new(self, event: WebhookEvent[Any]) -> bool:
        if self._guard is None:
            return True
        try:
            async with asyncio.timeout(GUARD_TIMEOUT):
                return await is_new(event, self._guard)
        except Exception:
            # The guard may have stored the event, so a repetition might not be new: better handled twice than never.
            _log.exception("the replay guard failed; treating %s %s %s as new", event.target, event.action, event.id)
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
            _log.exception("on_failure itself failed")

    async def aclose(self) -> None:
        """Stop accepting deliveries, and finish handling those accepted."""
        self._closed = True
        while self._pending:
            await asyncio.wait(self._pending)

    async def __aenter__(self) -> Self:
        self._semaphore = asyncio.Semaphore(self._concurrency)  # bound to the event loop in which it was first used
        self._closed = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<WebhookReceiver{f' of {self._account}' if self._account else ''}, {len(self._pending)} pending>"
