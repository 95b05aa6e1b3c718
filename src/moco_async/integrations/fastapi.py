"""FastAPI integration: lifespan, dependencies, webhook router and exception handlers (extra `fastapi`).

app = FastAPI(lifespan=lifespan())  # one client per process, from MOCO_SUBDOMAIN and MOCO_API_KEY
add_exception_handlers(app)
app.include_router(webhook_router(receiver))

@app.get("/projects")
async def projects(client: Client) -> list[Project]:  # records go out as MOCO sent them, and are in /openapi.json
    return await client.projects.list().all()

@app.post("/hours")
async def book(client: Annotated[MocoClient, Depends(impersonated(current_user))]) -> None:
    await client.activities.create(...)
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from math import ceil
from typing import Annotated

import fastapi.encoders
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.requests import HTTPConnection
from fastapi.responses import JSONResponse
from starlette.routing import Route

from .._auth import Secret
from .._client import MocoClient
from .._page import Page
from .._values import to_json
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

# Without a return type FastAPI does not ask pydantic, and knows no sequences but its own.
fastapi.encoders.ENCODERS_BY_TYPE[Page] = lambda page: to_json(list(page))

RETRY_AFTER = 15
"""The `Retry-After` header in seconds, where MOCO does not give one."""


def lifespan(
    make_client: Callable[[], MocoClient] = MocoClient.from_env,
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, MocoClient]]]:
    """A lifespan that owns the client of a process: `FastAPI(lifespan=lifespan())`.

    The client is in `app.state.moco_client`, and in the state that the lifespan yields, by which mounted applications
    have it too. In a lifespan of your own: `async with lifespan()(app) as state: yield state`.
    """

    @asynccontextmanager
    async def context(app: FastAPI) -> AsyncIterator[Mapping[str, MocoClient]]:
        async with make_client() as client:
            app.state.moco_client = client
            try:
                yield {"moco_client": client}
            finally:
                del app.state.moco_client

    return context


async def get_client(connection: HTTPConnection) -> MocoClient:
    """The client of the process, for `Depends(get_client)`, or shorter `client: Client`.

    Raises:
        RuntimeError: the application lacks the lifespan.
    """
    client: MocoClient | None = getattr(connection.app.state, "moco_client", None)
    if client is None:
        client = connection.scope.get("state", {}).get("moco_client")
    if client is None:
        raise RuntimeError(
            "there is no client: say FastAPI(lifespan=moco_async.integrations.fastapi.lifespan()), or in a lifespan of"
            " your own `async with lifespan()(app) as state: yield state`; an application that is mounted has the"
            " client of the one it is mounted in, if that yields its state"
        )
    return client


Client = Annotated[MocoClient, Depends(get_client)]
"""The client of the process, as a parameter type."""


def impersonated(
    get_user_id: Callable[..., int | None] | Callable[..., Awaitable[int | None]],
) -> Callable[..., Awaitable[MocoClient]]:
    """A dependency that returns a client acting as the caller: `Depends(impersonated(current_user))`.

    Args:
        get_user_id: Your dependency that returns the id of the caller's MOCO user. It decides who may act as whom, so
            it must authenticate the caller. `None`, for a caller who is not a MOCO user, is answered with 403.
    """

    async def get_impersonated_client(client: Client, user_id: int | None = Depends(get_user_id)) -> MocoClient:
        if user_id is None:
            raise HTTPException(403, "not a MOCO user")
        return client.impersonate(user_id)

    return get_impersonated_client


def authenticated(
    get_api_key: Callable[..., str | None] | Callable[..., Awaitable[str | None]],
) -> Callable[..., Awaitable[MocoClient]]:
    """A dependency that returns a client with the caller's own key: `Depends(authenticated(current_key))`.

    All of them share the pool and the rate limit of the client of the process.

    Args:
        get_api_key: Your dependency that returns the MOCO key of the signed-in user. `None`, for a caller without one,
            is answered with 403.
    """

    async def get_authenticated_client(client: Client, api_key: str | None = Depends(get_api_key)) -> MocoClient:
        if api_key is None:
            raise HTTPException(403, "no key for MOCO")
        key = Secret(api_key)
        del api_key  # a traceback shows locals
        return client.with_options(api_key=key.reveal())

    return get_authenticated_client


def webhook_router(receiver: WebhookReceiver, path: str = "/moco/webhooks", *, background: bool = True) -> APIRouter:
    """A router that accepts webhooks at a path. At shutdown, accepted events are handled first.

    With `background=False`, for platforms that run nothing between requests, it responds after an event was handled,
    and with 500 if a handler failed.
    """

    app = WebhookApp(receiver, background=background)

    @asynccontextmanager
    async def context(_: FastAPI) -> AsyncIterator[None]:
        async with receiver:
            yield

    return APIRouter(lifespan=context, routes=[Route(path, app, include_in_schema=False)])


def add_exception_handlers(app: FastAPI) -> None:
    """Respond to MOCO errors with a fitting status, instead of 500.

    Errors of the caller keep MOCO's status and message: 400, 403, 404, 422 (with `fields`), 423. Errors between this
    service and MOCO are logged, and tell the caller only whether to retry: 502 (also for a key that MOCO refuses),
    503 with `Retry-After`, 504.
    """

    async def handle(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, MocoError):
            raise error
        return _to_response(error)

    app.add_exception_handler(MocoError, handle)


_RESPONSES: dict[type[MocoError], tuple[int, str | None]] = {
    MocoError: (500, "internal error"),
    APIError: (502, "MOCO refused this service"),
    ResponseError: (502, "MOCO's response cannot be decoded"),
    APIConnectionError: (502, "MOCO cannot be reached"),
    APITimeoutError: (504, "MOCO did not respond in time"),
    RateLimitError: (503, "too many requests to MOCO; try again later"),
    WebhookOverloadedError: (503, "overloaded; try again later"),
    WebhookError: (400, "bad request"),
    BadRequestError: (400, None),
    PermissionDeniedError: (403, "MOCO does not permit this"),
    NotFoundError: (404, "MOCO has no such record"),
    UnprocessableEntityError: (422, None),
    LockedError: (423, None),
}
"""Status and message by error, `None` for MOCO's message; an error without an entry is handled as its base class."""


def _to_response(error: MocoError) -> JSONResponse:
    status, text = next(_RESPONSES[kind] for kind in type(error).__mro__ if kind in _RESPONSES)
    if status >= 500:
        _log.error("responded with %d: %s", status, error, exc_info=error)
    content: dict[str, object] = {"detail": getattr(error, "message", "") if text is None else text}
    if isinstance(error, UnprocessableEntityError):
        content["fields"] = error.fields
    headers = {}
    if status == 503:
        requested = error.retry_after if isinstance(error, APIError) else None
        headers["Retry-After"] = str(RETRY_AFTER if requested is None else ceil(requested))
    return JSONResponse(content, status, headers)
