"""The ASGI application that receives webhook deliveries, to be served or mounted anywhere."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ..errors import WebhookError, WebhookOverloadedError

if TYPE_CHECKING:
    from .receiver import WebhookReceiver

__all__ = ["WebhookApp"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger("moco_async.webhooks")

MAX_BODY = 4 * 1024 * 1024
"""The largest accepted body, in bytes; many times the largest invoice."""


class WebhookApp:
    """An ASGI application that passes deliveries, posted to any path, to a receiver.

    It responds with 204 if an event is accepted or was accepted before, 400 if MOCO did not sign it, 405 to methods
    other than POST, 413 if the body is too large, and 503 if the receiver is at capacity. Served on its own, it closes
    the receiver at shutdown; if you mount it, do that in your lifespan: `async with receiver`.

    With `background=False`, for platforms that run nothing between requests, it responds after the event was handled,
    and with 500 if a handler failed.
    """

    def __init__(self, receiver: WebhookReceiver, *, max_body: int = MAX_BODY, background: bool = True) -> None:
        self._receiver = receiver
        self._max_body = max_body
        self._deliver = receiver.accept if background else receiver.handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            if (status := await self._handle(scope, receive)) is not None:
                await _respond(status, send)
        else:
            await send({"type": "websocket.close"})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._receiver:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _handle(self, scope: Scope, receive: Receive) -> HTTPStatus | None:
        """Handle a request and return the response status; `None` if the client has disconnected."""
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._max_body:
                _log.warning("a delivery of more than %d bytes was rejected", self._max_body)
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            more = message.get("more_body", False)
        try:
            await self._deliver(bytes(body), scope["headers"])
        except WebhookError as error:
            _log.warning("a delivery was rejected: %s", error)
            return HTTPStatus.BAD_REQUEST
        except WebhookOverloadedError as error:
            _log.warning("a delivery was deferred: %s", error)
            return HTTPStatus.SERVICE_UNAVAILABLE
        except ExceptionGroup:  # of the handlers; the receiver has logged it
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.NO_CONTENT


async def _respond(status: HTTPStatus, send: Send) -> None:
    body = b"" if status == HTTPStatus.NO_CONTENT else status.phrase.encode()
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain")] if body else []
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
