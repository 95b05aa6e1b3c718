"""The outbox: deliveries of webhooks, which are posted until they are accepted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from ..engine.record import Record
from ..engine.serialize import Serializer
from ..engine.store import Store
from .events import Change, build_headers, build_payload, encode_body, find_targets, merge_changes

TIMEOUT = 10.0
"""The seconds that a receiver has to respond."""
DISABLED_AFTER = 500
"""The number of consecutive failures that disables a webhook."""
MAX_PAUSE = timedelta(hours=1)
MAX_WAITING, MAX_SENT = 10_000, 1000
RESERVED_DOMAINS = (".example", ".invalid", ".test")
"""Reserved domains, which are not looked up."""


class HTTPPoster(Protocol):
    """The HTTP client that posts deliveries."""

    async def post(self, url: str, /, *, content: bytes, headers: dict[str, str]) -> Any: ...


OpenClient = Callable[[ASGIApp | None], AbstractAsyncContextManager[HTTPPoster]]
"""Opens a client of an ASGI application, or of the network."""


@dataclass(eq=False)
class Delivery:
    """A delivery of one event to one webhook.

    Attributes:
        hook: The id of the webhook.
        target: The target of the event, as `Activity`.
        event: `create`, `update` or `delete`.
        body: The signed body.
        headers: The headers.
        due: The time of the next attempt, if the sandbox is served.
        attempts: The number of attempts so far.
        status: The status of the last response; None if there was none.
    """

    hook: int
    target: str
    event: str
    body: bytes
    headers: dict[str, str]
    due: datetime
    attempts: int = 0
    status: int | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Disturbance:
    """The accidents that deliveries have."""

    shuffle: bool = False
    duplicate: float = 0.0
    drop: float = 0.0


class Outbox:
    """The deliveries of a sandbox.

    Args:
        key: The key that deliveries are signed with.
        open_client: Opens an HTTP client.
    """

    def __init__(self, store: Store, serializer: Serializer, key: str, open_client: OpenClient) -> None:
        self._store = store
        self._serializer = serializer
        self._key = key
        self._open_client = open_client
        self._apps: dict[str, ASGIApp] = {}
        self._collected: list[Change] | None = None
        self._wakeup: asyncio.Event | None = None
        self._random = Random(0)
        self.disturbance = Disturbance()
        self.waiting: deque[Delivery] = deque(maxlen=MAX_WAITING)
        """The deliveries that have not been accepted yet."""
        self.sent: deque[Delivery] = deque(maxlen=MAX_SENT)
        """The latest attempts, the last one at the end."""

    def deliver_to(self, receivers: ASGIApp | Mapping[str, ASGIApp]) -> None:
        self._apps = dict(receivers) if isinstance(receivers, Mapping) else {"": receivers}

    def disturb(self, *, shuffle: bool = False, duplicate: float = 0.0, drop: float = 0.0, seed: int = 0) -> None:
        """Disturb deliveries from now on; not any more, without arguments.

        Args:
            shuffle: Whether deliveries are posted in random order.
            duplicate: The share of deliveries that are posted twice, from 0 to 1.
            drop: The share of deliveries that are never posted, from 0 to 1.
            seed: The seed of that choice; the same deliveries with the same seed.

        Raises:
            ValueError: `duplicate` or `drop` is not from 0 to 1.
        """
        if not (0 <= duplicate <= 1 and 0 <= drop <= 1):
            raise ValueError("duplicate and drop are from 0 to 1")
        self.disturbance = Disturbance(shuffle, duplicate, drop)
        self._random = Random(seed)

    def clear(self) -> None:
        """Remove all deliveries, and stop disturbing them."""
        self.waiting.clear()
        self.sent.clear()
        self.disturb()

    def record_event(self, event: str, record: Record) -> None:
        """Record a change as an event. Outside of a request, it counts as made in MOCO itself."""
        if self._collected is not None:
            self._collected.append((event, record))
        else:
            self._enqueue([(event, record)], "", None)

    @contextmanager
    def collect_events(self, user_id: int | None) -> Iterator[None]:
        """Collect the events of one request: they are delivered if it succeeds, and discarded if it fails."""
        changes: list[Change] = []
        self._collected = changes
        try:
            yield
        finally:
            self._collected = None
        self._enqueue(merge_changes(changes), "api", user_id)

    def _enqueue(self, changes: list[Change], origin: str, user_id: int | None) -> None:
        hooks = self._store.where("web_hooks", disabled=False) if changes else ()
        for event, record in changes:
            names = find_targets(record)
            wanted = [hook for hook in hooks if hook["target"] in names and hook["event"] == event]
            body = encode_body(build_payload(self._serializer, event, record)) if wanted else b""
            for hook in wanted:
                about = {"target": hook["target"], "event": event}
                headers = build_headers(self._store, self._key, body, **about, origin=origin, user_id=user_id)
                self.waiting.append(Delivery(hook["id"], **about, body=body, headers=headers, due=self._store.clock()))
                self.wake()

    async def deliver(self, *, due_only: bool = False) -> list[Delivery]:
        """Post the waiting deliveries once, and return them. One that is not accepted waits again, longer each time."""
        now = self._store.clock()
        due = [delivery for delivery in self.waiting if not due_only or delivery.due <= now]
        for delivery in due:
            self.waiting.remove(delivery)
        batch = self._disturb(due)
        async with AsyncExitStack() as stack:
            clients: dict[str | None, HTTPPoster] = {}
            posted = [delivery for delivery in batch if await self._send(delivery, clients, stack)]
        self.waiting.extend(delivery for delivery in dict.fromkeys(posted) if not delivery.taken)
        self.sent.extend(posted)
        return posted

    def _disturb(self, deliveries: list[Delivery]) -> list[Delivery]:
        disturbance, random = self.disturbance, self._random
        batch: list[Delivery] = []
        for delivery in deliveries:
            if random.random() >= disturbance.drop:
                batch += [delivery, delivery] if random.random() < disturbance.duplicate else [delivery]
        if disturbance.shuffle:
            random.shuffle(batch)
        return batch

    async def _send(self, delivery: Delivery, clients: dict[str | None, HTTPPoster], stack: AsyncExitStack) -> bool:
        """Post a delivery, unless its webhook has been deleted or disabled."""
        hook = self._store.find("web_hooks", delivery.hook)
        if hook is None or hook["disabled"]:
            return False
        url = hook["hook"]
        prefixes = sorted(self._apps, key=len, reverse=True)
        prefix = next((prefix for prefix in prefixes if url.startswith(prefix)), None)
        status = None
        # Any failure of the network counts as a receiver that did not respond.
        with suppress(Exception):
            if prefix is None and (urlsplit(url).hostname or "").endswith(RESERVED_DOMAINS):
                raise ConnectionError(f"{url} is in a reserved domain")
            if prefix not in clients:
                clients[prefix] = await stack.enter_async_context(
                    self._open_client(self._apps[prefix] if prefix is not None else None)
                )
            async with asyncio.timeout(TIMEOUT):
                status = (await clients[prefix].post(url, content=delivery.body, headers=delivery.headers)).status_code
        self._record_attempt(hook, delivery, status)
        return True

    def _record_attempt(self, hook: Record, delivery: Delivery, status: int | None) -> None:
        delivery.attempts += 1
        if not delivery.taken:  # a duplicate may have been accepted before
            delivery.status = status
        pause = timedelta(seconds=10 * 2 ** min(delivery.attempts - 1, 10))
        delivery.due = self._store.clock() + min(pause, MAX_PAUSE)
        taken = status is not None and 200 <= status < 300
        failures = 0 if taken else hook.get("failures", 0) + 1
        disable = failures >= DISABLED_AFTER
        self._store.change_silently(hook, failures=0 if disable else failures)
        if disable:
            self._store.change(hook, disabled=True, disabled_at=self._store.now())

    def wake(self) -> None:
        """Wake the background task."""
        if self._wakeup:
            self._wakeup.set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Deliver in the background, when it is due."""
        self._wakeup = asyncio.Event()
        task = asyncio.create_task(self._run(self._wakeup))
        try:
            yield
        finally:
            self._wakeup = None
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, wakeup: asyncio.Event) -> None:
        while True:
            wakeup.clear()
            await self.deliver(due_only=True)
            pause = min((delivery.due for delivery in self.waiting), default=None)
            seconds = max((pause - self._store.clock()).total_seconds(), 1.0) if pause else None
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await wakeup.wait()
