"""The state of a sandbox: the records of one account, its clock, its faults, its deliveries and its requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import domains  # noqa: F401 - its modules register what is peculiar about the resources
from .engine.auth import Auth, derive_key
from .engine.dates import Clock
from .engine.serialize import Serializer
from .engine.snapshots import Snapshot, restore_snapshot, take_snapshot
from .engine.spec import bundled
from .engine.store import Store
from .http.faults import Faults
from .http.rate_limit import Window
from .seed import Seed, create_account, populate
from .webhooks.outbox import OpenClient, Outbox

LOGGED_REQUESTS = 1000


@dataclass(frozen=True)
class Arrival:
    """A request as it arrived, without its key, and the status of the response: 0 if the connection was cut."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int


class Account:
    """The state of one MOCO account. `Sandbox` adds the ways to reach it, and documents the other arguments.

    Args:
        open_client: Opens the HTTP client that posts webhooks to an ASGI application, or over the network.
    """

    def __init__(
        self,
        subdomain: str,
        *,
        seed: bool | Seed,
        rate_limit: tuple[int, float] | None,
        clock: Clock,
        monotonic: Callable[[], float],
        open_client: OpenClient,
    ) -> None:
        self._clock, self._monotonic, self._offset = clock, monotonic, timedelta()
        self._seed, self.rate_limit = seed, rate_limit
        self.store = Store(subdomain, self.now)
        self.auth = Auth(self.store)
        self.serializer = Serializer(bundled(), self.store)
        self.window = self._new_window()
        self.requests: deque[Arrival] = deque(maxlen=LOGGED_REQUESTS)
        """The latest requests, the last one at the end."""
        self.faults = Faults()
        """The faults that are injected on request."""
        self.signing_key = derive_key(self.store, "webhooks")
        """The key that deliveries of webhooks are signed with."""
        self.outbox = Outbox(self.store, self.serializer, self.signing_key, open_client)
        """The deliveries that are waiting, and those that were sent."""
        self.api_key: str = self._populate(seed)
        """The administrator's key."""

    def _populate(self, seed: bool | Seed) -> str:
        self.store.on_change = None  # seeding is not an event
        key: str = create_account(self.store)["api_key"]
        if seed:
            populate(self.store, Seed() if seed is True else seed)
        self.store.on_change = self.outbox.record_event
        return key

    def _new_window(self) -> Window | None:
        clock = self._monotonic
        return Window(*self.rate_limit, lambda: clock() + self._offset.total_seconds()) if self.rate_limit else None

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
            OverflowError: the date would be beyond what Python can represent.
            ValueError: `time` is negative; `restore` goes back.
        """
        if time < timedelta():
            raise ValueError("time does not go back; restore a snapshot")
        _ = self.now() + time
        self._offset += time
        self.outbox.wake()

    def snapshot(self) -> Snapshot:
        """A copy of the account as it is now: its records, its clock, and the deliveries that are waiting."""
        return take_snapshot(self.store, self.outbox, self._offset)

    def restore(self, snapshot: Snapshot) -> None:
        """Return to a snapshot, as often as you like. Faults stay; the rate limit starts afresh."""
        self._offset = snapshot.offset
        restore_snapshot(snapshot, self.store, self.outbox)
        self.window = self._new_window()

    def reset(self, seed: bool | Seed | None = None) -> None:
        """Start afresh, as if the sandbox had just been made; receivers of deliveries stay.

        Args:
            seed: What the account holds from now on; as before if left out.
        """
        self._offset = timedelta()
        self._seed = self._seed if seed is None else seed
        self.store.clear()
        self.api_key = self._populate(self._seed)
        self.window = self._new_window()
        self.faults.clear()
        self.outbox.clear()
        self.requests.clear()
