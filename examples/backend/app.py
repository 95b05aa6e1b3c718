"""The application: routes, dependencies and the background task that keeps the table in sync."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import NamedTuple

from fastapi import FastAPI

from moco_async import MocoClient
from moco_async.integrations.fastapi import add_exception_handlers, lifespan, webhook_router
from moco_async.webhooks import WebhookReceiver, ensure_web_hooks

from . import site
from .keeper import Keeper
from .mirror import Mirror
from .sign_in import Sessions

log = logging.getLogger(__name__)

EVENTS = {("Activity", "create"), ("Activity", "update"), ("Activity", "delete")}


class Hooks(NamedTuple):
    """The URL that MOCO posts webhooks to, and the signing key."""

    url: str
    secret: str


def backend(
    client: MocoClient, mirror: Mirror, keeper: Keeper, hooks: Hooks | None, *, every: timedelta = timedelta(minutes=5)
) -> FastAPI:
    """Create the application. Without webhooks, where MOCO cannot reach it, it polls for changes."""

    @asynccontextmanager
    async def context(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(lambda: client)(app):
            keeping = asyncio.create_task(keep_in_step(client, keeper, hooks, every))
            yield
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    app = FastAPI(title="Hours by project", lifespan=context)
    app.state.mirror, app.state.keeper, app.state.sessions = mirror, keeper, Sessions()
    add_exception_handlers(app)
    app.include_router(site.router)
    if hooks:
        app.include_router(webhook_router(make_receiver(hooks, keeper)))
    return app


async def keep_in_step(client: MocoClient, keeper: Keeper, hooks: Hooks | None, every: timedelta) -> None:
    """Check subscriptions and table periodically: MOCO disables webhooks that fail too often."""
    while True:
        try:
            # Subscriptions first: a change between the two steps then arrives twice instead of never.
            if hooks:
                await ensure_web_hooks(client, hooks.url, EVENTS)
            await keeper.catch_up()
            await keeper.compare()
        except Exception:
            log.exception("the table could not be synchronized; trying again later")
        await asyncio.sleep(every.total_seconds())


def make_receiver(hooks: Hooks, keeper: Keeper) -> WebhookReceiver:
    """Create the webhook receiver, without a replay guard: for the keeper repetitions change nothing."""
    receiver = WebhookReceiver(hooks.secret, replay_guard=None)
    receiver.on("Activity")(keeper.hear)
    return receiver
