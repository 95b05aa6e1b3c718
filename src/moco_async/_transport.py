"""The transport: sends requests with authentication, rate limiting, retries and typed errors.

The only module that knows httpx.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import isfinite
from typing import TYPE_CHECKING

import httpx

from . import __version__
from ._auth import Secret
from ._decoding import Decoder
from ._rate_limit import RateLimit
from ._request import Request, Response
from ._retry import delay_before_retry, is_document_pending, retry_after
from .errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    ConfigurationError,
    RateLimitError,
    error_from_response,
)

if TYPE_CHECKING:
    import asyncio

    from ._bucket import Bucket

__all__ = ["ASGITransport", "Connection", "ConnectionLost", "HTTPClient", "Middleware", "Options", "Send", "Transport"]

HTTPClient = httpx.AsyncClient
ASGITransport = httpx.ASGITransport
ConnectionLost = httpx.RemoteProtocolError
"""What httpx raises when a connection is cut; the sandbox raises it to simulate that."""

Send = Callable[[Request], Awaitable[Response]]
Middleware = Callable[[Request, Send], Awaitable[Response]]
"""Wraps every call: receives the request and the function that sends it, and returns the response."""

_log = logging.getLogger("moco_async")
_USER_AGENT = f"moco-async/{__version__}"

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What httpx raises before any byte of the request has been sent."""

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

    def __post_init__(self) -> None:
        if self.impersonate is not None and (type(self.impersonate) is not int or self.impersonate < 1):
            raise ConfigurationError(f"impersonate takes a user id, not {self.impersonate!r}")
        if type(self.max_retries) is not int or self.max_retries < 0:
            raise ConfigurationError(f"max_retries must be an integer, 0 or more, not {self.max_retries!r}")
        if type(self.timeout) not in (int, float) or not self.timeout > 0:
            raise ConfigurationError(f"timeout must be a number of seconds greater than 0, not {self.timeout!r}")


class Connection:
    """What all views of a client share: base URL, connection pool and rate limiter."""

    def __init__(self, base_url: str, rate_limit: RateLimit | None, http_client: HTTPClient | None) -> None:
        try:
            httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"base_url is not a valid URL: {error}") from None
        if http_client is not None and not isinstance(http_client, HTTPClient):
            raise ConfigurationError(f"http_client must be an httpx.AsyncClient, not {type(http_client).__name__}")
        self.base_url = base_url
        self._rate_limit = rate_limit
        self._given = http_client
        self._pool: HTTPClient | None = None
        self._loop: object = None
        self.closed = False

    @property
    def http(self) -> HTTPClient:
        """The connection pool, created at the first call: its TLS context costs more than everything else here.

        Connections belong to an event loop, so each loop gets its own pool.
        """
        if self.closed:
            raise RuntimeError("this client is closed; create a new one")
        if self._given is not None:
            return self._given
        if self._pool is None or self._loop is not _running_loop():
            self._loop = _running_loop()
            # A cookie of MOCO's load balancer would pin all requests to one of its servers.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._pool = HTTPClient(cookies=no_cookies)
        return self._pool

    def bucket(self) -> Bucket | None:
        """The account's rate limiter in the running event loop, if there is a limit."""
        if self._rate_limit is None:
            return None
        from ._bucket import get_bucket  # imports asyncio and aiolimiter, not needed before the first call

        return get_bucket(self.base_url, self._rate_limit)

    async def aclose(self) -> None:
        """Close the connection pool, unless it was given."""
        self.closed = True
        if self._pool is not None:
            await self._pool.aclose()


def _running_loop() -> asyncio.AbstractEventLoop:
    import asyncio  # loaded in any program that makes calls; importing this package does not load it

    return asyncio.get_running_loop()


def _now() -> float:
    return _running_loop().time()


async def _sleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


@dataclass(slots=True)
class _CallStats:
    """Timing and retry counts of one call."""

    begun: float = field(default_factory=_now)
    waited: float = 0.0
    retries: int = 0

    def elapsed(self) -> float:
        """Seconds since the call started, not counting waits for the rate limit."""
        return _now() - self.begun - self.waited


@dataclass(frozen=True)
class Transport:
    """The transport of one view of a client."""

    connection: Connection
    options: Options

    async def send(self, request: Request) -> Response:
        """Send a request through all middleware.

        Raises:
            APIConnectionError: there was no response.
            APIError: MOCO refused the request.
            TypeError, ValueError: the request cannot be encoded.
        """
        send: Send = self._send
        for middleware in reversed(self.options.middleware):
            send = partial(_call_middleware, middleware, send)
        return await send(request)

    async def _send(self, request: Request) -> Response:
        """Send a request, with retries where that is safe."""
        stats = _CallStats()
        outgoing = self._build_request(request)
        while True:
            try:
                response = await self._attempt(request, outgoing, stats)
            except (APIConnectionError, APIError) as error:
                delay = delay_before_retry(
                    request,
                    error,
                    retries=stats.retries,
                    max_retries=self.options.max_retries,
                    elapsed=stats.elapsed(),
                )
                if delay is None:
                    _log.info("%s failed in %s: %s", request.operation, _summary(stats), error)
                    raise
                if isinstance(error, RateLimitError) and self.connection.bucket() is not None:
                    delay = 0.0  # the bucket pauses, once for all calls
                _log.debug("%s: %s; retrying in %.1f s", request.operation, error, delay)
                stats.retries += not is_document_pending(request, error)
                await _sleep(delay)
            else:
                response.waited, response.retries = stats.waited, stats.retries
                if _log.isEnabledFor(logging.INFO):
                    _log.info("%s %d in %s", request.operation, response.status, _summary(stats))
                return response

    async def _attempt(self, request: Request, outgoing: httpx.Request, stats: _CallStats) -> Response:
        """Send a request once, in a slot of the rate limiter."""
        bucket = self.connection.bucket()
        if bucket is None:
            response = await self._send_once(request, outgoing)
        else:
            asked = _now()
            async with bucket.acquire() as slot:
                begun = _now()
                stats.waited += begun - asked
                try:
                    response = await self._send_once(request, outgoing)
                except APIConnectionError as error:
                    slot.sent = error.request_sent
                    raise
                slot.server_time = min(_parse_seconds(response.headers.get("x-runtime")), _now() - begun)
        if 200 <= response.status < 300:
            return response
        self.options.decoder.refused(request, response)
        refusal = error_from_response(
            request,
            response,
            retry_after=retry_after(response.headers.get("retry-after")),
            impersonating=self.options.impersonate is not None,
        )
        if bucket is not None and response.status == 429:
            bucket.pause(refusal.retry_after)
        raise refusal

    def _build_request(self, request: Request) -> httpx.Request:
        """Build the httpx request, without the parameters and cookies of a given client.

        Raises:
            TypeError, ValueError: it cannot be encoded.
        """
        try:
            url = httpx.URL(self.connection.base_url + request.target())
        except httpx.InvalidURL as error:
            raise ValueError(f"{request.operation} cannot be sent: {error}") from None
        return httpx.Request(
            request.method,
            url,
            headers=self._json_headers if request.body is not None else self._headers,
            content=request.content(),
            files=_multipart_files(request),
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.options.timeout)},
        )

    async def _send_once(self, request: Request, outgoing: httpx.Request) -> Response:
        """Send a request over HTTP.

        Raises:
            APIConnectionError: there was no response.
        """
        handled = sys.exception()
        try:
            # The key is in the headers; the `auth` of a given client would replace it.
            answer = await self.connection.http.send(outgoing, auth=None, follow_redirects=request.method == "GET")
        except httpx.TimeoutException as error:
            message = f"no response within {self.options.timeout:g} s ({type(error).__name__})"
            sent = _may_be_sent(outgoing, error)
            raise APITimeoutError(message, request=request, request_sent=sent) from _no_traceback(error, handled)
        except httpx.RequestError as error:
            message = f"no response ({type(error).__name__}{f': {error}' if str(error) else ''})"
            sent = _may_be_sent(outgoing, error)
            raise APIConnectionError(message, request=request, request_sent=sent) from _no_traceback(error, handled)
        return Response(answer.status_code, _lowercase_headers(answer.headers), answer.content)

    @cached_property
    def _headers(self) -> httpx.Headers:
        """The headers of every request of this view: those of a given client, and ours.

        httpx.Headers hides the key in its repr, which a dict would not.
        """
        headers = httpx.Headers(self.connection.http.headers)
        for name in _RESERVED_HEADERS:
            headers.pop(name, None)
        headers.update({"Accept": "application/json, */*;q=0.5", "User-Agent": _USER_AGENT})
        if self.options.authorization is not None:
            headers["Authorization"] = self.options.authorization.reveal()
        if self.options.impersonate is not None:
            headers["X-IMPERSONATE-USER-ID"] = str(self.options.impersonate)
        return headers

    @cached_property
    def _json_headers(self) -> httpx.Headers:
        headers = self._headers.copy()
        headers["Content-Type"] = "application/json"
        return headers


async def _call_middleware(middleware: Middleware, send: Send, request: Request) -> Response:
    return await middleware(request, send)


def _lowercase_headers(headers: httpx.Headers) -> dict[str, str]:
    """The headers by lower-case name, with repeated ones joined."""
    plain: dict[str, str] = {}
    for raw_name, raw_value in headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        plain[name] = f"{plain[name]}, {value}" if name in plain else value
    return plain


def _may_be_sent(outgoing: httpx.Request, error: httpx.RequestError) -> bool:
    # After a redirect another request fails; the first one was received.
    return not isinstance(error, _NEVER_SENT) or error.request is not outgoing


def _no_traceback(error: httpx.RequestError, handled: BaseException | None) -> httpx.RequestError:
    """The error without its traceback, whose locals hold the encoded request with the key.

    An exception the caller was already handling is at the end of the chain, and is left alone.
    """
    cause: BaseException | None = error
    while cause is not None and cause is not handled:
        cause.__traceback__ = None
        cause = cause.__cause__ or cause.__context__
    return error


def _parse_seconds(value: str | None) -> float:
    try:
        seconds = float(value or 0)
    except ValueError:
        return 0.0
    return max(seconds, 0.0) if isfinite(seconds) else 0.0


def _summary(stats: _CallStats) -> str:
    milliseconds = (_now() - stats.begun) * 1000
    return f"{milliseconds:.0f} ms (waited {stats.waited * 1000:.0f} ms, retries {stats.retries})"


def _multipart_files(request: Request) -> dict[str, tuple[str, bytes, str]] | None:
    if request.files is None:
        return None
    return {name: (file.filename, file.content, file.content_type) for name, file in request.files.items()}
