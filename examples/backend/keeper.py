"""Keeps the local table in step with MOCO.

Three ways, as none is enough by itself:
- a web hook tells of a change at once, but in any order, twice, or never;
- `updated_after` finds every change that was not told, but no deletion: MOCO has no list of what is gone;
- numbers, and where they differ ids, find the deletions that were not told.
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
"""How far a catch-up reaches back behind the one before: our clock is not MOCO's."""


class Keeper:
    """Who writes to the table.

    Args:
        now: Our clock.
    """

    def __init__(
        self, client: MocoClient, mirror: Mirror, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._mirror = mirror
        self._now = now
        self._turn = asyncio.Lock()
        self.heard = 0
        """How many web hooks were heard since the start."""
        self.in_step: datetime | None = None
        """When the table was last compared with MOCO."""

    async def hear(self, event: WebhookEvent[Any]) -> None:
        """Handle a web hook about an activity. Heard again or late, it changes nothing."""
        self.heard += 1
        if event.id is None or self._mirror.is_gone(event.id):
            return
        if event.action != "delete" and isinstance(event.payload, Activity):
            await self.take([event.payload])
        else:
            # MOCO signs the body alone, here an id, and not that this is an activity and deleted. So it is asked.
            await self._ask(event.id)

    async def take(self, activities: Iterable[Activity]) -> None:
        """Take what was told of activities, at whatever time it was true."""
        async with self._turn:
            unclear = self._mirror.take(map(Entry.of, activities))
        for one in unclear:
            await self._ask(one)

    async def _ask(self, id: int) -> None:
        """Ask MOCO for an activity as it is now. Nobody else writes before the answer is written."""
        async with self._turn:
            try:
                activity = await self._client.activities.get(id)
            except NotFoundError:
                self._mirror.remove(id)
            else:
                self._mirror.settle(Entry.of(activity))

    async def catch_up(self) -> None:
        """Ask for all changes since the last time; the first time for everything."""
        begun = self._now()
        async with aclosing(self._client.activities.list(updated_after=self._mirror.caught_up).pages()) as pages:
            async for page in pages:
                await self.take(page)
        self._mirror.caught_up = begun - OVERLAP

    async def compare(self) -> None:
        """Find what was deleted. After a catch-up nothing is missing here, so equal numbers are equal tables.

        MOCO counts the rows of a list with every page: one request if nothing was lost, else one for each month, and
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
        missing = self._mirror.ids(month)  # before MOCO is asked: what is booked meanwhile is not missing
        async with aclosing(self._client.activities.list(from_=first, to=last).pages()) as pages:
            async for page in pages:
                missing -= {activity.id for activity in page}
                await self.take(page)
        for one in missing:  # rows move from page to page while they are read, so missing is not yet deleted
            await self._ask(one)


def days(month: str) -> tuple[str, str]:
    """The first and the last day of a month like `2026-03`."""
    _, last = monthrange(*map(int, month.split("-")))
    return f"{month}-01", f"{month}-{last}"
