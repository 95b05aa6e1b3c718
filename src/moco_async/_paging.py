"""Lists of MOCO: a page, and all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, TypeVar

from ._page import Answer, Page, page_from_response
from ._prefetch import AHEAD, News, Prefetch, identities, is_due
from ._request import Request
from ._sweep import Sweep
from ._transport import Transport

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["Page", "Pager"]

T = TypeVar("T")


class Pager(Generic[T]):
    """A list of MOCO, not yet fetched.

    Awaited it is its first page; iterated, `async for`, it is every row of every page, the following pages
    being fetched ahead while the first are read. It can be used again, and asks MOCO anew each time.

    Iterated it gives every row that is there from the first request to the last, once, also when others are created,
    changed and deleted meanwhile: where the totals that come with each page tell that something moved, what could
    have been missed is read again. That takes requests only when something moved. Rows found late come late. It holds
    for a sort that changes do not touch, and for what the totals tell: nobody sees a deletion and a creation that
    cancel out between two answers.
    """

    __slots__ = ("_kind", "_request", "_transport")

    def __init__(self, transport: Transport, kind: type[T], request: Request) -> None:
        self._transport = transport
        self._kind = kind
        self._request = request

    def __await__(self) -> Generator[None, None, Page[T]]:
        return self._first_page().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        """Every row of every page.

        Raises:
            ResponseError: a page is not what was asked for, the list has no end, or changes faster than it can be read.
        """
        sweep = Sweep(self._fetch, await self._fetch(None))
        async with aclosing(sweep):
            while True:
                for row in sweep.rows:
                    yield row
                if not await sweep.read_on():
                    return

    async def all(self) -> list[T]:
        """Every row of every page."""
        return [row async for row in self]

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Page by page, in order, as they are when they are fetched.

        Rows that are created or deleted meanwhile move others from page to page; to get every row, iterate over
        the list itself.
        """
        answer = await self._fetch(None)
        per_page, number = answer.page.per_page, answer.page.number + 1
        news = News()
        async with aclosing(Prefetch[Answer[T]]()) as prefetch:
            while True:
                found = identities(answer.page)
                news.check(answer, found, is_useful=bool(news.learn(found)))
                yield answer.page
                if not answer.page.has_next:
                    return
                while is_due(number, answer.page, per_page, len(prefetch), AHEAD):
                    prefetch.ask(self._fetch(number, per_page))
                    number += 1
                answer = await prefetch.next()

    async def _first_page(self) -> Page[T]:
        return (await self._fetch(None)).page

    async def _fetch(self, number: int | None, usual: int | None = None, per_page: int | None = None) -> Answer[T]:
        """Ask for a page.

        Args:
            number: The page, `None` for the first.
            usual: Rows a page, should MOCO not say.
            per_page: Another size than the caller's.
        """
        request = self._request if number is None else self._request.page(number)
        if per_page is not None:
            request.params = {**request.params, "per_page": per_page}
        response = await self._transport.send(request)
        rows = self._transport.options.decoder.many(self._kind, request, response)
        return page_from_response(request, response, rows, usual=usual, fetch=self._fetch)

    def __repr__(self) -> str:
        return f"<Pager of {self._request.operation}>"

    if not TYPE_CHECKING:  # a type checker says it by itself

        def _is_not_fetched(self, *_: object) -> NoReturn:
            name = f"client.{self._request.operation}(...)"
            raise TypeError(
                f"{name} has not been fetched: write `await {name}` for one page, `await {name}.all()` for a list of"
                f" all rows, or iterate with `async for row in {name}`"
            )

        __bool__ = __contains__ = __getitem__ = __iter__ = __len__ = __reversed__ = _is_not_fetched
