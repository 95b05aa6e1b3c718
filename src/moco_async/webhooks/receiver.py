"""The webhook receiver: verifies deliveries and dispatches their events, in the background or before it returns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Self

from .._auth import Secret
from .._values import UNSET, Unset
from ..errors import ConfigurationError, WebhookError, WebhookOverloadedError
from .asgi import WebhookApp
from .event import WebhookEvent, parse_event, subdomain
from .replay import MemoryReplayGuard, RedisReplayGuard, Repetitions, ReplayGuard
from .router import HandlerT, Router
from .runner import GRACE, run
from .settings import check_counts, check_guard, check_seconds
from .signature import Headers, check_secrets, check_signature, normalize_headers

__all__ = ["WebhookReceiver"]

_log = logging.getLogger("moco_async.webhooks")

# In seconds. MOCO expects a response in ten, and Kubernetes kills a process 30 after asking it to end.
GUARD_TIMEOUT = 5.0
REPORT_TIMEOUT = 10.0
PENDING_DELAYS = [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 0]

LEASE_MARGIN = timedelta(seconds=30)
LONGEST_LEASE = timedelta(minutes=15)  # if handlers may take any time: the longest run of an AWS Lambda

OnFailure = Callable[[WebhookEvent[Any], BaseExceptionGroup[BaseException]], object]


class WebhookReceiver:
    """A receiver for the webhooks of an account, independent of the HTTP server.

    `parse` only verifies; `accept` also handles the event in the background, `handle` before it returns, for serverless
    functions; `asgi` is an application that accepts. Use it with `async with`, or call `aclose()` at the end.

    Args:
        secrets: The signing key shown in MOCO's settings, or several while you rotate them.
        account: The subdomain of the account. Deliveries that name another account, or none, are rejected.
        replay_guard: Remembers deliveries, by default in this process; `None` handles repetitions like new ones.
        max_age: Reject bodies older than this, so that what the guard has forgotten cannot be replayed. MOCO itself
            delivers old ones after an outage of yours, and after too many rejections none at all.
        capacity: How many events may be accepted and not yet handled.
        concurrency: How many events are handled at the same time.
        handler_timeout: Seconds until a handler is cancelled and counts as failed; `None` for never. A thread cannot be
            cancelled: it goes on, but nothing waits for it.
        close_timeout: Seconds that `aclose` waits for events that were accepted; `None` for any time.
        on_failure: Called with an event and the exceptions of its handlers, which are also logged. It has ten seconds.

    Raises:
        ConfigurationError: a secret is missing or malformed, the account is empty, or a number is out of range.
        TypeError: the replay guard is not one.
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
        handler_timeout: float | None = 300,
        close_timeout: float | None = 25,
        on_failure: OnFailure | None = None,
    ) -> None:
        self._secrets = [Secret(text) for text in ([secrets] if isinstance(secrets, str) else secrets or [])]
        del secrets  # tracebacks can show locals
        # Set first: __repr__ needs them, and tracebacks of the checks below may call it.
        self._account = None if account is None else subdomain(account)
        self._pending: dict[asyncio.Task[Any], WebhookEvent[Any]] = {}
        check_secrets(self._secrets)
        if account is not None and self._account is None:
            raise ConfigurationError(f"account must be a subdomain, not {account!r}")
        check_counts(capacity=capacity, concurrency=concurrency)
        self._guard = MemoryReplayGuard() if isinstance(replay_guard, Unset) else replay_guard
        check_guard(self._guard)
        self._max_age = max_age
        self._capacity = capacity
        self._concurrency = concurrency
        self._close_timeout = check_seconds("close_timeout", close_timeout, least=0)
        self._on_failure = on_failure
        seconds = check_seconds("handler_timeout", handler_timeout)
        self._router = Router(seconds)
        lease = LONGEST_LEASE if seconds is None else timedelta(seconds=seconds) + LEASE_MARGIN
        self._repetitions = Repetitions(self._guard, lease)
        self._slots: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None
        self._closed = False

    @cached_property
    def asgi(self) -> WebhookApp:
        """An ASGI application that accepts the deliveries posted to it."""
        return WebhookApp(self)

    def on(self, target: str = "*", action: str = "*") -> Callable[[HandlerT], HandlerT]:
        """Register a handler: `@receiver.on("Activity", "create")`. `"*"` matches any target or action.

        All matching handlers run concurrently. Handlers that are not coroutine functions run in a thread. A name that
        MOCO has added since is `Unrecognized("...")`, from `moco_async`.

        Raises:
            ValueError: MOCO has no such target or action.
            TypeError: the parentheses are missing, or the handler cannot be called with an event.
        """
        return self._router.on(target, action)

    def parse(self, body: bytes, headers: Headers) -> WebhookEvent[Any]:
        """Verify a delivery and parse its event. Does not check whether it was seen before.

        Args:
            body: The raw body.
            headers: The headers: a mapping or pairs, of strings or bytes, or with lists as API gateways have them.

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
            ExceptionGroup: some handlers failed or took too long. The others ran to completion.
        """
        if failures := await self._router.call_handlers(event):
            raise failures

    async def accept(self, body: bytes, headers: Headers) -> bool:
        """Accept a delivery and handle it in the background. Respond with 2xx only after this returns.

        Returns whether it is new. A repetition is not handled again; respond to it in the same way.

        Raises:
            WebhookError: it is not from MOCO, or malformed. Respond with 400, and do not say why.
            WebhookOverloadedError: the receiver is at capacity or closed. Respond with 503.
        """
        event = self._parse_if_open(body, headers)
        accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._start(event, self._accept(event, accepted))
        # The caller may be cancelled. What the guard has admitted must still be handled: it will not be new again.
        return await asyncio.shield(accepted)

    async def handle(self, body: bytes, headers: Headers) -> bool:
        """Handle a delivery before this returns. MOCO waits ten seconds for the response.

        If a handler fails, or this is cancelled, the delivery is forgotten: it is new when MOCO sends it again.

        Returns whether it is new. A repetition is not handled again; respond to it in the same way, with 2xx.

        Raises:
            WebhookError: it is not from MOCO, or malformed. Respond with 400, and do not say why.
            WebhookOverloadedError: the receiver is at capacity or closed, or already handling it. Respond with 503.
            ExceptionGroup: some handlers failed or took too long. Respond with 500, and all will be called again.
        """
        event = self._parse_if_open(body, headers)
        task = self._start(event, self._handle(event))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})  # until it is forgotten
            raise
        if task.cancelled():
            raise WebhookOverloadedError("the receiver was closed before the event was handled")
        return bool(task.result())

    def _parse_if_open(self, body: bytes, headers: Headers) -> WebhookEvent[Any]:
        event = self.parse(body, headers)
        if self._closed:
            raise WebhookOverloadedError("the receiver is closed")
        if len(self._pending) >= self._capacity:
            raise WebhookOverloadedError(f"{self._capacity} events are already pending")
        return event

    def _start(self, event: WebhookEvent[Any], work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._pending[task] = event
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        del self._pending[task]
        if not task.cancelled():
            task.exception()  # retrieved, also if nobody waits for it anymore

    async def _accept(self, event: WebhookEvent[Any], accepted: asyncio.Future[bool]) -> None:
        try:
            new = await self._repetitions.admit(event, GUARD_TIMEOUT)
        except asyncio.CancelledError:
            accepted.set_exception(WebhookOverloadedError("the receiver was closed"))
            await self._repetitions.forget(event, GUARD_TIMEOUT)
            raise
        accepted.set_result(new)
        if new:
            async with self._slot():
                await self._dispatch(event)

    async def _handle(self, event: WebhookEvent[Any]) -> bool:
        async with self._slot():
            if not await self._claim(event):
                return False
            try:
                failures = await self._dispatch(event)
            except asyncio.CancelledError:
                await self._repetitions.forget(event, GUARD_TIMEOUT)
                raise
            if failures is None:
                await self._repetitions.confirm(event, GUARD_TIMEOUT)
                return True
            await self._repetitions.forget(event, GUARD_TIMEOUT)
            raise _only_exceptions(failures)

    def _slot(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()  # a serverless function may have one per call
        if self._slots is None or self._slots[0] is not loop:
            self._slots = loop, asyncio.Semaphore(self._concurrency)
        return self._slots[1]

    async def _claim(self, event: WebhookEvent[Any]) -> bool:
        """Wait until nobody else handles the event, and return whether it still has to be handled."""
        for delay in PENDING_DELAYS:
            if (known := await self._repetitions.claim(event, GUARD_TIMEOUT)) != "pending":
                return known == "new"
            await asyncio.sleep(delay)
        raise WebhookOverloadedError("another delivery of the event is still being handled")

    async def _dispatch(self, event: WebhookEvent[Any]) -> BaseExceptionGroup[BaseException] | None:
        failures = await self._router.call_handlers(event)
        if failures is not None:
            await self._report("handling %s %s %s failed", event, failures)
        return failures

    async def _report(self, what: str, event: WebhookEvent[Any], failures: BaseExceptionGroup[BaseException]) -> None:
        _log.error(what, event.target, event.action, event.id, exc_info=failures)
        if self._on_failure is not None:
            _, error = await run(self._on_failure, event, failures, seconds=REPORT_TIMEOUT)
            if error is not None:
                _log.error("on_failure itself failed", exc_info=error)

    async def aclose(self) -> None:
        """Stop accepting deliveries, and finish handling those accepted.

        Events that are not handled within `close_timeout` are cancelled, logged, and passed to `on_failure`. This adds
        at most 25 seconds, if handlers ignore being cancelled and the replay guard and `on_failure` hang.
        """
        self._closed = True
        loop = asyncio.get_running_loop()
        end = None if self._close_timeout is None else loop.time() + self._close_timeout
        while self._pending and (end is None or loop.time() < end):
            await asyncio.wait(self._pending, timeout=None if end is None else end - loop.time())
        if left := dict(self._pending):
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=GRACE + GUARD_TIMEOUT)
            failure = BaseExceptionGroup("closing cut off handlers", [TimeoutError("the receiver was closed")])
            cut_off = [event for task, event in left.items() if not task.done() or task.cancelled()]
            await asyncio.gather(*(self._report("closing cut off %s %s %s", event, failure) for event in cut_off))
        if isinstance(self._guard, RedisReplayGuard):
            await run(self._guard.aclose, seconds=GUARD_TIMEOUT)

    async def __aenter__(self) -> Self:
        self._closed = False
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<WebhookReceiver{f' of {self._account}' if self._account else ''}, {len(self._pending)} pending>"


def _only_exceptions(failures: BaseExceptionGroup[BaseException]) -> ExceptionGroup[Exception]:
    """The group with errors in place of what `except Exception` lets pass, such as SystemExit."""
    raised = failures.exceptions
    errors = [each if isinstance(each, Exception) else RuntimeError(f"a handler raised {each!r}") for each in raised]
    return ExceptionGroup(failures.message, errors)
