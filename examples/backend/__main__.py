"""The entry point, `python -m examples.backend`: runs on the account of MOCO_SUBDOMAIN and MOCO_API_KEY, or else on a
sandbox, mounted in the same process under /sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from moco_async import ConfigurationError, MocoClient
from moco_async.sandbox import Sandbox

from .app import Hooks, backend
from .keeper import Keeper
from .mirror import Mirror

HOST = "127.0.0.1"  # the sign-in checks no password, so listen locally only


async def on_sandbox(port: int) -> None:
    address = f"http://{HOST}:{port}"
    sandbox = Sandbox(rate_limit=None)
    client = sandbox.client()
    with closing(Mirror()) as mirror:
        keeper = Keeper(client, mirror)
        app = backend(client, mirror, keeper, Hooks(f"{address}/moco/webhooks", sandbox.signing_key))
        app.mount("/sandbox", sandbox)
        async with sandbox.outbox.serving():  # posts webhooks to our own URL, as MOCO would
            print(f"{address}  on a sandbox. Delete an activity there, and look at the page again:")
            activity = max(record["id"] for record in sandbox.store.where("activities", billed=False))
            path = f"{address}/sandbox/api/v1/activities/{activity}"
            print(f'  curl -X DELETE -H "Authorization: Token token={sandbox.api_key}" {path}', flush=True)
            await serve(app, port)


async def on_account(port: int, url: str | None, database: Path) -> None:
    client = MocoClient.from_env()
    with closing(Mirror(database)) as mirror:
        keeper = Keeper(client, mirror)
        hooks = Hooks(f"{url.rstrip('/')}/moco/webhooks", os.environ["MOCO_WEBHOOK_SECRET"]) if url else None
        app = backend(client, mirror, keeper, hooks, every=timedelta(minutes=5 if hooks else 1))
        print(f"http://{HOST}:{port}  on {client!r}", flush=True)
        await serve(app, port)


async def serve(app: FastAPI, port: int) -> None:
    await uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_level="warning")).serve()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.backend", description="Hours by project.")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")
    parser.add_argument("--url", help="the public URL of this service, to receive webhooks (needs MOCO_WEBHOOK_SECRET)")
    account = os.environ.get("MOCO_SUBDOMAIN", "account")
    database = Path(__file__).with_name(f"{account}.sqlite3")
    parser.add_argument("--database", type=Path, default=database, help=f"the database file ({database.name})")
    options = parser.parse_args()
    if options.url and "MOCO_API_KEY" in os.environ and "MOCO_WEBHOOK_SECRET" not in os.environ:
        parser.error("--url needs MOCO_WEBHOOK_SECRET, the signing key from MOCO's settings")
    on_real_one = "MOCO_API_KEY" in os.environ
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(
                on_account(options.port, options.url, options.database) if on_real_one else on_sandbox(options.port)
            )
        except ConfigurationError as error:
            parser.error(str(error))


if __name__ == "__main__":
    main()
