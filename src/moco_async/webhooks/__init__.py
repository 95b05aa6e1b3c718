"""Webhooks: receive, verify and handle the deliveries that MOCO posts when a record changes.

    receiver = WebhookReceiver(os.environ["MOCO_WEBHOOK_SECRET"])

    @receiver.on("Activity", "create")
    async def booked(event: WebhookEvent[Activity]) -> None:
        print(event.payload.hours)

    app = receiver.asgi  # `uvicorn module:app`; or mount it, or see moco_async.integrations.fastapi

**What is trustworthy.** MOCO signs the body of a delivery and nothing else. Target, event, time, user, account and
origin come in unsigned headers: anyone who obtains one genuine body can send it again with other headers. Therefore a
body that says when its record was changed is handled once, whatever its headers claim (except that an update within
the second of that change can be repeated). The body of a deletion contains only an id, and can be passed off as that
of another type of record. Before doing something that cannot be undone, ask MOCO.

**What to expect.** Deliveries arrive in any order (`event.supersedes`), more than once (they are handled once, as long
as the replay guard remembers them), and sometimes not at all. An accepted delivery is acknowledged at once and handled
afterwards, in memory: a process that is killed loses it, and MOCO does not deliver it again. If you need every change,
also poll `updated_after=...` from time to time.
"""

from ..errors import WebhookOverloadedError
from .asgi import WebhookApp
from .event import Deleted, WebhookEvent
from .receiver import WebhookReceiver
from .replay import MemoryReplayGuard, RedisReplayGuard, ReplayGuard
from .signature import sign
from .subscriptions import Subscriptions, ensure_web_hooks

__all__ = [
    "Deleted",
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
