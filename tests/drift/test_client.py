"""A client with a drift recorder, and one without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from moco_async import ConfigurationError, DriftRecorder, MocoClient
from moco_async.drift.json_shape import times
from tests.drift.recorded import entries, recorded, rows

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def deal() -> dict[str, Any]:
    return rows("deals")[0]


async def test_views_share_the_recorder_and_closing_the_client_writes(file: Path, deal: dict[str, Any]) -> None:
    recorder = DriftRecorder(file)

    async def malformed(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{**deal, "mood": 1}])

    async with httpx.AsyncClient(transport=httpx.MockTransport(malformed)) as http:
        client = MocoClient("mycompany", api_key="key", http_client=http, rate_limit=None, drift=recorder)
        for view in (client.impersonate(7), client.with_options(timeout=5, strict=False)):
            await view.deals.list()
            await view.aclose()
        assert recorded(file).entries == {}, "the client is still open"
        await client.deals.list()
        await client.aclose()
        assert times(entries(file)["Deal.mood", "unknown"].checked) == 3
        other = MocoClient.from_env(subdomain="other", api_key="key", http_client=http, rate_limit=None, drift=recorder)
        await other.deals.list()
        await other.aclose()
    assert times(entries(file)["Deal.mood", "unknown"].checked) == 4


async def test_login_passes_the_recorder_on(file: Path) -> None:
    async def answered(request: httpx.Request) -> httpx.Response:
        key = {"api_key": "s3cr3t-0123456789", "user_id": 7}
        return httpx.Response(200, json=key if request.url.path.endswith("session") else {"mood": "x"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answered)) as http:
        options: dict[str, Any] = {"http_client": http, "rate_limit": None, "drift": DriftRecorder(file)}
        async with await MocoClient.login("mycompany", "max@example.com", "s3cr3t", **options) as client:
            await client.deals.get(1)
    assert ("Deal.mood", "unknown") in entries(file)
    assert b"s3cr3t" not in recorded(file).line()


@pytest.mark.parametrize("drift", ["drift.jsonl", True, object()])
def test_what_is_no_recorder_is_refused(drift: Any) -> None:
    with pytest.raises(ConfigurationError, match="drift must be a DriftRecorder or None"):
        MocoClient("mycompany", api_key="key", drift=drift)


def test_without_a_recorder_nothing_of_it_is_imported() -> None:
    program = """
import sys
from moco_async import MocoClient
from moco_async._decoding import Decoder
from moco_async._request import Request, Response
from moco_async.models import NamedRef
MocoClient("mycompany", api_key="key").impersonate(7).deals
Decoder().many(NamedRef, Request("a.b", "GET", "/"), Response(200, {}, b'[{"id": 1, "name": "A"}]'))
print([name for name in sys.modules if "drift" in name])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
