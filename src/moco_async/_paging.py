"""Pagination: pages of a list, and the pager that fetches them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Coroutine, Generator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ._request import Request
from ._transport import Transport
from ._values import ForPydantic

if TYPE_CHECKING:
    import asyncio

__all__ = ["Page", "Pager"]

T = TypeVar("T")

AHEAD = 8
"""How many pages are fetched ahead of the one being read."""


class Page(ForPydantic, Sequence[T]):
    """A page of a list: a sequence of its rows.

    Attributes:
        number: The page number, starting at 1.
        per_page: Rows per page.
        total: Rows on all pages, `None` where MOCO does not say.
        has_next: Whether another page follows.
    """

    __slots__ = ("_pager", "_rows", "has_next", "number", "per_page", "total")

    def __init__(
        self,
        rows: Sequence[T],
        *,
        number: int,
        per_page: int,
        total: int | None,
        has_next: bool,
        pager: Pager[T] | None = None,
    ) -> None:
        self._rows = rows
        self._pager = pager
        self.number = number
        self.per_page = per_page
        self.total = total
        self.has_next = has_next

    async def next(self) -> Page[T]:
        """The page after this one.

        Raises:
            LookupError: this is the last page; check `has_next` first.
        """
        if not self.has_next or self._pager is None:
            raise LookupError(f"page {self.number} is the last page; check has_next first")
        return await self._pager._fetch(self.number + 1)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<Page {self.number}: {len(self)} of {'?' if self.total is None else self.total} rows>"


class Pager(Generic[T]):
    """A paginated list that has not been fetched yet.

    Await it for the first page; iterate over it with `async for` for every row of every page, with later pages
    fetched ahead. It can be used more than once, and sends new requests each time.
    """

    __slots__ = ("_kind", "_request", "_transport")

    def __init__(self, transport: Transport, kind: type[T], request: Request) -> None:
        self._transport = transport
        self._kind = kind
        self._request = request

    def __await__(self) -> Generator[None, None, Page[T]]:
        return self._fetch(None).__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        seen = set()
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for row in page:
                    # Rows added while pages are read push others onto the next page, where they come again.
                    if (identity := getattr(row, "id", None)) is not None:
                        if identity in seen:
                            continue
                        seen.add(identity)
                    yield row

    async def all(self) -> list[T]:
        """Fetch every row of every page."""
        return [row async for row in self]

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over the pages, in order."""
        page = await self
        yield page
        in_flight: deque[asyncio.Task[Page[T]]] = deque()
        try:
            while page.has_next or in_flight:
                self._fetch_ahead(page, in_flight)
                page = await in_flight[0]
                in_flight.popleft()
                self._fetch_ahead(page, in_flight)
                yield page
        finally:
            await _cancel(in_flight)

    def _fetch_ahead(self, page: Page[T], in_flight: deque[asyncio.Task[Page[T]]]) -> None:
        """Request the pages after `page` that are not in flight yet and are known to exist."""
        if not page.has_next:
            return
        last = page.number + 1 if page.total is None else -(-page.total // page.per_page)
        for number in range(page.number + 1 + len(in_flight), min(last, page.number + AHEAD) + 1):
            in_flight.append(_start(self._fetch(number)))

    async def _fetch(self, number: int | None) -> Page[T]:
        request = self._request if number is None else self._request.page(number)
        response = await self._transport.send(request)
        rows = self._transport.options.decoder.many(self._kind, request, response)
        headers = response.headers
        requested = request.params.get("page")
        number = _parse_integer(headers.get("x-page")) or (requested if isinstance(requested, int) else 1)
        per_page = _parse_integer(headers.get("x-per-page")) or max(len(rows), 1)
        total = _parse_integer(headers.get("x-total"))
        return Page(
            rows,
            number=number,
            per_page=per_page,
            total=total,
            has_next=number * per_page < total if total is not None else _has_next(headers.get("link", "")),
            pager=self,
        )

    def __repr__(self) -> str:
        return f"<Pager of {self._request.operation}>"


def _start(fetching: Coroutine[None, None, Page[T]]) -> asyncio.Task[Page[T]]:
    import asyncio  # imported late, as in `_transport`

    return asyncio.create_task(fetching)


async def _cancel(tasks: Collection[asyncio.Task[Page[T]]]) -> None:
    import asyncio

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _parse_integer(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


def _has_next(link: str) -> bool:
    """Whether a `Link` header has a next page. MOCO lists the last page before it."""
    return any(re.search(r';\s*rel="?next"?\s*(;|$)', part) for part in re.split(r",\s*(?=<)", link))
