"""A MOCO of one's own: a stateful server that speaks the spec, for tests, demos and development.

    sandbox = Sandbox()
    async with sandbox.client() as client:
        ...

A fresh sandbox is a small agency with eight users; everybody's password is `sandbox`, and the administrator is
`sandra.keller@sandbox.example`. With `seed=False` it has only her. State lives in memory: a new `Sandbox` is a new
account. Its days and times of day are UTC. `python -m moco_async.sandbox` serves one.

What a test wants of MOCO and MOCO does not do on request:

    sandbox.faults.add("activities.create", disconnect=True, apply_first=True, times=1)
    sandbox.deliver_to(app)  # an ASGI application that receives web hooks, signed with sandbox.signing_key
    await sandbox.deliver()
    before = sandbox.snapshot()
    sandbox.travel(timedelta(days=30))
    sandbox.restore(before)
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

try:
    from starlette.types import ASGIApp, Receive, Scope, Send
except ImportError as error:
    raise ImportError("the sandbox needs more than the client does: pip install 'moco-async[sandbox]'") from error

from . import domains as domains  # they register what they know
from .engine.auth import Auth, derive_key
from .engine.serialize import Serializer
from .engine.snapshots import Snapshot, restore_snapshot, take_snapshot
from .engine.spec import bundled
from .engine.store import Clock, Store, utc_now
from .http.app import Arrival, create_app
from .http.disconnect import DisconnectMiddleware
from .http.faults import Fault, Faults
from .http.rate_limit import Window
from .seed.account import create_account
from .seed.projects import populate
from .seed.scale import SMALL, Seed
from .webhooks.outbox import Delivery, HTTPPoster, Outbox

if TYPE_CHECKING:
    from .._client import MocoClient

__all__ = ["Arrival", "Delivery", "Fault", "Sandbox", "Seed", "Snapshot"]

LOGGED_REQUESTS = 1000


class Sandbox:
    """One account, and the ASGI application that serves it under `/api/v1`.

    Args:
        subdomain: The account's name.
        seed: Whether it is furnished with a believable agency, or has nothing but one administrator. A `Seed` is an
            agency in any size: `Seed(users=200, projects=500, activities=100_000, months=24)`.
        rate_limit: How many requests are let through in any so many seconds; None lets all through.
        clock: The present moment. Give one to stop the time, or to travel.
        monotonic: The clock of the rate limit, in seconds.
    """

    def __init__(
        self,
        subdomain: str = "sandbox",
        *,
        seed: bool | Seed = True,
        rate_limit: tuple[int, float] | None = (15, 15),
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._monotonic, self._offset = clock, monotonic, timedelta()
        self._seed, self.rate_limit = seed, rate_limit
        self.store = Store(subdomain, self.now)
        self.auth = Auth(self.store)
        self.serializer = Serializer(bundled(), self.store)
        self.window = self._new_window()
        self.requests: deque[Arrival] = deque(maxlen=LOGGED_REQUESTS)
        """What arrived lately, the latest last."""
        self.faults = Faults()
        """What goes wrong on request."""
        self.signing_key = derive_key(self.store, "web hooks")
        """What deliveries of web hooks are signed with."""
        self.outbox = Outbox(self.store, self.serializer, self.signing_key, _open_client)
        """The deliveries that wait, and those that went out."""
        self.api_key: str = self._populate(seed)
        """The key of the administrator."""

    def _populate(self, seed: bool | Seed) -> str:
        self.store.on_change = None  # nobody is told of what was there from the beginning
        key: str = create_account(self.store)["api_key"]
        if seed:
            populate(self.store, SMALL if seed is True else seed)
        self.store.on_change = self.outbox.record_event
        return key

    def _new_window(self) -> Window | None:
        clock = self._monotonic
        return Window(*self.rate_limit, lambda: clock() + self._offset.total_seconds()) if self.rate_limit else None

    @cached_property
    def app(self) -> DisconnectMiddleware:
        """The ASGI application, which is put together when it is needed."""
        return DisconnectMiddleware(create_app(self), _connection_lost)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    @property
    def keys(self) -> dict[str, str]:
        """All valid keys, by the e-mail address of their users, or `account` and `account, read-only`."""
        keys = {user["email"]: user["api_key"] for user in self.store["users"].values()}
        return keys | {"account": self.auth.account_key, "account, read-only": self.auth.read_only_key}

    def now(self) -> datetime:
        """The present moment of the account."""
        return self._clock() + self._offset

    def travel(self, time: timedelta) -> None:
        """Advance the clock, that of the rate limit as well.

        Raises:
            OverflowError: there are no such days.
            ValueError: time does not go back; `restore` does.
        """
        if time < timedelta():
            raise ValueError("time does not go back; restore a snapshot")
        _ = self.now() + time
        self._offset += time
        self.outbox.wake()

    def snapshot(self) -> Snapshot:
        """The account as it is now: its records, its clock, and the deliveries that wait."""
        return take_snapshot(self.store, self.outbox, self._offset)

    def restore(self, snapshot: Snapshot) -> None:
        """Make the account what it was, as often as you like. Faults stay; the rate limit starts anew."""
        self._offset = snapshot.offset
        restore_snapshot(snapshot, self.store, self.outbox)
        self.window = self._new_window()

    def reset(self, seed: bool | Seed | None = None) -> None:
        """Start anew, as if the sandbox had just been made; receivers of deliveries stay.

        Args:
            seed: How the account is furnished, if not as before.
        """
        self._offset = timedelta()
        self._seed = self._seed if seed is None else seed
        self.store.clear()
        self.api_key = self._populate(self._seed)
        self.window = self._new_window()
        self.faults.clear()
        self.outbox.clear()
        self.requests.clear()

    def deliver_to(self, receivers: ASGIApp | Mapping[str, ASGIApp]) -> None:
        """Have deliveries of web hooks made in process, without a socket.

        Args:
            receivers: The ASGI application that gets them all, or one for each beginning of an address. What goes to
                other addresses is posted over the network. Their lifespans are up to you.
        """
        self.outbox.deliver_to(receivers)

    async def deliver(self) -> list[Delivery]:
        """Post what waits, once, and return what was posted. What is not taken waits for the next time.

        While the sandbox is served this happens by itself, to each delivery when it is due.
        """
        return await self.outbox.deliver()

    def client(self, api_key: str | None = None, **options: Any) -> MocoClient:
        """A client of this account, in process and without a socket.

        Args:
            api_key: One of `keys`; the administrator's if left out.
            options: What `MocoClient` takes. It keeps to no rate limit unless `rate_limit` says so.
        """
        from .._client import MocoClient
        from .._transport import ASGITransport, HTTPClient

        http_client = HTTPClient(transport=ASGITransport(app=self.app), trust_env=False)
        address = f"http://{self.store.subdomain}.sandbox/api/v1"
        settings = {"rate_limit": None, "base_url": address, "http_client": http_client, **options}
        return MocoClient(api_key=api_key or self.api_key, **settings)


def _open_client(app: ASGIApp | None) -> AbstractAsyncContextManager[HTTPPoster]:
    """What posts deliveries to an application, or over the network."""
    from .._transport import ASGITransport, HTTPClient

    if app is None:
        return HTTPClient()
    return HTTPClient(transport=ASGITransport(app=app, raise_app_exceptions=False), trust_env=False)


def _connection_lost() -> Exception:
    """What a client in process gets when its connection is cut."""
    from .._transport import ConnectionLost

    return ConnectionLost("Server disconnected without sending a response.")
