"""The examples of docs/webhooks.md run as they are printed."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from moco_async.webhooks import MemoryReplayGuard
from tests.webhooks.deliveries import changed, delivery

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
SERVICE, FUNCTION = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An example with a guard in memory."""
    monkeypatch.setattr("moco_async.webhooks.RedisReplayGuard", lambda address: MemoryReplayGuard())
    names: dict[str, Any] = {}
    exec(request.param, names)  # noqa: S102  # our own page
    return names


@pytest.mark.parametrize("example", [SERVICE], indirect=True)
async def test_the_service(example: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    body, headers = delivery(changed(7, hours=1.5), key="signing-key")
    transport = httpx.ASGITransport(app=example["app"])
    async with example["receiver"], httpx.AsyncClient(transport=transport, base_url="http://service") as http:
        assert (await http.post("/moco/webhooks", content=body, headers=headers)).status_code == 204
        assert (await http.post("/moco/webhooks", content=body + b" ", headers=headers)).status_code == 400
    assert capsys.readouterr().out == "1.5\n"


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("example", [FUNCTION], indirect=True)
def test_the_function(example: dict[str, Any], encoded: bool, capsys: pytest.CaptureFixture[str]) -> None:
    body, headers = delivery(changed(7), "Invoice", key="signing-key")
    event = {
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }
    assert [example["lambda_handler"](event, None) for _ in range(2)] == [{"statusCode": 204}] * 2
    assert capsys.readouterr().out == "7\n"
    assert example["lambda_handler"](event | {"multiValueHeaders": None, "headers": {}}, None) == {"statusCode": 400}

    @example["receiver"].on()  # type: ignore[untyped-decorator]  # it comes from the page
    async def fails(event: object) -> None:
        raise ValueError

    other = delivery(changed(8), "Invoice", key="signing-key")
    again = event | {"body": other[0].decode(), "isBase64Encoded": False, "multiValueHeaders": other[1]}
    assert [example["lambda_handler"](again, None) for _ in range(2)] == [{"statusCode": 500}] * 2
