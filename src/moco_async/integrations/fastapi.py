"""A FastAPI backend that works with MOCO (extra `fastapi`).

app = FastAPI(lifespan=lifespan())  # one client a process, by MOCO_SUBDOMAIN and MOCO_API_KEY
add_exception_handlers(app)
app.include_router(webhook_router(receiver))

@app.get("/projects")
async def projects(client: Client) -> list[str]:
    return [project.name async for project in client.projects.list()]

@app.post("/hours")
async def book(client: Annotated[MocoClient, Depends(impersonated(current_user))]) -> None:
    await client.activities.create(...)
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse
from starlette.routing import Route

from .._auth import Secret
from .._client import MocoClient
from ..errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    BadRequestError,
    LockedError,
    MocoError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    UnprocessableEntityError,
    WebhookError,
)
from ..webhooks import WebhookApp, WebhookOverloadedError, WebhookReceiver

__all__ = [
    "Client",
    "add_exception_handlers",
    "authenticated",
    "get_client",
    "impersonated",
    "lifespan",
    "webhook_router",
]

_log = logging.getLogger("moco_async.fastapi")

RETRY_AFTER = 15
"""Seconds to ask a caller to wait, where MOCO does not say how long."""


def lifespan(
    make_client: Callable[[], MocoClient] = MocoClient.from_env,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan that owns the client of a process, in `app.state.moco_client`: `FastAPI(lifespan=lifespan())`.

    In a lifespan of your own: `async with lifespan()(app): ...`.
    """

    @asynccontextmanager
    async def lives(app: FastAPI) -> AsyncIterator[None]:
        async with make_client() as client:
            app.state.moco_client = client
            try:
                yield
            finally:
                del app.state.moco_client

    return lives


async def get_client(connection: HTTPConnection) -> MocoClient:
    """The client of the process, for `Depends(get_client)`; or say `client: Client`.

    Raises:
        RuntimeError: no lifespan has made one.
    """
    client: MocoClient | None = getattr(connection.app.state, "moco_client", None)
    if client is None:
        raise RuntimeError(
            "there is no client: give the application lifespan=moco_async.integrations.fastapi.lifespan()"
        )
    return client


Client = Annotated[MocoClient, Depends(get_client)]
"""The client of the process, as the type of an argument."""


def impersonated(
    user_id_of: Callable[..., int | None] | Callable[..., Awaitable[int | None]],
) -> Callable[..., Awaitable[MocoClient]]:
    """A dependency that gives a client which acts as the caller: `Depends(impersonated(current_user))`.

    Args:
        user_id_of: A dependency of yours that tells the id of the caller's MOCO user. It is what decides who may act
            as whom, so it must not believe the request more than you do. `None`, for a caller who is no user of
            MOCO, is answered with 403.
    """

    async def acting(client: Client, user_id: int | None = Depends(user_id_of)) -> MocoClient:
        if user_id is None:
            raise HTTPException(403, "no user of MOCO")
        return client.impersonate(user_id)

    return acting


def authenticated(
    key_of: Callable[..., str | None] | Callable[..., Awaitable[str | None]],
) -> Callable[..., Awaitable[MocoClient]]:
    """A dependency that gives a client with the caller's own key: `Depends(authenticated(current_key))`.

    All of them share the pool and the rate limit of the client of the process.

    Args:
        key_of: A dependency of yours that finds the MOCO key of whoever is signed in. `None`, for a caller who has
            none, is answered with 403.
    """

    async def acting(client: Client, api_key: str | None = Depends(key_of)) -> MocoClient:
        if api_key is None:
            raise HTTPException(403, "no key for MOCO")
        key = Secret(api_key)
        del api_key  # a traceback shows locals
        return client.with_options(api_key=key.reveal())

    return acting


def webhook_router(receiver: WebhookReceiver, path: str = "/moco/webhooks") -> APIRouter:
    """A router that takes web hooks at a path. When the application ends, what was taken is handled first."""

    @asynccontextmanager
    async def lives(_: FastAPI) -> AsyncIterator[None]:
        async with receiver:
            yield

    return APIRouter(lifespan=lives, routes=[Route(path, WebhookApp(receiver), include_in_schema=False)])


def add_exception_handlers(app: FastAPI) -> None:
    """Answer what goes wrong with MOCO by a status that fits, instead of 500.

    The caller's own mistakes keep MOCO's status, with its message: 400, 403, 404, 422 (with `fields`), 423. What
    concerns this service and MOCO is logged, and tells the caller no more than whether to try again: 502 (also for
    a key that MOCO refuses), 503 with `Retry-After`, 504.
    """

    async def answer(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, MocoError):
            raise error
        return _answer(error)

    app.add_exception_handler(MocoError, answer)


_ANSWERS: dict[type[MocoError], tuple[int, str | None]] = {
    MocoError: (500, "internal error"),
    APIError: (502, "MOCO refused this service"),
    ResponseError: (502, "MOCO answered what cannot be read"),
    APIConnectionError: (502, "MOCO cannot be reached"),
    APITimeoutError: (504, "MOCO did not answer in time"),
    RateLimitError: (503, "MOCO is asked too much at the moment"),
    WebhookOverloadedError: (503, "too much to do at the moment"),
    WebhookError: (400, "bad request"),
    BadRequestError: (400, None),
    PermissionDeniedError: (403, "MOCO does not permit this"),
    NotFoundError: (404, "MOCO has no such record"),
    UnprocessableEntityError: (422, None),
    LockedError: (423, None),
}
"""Status and text for each error, `None` for MOCO's own text; an error without an entry is what it derives from."""


def _answer(error: MocoError) -> JSONResponse:
    status, text = next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)
    if status >= 500:
        _log.error("answered with %d: %s", status, error, exc_info=error)
    content: dict[str, object] = {"detail": getattr(error, "message", "") if text is None else text}
    if isinstance(error, UnprocessableEntityError):
        content["fields"] = error.fields
    headers = {}
    if status == 503:
        asked = error.retry_after if isinstance(error, APIError) else None
        headers["Retry-After"] = str(RETRY_AFTER if asked is None else ceil(asked))
    return JSONResponse(content, status, headers)
