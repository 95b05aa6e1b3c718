"""One page of a list: its rows, and what MOCO's headers say of the others."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from ._pydantic import ForPydantic
from ._request import Request, Response
from .errors import ResponseError

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["Answer", "Page", "page_from_response"]

T = TypeVar("T")

PER_PAGE = 100
"""Rows a page where neither the caller nor a header says."""

MOST_DIGITS = 15
"""A longer number in a header is nonsense."""


class Page(ForPydantic, Sequence[T]):
    """A page of a list: a sequence of its rows.

    Attributes:
        number: The page's number, the first being 1.
        per_page: Rows a page.
        total: Rows of all pages together, `None` where MOCO does not say.
        has_next: Whether another page follows.
    """

    __slots__ = ("_fetch", "_rows", "has_next", "number", "per_page", "total")

    def __init__(
        self,
        rows: Sequence[T],
        *,
        number: int,
        per_page: int,
        total: int | None,
        has_next: bool,
        fetch: Callable[[int, int], Awaitable[Answer[T]]] | None = None,
    ) -> None:
        self._rows = rows
        self._fetch = fetch
        self.number = number
        self.per_page = per_page
        self.total = total
        self.has_next = has_next

    async def next(self) -> Page[T]:
        """The page after this one.

        Rows that are created or deleted meanwhile move others from page to page; to get every row, iterate over
        the list itself.

        Raises:
            LookupError: this is the last; ask `has_next` first.
            ResponseError: it is not the page after this one, or nothing where more was promised.
        """
        if not self.has_next or self._fetch is None:
            raise LookupError(f"page {self.number} is the last")
        answer = await self._fetch(self.number + 1, self.per_page)
        page = answer.page
        if page.has_next and page.total == self.total and page._rows == self._rows:
            raise answer.error(f"answered the rows of page {self.number} again, and promises more")
        return page

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

    if not TYPE_CHECKING:  # a type checker says it by itself

        def __aiter__(self) -> NoReturn:
            raise TypeError(
                "this is one page, already fetched: iterate over it with `for`, or without `await` over the list,"
                " `async for row in client.….list()`, for every row of every page"
            )


@dataclass(slots=True, eq=False)
class Answer(Generic[T]):
    """A page and where it came from.

    Attributes:
        begin: The position of its first row in the list, the first being 0.
        end: The position after its last.
    """

    page: Page[T]
    request: Request
    response: Response

    @property
    def begin(self) -> int:
        return (self.page.number - 1) * self.page.per_page

    @property
    def end(self) -> int:
        return self.page.number * self.page.per_page

    def error(self, message: str) -> ResponseError:
        return ResponseError(message, request=self.request, response=self.response)


def page_from_response(
    request: Request,
    response: Response,
    rows: list[T],
    *,
    usual: int | None = None,
    fetch: Callable[[int, int], Awaitable[Answer[T]]],
) -> Answer[T]:
    """The page an answer holds. `usual` is how many rows a page has, should MOCO not say.

    Raises:
        ResponseError: it is another page than was asked for, or has no rows where some are promised.
    """
    headers = response.headers
    asked = 1 if (given := request.params.get("page")) is None else _positive(given)
    number = _integer(headers, "x-page") or asked or 1
    total = _integer(headers, "x-total")
    promised = _promises_next(headers.get("link", ""))
    per_page = _told_per_page(headers, rows) or max(
        usual or _guessed_per_page(request, rows, number, total, promised), len(rows)
    )
    before = (number - 1) * per_page
    if total is not None and rows and total < before + len(rows):
        total = None  # nonsense, as there are more
    has_next = promised or (total is not None and number * per_page < total)
    page = Page(rows, number=number, per_page=per_page, total=total, has_next=has_next, fetch=fetch)
    answer = Answer(page, request, response)
    if asked and number != asked:
        raise answer.error(f"answered page {number} where page {asked} was asked for")
    if not rows and (has_next or (total is not None and before < total)):
        raise answer.error(f"answered no rows on page {number}, and promises {'more' if total is None else total}")
    return answer


def _told_per_page(headers: Mapping[str, str], rows: Sequence[object]) -> int | None:
    told = _integer(headers, "x-per-page")
    return told if told and told >= len(rows) else None


def _guessed_per_page(request: Request, rows: Sequence[object], number: int, total: int | None, promised: bool) -> int:
    """Rows a page, where MOCO does not say: those of a full page, or as many as were asked for."""
    is_full = promised or (number == 1 and total is not None and len(rows) < total)
    if is_full and rows:
        return len(rows)
    return _positive(request.params.get("per_page")) or PER_PAGE


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _integer(headers: Mapping[str, str], name: str) -> int | None:
    """A header as a number, `None` if it is not one, or absurd."""
    value = headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS else None


def _promises_next(link: str) -> bool:
    """Whether a `Link` header names a next page. MOCO names the last one before it."""
    return any(re.search(r';\s*rel="?next"?\s*(;|$)', part) for part in re.split(r",\s*(?=<)", link))
