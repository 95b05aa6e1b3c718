"""The application: what it is made of, and what happens while it lives."""

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
    """Where MOCO posts its web hooks, and the key it signs them with."""

    url: str
    secret: str


def backend(
    client: MocoClient, mirror: Mirror, keeper: Keeper, hooks: Hooks | None, *, every: timedelta = timedelta(minutes=5)
) -> FastAPI:
    """The service. Without web hooks, because MOCO cannot reach it, it learns of changes when it asks for them."""

    @asynccontextmanager
    async def lives(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(lambda: client)(app):
            keeping = asyncio.create_task(keep_in_step(client, keeper, hooks, every))
            yield
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    app = FastAPI(title="Hours by project", lifespan=lives)
    app.state.mirror, app.state.keeper, app.state.sessions = mirror, keeper, Sessions()
    add_exception_handlers(app)
    app.include_router(site.router)
    if hooks:
        app.include_router(webhook_router(receiver_of(hooks, keeper)))
    return app


async def keep_in_step(client: MocoClient, keeper: Keeper, hooks: Hooks | None, every: timedelta) -> None:
    """See to the subscriptions and the table, again and again. MOCO switches off web hooks that fail too often."""
    while True:
        try:
            # The subscriptions first: what happens between the two is heard of twice then, and not never.
            if hooks:
                await ensure_web_hooks(client, hooks.url, EVENTS)
            await keeper.catch_up()
            await keeper.compare()
        except Exception:
            log.exception("the table could not be brought in step; it will be, next time")
        await asyncio.sleep(every.total_seconds())


def receiver_of(hooks: Hooks, keeper: Keeper) -> WebhookReceiver:
    """The receiver of web hooks. The keeper minds repetitions itself, so nothing has to remember them."""
    receiver = WebhookReceiver(hooks.secret, replay_guard=None)
    receiver.on("Activity")(keeper.hear)
    return receiver
