"""Answers of the sandbox to be recorded, and what a recorder wrote of them."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

from moco_async import DriftRecorder, Request, Response
from moco_async._decoding import Decoder
from moco_async.drift import storage as driftfile
from moco_async.drift.storage import Entry, Record
from moco_async.sandbox import Sandbox

LIST = Request("deals.list", "GET", "/deals")
GET = Request("deals.get", "GET", "/deals/1")
DAY = "2026-03-01"


@cache
def _examples() -> dict[str, str]:
    """A page of each model, as the sandbox answers it."""

    async def pages() -> dict[str, str]:
        found = {}

        async def keep(request: Request, send: Any) -> Response:
            response: Response = await send(request)
            found[request.operation.partition(".")[0]] = response.content.decode()
            return response

        async with Sandbox().client(middleware=[keep]) as client:
            for resource in (client.deals, client.projects, client.invoices, client.activities, client.companies):
                await resource.list()
        return found

    return asyncio.run(pages())


def rows(resource: str) -> list[dict[str, Any]]:
    """Rows of a list, to be changed at will."""
    found: list[dict[str, Any]] = json.loads(_examples()[resource])
    return found


def answer(document: Any, status: int = 200, media: str = "application/json") -> Response:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, {"content-type": media}, content)


def several(recorder: DriftRecorder, kind: type[Any], document: Any, *, strict: bool = False) -> list[Any]:
    return Decoder(strict=strict, drift=recorder).many(kind, LIST, answer(document))


def recorded(file: Path) -> Record:
    record, bad = driftfile.read(file)
    assert bad == {}
    return record


def entries(file: Path) -> dict[tuple[str, str], Entry]:
    return {(key.where, key.kind): entry for key, entry in recorded(file).entries.items()}
