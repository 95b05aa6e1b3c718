"""Deliveries of web hooks: they wait here, go out in order or not, and come again until they are taken."""

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
"""Seconds that a receiver has to answer in."""
DISABLED_AFTER = 500
"""How many failures in a row switch a web hook off."""
MAX_PAUSE = timedelta(hours=1)
MAX_WAITING, MAX_SENT = 10_000, 1000
RESERVED_DOMAINS = (".example", ".invalid", ".test")
"""Domains that nobody has, so that nobody need be asked for them."""


class HTTPPoster(Protocol):
    """What deliveries are posted with: an HTTP client."""

    async def post(self, url: str, /, *, content: bytes, headers: dict[str, str]) -> Any: ...


OpenClient = Callable[[ASGIApp | None], AbstractAsyncContextManager[HTTPPoster]]
"""Makes what posts to an ASGI application, or over the network."""


@dataclass(eq=False)
class Delivery:
    """One event on its way to one web hook.

    Attributes:
        hook: The id of the web hook.
        target: What the record is called.
        event: What happened to it.
        body: What is posted, and signed.
        headers: What goes with it.
        due: When it goes out next, if the sandbox is served.
        attempts: How often it has been posted.
        status: What the receiver answered last; None if there was no answer.
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
    """What happens to deliveries on their way."""

    shuffle: bool = False
    duplicate: float = 0.0
    drop: float = 0.0


class Outbox:
    """The deliveries of a sandbox.

    Args:
        key: What deliveries are signed with.
        wire: Makes an HTTP client.
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
        """What has not gone out, or has to come again."""
        self.sent: deque[Delivery] = deque(maxlen=MAX_SENT)
        """What went out lately, each attempt, the latest last."""

    def deliver_to(self, receivers: ASGIApp | Mapping[str, ASGIApp]) -> None:
        self._apps = dict(receivers) if isinstance(receivers, Mapping) else {"": receivers}

    def disturb(self, *, shuffle: bool = False, duplicate: float = 0.0, drop: float = 0.0, seed: int = 0) -> None:
        """Let deliveries have accidents from now on; without arguments, no more.

        Args:
            shuffle: Whether what goes out together goes out in any order.
            duplicate: How many deliveries are posted twice, from 0 to 1.
            drop: How many never arrive, nor come again, from 0 to 1.
            seed: Which of them; the same ones with the same seed.

        Raises:
            ValueError: a share is not from 0 to 1.
        """
        if not (0 <= duplicate <= 1 and 0 <= drop <= 1):
            raise ValueError("duplicate and drop are from 0 to 1")
        self.disturbance = Disturbance(shuffle, duplicate, drop)
        self._random = Random(seed)

    def clear(self) -> None:
        """Forget all deliveries, and have no accidents any more."""
        self.waiting.clear()
        self.sent.clear()
        self.disturb()

    def record_event(self, event: str, record: Record) -> None:
        """Take notice of a change. Outside a call, it is as if somebody had made it in MOCO itself."""
        if self._collected is not None:
            self._collected.append((event, record))
        else:
            self._enqueue([(event, record)], "", None)

    @contextmanager
    def collect_events(self, user_id: int | None) -> Iterator[None]:
        """A call through the API: its changes are told when it has succeeded, and not at all if it is refused."""
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
                told = {"target": hook["target"], "event": event}
                headers = build_headers(self._store, self._key, body, **told, origin=origin, user_id=user_id)
                self.waiting.append(Delivery(hook["id"], **told, body=body, headers=headers, due=self._store.clock()))
                self.wake()

    async def deliver(self, *, due_only: bool = False) -> list[Delivery]:
        """Post what waits, once, and return what was posted. What is not taken waits again, for longer each time."""
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
        """Post a delivery, unless its web hook is gone or off by now."""
        hook = self._store.find("web_hooks", delivery.hook)
        if hook is None or hook["disabled"]:
            return False
        url = hook["hook"]
        place = next((prefix for prefix in sorted(self._apps, key=len, reverse=True) if url.startswith(prefix)), None)
        status = None
        # Whatever goes wrong with the network, to MOCO it is a receiver that did not answer.
        with suppress(Exception):
            if place is None and (urlsplit(url).hostname or "").endswith(RESERVED_DOMAINS):
                raise ConnectionError(f"nobody is at {url}")
            if place not in clients:
                clients[place] = await stack.enter_async_context(
                    self._open_client(self._apps[place] if place is not None else None)
                )
            async with asyncio.timeout(TIMEOUT):
                status = (await clients[place].post(url, content=delivery.body, headers=delivery.headers)).status_code
        self._record_attempt(hook, delivery, status)
        return True

    def _record_attempt(self, hook: Record, delivery: Delivery, status: int | None) -> None:
        delivery.attempts += 1
        if not delivery.taken:  # a copy of it may have been, before
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
        """Wake whoever delivers in the background."""
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
