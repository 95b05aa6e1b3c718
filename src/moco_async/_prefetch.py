"""What reading page after page takes: requests ahead of the reader, and a guard against lists without an end."""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Hashable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._page import Answer, Page

if TYPE_CHECKING:
    import asyncio

__all__ = ["AHEAD", "News", "Prefetch", "identities", "identity", "is_due"]

T = TypeVar("T")

AHEAD = 8
"""Pages fetched ahead of the one that is read."""

PATIENCE = 10
"""Answers in a row that may bring nothing new, besides as many as have brought something."""


class Prefetch(Generic[T]):
    """Requests under way, in the order in which their answers are wanted."""

    def __init__(self) -> None:
        self._wanted: deque[asyncio.Task[T]] = deque()
        self._tasks: set[asyncio.Task[T]] = set()

    def __len__(self) -> int:
        return len(self._wanted)

    def ask(self, fetching: Coroutine[Any, Any, T]) -> None:
        """Begin a request."""
        import asyncio  # as in `transport`: not before something runs

        task = asyncio.create_task(fetching)
        task.add_done_callback(self._done)
        self._wanted.append(task)
        self._tasks.add(task)

    async def next(self) -> T:
        """The answer to the request that was begun first."""
        return await self._wanted.popleft()

    def drop(self) -> None:
        """Cancel all requests: their answers are not wanted any more."""
        self._wanted.clear()
        for task in self._tasks:
            task.cancel()

    async def aclose(self) -> None:
        """Drop all requests, and wait until they are over."""
        import asyncio

        self.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as retrieved: nobody need hear of the failure of a page that nobody reads


def is_due(number: int, page: Page[Any], per_page: int, underway: int, ahead: int) -> bool:
    """Whether to ask for a page already: it is known to be there by the total, or comes next."""
    is_there = page.total is not None and (number - 1) * per_page < page.total
    return underway < ahead and (is_there or (page.has_next and not underway))


class News:
    """What is new on the pages of a list, so that a list without an end is noticed.

    Attributes:
        seen: The identities of all rows so far.
    """

    def __init__(self) -> None:
        self.seen: set[Hashable] = set()
        self._contents: set[int] = set()
        self._useful = 0
        self._useless = 0

    def learn(self, found: set[Hashable]) -> set[Hashable]:
        """Those of the identities on a page that were on none before."""
        new = found - self.seen
        self.seen |= new
        return new

    def check(self, answer: Answer[Any], found: set[Hashable], *, is_useful: bool) -> None:
        """Count a page that brought nothing.

        Raises:
            ResponseError: there were too many of them in a row.
        """
        if is_useful or (not found and self._is_new_content(answer)):
            self._useful, self._useless = self._useful + 1, 0
        else:
            self._useless += 1
        if self._useless > PATIENCE + self._useful:
            reason = "the list has no end, or changes faster than it can be read"
            raise answer.error(f"answered nothing new {self._useless} times in a row: {reason}")

    def _is_new_content(self, answer: Answer[Any]) -> bool:
        """Whether a page of rows that nothing identifies differs from all before."""
        content = hash(answer.response.content)
        is_new = content not in self._contents
        self._contents.add(content)
        return is_new


def identity(row: object) -> Hashable:
    """What tells a row from all others: its id; `None` if it has none."""
    value = getattr(row, "id", None)
    return value if type(value) in (int, str) else None


def identities(rows: Iterable[object]) -> set[Hashable]:
    """What tells these rows from all others."""
    return {found for row in rows if (found := identity(row)) is not None}
