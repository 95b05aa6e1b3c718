"""One request and its answer on the wire. This is the one module that knows the HTTP library: httpx, or a given httpx2.

What goes wrong here is returned instead of raised. A traceback would lead through frames of the library, whose locals
hold the request as it was written, with the key.
"""

from __future__ import annotations

import os
import socket
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpx

from ._inflate import Inflate, can_inflate
from ._request import Request, Response
from .errors import APIConnectionError, APITimeoutError, ConfigurationError, ResponseError

if TYPE_CHECKING:
    import ssl

__all__ = [
    "ASGITransport",
    "AnyHTTPClient",
    "ConnectionLost",
    "HTTPClient",
    "Message",
    "Wire",
    "multipart_content_type",
    "read_url",
    "tls",
]

HTTPClient = httpx.AsyncClient
ASGITransport = httpx.ASGITransport
ConnectionLost = httpx.RemoteProtocolError
"""What the library raises when a connection is cut; the sandbox does, to cut one."""

MOST_AT_ONCE = 100
"""Requests in flight in one event loop; who comes later waits."""

KEPT_ALIVE = 20
"""Idle connections that a pool keeps."""

_OURS = "moco_async"
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")
_LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "anyio", "zlib"}
_NO_SUCH_HOST = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}


class AnyHTTPClient(Protocol):
    """An `AsyncClient` of httpx or of httpx2."""

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        ...

    async def send(self, request: Any, *, stream: bool = False, auth: Any = None, follow_redirects: Any = False) -> Any:
        """Send a request."""
        ...

    async def aclose(self) -> None:
        """Close its connections."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What goes over the wire, but for the headers, which hold the key."""

    method: str
    url: str
    address: Any = field(repr=False)
    """The URL as the library has read it."""
    timeout: float
    content: bytes | None = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    content_type: str | None = None

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.url).hostname or ""


@lru_cache(maxsize=128)  # the library takes longer for it than everything else here together
def read_url(url: str, library: Any = httpx) -> Any:
    """An address as the library has it.

    Raises:
        ValueError: it cannot be sent.
    """
    try:
        return library.URL(url)
    except library.InvalidURL as error:
        reason = str(error)
    raise ValueError(reason)


def multipart_content_type() -> str:
    """The type of a body of several parts, with a boundary of its own: it is the same when it is sent again."""
    return f"multipart/form-data; boundary={os.urandom(16).hex()}"


def tls() -> ssl.SSLContext:
    """The certificates, which cost more than everything else here, and which all event loops can share."""
    return httpx.create_ssl_context()


def _library_of(client: object) -> Any:
    """The library that a client is of; that of a given client is imported already."""
    for name in ("httpx", "httpx2"):
        library = sys.modules.get(name)
        if library is not None and isinstance(client, library.AsyncClient):
            return library
    kind = type(client).__name__
    raise ConfigurationError(f"http_client must be an httpx.AsyncClient, or one of httpx2, not {kind}")


class Wire:
    """An HTTP client, and what can be sent through it.

    Args:
        client: A given client; without one, it is one of our own.
        most: How many bytes an answer may have.
        context: The certificates of our own client.
    """

    def __init__(self, client: Any, most: int, context: ssl.SSLContext | None = None) -> None:
        self.given = client is not None
        self.most = most
        self._context = context
        self.client: Any = self._own() if client is None else client
        self._library = _library_of(self.client)
        if _hide_location not in self.client.event_hooks["response"]:
            self.client.event_hooks["response"].append(_hide_location)

    def _own(self) -> HTTPClient:
        # A cookie of MOCO's load balancer would pin all requests to one of its servers.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        # Without an upper bound: how many there are is up to the rate limit and the pool.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=KEPT_ALIVE)
        hooks = {"response": [_hide_location]}
        return HTTPClient(cookies=no_cookies, limits=limits, verify=self._context or True, event_hooks=hooks)

    def read_url(self, url: str) -> Any:
        """An address as the library has it.

        Raises:
            ValueError: it cannot be sent.
        """
        return read_url(url, self._library)

    def headers(self, ours: Mapping[str, str], reserved: tuple[str, ...] = ()) -> Any:
        """What a given client has of its own but for what is reserved, and ours; a type that hides the key."""
        headers = self._library.Headers(self.client.headers if self.given else None)
        for name in reserved:
            headers.pop(name, None)
        headers.update(ours)
        return headers

    async def renew(self) -> None:
        """Begin anew with a client of our own that believes all its connections are in use, while none is."""
        former, self.client = self.client, self._own()
        await former.aclose()

    async def exchange(self, request: Request, message: Message, headers: Any) -> Response | Exception:
        """Send a message and read the answer; what is returned instead of an answer is what went wrong."""
        import asyncio  # whoever calls has it; whoever only imports this package need not

        extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), message.timeout), _OURS: True}
        try:
            if message.content_type is not None:
                headers = headers.copy()
                headers["Content-Type"] = message.content_type
            outgoing = self._library.Request(
                message.method,
                message.address,
                headers=headers,
                content=message.content,
                files=message.files,
                extensions=extensions,
            )
            # The key is in the headers; a given client's own `auth` would replace it.
            answer = await self.client.send(outgoing, stream=True, auth=None, follow_redirects=False)
            if answer.is_stream_consumed:  # a transport without a wire has read and decoded it
                return self._bounded(request, Response(answer.status_code, _plain(answer), answer.content))
            try:
                return await self._read(request, answer)
            finally:
                if not answer.is_closed:
                    await answer.aclose()
        except asyncio.CancelledError:  # nobody's but ours: callers are shielded from, and shield, what is begun
            return APIConnectionError("the client was closed before an answer came", request=request, request_sent=True)
        except Exception as error:
            return self._failure(request, message, error)

    async def _read(self, request: Request, answer: Any) -> Response | ResponseError:
        response = Response(answer.status_code, _plain(answer), b"")
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if not can_inflate(encoding):
            message = f"answered in an encoding that was not asked for: {encoding:.80}"
            return ResponseError(message, request=request, response=response)
        inflate, parts, size = Inflate(encoding), list[bytes](), 0
        async for raw in answer.aiter_raw():
            parts.append(inflate.feed(raw, self.most - size))
            size += len(parts[-1])
            if size > self.most:
                break
        else:
            inflate.end()
        response.content = parts[0] if len(parts) == 1 else b"".join(parts)
        return self._bounded(request, response)

    def _bounded(self, request: Request, response: Response) -> Response | ResponseError:
        if len(response.content) <= self.most:
            return response
        response.content = b""
        message = f"answered more than {self.most} bytes, which is max_response_bytes"
        return ResponseError(message, request=request, response=response)

    def _failure(self, request: Request, message: Message, error: Exception) -> Exception:
        """What went wrong, in our words, with what the library said as its cause."""
        library, name = self._library, type(error).__name__
        never_sent = library.ConnectError, library.ConnectTimeout, library.PoolTimeout, library.UnsupportedProtocol
        sent = not isinstance(error, never_sent)
        unknown = _unknown_host(error)
        failure: APIConnectionError
        if isinstance(error, library.TimeoutException):
            text = f"no response within {message.timeout:g} s ({name})"
            failure = APITimeoutError(text, request=request, request_sent=sent)
        elif unknown is not None and not sent:
            text = f"there is no host {message.host} ({unknown.strerror or unknown}); is the subdomain right?"
            failure = APIConnectionError(text, request=request, request_sent=False)
            failure.permanent = unknown.errno in _NO_SUCH_HOST
        elif isinstance(error, OSError | UnicodeError | EOFError) or _is_of_a_library(error):
            text = f"no response ({name}{f': {error}' if str(error) else ''})"
            failure = APIConnectionError(text, request=request, request_sent=sent)
        else:  # a mistake in what was given to us: a transport, a hook
            where = traceback.extract_tb(error.__traceback__)[-1]
            error.add_note(f"raised in {where.filename}, line {where.lineno}, in {where.name}")
            return _without_secrets(error, library)
        failure.__cause__ = _without_secrets(error, library)
        return failure

    def most_at_once(self) -> int:
        """How many requests can be in flight at once: on a given client, as many as it has connections."""
        connections = None
        with suppress(AttributeError):  # not public, and not there in a client without a wire
            pool = self.client._transport._pool
            connections = None if not self.given or pool._http2 else pool._max_connections
        return min(MOST_AT_ONCE, connections or MOST_AT_ONCE)

    def is_exhausted(self, outcome: object) -> bool:
        """Whether our own client found no connection, of which it has as many as it likes."""
        cause = getattr(outcome, "__cause__", None)
        return not self.given and isinstance(cause, self._library.PoolTimeout)

    def discard(self) -> None:
        """Close the connections of an event loop that was closed before them, and so cannot close them any more."""
        connections = []
        with suppress(AttributeError):  # these are not public, and others in the next version
            connections = self.client._transport._pool.connections
        for connection in connections:
            with suppress(AttributeError):
                stream = connection._connection._network_stream._stream
                transport = getattr(stream, "transport_stream", stream)._transport
                transport._sock.close()
                transport._sock = None


async def _hide_location(answer: Any) -> None:
    """Keep where a redirect leads from the library, which reads it even if it does not follow, and raises."""
    if _OURS in answer.request.extensions and "location" in answer.headers:
        answer.extensions["location"] = answer.headers.pop("location")


def _plain(answer: Any) -> dict[str, str]:
    """The headers by their names in lower case, without control characters; what came in several lines in one."""
    plain: dict[str, str] = {}
    for raw_name, raw_value in answer.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if not value.isprintable():
            value = value.translate(_CONTROLS)
        plain[name] = f"{plain[name]}, {value}" if name in plain else value
    if (location := answer.extensions.get("location")) is not None:
        plain["location"] = location.translate(_CONTROLS)
    return plain


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and what led to it, along both ways on which errors are chained."""
    todo, seen = [error], {error}
    while todo:
        yield (each := todo.pop())
        found = {each.__cause__, each.__context__, *getattr(each, "exceptions", ())} - {None} - seen
        seen |= found
        todo += found


def _unknown_host(error: Exception) -> OSError | None:
    return next((each for each in _chain(error) if isinstance(each, socket.gaierror)), None)


def _is_of_a_library(error: Exception) -> bool:
    return any(kind.__module__.partition(".")[0] in _LIBRARIES for kind in type(error).__mro__)


def _without_secrets(error: Exception, library: Any) -> Exception:
    """The error without the frames it came through and the request that it holds as it was written."""
    for each in _chain(error):
        each.__traceback__ = None
        request = getattr(each, "_request", None)
        if request is not None:
            each._request = library.Request(request.method, request.url)  # type: ignore[attr-defined]
    return error
