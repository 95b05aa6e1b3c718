"""The way of a request to MOCO and back: a slot of the rate limit, the key, the wire, redirects, retries, errors."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import isfinite
from typing import Any

from . import __version__
from ._auth import AuthScheme, Secret
from ._decoding import Decoder
from ._http import (
    AnyHTTPClient,
    ASGITransport,
    ConnectionLost,
    HTTPClient,
    Message,
    multipart_content_type,
)
from ._inflate import ACCEPTED
from ._limiter import Refused, Slot
from ._pool import Connection, Pool
from ._redirects import MOST_REDIRECTS, Redirect, is_redirect, redirect, shown
from ._request import Request, Response
from ._retry import delay_before_retry, is_document_pending, retry_after
from ._values import UNSET
from .errors import (
    APIConnectionError,
    APIError,
    ConfigurationError,
    MocoError,
    NotFoundError,
    RateLimitError,
    ResponseError,
    ServerError,
    error_from_refusal,
    error_from_response,
)
from .files import File

__all__ = [
    "ASGITransport",
    "AnyHTTPClient",
    "Connection",
    "ConnectionLost",
    "HTTPClient",
    "Middleware",
    "Options",
    "Send",
    "Transport",
]

Send = Callable[[Request], Awaitable[Response]]
Middleware = Callable[[Request, Send], Awaitable[Response]]
"""Wraps every call: receives the request and the function that sends it, and returns the response."""

_log = logging.getLogger("moco_async")
_USER_AGENT = f"moco-async/{__version__}"

_RESERVED_HEADERS = ("Authorization", "X-IMPERSONATE-USER-ID", "Content-Type")
"""Headers not taken over from a given client: they would change the identity or the format of a request."""


@dataclass(frozen=True)
class Options:
    """The options in which the views of a client may differ."""

    authorization: Secret | None
    impersonate: int | None = None
    max_retries: int = 3
    timeout: float = 30.0
    decoder: Decoder = field(default_factory=Decoder)
    middleware: tuple[Middleware, ...] = ()
    auth: AuthScheme = "token"
    rate_limit_timeout: float | None = None
    extra_query: Mapping[str, Any] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.impersonate is not None and (type(self.impersonate) is not int or self.impersonate < 1):
            raise ConfigurationError(f"impersonate takes a user id, not {self.impersonate!r}")
        if type(self.max_retries) is not int or self.max_retries < 0:
            raise ConfigurationError(f"max_retries must be 0 or more, not {self.max_retries!r}")
        if type(self.timeout) not in (int, float) or not 0 < self.timeout < float("inf"):
            raise ConfigurationError(f"timeout must be seconds, more than 0, not {self.timeout!r}")
        patience = self.rate_limit_timeout
        if patience is not None and (type(patience) not in (int, float) or not patience >= 0):
            raise ConfigurationError(f"rate_limit_timeout must be seconds or None, not {patience!r}")
        for name in ("extra_query", "extra_body"):
            extra = getattr(self, name)
            if not isinstance(extra, Mapping) or not all(isinstance(key, str) for key in extra):
                raise ConfigurationError(f"{name} must be a mapping with names as keys, not {type(extra).__name__}")


def _now() -> float:
    import asyncio  # whoever calls has it; whoever only imports this package need not

    return asyncio.get_running_loop().time()


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


@dataclass(slots=True)
class _Call:
    """How a call goes.

    Attributes:
        begun: When it began.
        waited: Seconds it waited for slots.
        retries: How often it was sent again.
        reached: Whether MOCO may have received one of its requests.
        maybe_done: Whether one of them may have been carried out, though its answer did not say so.
        failure: Why it is sent again.
    """

    begun: float = field(default_factory=_now)
    waited: float = 0.0
    retries: int = 0
    reached: bool = False
    maybe_done: bool = False
    failure: MocoError | None = None

    def elapsed(self) -> float:
        """Seconds since the call began, the waiting for slots left out."""
        return _now() - self.begun - self.waited

    def failed(self, error: MocoError) -> None:
        """Note how an attempt failed."""
        self.reached |= getattr(error, "request_sent", True)
        self.maybe_done |= isinstance(error, ServerError)
        self.maybe_done |= isinstance(error, APIConnectionError) and error.request_sent
        self.failure = error

    def summary(self) -> str:
        """How it went, for the log."""
        milliseconds = (_now() - self.begun) * 1000
        return f"{milliseconds:.0f} ms (waited {self.waited * 1000:.0f} ms, retries {self.retries})"


@dataclass(frozen=True)
class Transport:
    """The transport of one view of a client."""

    connection: Connection
    options: Options

    async def send(self, request: Request) -> Response:
        """Send a request through all middleware.

        Raises:
            APIConnectionError: there was no response.
            APIError: MOCO refused.
            ResponseError: the answer is too large.
            TypeError, ValueError: it cannot be sent.
        """
        send: Send = self._send
        for middleware in reversed(self.options.middleware):
            send = partial(_call_middleware, middleware, send)
        if self.options.extra_query or self.options.extra_body:
            request = self._extended(request)
        return await send(request)

    async def _send(self, request: Request) -> Response:
        """Send a request, again where that is safe."""
        call, message = _Call(), self._message(request)
        while True:
            outcome = await self._attempt(request, message, call)
            if isinstance(outcome, NotFoundError) and call.maybe_done and request.method == "DELETE":
                outcome = Response(204, {}, b"")  # it was done the first time, whose answer was lost
            if isinstance(outcome, Response):
                outcome.waited, outcome.retries = call.waited, call.retries
                if _log.isEnabledFor(logging.INFO):
                    _log.info("%s %d in %s", request.operation, outcome.status, call.summary())
                return outcome
            delay = self._delay_before_retry(request, outcome, call)
            if delay is None:
                try:
                    raise _final(request, outcome, call)
                finally:
                    del outcome  # or it would hold itself, through this frame
            await _sleep(delay)

    def _delay_before_retry(self, request: Request, error: Exception, call: _Call) -> float | None:
        """Seconds until another attempt, `None` if there must be none."""
        if not isinstance(error, APIConnectionError | APIError) or self.connection.closed:
            return None
        if isinstance(error, RateLimitError) and not error.request_sent:  # refused on our side
            return None
        call.failed(error)
        delay = delay_before_retry(
            request, error, retries=call.retries, max_retries=self.options.max_retries, elapsed=call.elapsed()
        )
        if delay is None:
            return None
        if isinstance(error, RateLimitError) and self.connection.pool().limiter is not None:
            delay = 0.0  # the limiter waits, once, for everybody
        _log.log(logging.INFO if delay > 1 else logging.DEBUG, "%s; retrying in %.1f s", error, delay)
        call.retries += not is_document_pending(request, error)
        return delay

    async def _attempt(self, request: Request, message: Message, call: _Call) -> Response | Exception:
        """Send a request once, and follow where its answer leads. What is returned instead of an answer, is why."""
        outcome, elsewhere, hops, asked = await self._exchange(request, message, call), False, 0, {message.url}
        while isinstance(outcome, Response) and is_redirect(request, outcome):
            target = redirect(request, message.url, outcome.headers["location"], elsewhere=elsewhere)
            hops += 1
            if isinstance(target, Redirect) and (target.url in asked or hops > MOST_REDIRECTS):
                target = f"redirected in a circle, or too often: {shown(target.url)}"
            if isinstance(target, str):
                return _misled(request, target)
            try:
                address = self.connection.pool().wire.read_url(target.url)
            except ValueError:
                return _misled(request, f"redirected to what is not an address: {shown(target.url)}")
            message, elsewhere = Message("GET", target.url, address, self.options.timeout), target.elsewhere
            asked.add(target.url)
            outcome = await (self._fetch(request, message) if elsewhere else self._exchange(request, message, call))
            if isinstance(outcome, APIConnectionError):
                outcome.request_sent = True  # the first request was
                outcome.message = f"redirected to {shown(message.url)}: {outcome.message}"
                outcome.args = (outcome.message,)
        if not isinstance(outcome, Response) or 200 <= outcome.status < 300:
            return outcome
        if elsewhere:
            permanent = outcome.status < 500
            return _misled(request, f"redirected to {shown(message.url)}, which answered {outcome.status}", permanent)
        self.options.decoder.refused(request, outcome)
        impersonating = self.options.impersonate is not None
        asked_for = retry_after(outcome.headers.get("retry-after"))
        return error_from_response(request, outcome, retry_after=asked_for, impersonating=impersonating)

    async def _exchange(self, request: Request, message: Message, call: _Call) -> Response | Exception:
        """Send a message to MOCO, in a slot of the rate limit."""
        pool = self.connection.pool()
        slot = None
        if pool.limiter is not None:
            asked = _now()
            acquired = await pool.limiter.acquire(
                max_wait=self.options.rate_limit_timeout, on_wait=partial(_log_wait, request)
            )
            call.waited += _now() - asked
            if isinstance(acquired, Refused):
                return error_from_refusal(request, acquired.seconds, acquired.reason)
            slot = acquired
        entered = False
        try:
            if (crowded := await pool.enter(request, message)) is not None:
                return crowded
            entered = True
        finally:
            if slot is not None and not entered:
                slot.sent = False
                await slot.release()
        return await pool.run(partial(self._in_slot, pool, slot, request, message))

    async def _in_slot(self, pool: Pool, slot: Slot | None, request: Request, message: Message) -> Response | Exception:
        """One exchange, which gives back what it holds when it has really ended, whoever still waits for it."""
        begun = _now()
        try:
            outcome = await pool.exchange(request, message, self._headers)
            if slot is not None and pool.limiter is not None:
                if isinstance(outcome, Response):
                    slot.server_time = min(_seconds(outcome.headers.get("x-runtime")), _now() - begun)
                    if outcome.status == 429:
                        await pool.limiter.pause(retry_after(outcome.headers.get("retry-after")))
                elif isinstance(outcome, APIConnectionError):
                    slot.sent = outcome.request_sent
            return outcome
        finally:
            if slot is not None:
                await slot.release()

    async def _fetch(self, request: Request, message: Message) -> Response | Exception:
        """Fetch a file from where MOCO stores it, which learns nothing of us."""
        pool = self.connection.pool()
        if (crowded := await pool.enter(request, message)) is not None:
            return crowded
        return await pool.run(partial(pool.exchange, request, message, None))

    def _message(self, request: Request) -> Message:
        """The request as it goes over the wire.

        Raises:
            TypeError, ValueError: it cannot be encoded.
        """
        url, wire = self.connection.base_url + request.target(), self.connection.pool().wire
        try:
            address = wire.read_url(url)
        except ValueError as error:
            raise ValueError(f"{request.operation} cannot be sent: {error}") from None
        method, timeout = request.method, self.options.timeout
        if request.files is not None:
            return Message(method, url, address, timeout, None, _multipart(request.files), multipart_content_type())
        content = request.content()
        return Message(method, url, address, timeout, content, None, None if content is None else "application/json")

    def _extended(self, request: Request) -> Request:
        """The request with what this view adds. What the call itself says counts more."""
        body = request.body if request.body is None else {**self.options.extra_body, **_given(request.body)}
        query = {name: value for name, value in _given(request.params).items() if value is not None}
        return Request(
            request.operation,
            request.method,
            request.path,
            params={**self.options.extra_query, **query},
            body=body,
            files=request.files,
            idempotent=request.idempotent,
        )

    @cached_property
    def _headers(self) -> Any:
        """What every request of this view carries: what a given client has of its own, and ours.

        The library's own type hides the key in its repr, which a dict would not.
        """
        ours = {
            "Accept": "application/json, */*;q=0.5",
            "Accept-Encoding": ACCEPTED,
            "User-Agent": _USER_AGENT,
        }
        headers = self.connection.pool().wire.headers(ours, _RESERVED_HEADERS)
        if self.options.authorization is not None:
            headers["Authorization"] = self.options.authorization.reveal()
        if self.options.impersonate is not None:
            headers["X-IMPERSONATE-USER-ID"] = str(self.options.impersonate)
        return headers


async def _call_middleware(middleware: Middleware, send: Send, request: Request) -> Response:
    return await middleware(request, send)


def _final(request: Request, error: Exception, call: _Call) -> Exception:
    """The error that ends a call: what it knows of the attempts before."""
    if isinstance(error, RateLimitError) and not error.request_sent and call.failure is not None:
        error = call.failure  # there is no slot to try it again
    call.failure = None
    if isinstance(error, APIConnectionError | APIError | ResponseError):
        error.retries = call.retries
        _log.info("%s failed in %s: %s", request.operation, call.summary(), error)
    if isinstance(error, APIConnectionError):
        error.request_sent |= call.reached
    if isinstance(error, APIError) and call.maybe_done and request.method != "GET" and error.hint is None:
        error.hint = "It was sent again after an answer was lost: the first time it may have been carried out."
    return error


def _misled(request: Request, message: str, permanent: bool = True) -> APIConnectionError:
    error = APIConnectionError(message, request=request, request_sent=True)
    error.permanent = permanent
    return error


def _log_wait(request: Request, seconds: float, reason: str) -> None:
    if seconds > 1:
        _log.info("%s waits for %.1f s: %s", request.operation, seconds, reason)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not UNSET}


def _seconds(value: str | None) -> float:
    try:
        seconds = float(value or 0)
    except ValueError:
        return 0.0
    return max(seconds, 0.0) if isfinite(seconds) else 0.0


def _multipart(files: Mapping[str, File]) -> dict[str, tuple[str, bytes, str]]:
    return {name: (file.filename, file.content, file.content_type) for name, file in files.items()}
