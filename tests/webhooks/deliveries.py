"""Deliveries as MOCO makes them, for all tests of webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from moco_async.webhooks import WebhookEvent, WebhookReceiver, sign

KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
BODY = b'{"id":111,"description":"a description"}'
SIGNATURE = "bf027a86207ef1ca1cb76f5a536b41a14287ab1a0fd5b33bfe86924bc2f48fd1"
MILLISECONDS = 1527170410463
MOMENT = datetime(2018, 5, 24, 14, 0, 10, 463000, UTC)

Delivery = tuple[bytes, dict[str, str]]


def delivery(
    raw: Any = None,
    target: str = "Activity",
    action: str = "create",
    *,
    milliseconds: int = MILLISECONDS,
    key: str = KEY,
    **more: str,
) -> Delivery:
    """A delivery as MOCO makes them; `X_Moco_Origin="api"` and the like add headers or replace them."""
    body = BODY if raw is None else json.dumps(raw).encode()
    headers = {
        "X-Moco-Target": target,
        "X-Moco-Event": action,
        "X-Moco-Timestamp": str(milliseconds),
        "X-Moco-Signature": sign(body, key),
        "X-Moco-User-Id": "933",
        "X-Moco-Account-Url": "mycompany",
    }
    return body, headers | {name.replace("_", "-"): value for name, value in more.items()}


def changed(id: int, second: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": id, "updated_at": f"2026-03-18T10:30:{second:02}Z", **more}


def parsed(*args: Any, **more: Any) -> WebhookEvent[Any]:
    return WebhookReceiver(KEY).parse(*delivery(*args, **more))
