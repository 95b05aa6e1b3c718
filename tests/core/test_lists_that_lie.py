"""Lists whose headers or bodies cannot be true, rows without usable ids, lists left half read, and lists misused."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async import MocoClient, MocoError, Page, Pager, Request, ResponseError
from moco_async._prefetch import AHEAD, PATIENCE
from moco_async.models import User

NEXT = '<http://moco/users?page=2>; rel="next"'
MANY = 3 * (PATIENCE + AHEAD)
"""More requests than a list without an end may take."""


class Moco:
    """Answers pages as `page` makes them, and counts how often."""

    def __init__(self, page: Callable[[int], httpx.Response]) -> None:
        self.page = page
        self.asked: list[int] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        self.client = MocoClient(
            base_url="http://moco/api/v1", api_key="key", http_client=http, rate_limit=None, max_retries=0
        )

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        self.asked.append(number)
        await asyncio.sleep(0)
        assert len(self.asked) < 1000, "it does not end"
        return self.page(number)


def users(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in numbers]


async def following(pager: Pager[User]) -> None:
    page = await pager
    while page.has_next:
        page = await page.next()


async def iterated(pager: Pager[User]) -> None:
    async for _ in pager:
        pass


async def by_pages(pager: Pager[User]) -> None:
    async for _ in pager.pages():
        pass


ways = pytest.mark.parametrize("read", [following, iterated, by_pages])
Way = Callable[[Pager[User]], Awaitable[None]]


# MOCO's promises


def endless(**headers: str) -> Callable[[int], httpx.Response]:
    """Rows on the first page, then nothing."""
    return lambda number: httpx.Response(200, json=users(1) if number == 1 else [], headers=headers)


def always(number: int, **headers: str) -> Callable[[int], httpx.Response]:
    return lambda _: httpx.Response(200, json=users(number), headers=headers)


ENDLESS = {
    "a next page for ever": endless(Link=NEXT),
    "a total of a trillion": endless(**{"X-Total": "1" + "0" * 12}),
    "a total of a trillion, one row a page": endless(**{"X-Total": "1" + "0" * 12, "X-Per-Page": "1"}),
    "always the first page": always(1, **{"X-Page": "1", "X-Per-Page": "1", "X-Total": "9"}),
    "always the first page, by its link": always(1, **{"X-Page": "1", "Link": NEXT}),
    "always the same row": always(1, Link=NEXT),
    "always the same row of many": always(1, **{"X-Total": "1" + "0" * 12}),
}


@ways
@pytest.mark.parametrize("page", ENDLESS.values(), ids=ENDLESS)
async def test_a_list_without_an_end_ends_in_an_error(page: Callable[[int], httpx.Response], read: Way) -> None:
    moco = Moco(page)
    with pytest.raises(ResponseError):
        await read(moco.client.users.list())
    assert len(moco.asked) < MANY


@pytest.mark.parametrize("read", [iterated, by_pages])
async def test_two_pages_in_turn_without_an_end_are_an_error(read: Way) -> None:
    moco = Moco(lambda number: httpx.Response(200, json=users(number % 2), headers={"Link": NEXT}))
    with pytest.raises(ResponseError, match="the list has no end"):
        await read(moco.client.users.list())
    assert len(moco.asked) < MANY


async def test_rows_without_ids_cannot_go_on_for_ever_either() -> None:
    moco = Moco(lambda number: httpx.Response(200, json=[f"tag {number % 3}"], headers={"Link": NEXT}))
    with pytest.raises(ResponseError, match="the list has no end"):
        await moco.client.taggings.list("Project", 7)
    assert len(moco.asked) < MANY


@pytest.mark.parametrize("asked", [None, 3])
async def test_another_page_than_was_asked_for_is_an_error(asked: int | None) -> None:
    moco = Moco(always(1, **{"X-Page": "7"}))
    with pytest.raises(ResponseError, match=f"page 7 where page {asked or 1} was asked for"):
        await moco.client.users.list(page=asked)


@pytest.mark.parametrize("headers", [{"X-Total": "250"}, {"Link": NEXT}, {"X-Total": "1"}])
async def test_no_rows_where_some_are_promised_are_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(ResponseError, match="answered no rows on page 1, and promises"):
        await Moco(lambda _: httpx.Response(200, json=[], headers=headers)).client.users.list()


@pytest.mark.parametrize("headers", [{"X-Total": "0"}, {}, {"X-Total": "nothing"}])
async def test_no_rows_where_none_are_promised_are_an_empty_list(headers: dict[str, str]) -> None:
    moco = Moco(lambda _: httpx.Response(200, json=[], headers=headers))
    page = await moco.client.users.list()
    assert (list(page), page.has_next) == ([], False)
    assert await moco.client.users.list().all() == []


async def test_a_page_behind_the_last_is_empty() -> None:
    moco = Moco(lambda _: httpx.Response(200, json=[], headers={"X-Page": "9", "X-Per-Page": "10", "X-Total": "30"}))
    assert list(await moco.client.users.list(page=9, per_page=10)) == []


ABSURD = ["9" * 100_000, "-1", "٣", "²", "0", "1e3", "1.5", "NaN", "", " ", "0x10", "1, 1", "1" + "0" * 30]


@pytest.mark.parametrize("header", ["X-Total", "X-Page", "X-Per-Page"])
@pytest.mark.parametrize("value", ABSURD, ids=lambda value: value[:8])
async def test_an_absurd_number_is_as_good_as_none(header: str, value: str) -> None:
    def page(number: int) -> httpx.Response:
        true = {"X-Page": str(number), "X-Per-Page": "2", "X-Total": "4"}
        if number < 2:
            true["Link"] = NEXT
        headers = [(name, text.encode()) for name, text in (true | {header: value}).items()]
        return httpx.Response(
            200, json=users(2 * number, 2 * number + 1), headers=[(n.encode(), v) for n, v in headers]
        )

    moco = Moco(page)
    assert [row.id for row in await moco.client.users.list(per_page=2).all()] == [2, 3, 4, 5]
    assert moco.asked == [1, 2]


@settings(deadline=None, max_examples=100)
@given(
    headers=st.fixed_dictionaries(
        {},
        optional={
            "X-Page": st.integers(-1, 5).map(str),
            "X-Per-Page": st.integers(-1, 12).map(str),
            "X-Total": st.integers(-1, 40).map(str),
            "Link": st.sampled_from([NEXT, '<http://moco/users?page=4>; rel="last"', "next", ";;;"]),
        },
    ),
    sizes=st.lists(st.integers(0, 6), max_size=12),
)
@pytest.mark.parametrize("read", [iterated, by_pages])
def test_whatever_the_headers_say_it_ends(read: Way, headers: dict[str, str], sizes: list[int]) -> None:
    def page(number: int) -> httpx.Response:
        size = sizes[number - 1] if number <= len(sizes) else 0
        return httpx.Response(200, json=users(*range(10 * number, 10 * number + size)), headers=headers)

    async def main() -> None:
        with suppress(MocoError):
            await read(Moco(page).client.users.list())

    asyncio.run(main())


# Rows a page, where MOCO does not say


@pytest.mark.parametrize(("per_page", "full"), [(None, 100), (100, 100), (40, 40), (500, 100)])
async def test_without_x_per_page_a_page_has_the_rows_of_a_full_one(per_page: int | None, full: int) -> None:
    rows = users(*range(250))

    def page(number: int) -> httpx.Response:
        return httpx.Response(200, json=rows[(number - 1) * full : number * full], headers={"X-Total": "250"})

    moco = Moco(page)
    assert len(await moco.client.users.list(per_page=per_page).all()) == 250
    assert sorted(moco.asked) == list(range(1, -(-250 // full) + 1))
    moco.asked.clear()
    await following(moco.client.users.list(per_page=per_page))
    assert moco.asked == list(range(1, -(-250 // full) + 1))


async def test_a_short_last_page_to_begin_with_is_the_last() -> None:
    moco = Moco(lambda _: httpx.Response(200, json=users(*range(50)), headers={"X-Total": "250"}))
    page = await moco.client.users.list(page=3)
    assert (page.number, page.per_page, page.has_next) == (3, 100, False)


# Empty answers

EMPTY = {
    "nothing": httpx.Response(200),
    "blanks": httpx.Response(200, content=b" \r\n"),
    "null": httpx.Response(200, content=b"null"),
    "no content": httpx.Response(204),
    "a total": httpx.Response(200, headers={"X-Total": "250"}),
    "gzip of nothing": httpx.Response(200, content=gzip.compress(b""), headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
async def test_an_empty_body_is_neither_a_list_nor_a_record(empty: httpx.Response, strict: bool) -> None:
    client = Moco(lambda _: empty).client.with_options(strict=strict)
    with pytest.raises(ResponseError):
        await client.users.list()
    with pytest.raises(ResponseError):
        await client.users.list().all()
    with pytest.raises(ResponseError):
        await client.taggings.list("Project", 7)
    with pytest.raises(ResponseError):
        await client.taggings.replace("Project", 7, tags=["a"])
    with pytest.raises(ResponseError):
        await client.users.get(7)
    assert await client.presences.touch() is None, "the spec says that it may be empty"


@pytest.mark.parametrize("empty", [EMPTY["nothing"], EMPTY["no content"]])
async def test_an_empty_body_is_not_a_file(empty: httpx.Response) -> None:
    with pytest.raises(ResponseError, match="an empty body instead of a file"):
        await Moco(lambda _: empty).client.invoices.pdf(7)


# Rows without usable ids


@pytest.mark.parametrize("strange", [{}, [], [1], {"a": 1}, None, 1.5, True])
async def test_an_id_that_is_none_raises_nothing_and_loses_nothing(strange: object) -> None:
    rows = [{"id": strange, "firstname": "a"}, {"id": strange, "firstname": "b"}, {"id": 1}, {"firstname": "c"}]
    moco = Moco(lambda number: httpx.Response(200, json=rows, headers={"Link": NEXT} if number == 1 else {}))
    assert len(await moco.client.users.list().all()) == 7, "the row with an id is there once"
    assert len(await Moco(lambda _: httpx.Response(200, json=rows)).client.projects.assigned()) == 4


async def test_rows_of_one_answer_are_not_dropped_for_equal_ids() -> None:
    moco = Moco(lambda _: httpx.Response(200, json=users(1, 1, 2)))
    assert [row.id for row in await moco.client.users.list().all()] == [1, 1, 2]
    assert [row.id for row in await moco.client.user_roles.list()] == [1, 1, 2]


# Lists left half read


@pytest.fixture
def noise() -> Iterator[list[dict[str, Any]]]:
    """What the loop was told of tasks and exceptions that nobody cared for."""
    heard: list[dict[str, Any]] = []
    yield heard
    assert heard == []


def listen(noise: list[dict[str, Any]]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))


async def quiet() -> None:
    """Let what was dropped be collected and come to its end."""
    for _ in range(5):
        gc.collect()
        await asyncio.sleep(0)


def pages_of_ten(number: int) -> httpx.Response:
    if number > 4:
        return httpx.Response(500)
    rows = users(*range(10 * number, 10 * number + 10))
    return httpx.Response(200, json=rows, headers={"X-Page": str(number), "X-Per-Page": "10", "X-Total": "1000"})


@pytest.mark.parametrize("end", [20, 35])
async def test_a_list_left_on_a_later_page_leaves_nothing_behind(noise: list[dict[str, Any]], end: int) -> None:
    listen(noise)
    moco, before = Moco(pages_of_ten), asyncio.all_tasks()
    for _ in range(100):
        moco.asked.clear()
        async for row in moco.client.users.list():
            if row.id == end:
                break
    await quiet()
    assert asyncio.all_tasks() == before


async def test_a_generator_that_is_closed_or_thrown_into_leaves_nothing_behind(noise: list[dict[str, Any]]) -> None:
    listen(noise)
    before = asyncio.all_tasks()
    pager = Moco(pages_of_ten).client.users.list()
    async with aclosing(pager.pages()) as pages:
        await anext(pages)
        await anext(pages)
    rows = pager.__aiter__()
    for _ in range(15):
        await anext(rows)
    with pytest.raises(KeyError):
        await rows.athrow(KeyError("thrown"))  # type: ignore[attr-defined]  # it is a generator
    assert asyncio.all_tasks() == before
    await quiet()


def test_a_loop_that_ends_with_a_list_half_read_is_quiet(noise: list[dict[str, Any]]) -> None:
    kept = []

    async def main() -> None:
        listen(noise)
        rows = Moco(pages_of_ten).client.users.list().__aiter__()
        for _ in range(15):
            await anext(rows)
        kept.append(rows)

    asyncio.run(main())
    kept.clear()
    gc.collect()


# Lists that are misused


@pytest.mark.parametrize(
    "use",
    [bool, len, list, iter, reversed, lambda pager: pager[0], lambda pager: pager[:2], lambda pager: 7 in pager],
    ids=["bool", "len", "list", "iter", "reversed", "index", "slice", "in"],
)
def test_a_list_that_was_not_awaited_says_what_to_write(use: Callable[[Any], object]) -> None:
    pager = Moco(endless()).client.users.list()
    with pytest.raises(TypeError) as caught:
        use(pager)
    for advice in ("`await client.users.list(...)`", ".all()`", "`async for row in client.users.list(...)`"):
        assert advice in str(caught.value)


async def test_a_page_is_not_iterated_asynchronously() -> None:
    page: Any = await Moco(endless()).client.users.list()
    with pytest.raises(TypeError, match="iterate over it with `for`"):
        async for _ in page:
            pass
    assert [row.id for row in page] == [1]


def test_a_pager_shows_and_compares_like_any_object() -> None:
    pager = Pager(None, User, Request("users.list", "GET", "/users"))  # type: ignore[arg-type]  # it is not asked
    assert pager == pager  # noqa: PLR0124
    assert {pager: 1}
    assert json.dumps(repr(pager))
    assert repr(Page([1, 2], number=3, per_page=2, total=None, has_next=False)) == "<Page 3: 2 of ? rows>"
