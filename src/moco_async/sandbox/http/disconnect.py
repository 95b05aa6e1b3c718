"""ASGI middleware that cuts connections, for which ASGI has no message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class Disconnect(BaseException):
    """Signal to cut the connection; a `BaseException`, so that nothing turns it into a 500."""


class NoResponse(Response):
    """A response that cuts the connection instead; its status is 0."""

    def __init__(self) -> None:
        super().__init__(status_code=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise Disconnect


class DisconnectMiddleware:
    """Middleware that cuts the connection when the application raises `Disconnect`.

    Args:
        app: The application.
        make_error: Makes the exception that a client in process gets when the connection is cut.
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
                pass  # wait until the server has noticed, which would send a 500 otherwise


def _find_connection(send: Send) -> Any:
    """The connection that uvicorn sends on; None in process."""
    # `send` is a method of uvicorn's RequestResponseCycle, for h11 and httptools alike, whose `transport` is the
    # asyncio transport of the connection. It is not uvicorn's public API; this was tried with uvicorn 0.54.0.
    return getattr(getattr(send, "__self__", None), "transport", None)
