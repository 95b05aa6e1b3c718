"""Pagination: pages, rows, and lists that change while they are read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async import APIConnectionError, MocoClient, NotFoundError, ResponseError
from moco_async._prefetch import AHEAD
from moco_async.models import User
from moco_async.sandbox import Sandbox

Answer = Callable[[httpx.Request], httpx.Response]


def user(number: int) -> dict[str, Any]:
    return {"id": number, "firstname": "Ada", "lastname": str(number)}


class Server:
    """A paginated list of users, with those of MOCO's headers that `headers` names."""

    def __init__(self, rows: list[dict[str, Any]], *, headers: frozenset[str] = frozenset({"total", "link"})) -> None:
        self.rows = rows
        self.headers = headers
        self.asked: list[int] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.before: Callable[[int], object] = lambda page: None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        size = int(request.url.params.get("per_page", 100))
        self.asked.append(number)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0.001)
            self.before(number)
            rows = self.rows[(number - 1) * size : number * size]
            return httpx.Response(200, json=rows, headers=self.make_headers(number, size))
        finally:
            self.in_flight -= 1

    def make_headers(self, number: int, size: int) -> dict[str, str]:
        last = max(-(-len(self.rows) // size), 1)
        headers: dict[str, str] = {}
        if "total" in self.headers:
            headers |= {"X-Page": str(number), "X-Per-Page": str(size), "X-Total": str(len(self.rows))}
        if "link" in self.headers and number < last:
            headers["Link"] = (
                f'<http://moco/users?page={last}>; rel="last", <http://moco/users?page={number + 1}>; rel="next"'
            )
        return headers

    def client(self) -> MocoClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return MocoClient(
            base_url="http://moco/api/v1", api_key="key", http_client=http, rate_limit=None, max_retries=0
        )


def ids(rows: list[User]) -> list[int]:
    return [row.id for row in rows]


async def test_awaited_it_is_the_first_page() -> None:
    server = Server([user(n) for n in range(250)])
    page = await server.client().users.list()
    assert (len(page), page.number, page.per_page, page.total, page.has_next) == (100, 1, 100, 250, True)
    assert isinstance(page[0], User)
    assert [row.id for row in page[:2]] == [0, 1]
    assert repr(page) == "<Page 1: 100 of 250 rows>"
    assert server.asked == [1]


async def test_page_after_page_until_the_last() -> None:
    page = await Server([user(n) for n in range(250)]).client().users.list()
    seen = ids(list(page))
    while page.has_next:
        page = await page.next()
        seen += ids(list(page))
    assert seen == list(range(250))
    with pytest.raises(LookupError, match="page 3 is the last"):
        await page.next()


@settings(deadline=None, max_examples=60)
@given(
    total=st.integers(0, 60),
    size=st.integers(1, 20),
    headers=st.sampled_from([frozenset({"total", "link"}), frozenset({"total"}), frozenset({"link"})]),
)
def test_every_row_of_every_page_in_order(total: int, size: int, headers: frozenset[str]) -> None:
    async def main() -> list[User]:
        return await Server([user(n) for n in range(total)], headers=headers).client().users.list(per_page=size).all()

    assert ids(asyncio.run(main())) == list(range(total))


async def test_pages_are_fetched_ahead_but_not_without_bound() -> None:
    server = Server([user(n) for n in range(400)])
    assert len(await server.client().users.list(per_page=10).all()) == 400
    assert sorted(server.asked) == list(range(1, 41))
    assert 1 < server.most_in_flight <= AHEAD


async def test_a_slow_reader_slows_down_fetching() -> None:
    server = Server([user(n) for n in range(400)])
    pages = server.client().users.list(per_page=10).pages()
    for _ in range(3):
        await anext(pages)
        await asyncio.sleep(0.05)
    assert max(server.asked) <= 3 + AHEAD
    await pages.aclose()


async def test_fetching_stops_when_reading_stops() -> None:
    server = Server([user(n) for n in range(1000)])
    before = asyncio.all_tasks()
    async for row in server.client().users.list(per_page=10):
        if row.id == 25:
            break
    await asyncio.sleep(0.02)
    asked = len(server.asked)
    await asyncio.sleep(0.02)
    assert asyncio.all_tasks() == before
    assert len(server.asked) == asked <= 3 + AHEAD
    assert server.in_flight == 0


async def test_a_cancelled_reader_leaves_nothing_behind() -> None:
    server = Server([user(n) for n in range(1000)])
    before = asyncio.all_tasks()
    reading = asyncio.create_task(server.client().users.list(per_page=10).all())
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with asyncio.timeout(5):  # what was sent already is read to its end
        while asyncio.all_tasks() != before:  # noqa: ASYNC110  # tasks tell nobody that they end
            await asyncio.sleep(0.001)


async def test_a_row_that_moves_to_the_next_page_is_delivered_once() -> None:
    server = Server([user(n) for n in range(30)])

    def insert_in_front(page: int) -> None:
        if page == 2:
            server.rows.insert(0, user(1000))

    server.before = insert_in_front
    seen = ids(await server.client().users.list(per_page=10).all())
    assert len(seen) == len(set(seen))
    assert set(range(30)) <= set(seen)


async def test_a_list_that_shrinks_while_it_is_read_ends() -> None:
    server = Server([user(n) for n in range(100)])

    def delete_most(page: int) -> None:
        if page == 3:
            del server.rows[25:]

    server.before = delete_most
    seen = ids(await server.client().users.list(per_page=10).all())
    assert seen[:20] == list(range(20))
    assert len(seen) == len(set(seen))


async def test_a_list_that_grows_while_it_is_read_is_read_to_its_end() -> None:
    server = Server([user(n) for n in range(30)])

    def add_more(page: int) -> None:
        if page == 3 and len(server.rows) == 30:
            server.rows.extend(user(n) for n in range(30, 75))

    server.before = add_more
    assert ids(await server.client().users.list(per_page=10).all()) == list(range(75))


async def test_it_begins_with_the_requested_page() -> None:
    server = Server([user(n) for n in range(50)])
    assert ids(await server.client().users.list(per_page=10, page=4).all()) == list(range(30, 50))


async def test_an_error_on_a_later_page_comes_when_it_is_reached() -> None:
    server = Server([user(n) for n in range(50)])

    def gone(page: int) -> None:
        if page == 4:
            raise httpx.ReadError("gone")

    server.before = gone
    seen = []

    async def read() -> None:
        async for row in server.client().users.list(per_page=10):
            seen.append(row.id)

    with pytest.raises(APIConnectionError, match="ReadError"):
        await read()
    assert seen == list(range(30))


async def test_an_unpaginated_list_is_followed_if_moco_begins_to_paginate_it() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        link = {"Link": f'<{request.url}?page=3>; rel="last", <{request.url}?page={number + 1}>; rel="next"'}
        return httpx.Response(200, json=[f"tag {number}"], headers=link if number < 3 else {})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = MocoClient(base_url="http://moco/api/v1", api_key="key", http_client=http, rate_limit=None)
    assert await client.taggings.list("Project", 7) == ["tag 1", "tag 2", "tag 3"]


@pytest.mark.parametrize("body", [{"message": "?"}, "text", 7])
async def test_something_that_is_not_a_list_is_an_error(body: Any) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps(body))

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = MocoClient(base_url="http://moco/api/v1", api_key="key", http_client=http, rate_limit=None)
    with pytest.raises(ResponseError, match="where a list was expected"):
        await client.users.list()


header_soup = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60)


@settings(deadline=None, max_examples=200)
@given(link=header_soup, total=header_soup, number=header_soup, size=header_soup)
def test_any_header_is_tolerated(link: str, total: str, number: str, size: str) -> None:
    asked = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        values = {"Link": link, "X-Total": total, "X-Page": number, "X-Per-Page": size}
        headers = [(name.encode(), value.encode("latin-1")) for name, value in values.items()]
        return httpx.Response(200, json=[] if asked > 3 else [user(asked)], headers=headers)

    async def main() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        client = MocoClient(base_url="http://moco/api/v1", api_key="key", http_client=http, rate_limit=None)
        try:
            assert len(await client.users.list()) == 1
        except ResponseError as error:
            assert "was asked for" in str(error)  # noqa: PT017  # most headers mean nothing, one may be another page

    asyncio.run(main())


@pytest.fixture
async def client() -> AsyncIterator[MocoClient]:
    async with Sandbox(rate_limit=None).client() as made:
        yield made


async def test_the_sandbox_pages_like_moco(client: MocoClient) -> None:
    page = await client.activities.list(per_page=50)
    everything = await client.activities.list(per_page=50).all()
    assert page.total == len(everything) > 100
    assert len({activity.id for activity in everything}) == len(everything)


async def test_a_list_of_a_missing_record(client: MocoClient) -> None:
    with pytest.raises(NotFoundError):
        await client.project_tasks.list(4711)


async def test_a_pager_can_be_reused(client: MocoClient) -> None:
    pager = client.projects.list()
    assert await pager.all() == await pager.all()
    assert repr(pager) == "<Pager of projects.list>"
