"""The way of a request to MOCO and back: a place in the bucket, the key, the wire, retries, errors.

This is the one module that knows httpx.
"""

from __future__ import annotations

import asyncio
import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from time import monotonic

import attrs
import httpx

from .auth import Secret
from .errors import APIConnectionError, APIError, APITimeoutError, ConfigurationError, ResponseError, error_of
from .messages import Request, Response
from .ratelimit import Bucket, RateLimit, bucket_of
from .retry import delay_before_retry, retry_after

__all__ = ["ASGITransport", "Connection", "HTTPClient", "Options", "Transport"]

HTTPClient = httpx.AsyncClient
ASGITransport = httpx.ASGITransport

_log = logging.getLogger("moco_async")
_USER_AGENT = f"moco-async/{version('moco-async')}"

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What httpx raises before a byte of the request has left."""


@attrs.frozen
class Options:
    """What one view of a client does differently from another."""

    authorization: Secret | None
    impersonate: int | None = None
    max_retries: int = 3
    timeout: float = 30.0
    strict: bool = False

    def __attrs_post_init__(self) -> None:
        if self.impersonate is not None and (type(self.impersonate) is not int or self.impersonate < 1):
            raise ConfigurationError(f"impersonate takes the id of a user, not {self.impersonate!r}")
        if type(self.max_retries) is not int or self.max_retries < 0:
            raise ConfigurationError(f"max_retries has to be 0 or more, not {self.max_retries!r}")
        if not isinstance(self.timeout, int | float) or not self.timeout > 0:
            raise ConfigurationError(f"timeout has to be seconds, more than 0, not {self.timeout!r}")


class Connection:
    """What all views of a client share: the address, the pool, the bucket."""

    def __init__(self, base_url: str, rate_limit: RateLimit | None, http_client: HTTPClient | None) -> None:
        self.base_url = base_url
        self._rate_limit = rate_limit
        self._given = http_client
        self._own: HTTPClient | None = None
        self.closed = False

    @property
    def http(self) -> HTTPClient:
        """The pool, made at the first call: its TLS context costs more than everything else here."""
        if self.closed:
            raise RuntimeError("this client is closed")
        if self._given is not None:
            return self._given
        if self._own is None:
            # A cookie of MOCO's load balancer would pin all requests to one of its servers.
            no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._own = HTTPClient(cookies=no_cookies)
        return self._own

    def bucket(self) -> Bucket | None:
        """The account's bucket in the running event loop, if there is a limit."""
        return None if self._rate_limit is None else bucket_of(self.base_url, self._rate_limit)

    async def aclose(self) -> None:
        """Close the pool, unless it was given."""
        self.closed = True
        if self._own is not None:
            await self._own.aclose()


@attrs.frozen
class Transport:
    """One view's way to MOCO."""

    connection: Connection
    options: Options

    async def send(self, request: Request) -> Response:
        """Send a request, again where that is safe, and return MOCO's answer.

        Raises:
            APIConnectionError: no answer came.
            APIError: MOCO refused.
        """
        bucket = self.connection.bucket()
        content = request.content()
        begun = monotonic()
        waited = 0.0
        attempt = 0
        while True:
            if bucket is not None:
                asked = monotonic()
                await bucket.take_place()
                waited += monotonic() - asked
            try:
                response = await self._attempt(request, content)
            except (APIConnectionError, APIError) as error:
                if isinstance(error, APIError) and error.status == 429 and bucket is not None:
                    bucket.pause(error.retry_after)
                    error.retry_after = 0.0  # the bucket waits, for everybody
                delay = delay_before_retry(request, error, attempt=attempt, elapsed=monotonic() - begun - waited)
                if delay is None or attempt >= self.options.max_retries:
                    _log.info("%s failed after %d retries: %s", request.operation, attempt, error)
                    raise
                _log.debug("%s: %s; again in %.1f s", request.operation, error, delay)
                attempt += 1
                await asyncio.sleep(delay)
            else:
                milliseconds = (monotonic() - begun) * 1000
                _log.info(
                    "%s %d in %.0f ms (waited %.0f ms, retries %d)",
                    request.operation, response.status, milliseconds, waited * 1000, attempt,
                )  # fmt: skip
                return response

    async def _attempt(self, request: Request, content: bytes | None) -> Response:
        try:
            answer = await self._exchange(request, content)
        except httpx.TimeoutException as error:
            raise APITimeoutError(
                f"no answer within {self.options.timeout:g} s ({type(error).__name__})",
                request=request,
                request_sent=not isinstance(error, _NEVER_SENT),
            ) from error
        except httpx.TransportError as error:
            raise APIConnectionError(
                f"no connection: {error}" if str(error) else f"no connection ({type(error).__name__})",
                request=request,
                request_sent=not isinstance(error, _NEVER_SENT),
            ) from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        response = Response(answer.status_code, headers, answer.content)
        if answer.is_success:
            return response
        raise error_of(
            request,
            response,
            retry_after=retry_after(headers.get("retry-after")),
            impersonating=self.options.impersonate is not None,
        )

    async def _exchange(self, request: Request, content: bytes | None) -> httpx.Response:
        http = self.connection.http
        try:
            return await http.send(
                http.build_request(
                    request.method,
                    self.connection.base_url + request.target(),
                    headers=self._headers(json=content is not None),
                    content=content,
                    files=_multipart(request),
                    timeout=self.options.timeout,
                ),
                auth=None,  # ours is in the headers; a given client's own would replace it
                follow_redirects=request.method == "GET",
            )
        except httpx.DecodingError as error:  # the answer is there, but its compression is broken
            broken = Response(0, {}, b"")
            raise ResponseError(f"the answer cannot be unpacked: {error}", request=request, response=broken) from error

    def _headers(self, *, json: bool) -> httpx.Headers:
        # httpx.Headers hides the key in its repr, which a dict would not.
        headers = httpx.Headers({"Accept": "application/json, */*;q=0.5", "User-Agent": _USER_AGENT})
        if self.options.authorization is not None:
            headers["Authorization"] = self.options.authorization.reveal()
        if self.options.impersonate is not None:
            headers["X-IMPERSONATE-USER-ID"] = str(self.options.impersonate)
        if json:
            headers["Content-Type"] = "application/json"
        return headers


def _multipart(request: Request) -> dict[str, tuple[str, bytes, str]] | None:
    if request.files is None:
        return None
    return {name: (file.filename, file.content, file.content_type) for name, file in request.files.items()}
