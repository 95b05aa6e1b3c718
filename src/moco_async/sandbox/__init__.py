"""A stateful MOCO server, in process or on a socket, for tests, demos and development.

    sandbox = Sandbox()
    async with sandbox.client() as client:
        ...

`python -m moco_async.sandbox` serves one.
"""

from . import _requirements as _requirements
from .account import Arrival
from .engine.snapshots import Snapshot
from .http.faults import Fault
from .sandbox import Sandbox
from .seed import Seed
from .webhooks.outbox import Delivery

__all__ = ["Arrival", "Delivery", "Fault", "Sandbox", "Seed", "Snapshot"]
