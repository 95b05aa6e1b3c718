"""Lists that change while they are read: every row that stays is read once."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async import MocoClient, Pager, Request, Response, ResponseError, Send
from moco_async.models import User
from moco_async.sandbox import Sandbox


@dataclass
class Look:
    """A page that was made: of which version of the list, with which total, and whether the client got it."""

    version: int
    total: int
    present: frozenset[int]
    received: bool = False


@dataclass
class Looks:
    """What the client could see of a list that changes."""

    looks: list[Look] = field(default_factory=list)

    def staying(self) -> frozenset[int]:
        """The rows that were there from the first page to the last."""
        return frozenset.intersection(*(look.present for look in self.looks if look.received))

    def show(self) -> bool:
        """Whether all movement shows in the totals."""
        got = [look for look in self.looks if look.received]
        return all(one.version == two.version or one.total != two.total for one, two in pairwise(got))


@dataclass
class Moving:
    """A list in a fixed order, served by pages, to which something may happen before each answer.

    Attributes:
        rows: The ids of its rows.
        change: What happens.
        latency: How many turns of the loop pass for a page, before the list is looked at and after.
        fixed: Rows a page, if the list does not heed `per_page`.
        asked: Number and size of the pages that were asked for.
    """

    rows: list[int]
    change: Callable[[Moving], object] = lambda _: None
    latency: Callable[[int], tuple[int, int]] = lambda _: (0, 0)
    fixed: int | None = None
    version: int = 0
    asked: list[tuple[int, int]] = field(default_factory=list)
    seen: Looks = field(default_factory=Looks)

    def delete(self, index: int) -> None:
        if self.rows:
            del self.rows[index % len(self.rows)]
            self.version += 1

    def create(self, index: int) -> None:
        self.version += 1
        self.rows.insert(index % (len(self.rows) + 1), 1_000_000 + self.version)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", 1))
        size = self.fixed or int(request.url.params.get("per_page", 100))
        self.asked.append((number, size))
        before, after = self.latency(number)
        for _ in range(before):
            await asyncio.sleep(0)
        self.change(self)
        rows = self.rows[(number - 1) * size : number * size]
        headers = {"X-Page": str(number), "X-Per-Page": str(size), "X-Total": str(len(self.rows))}
        look = Look(self.version, len(self.rows), frozenset(self.rows))
        self.seen.looks.append(look)
        for _ in range(after):
            await asyncio.sleep(0)
        look.received = True
        return httpx.Response(200, json=[{"id": number} for number in rows], headers=headers)

    def list(self, **arguments: Any) -> Pager[User]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        client = MocoClient(
            base_url="http://moco/api/v1", api_key="key", http_client=http, rate_limit=None, max_retries=0
        )
        return client.users.list(**arguments)

    async def ids(self, **arguments: Any) -> builtins.list[int]:
        return [row.id async for row in self.list(**arguments)]


def once(position: int, change: Callable[[Moving], object]) -> Callable[[Moving], object]:
    """Change the list before the answer at this position, the first being 1."""
    return lambda moving: change(moving) if len(moving.seen.looks) + 1 == position else None


async def test_rows_that_move_to_a_page_that_was_read_are_found() -> None:
    def delete_three(moving: Moving) -> None:
        del moving.rows[:3]

    moving = Moving(list(range(30)), once(2, delete_three))
    assert sorted(await moving.ids(per_page=10)) == list(range(30))
    assert moving.asked[:3] == [(1, 10), (2, 10), (3, 10)]
    assert len(moving.asked) <= 6


@pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 95, 1000])
async def test_nothing_is_read_twice_when_nothing_moves(total: int) -> None:
    moving = Moving(list(range(total)), latency=lambda _: (3, 3))
    assert await moving.ids(per_page=10) == list(range(total))
    assert sorted(moving.asked) == [(number, 10) for number in range(1, max(-(-total // 10), 1) + 1)]


async def test_rows_come_in_their_order_as_far_as_possible() -> None:
    moving = Moving(list(range(200)), once(12, lambda moving: moving.delete(0)))
    rows = await moving.ids(per_page=10)
    late = [row for row, next_one in pairwise(rows) if row > next_one]
    assert sorted(rows) == list(range(200))
    assert len(late) <= 1


async def test_most_of_a_long_list_may_go() -> None:
    def delete_most(moving: Moving) -> None:
        del moving.rows[:850]

    moving = Moving(list(range(1000)), once(90, delete_most))
    assert set(range(850, 1000)) <= set(await moving.ids(per_page=10))
    assert len(moving.asked) < 150


@pytest.mark.parametrize("position", [0, 350, 10**6], ids=["in front", "within", "behind"])
@pytest.mark.parametrize("size", [100, 40, 7])
async def test_a_list_that_grows_with_every_answer_is_read_to_its_end(position: int, size: int) -> None:
    moving = Moving(list(range(800)), lambda moving: moving.create(min(position, len(moving.rows))))
    assert set(range(800)) <= set(await moving.ids(per_page=size))
    assert len(moving.asked) < 4 * 800 / size + 10


@pytest.mark.parametrize("size", [100, 40, 7])
async def test_a_list_that_shrinks_with_every_answer_is_read_to_its_end(size: int) -> None:
    moving = Moving(list(range(800)), lambda moving: moving.delete(0))
    rows = await moving.ids(per_page=size)
    assert moving.seen.staying() <= set(rows)
    assert len(moving.asked) < 4 * 800 / size + 10


async def test_a_list_that_has_pages_of_one_size_alone_is_read_as_well() -> None:
    moving = Moving(list(range(100)), once(5, lambda moving: moving.delete(3)), fixed=10)
    assert sorted(await moving.ids()) == list(range(100))


async def test_a_list_that_never_rests_is_given_up() -> None:
    moving = Moving(list(range(100)), lambda moving: moving.create(50), fixed=1)
    with pytest.raises(ResponseError, match="changes faster than it can be read"):
        await moving.ids(per_page=1)
    assert len(moving.asked) < 300


async def test_a_page_to_begin_with_stays_the_beginning() -> None:
    def delete_two(moving: Moving) -> None:
        del moving.rows[30:32]  # of the page that was read

    moving = Moving(list(range(100)), once(2, delete_two))
    assert sorted(await moving.ids(per_page=10, page=4)) == list(range(30, 100))


@pytest.mark.parametrize("late", [0, 200], ids=["before", "after"])
async def test_a_total_that_came_back_is_told_by_the_answers_beside(late: int) -> None:
    """The third page is made before the second, which has the total of the first again; it arrives before or after."""

    def change(moving: Moving) -> None:
        if len(moving.seen.looks) == 1:
            moving.delete(0)
        elif len(moving.seen.looks) == 2:
            moving.create(len(moving.rows))

    moving = Moving(list(range(60)), change, lambda number: (100 if number == 2 else 0, late if number == 3 else 0))
    rows = await moving.ids(per_page=20)
    assert [look.total for look in moving.seen.looks[:3]] == [60, 59, 60]
    assert set(range(1, 60)) <= set(rows)


moves = st.lists(st.integers(0, 10**6), max_size=4)


@settings(deadline=None, max_examples=400)
@given(
    total=st.integers(0, 200),
    size=st.integers(1, 40),
    schedule=st.lists(st.tuples(moves, moves), max_size=40),
    seed=st.integers(0, 10**9),
    latency=st.sampled_from([0, 1, 8, 40]),
)
def test_every_row_that_stays_is_read_once(
    total: int, size: int, schedule: list[tuple[list[int], list[int]]], seed: int, latency: int
) -> None:
    changes = iter(schedule)
    dice = Random(seed)

    def change(moving: Moving) -> None:
        deleted, created = next(changes, ([], []))
        for index in deleted:
            moving.delete(index)
        for index in created:
            moving.create(index)

    moving = Moving(list(range(total)), change, lambda _: (dice.randint(0, latency), dice.randint(0, latency)))
    ids = asyncio.run(moving.ids(per_page=size))
    assert len(ids) == len(set(ids))
    if moving.seen.show():
        assert moving.seen.staying() <= set(ids)
    if not moving.version:
        assert len(moving.asked) == max(-(-total // size), 1)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**9), size=st.integers(1, 6))
def test_writers_beside_readers_in_the_sandbox(seed: int, size: int) -> None:
    dice = Random(seed)

    async def main() -> None:
        sandbox = Sandbox(rate_limit=None)
        seen, lock, version = Looks(), asyncio.Lock(), 0
        async with sandbox.client() as writer:
            ids = [(await writer.units.create(name=f"Team {number}")).id for number in range(20)]

            async def write() -> int:
                kind = dice.choice(["create", "change", "delete", "nothing"]) if ids else "create"
                if kind == "create":
                    ids.append((await writer.units.create(name=f"Team {dice.random()}")).id)
                elif kind == "change":
                    await writer.units.update(dice.choice(ids), name=f"Team {dice.random()}")
                elif kind == "delete":
                    await writer.units.delete(ids.pop(dice.randrange(len(ids))))
                return kind in ("create", "delete")

            async def write_beside(request: Request, send: Send) -> Response:
                nonlocal version
                async with lock:
                    version += await write()
                    look = Look(version, len(ids), frozenset(ids))
                    seen.looks.append(look)
                    response = await send(request)
                look.received = True
                return response

            async with sandbox.client(middleware=[write_beside]) as reader:
                rows = [unit.id async for unit in reader.units.list(per_page=size)]
        assert len(rows) == len(set(rows))
        if seen.show():
            assert seen.staying() <= set(rows)

    asyncio.run(main())
