"""The line to whoever calls, which can be cut: ASGI has no word for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class Disconnect(BaseException):
    """The connection is to be cut. Nothing on its way up may take it for an error and answer 500."""


class NoResponse(Response):
    """A connection that is cut instead of an answer; its status is 0."""

    def __init__(self) -> None:
        super().__init__(status_code=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise Disconnect


class DisconnectMiddleware:
    """An application, and the way to it.

    Args:
        app: What is called.
        lost: Makes the exception that a caller in process gets when the connection is cut.
    """

    def __init__(self, app: ASGIApp, make_error: Callable[[], Exception]) -> None:
        self._app = app
        self._make_error = make_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Disconnect:
            connection = _find_connection(send)
            if connection is None:
                raise self._make_error() from None
            connection.abort()
            while (await receive())["type"] != "http.disconnect":
                pass  # until the server has noticed as well, which would send a 500 otherwise


def _find_connection(send: Send) -> Any:
    """The connection that uvicorn sends on; None in process."""
    return getattr(getattr(send, "__self__", None), "transport", None)
