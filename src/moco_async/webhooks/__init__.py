"""Webhooks: receive, verify and handle the deliveries that MOCO posts when a record changes.

    receiver = WebhookReceiver(os.environ["MOCO_WEBHOOK_SECRET"])

    @receiver.on("Activity", "create")
    async def booked(event: WebhookEvent[Activity]) -> None:
        print(event.payload.hours)

    app = receiver.asgi  # `uvicorn module:app`; or mount it, or see moco_async.integrations.fastapi

**What is trustworthy.** MOCO signs the body of a delivery and nothing else. Target, event, time, user, account and
origin come in unsigned headers: anyone who obtains one genuine body can send it again as another target or action, once
each, and an update once for each millisecond of the two seconds after the signed change. What is repeated as it was is
refused. Before doing something that cannot be undone, ask MOCO, and write handlers so that a second call does no harm.

**What to expect.** Deliveries arrive in any order (`event.supersedes`), more than once (they are handled once, as long
as the replay guard remembers them), and sometimes not at all. `receiver.accept` acknowledges a delivery at once, and
handles it afterwards, in memory: a process that is killed loses it, and MOCO does not deliver it again. If you need
every change, use `receiver.handle`, which acknowledges only what was handled, or poll `updated_after=...`.
"""

from ..errors import WebhookOverloadedError
from .asgi import WebhookApp
from .event import Deleted, WebhookEvent
from .receiver import WebhookReceiver
from .replay import LeasingReplayGuard, MemoryReplayGuard, RedisReplayGuard, ReplayGuard
from .signature import sign
from .subscriptions import Subscriptions, ensure_web_hooks

__all__ = [
    "Deleted",
    "LeasingReplayGuard",
    "MemoryReplayGuard",
    "RedisReplayGuard",
    "ReplayGuard",
    "Subscriptions",
    "WebhookApp",
    "WebhookEvent",
    "WebhookOverloadedError",
    "WebhookReceiver",
    "ensure_web_hooks",
    "sign",
]
