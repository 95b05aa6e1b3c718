"""A sandbox whose answers differ from the spec in every way a recorder knows, and a client that reads them.

As a program: `malformed.py FILE` reads them all in strict mode, with whatever `moco_async` is on the path.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moco_async import APIError, DriftRecorder, Request, Response, Send
from moco_async.sandbox import Sandbox


async def malform_deals(request: Request, send: Send) -> Response:
    """A middleware that malforms the deals in an answer."""
    response = await send(request)
    if request.operation in ("deals.list", "deals.get"):
        document = json.loads(response.content)
        for number, deal in enumerate(document if isinstance(document, list) else [document]):
            _malform(deal, number)
        response.content = json.dumps(document).encode()
    return response


def _malform(deal: dict[str, Any], number: int) -> None:
    deal["mood"] = "smooth as Herr Muster" if number else None
    deal["mood_since"] = "2026-03-01"
    deal["heat"] = {"degrees": 20.5 if number else 20, "by": {"id": 7, "firstname": "Max", "lastname": "Muster"}}
    deal["origin"] = {"id": 9, "name": "Messe"} if number else None
    deal["links"] = ["https://example.com/a"]
    deal["steps"] = [{"id": 3, "from": "2026-01-31", "at": "2026-01-31T12:00:00Z", "note": None if number else "a b"}]
    deal["status"] = "frozen" if number else "pending"
    deal["currency"] = None
    deal["category"]["probability"] = 12.5
    deal["user"]["initials"] = "MM"
    deal["custom_properties"]["Geheimprojekt"] = 5
    deal["tags"] = ["a", 1]
    if number:
        deal["category"] = None
    del deal["info"]


REFUSAL = {"code": 17, "detail": "Herr Muster darf das nicht", "errors": {"Geheimprojekt": "x"}}


async def read(file: Path, *, strict: bool, refused: bool = False, **options: Any) -> None:
    """Read the malformed answers with a recorder."""
    sandbox = Sandbox()
    deals = list(sandbox.store["deals"].values())
    async with sandbox.client(
        middleware=[malform_deals], drift=DriftRecorder(file), strict=strict, **options
    ) as client:
        await client.deals.list().all()
        await client.with_options(timeout=5).deals.get(deals[0]["id"])
        await client.activities.list()
        if refused:
            sandbox.faults.add("deals.get", status=400, body=REFUSAL)
            for _ in range(2):
                try:
                    await client.deals.get(1)
                except APIError:
                    continue
                raise AssertionError("this was to be refused")


def words() -> Iterator[str]:
    """The texts of the malformed answers that must not be in the file."""
    yield from ("Muster", "Messe", "example.com", "Geheim", "darf", "2026-03-01", "2026-01-31", "12.5", "smooth", "MM")


if __name__ == "__main__":
    asyncio.run(read(Path(sys.argv[1]), strict=True))
