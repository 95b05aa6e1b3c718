"""Web hooks: what MOCO posts to an address of yours when something happens to a record.

    receiver = WebhookReceiver(os.environ["MOCO_WEBHOOK_SECRET"])

    @receiver.on("Activity", "create")
    async def booked(event: WebhookEvent[Activity]) -> None:
        print(event.payload.hours)

    app = receiver.asgi  # `uvicorn module:app`; or mount it, or see moco_async.integrations.fastapi

**What is certain, and what is not.** MOCO signs the body of a delivery and nothing else. Target, event, time, user,
account and origin come in headers that are not signed: who has got hold of one genuine body can send it again under
other headers. Therefore a body that says when its record was changed is handled once, whatever its headers claim (as
an update within the second of that change it can come again). The body of a deletion holds an id alone, and can be
passed off as another kind of record's. Before something that cannot be undone, ask MOCO.

**What to reckon with.** Deliveries come in any order (`event.supersedes`), more than once (they are handled once as
long as the guard remembers them), and sometimes not at all. What is taken is answered at once and handled afterwards,
in memory: a process that is killed loses it, and MOCO does not come again. Whoever needs every change asks for
`updated_after=...` from time to time as well.
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
