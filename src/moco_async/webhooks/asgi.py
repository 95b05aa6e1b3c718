"""Deliveries over HTTP: a small ASGI application, to be served or mounted anywhere."""

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
"""Bytes of a body that are read; the largest invoice takes a small part of them."""


class WebhookApp:
    """Takes what is posted to it, at whatever path, and gives it to a receiver.

    It answers 204 once an event is taken or was taken before, 400 to what MOCO did not sign, 405 to other methods than
    POST, 413 to a body that is too large, and 503 when the receiver cannot take more. Served on its own it closes
    the receiver at the end; mounted into another application, that one has to: `async with receiver` in its lifespan.
    """

    def __init__(self, receiver: WebhookReceiver, *, max_body: int = MAX_BODY) -> None:
        self._receiver = receiver
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            if (status := await self._status(scope, receive)) is not None:
                await _answer(status, send)
        else:
            await send({"type": "websocket.close"})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._receiver:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _status(self, scope: Scope, receive: Receive) -> HTTPStatus | None:
        """What a request is answered with; `None` if nobody waits for it any more."""
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
                _log.warning("a delivery of more than %d bytes was refused", self._max_body)
                return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            more = message.get("more_body", False)
        try:
            await self._receiver.accept(bytes(body), scope["headers"])
        except WebhookError as error:
            _log.warning("a delivery was refused: %s", error)
            return HTTPStatus.BAD_REQUEST
        except WebhookOverloadedError as error:
            _log.warning("a delivery has to come again: %s", error)
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.NO_CONTENT


async def _answer(status: HTTPStatus, send: Send) -> None:
    body = b"" if status == HTTPStatus.NO_CONTENT else status.phrase.encode()
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain")] if body else []
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
