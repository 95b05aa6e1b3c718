"""The synchronizer: keeps the local table in sync with MOCO.

It combines three sources, as none is enough by itself:
- a webhook reports a change at once, but in any order, twice, or never;
- `updated_after` finds every change whose webhook was lost, but no deletions: MOCO does not list them;
- counts, and where they differ ids, find deletions whose webhook was lost.
"""

from __future__ import annotations

import asyncio
from calendar import monthrange
from collections.abc import Callable, Iterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from moco_async import MocoClient, NotFoundError
from moco_async.models import Activity
from moco_async.webhooks import WebhookEvent

from .mirror import Entry, Mirror

OVERLAP = timedelta(minutes=5)
"""How far a catch-up overlaps the previous one: our clock is not MOCO's."""


class Keeper:
    """The only writer of the table.

    Args:
        now: The local clock.
    """

    def __init__(
        self, client: MocoClient, mirror: Mirror, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._mirror = mirror
        self._now = now
        self._lock = asyncio.Lock()
        self.heard = 0
        """How many webhooks were received since the start."""
        self.in_step: datetime | None = None
        """When the table was last compared with MOCO."""

    async def hear(self, event: WebhookEvent[Any]) -> None:
        """Handle a webhook about an activity. A repeated or late one changes nothing."""
        self.heard += 1
        if event.id is None or self._mirror.is_gone(event.id):
            return
        if event.action != "delete" and isinstance(event.payload, Activity):
            await self.take([event.payload])
        else:
            # MOCO signs only the body, here an id, not that it is an activity and deleted. So ask MOCO.
            await self._ask(event.id)

    async def take(self, activities: Iterable[Activity]) -> None:
        """Update the table with activities, however old their data is."""
        async with self._lock:
            unclear = self._mirror.take(map(Entry.of, activities))
        for one in unclear:
            await self._ask(one)

    async def _ask(self, id: int) -> None:
        """Fetch an activity and store it, with the table locked in between."""
        async with self._lock:
            try:
                activity = await self._client.activities.get(id)
            except NotFoundError:
                self._mirror.remove(id)
            else:
                self._mirror.settle(Entry.of(activity))

    async def catch_up(self) -> None:
        """Fetch all changes since the last time; the first time everything."""
        begun = self._now()
        async with aclosing(self._client.activities.list(updated_after=self._mirror.caught_up).pages()) as pages:
            async for page in pages:
                await self.take(page)
        self._mirror.caught_up = begun - OVERLAP

    async def compare(self) -> None:
        """Find deletions. After a catch-up the table lacks nothing, so equal counts mean equal tables.

        MOCO sends the number of rows with every page: one request if nothing was lost, otherwise one per month, and
        only the months that differ are read.
        """
        if await self._count() != self._mirror.count():
            for month, count in self._mirror.months().items():
                if await self._count(*days(month)) != count:
                    await self._compare(month)
        self.in_step = self._now()

    async def _count(self, first: str | None = None, last: str | None = None) -> int | None:
        return (await self._client.activities.list(from_=first, to=last, per_page=1)).total

    async def _compare(self, month: str) -> None:
        first, last = days(month)
        missing = self._mirror.ids(month)  # before asking MOCO: what is booked meanwhile is not missing
        async with aclosing(self._client.activities.list(from_=first, to=last).pages()) as pages:
            async for page in pages:
                missing -= {activity.id for activity in page}
                await self.take(page)
        for one in missing:  # rows move between pages while they are read, so a missing one need not be deleted
            await self._ask(one)


def days(month: str) -> tuple[str, str]:
    """The first and the last day of a month like `2026-03`."""
    _, last = monthrange(*map(int, month.split("-")))
    return f"{month}-01", f"{month}-{last}"
