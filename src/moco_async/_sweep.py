"""Reading every row of a list that changes while it is read.

A list is read page by page. When a row is deleted meanwhile, those behind it move towards the front, and one may move
from a page that is still to be read to one that has been read. But rows that stay keep their order. So whatever comes
before a row that was read in turn has been read, or is new or gone; and a page that holds such a row continues what
was read, at whatever moment MOCO made it.

While all totals are equal nothing has moved, and pages simply follow each other. Where the totals around a page
differ, it has to hold a row that was read in turn. If it does not, the reading goes back to a piece that overlaps what
was read, and on from there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, TypeVar

from ._page import Answer
from ._prefetch import AHEAD, News, Prefetch, identities, identity, is_due

__all__ = ["Fetch", "Sweep"]

T = TypeVar("T")

SMALL_PAGE, LARGE_PAGE = 16, 1000
"""Rows a page when the reading goes back, should the caller's be fewer, as pages of one row cannot overlap; or more."""


Fetch = Callable[[int, int, "int | None"], Coroutine[Any, Any, Answer[T]]]
"""Asks for a page: its number, how many rows pages have should MOCO not say, and the size if not the caller's."""


@dataclass(slots=True, eq=False)
class _Reading(Generic[T]):
    """A page that was read.

    Attributes:
        asked, answered: When, by a clock that counts events. MOCO looked at the list at some moment between.
        rows: Its rows, without those before the page that the caller began with.
        ids: What tells them from others.
    """

    answer: Answer[T]
    asked: int
    answered: int
    rows: list[T]
    ids: set[Hashable]


class Sweep(Generic[T]):
    """One pass over a list, from a first page to its end.

    Rows are handed out as they come. A page is settled as soon as it is known to continue those before, for which all
    requests that were under way beside its own have to be answered.

    Attributes:
        rows: What is new on the page that was read last.
    """

    def __init__(self, fetch: Fetch[T], first: Answer[T]) -> None:
        self._fetch = fetch
        self._begin = first.begin
        self._per_page = first.page.per_page
        self._sizes = range(1, min(max(self._per_page, SMALL_PAGE), LARGE_PAGE) + 1)
        self._prefetch: Prefetch[_Reading[T]] = Prefetch()
        self._ahead = AHEAD
        self._next: int | None = first.page.number + 1  # None while a piece further back is asked for
        self._piece = self._per_page
        self._overlap = 0
        self._clock = count()
        self._outstanding: set[int] = set()
        self._readings: list[_Reading[T]] = []
        self._unsettled: deque[_Reading[T]] = deque()
        self._settled = self._newest = self._noted(first, asked=next(self._clock))
        self._news = News()
        self._loose: set[Hashable] = set()  # ids that were seen, but on no page that is settled
        self.rows: list[T] = []
        self._take(self._newest)

    async def read_on(self) -> bool:
        """Read the next page; `False` if there is none, as everything has been read."""
        if not self._settled.answer.page.has_next:
            return False
        self._ask_ahead()
        self._take(await self._prefetch.next())
        self._ask_ahead()  # before these rows are worked on
        return True

    async def aclose(self) -> None:
        """Drop the requests that are under way."""
        await self._prefetch.aclose()

    def _ask_ahead(self) -> None:
        page = self._newest.answer.page
        while self._next is not None and is_due(self._next, page, self._per_page, len(self._prefetch), self._ahead):
            self._ask(self._next)
            self._next += 1

    def _ask(self, number: int, per_page: int | None = None) -> None:
        asked = next(self._clock)
        self._outstanding.add(asked)
        self._prefetch.ask(self._read(number, per_page, asked, self._outstanding))

    async def _read(self, number: int, per_page: int | None, asked: int, outstanding: set[int]) -> _Reading[T]:
        answer = await self._fetch(number, per_page or self._per_page, per_page)
        outstanding.discard(asked)
        return self._noted(answer, asked)

    def _noted(self, answer: Answer[T], asked: int) -> _Reading[T]:
        rows = list(answer.page[max(self._begin - answer.begin, 0) :])
        reading = _Reading(answer, asked, next(self._clock), rows, identities(rows))
        self._readings.append(reading)
        return reading

    def _take(self, reading: _Reading[T]) -> None:
        answer = reading.answer
        if self._next is None:
            self._next = answer.end // self._per_page + 1
            if answer.page.per_page != self._piece:  # this list has pages of one size alone
                self._sizes = range(self._per_page, self._per_page + 1)
        loose, new = len(self._loose), self._news.learn(reading.ids)
        self._loose |= new
        self._newest = reading
        self._unsettled.append(reading)
        self._settle()
        self._news.check(answer, reading.ids, is_useful=bool(new) or len(self._loose) < loose)
        self.rows = [row for row in reading.rows if (known := identity(row)) is None or known in new]

    def _settle(self) -> None:
        """Settle the pages that can be, in order; go back if one does not continue those before."""
        while self._unsettled and not self._is_open(self._unsettled[0]):
            reading = self._unsettled.popleft()
            if not self._continues(reading):
                self._go_back(reading)
                return
            self._settled = reading
            self._loose -= reading.ids
            self._ahead = min(self._ahead * 2, AHEAD)
            self._overlap = 0
            self._readings = [each for each in self._readings if each.answered >= reading.asked]
            if not reading.answer.page.has_next:
                return

    def _is_open(self, reading: _Reading[T]) -> bool:
        """Whether requests are under way that MOCO may have answered before this one, with another total."""
        return min(self._outstanding, default=reading.answered) < reading.answered

    def _continues(self, reading: _Reading[T]) -> bool:
        """Whether no row that stays can be between this page and those that are settled."""
        if reading.answer.begin <= self._begin or not self._news.seen:
            return True  # nothing is before it; or its rows have no ids, and cannot be told apart
        follows = reading.answer.begin <= self._settled.answer.end and self._is_quiet_around(reading)
        return follows or not reading.ids <= self._loose

    def _is_quiet_around(self, reading: _Reading[T]) -> bool:
        """Whether nothing moved between this page and the one that was settled last, as far as totals tell."""
        asked = min(reading.asked, self._settled.asked)
        answered = max(reading.answered, self._settled.answered)
        near = [each for each in self._readings if each.answered >= asked and each.asked <= answered]
        return len({each.answer.page.total for each in near} - {None}) <= 1

    def _go_back(self, reading: _Reading[T]) -> None:
        """Ask for a piece of the list that holds rows that are settled, and as many as possible behind them.

        Each time that it holds none, another one twice as far back.
        """
        self._prefetch.drop()
        self._outstanding = set()
        self._unsettled.clear()
        self._ahead = 1  # until things have calmed down
        self._overlap = self._overlap * 2 or max(self._per_page // 4, 1)
        end, before, total = self._settled.answer.end, self._settled.answer.page.total, reading.answer.page.total
        if before is not None and total is not None:
            end = min(end, end - (before - total), total)
        begin = max(end - self._overlap, self._begin)
        size = max(self._sizes, key=lambda size: (begin // size * size + size, size))
        self._piece = size
        self._next = None
        self._ask(begin // size + 1, None if size == self._per_page else size)
