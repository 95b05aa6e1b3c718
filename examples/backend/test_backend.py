"""The local table stays in sync whatever happens to the webhooks, and the pages work."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moco_async import MocoClient, Request, Response, Send
from moco_async.sandbox import Sandbox
from moco_async.webhooks import ensure_web_hooks, sign

from .app import EVENTS, Hooks, backend, make_receiver
from .keeper import Keeper
from .mirror import Entry, Mirror

ADDRESS = "https://backend.example"
URL = f"{ADDRESS}/moco/webhooks"


class Service:
    """The service without its pages: the keeper, and a receiver for webhooks."""

    def __init__(self, sandbox: Sandbox, database: Path | str = ":memory:", client: MocoClient | None = None) -> None:
        self.sandbox = sandbox
        self.client = client or sandbox.client()
        self.mirror = Mirror(database)
        self.keeper = Keeper(self.client, self.mirror, sandbox.now)
        self.receiver = make_receiver(Hooks(URL, sandbox.signing_key), self.keeper)
        sandbox.deliver_to(self.receiver.asgi)

    async def bring_in_step(self) -> None:
        await self.keeper.catch_up()
        await self.keeper.compare()

    async def deliver(self) -> None:
        async with self.receiver:  # which ends when everything is handled
            await self.sandbox.deliver()

    async def in_moco(self) -> list[Entry]:
        """What the table should be."""
        activities = await self.client.activities.list().all()
        return sorted(Entry.of(activity) for activity in activities)


@asynccontextmanager
async def in_step(sandbox: Sandbox, database: Path | str = ":memory:") -> AsyncIterator[Service]:
    """A service that has subscribed and caught up. At the end the sandbox is what it was."""
    before = sandbox.snapshot()
    service = Service(sandbox, database)
    try:
        await ensure_web_hooks(service.client, URL, EVENTS)
        await service.bring_in_step()
        yield service
    finally:
        service.mirror.close()
        sandbox.restore(before)
        sandbox.outbox.disturb()


@pytest.fixture
async def service(moco_sandbox: Sandbox) -> AsyncIterator[Service]:
    async with in_step(moco_sandbox) as service:
        yield service


@pytest.fixture
def few(moco_sandbox: Sandbox) -> Sandbox:
    """A sandbox with so few activities that it can be read often."""
    for record in moco_sandbox.store.where("activities")[:-12]:
        moco_sandbox.store.remove(record)
    return moco_sandbox


# Changes in MOCO and actions on the table. The numbers choose activities, days and hours.
number = st.integers(0, 40)
changes = st.tuples(st.sampled_from(["book", "change", "change", "move", "delete"]), number)
time_passes = st.tuples(st.just("time passes"), st.sampled_from([1, 20, 600, 7200]))
deliveries = st.just(("deliver", 0))
catching_up = st.tuples(st.sampled_from(["catch up", "compare"]), st.just(0))
share = st.sampled_from([0.0, 0.3, 0.7])
thorough = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example leaves the sandbox as it was
)


async def happen(service: Service, what: str, number: int) -> None:
    store, client, today = service.sandbox.store, service.client, service.sandbox.now().date()
    ids = [record["id"] for record in store.where("activities", billed=False)][-3:]
    chosen = ids[number % len(ids)] if ids else 0
    match what:
        case "book":
            task = store.where("project_tasks")[number]
            where = {"project_id": task["project_id"], "task_id": task["id"]}
            await client.activities.create(date=today, **where, seconds=60 * number)
        case "change" if ids:
            await client.activities.update(chosen, seconds=60 * number)
        case "move" if ids:
            await client.activities.update(chosen, date=today - timedelta(days=number))
        case "delete" if ids:
            await client.activities.delete(chosen)
        case "time passes":
            service.sandbox.travel(timedelta(seconds=number))
        case "deliver":
            await service.deliver()
        case "catch up":
            await service.keeper.catch_up()
        case "compare":
            await service.bring_in_step()


@thorough
@given(st.lists(st.one_of(changes, changes, time_passes, deliveries), max_size=25), share, st.integers(0, 1000))
async def test_shuffled_and_duplicated_webhooks_are_enough(
    few: Sandbox, what: list[tuple[str, int]], doubled: float, seed: int
) -> None:
    async with in_step(few) as service:
        few.outbox.disturb(shuffle=True, duplicate=doubled, seed=seed)
        for each in what:
            await happen(service, *each)
        await service.deliver()
        assert service.mirror.all() == await service.in_moco()


@thorough
@given(
    st.lists(st.one_of(changes, changes, time_passes, deliveries, catching_up), max_size=25),
    share,
    share,
    st.integers(0, 1000),
)
async def test_lost_webhooks_need_a_catch_up(
    few: Sandbox, what: list[tuple[str, int]], doubled: float, lost: float, seed: int
) -> None:
    async with in_step(few) as service:
        few.outbox.disturb(shuffle=True, duplicate=doubled, drop=lost, seed=seed)
        for each in what:
            await happen(service, *each)
        await service.deliver()
        await service.bring_in_step()
        assert service.mirror.all() == await service.in_moco()


async def test_what_changes_while_it_is_read_is_not_lost(service: Service) -> None:
    """Activities are booked, changed and deleted while pages are read and webhooks are handled."""
    ids = [record["id"] for record in service.sandbox.store.where("activities", billed=False)]

    async def work() -> None:
        for changed, deleted in zip(ids[:20], ids[-20:], strict=True):
            await service.client.activities.update(changed, seconds=60)
            await service.client.activities.delete(deleted)

    async def hear() -> None:
        for _ in range(20):
            await service.sandbox.deliver()

    service.sandbox.outbox.disturb(shuffle=True, duplicate=0.3, drop=0.3)
    async with service.receiver:
        await asyncio.gather(work(), hear(), service.bring_in_step())
    await service.bring_in_step()
    assert service.mirror.all() == await service.in_moco()


async def test_nothing_lost_costs_two_requests(service: Service) -> None:
    service.sandbox.requests.clear()
    await service.bring_in_step()
    changes, count = service.sandbox.requests
    assert changes.query.startswith("updated_after=")
    assert count.query == "per_page=1"


async def test_only_the_month_in_which_something_was_lost_is_read(service: Service) -> None:
    gone = service.sandbox.store.where("activities", billed=False)[-1]
    await service.client.activities.delete(gone["id"])
    service.sandbox.outbox.waiting.clear()
    service.sandbox.requests.clear()
    await service.bring_in_step()
    reads = [each.query for each in service.sandbox.requests if "from=" in each.query and "per_page" not in each.query]
    assert {re.findall(r"from=([\d-]{7})", query)[0] for query in reads} == {gone["date"][:7]}
    assert service.mirror.is_gone(gone["id"])


async def test_after_a_restart_it_goes_on_where_it_was(moco_sandbox: Sandbox, tmp_path: Path) -> None:
    async with in_step(moco_sandbox, tmp_path / "table") as service:
        expected = service.mirror.all()
    again = Service(moco_sandbox, tmp_path / "table")
    assert again.mirror.all() == expected
    assert again.mirror.caught_up is not None
    again.mirror.close()


async def test_a_deletion_is_verified_with_moco(service: Service) -> None:
    """Only the body is signed, and that of a deletion is an id: here of something else, under other headers."""
    known = service.mirror.all()
    body = json.dumps({"id": known[-1].id}).encode()
    signature = sign(body, service.sandbox.signing_key)
    headers = {"X-Moco-Target": "Activity", "X-Moco-Event": "delete", "X-Moco-Signature": signature}
    async with service.receiver:
        assert await service.receiver.accept(body, headers)
    assert service.mirror.all() == known


async def test_a_deletion_is_one_whatever_it_tells(service: Service) -> None:
    gone = (await service.client.activities.list(billed=False))[0]
    await service.client.activities.delete(gone.id)
    body = json.dumps(gone.to_dict()).encode()
    signature = sign(body, service.sandbox.signing_key)
    headers = {"X-Moco-Target": "Activity", "X-Moco-Event": "delete", "X-Moco-Signature": signature}
    async with service.receiver:
        assert await service.receiver.accept(body, headers)
    assert service.mirror.is_gone(gone.id)


async def test_a_deleted_activity_does_not_come_back(service: Service) -> None:
    """A page that was read before a deletion may be taken after it."""
    page = await service.client.activities.list(billed=False)
    service.mirror.remove(page[0].id)
    await service.keeper.take(page)
    assert service.mirror.get(page[0].id) is None


async def test_an_outdated_response_does_not_win() -> None:
    """MOCO answers, and before the answer is here the activity changes again, within the same second."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request, send: Send) -> Response:
        response = await send(request)
        if request.operation == "activities.get":
            asked.set()
            await go_on.wait()
        return response

    now = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)
    sandbox = Sandbox(rate_limit=None, clock=lambda: now)
    service = Service(sandbox, client=sandbox.client(middleware=[slow]))
    one = sandbox.store.where("activities", billed=False)[0]["id"]
    update = service.client.activities.update
    first, second = await update(one, seconds=60), await update(one, seconds=120)
    await service.keeper.take([second])
    now += timedelta(seconds=1)
    await update(one, seconds=180)
    asking = asyncio.create_task(service.keeper.take([first]))  # of the same second as `second`, so MOCO is asked
    await asked.wait()
    last = await update(one, seconds=240)
    telling = asyncio.create_task(service.keeper.take([last]))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(asking, telling)
    assert service.mirror.all() == [Entry.of(last)]
    service.mirror.close()


class Browser:
    """A browser on the pages."""

    def __init__(self, app: FastAPI, keeper: Keeper, mirror: Mirror) -> None:
        transport = httpx.ASGITransport(app=app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", follow_redirects=True)
        self.keeper, self.mirror = keeper, mirror

    async def see(self, path: str) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == 200
        return answer.text

    async def post(self, path: str, status: int = 200, **form: str) -> str:
        answer = await self.http.post(path, data=form)
        assert answer.status_code == status
        return answer.text


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    mirror = Mirror()
    yield mirror
    mirror.close()


@pytest.fixture
async def browser(moco_sandbox: Sandbox, moco: MocoClient, mirror: Mirror) -> AsyncIterator[Browser]:
    """The whole service, running and in sync."""
    keeper = Keeper(moco, mirror)
    app = backend(moco, mirror, keeper, Hooks(URL, moco_sandbox.signing_key))
    moco_sandbox.deliver_to({ADDRESS: app})
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(10):
            while keeper.in_step is None:  # noqa: ASYNC110  # the service has no use for an event
                await asyncio.sleep(0)
        browser = Browser(app, keeper, mirror)
        async with browser.http:
            yield browser


def find_user_id(sandbox: Sandbox, name: str) -> str:
    return next(str(user["id"]) for user in sandbox.store.where("users") if user["firstname"] == name)


async def test_the_page_shows_the_hours_of_a_month(browser: Browser, moco_sandbox: Sandbox) -> None:
    month = browser.mirror.latest_month(moco_sandbox.now().date())
    moco_sandbox.requests.clear()
    text = await browser.see(f"/?month={month}")
    assert not moco_sandbox.requests, "the page needs nothing but the table"
    seconds = sum(record["seconds"] for record in moco_sandbox.store.where("activities") if record["date"][:7] == month)
    assert f"<dd>{seconds / 3600:,.2f}</dd>" in text
    for row in browser.mirror.hours(month):
        assert f"{row.seconds / 3600:,.2f}" in text
    assert "Nothing was booked" in await browser.see("/?month=1999-12")
    assert (await browser.http.get("/?month=yesterday")).status_code == 422


async def test_the_pages_are_served_locally_only(browser: Browser) -> None:
    for path in ("/", "/sign-in", "/book"):
        assert (await browser.http.get(ADDRESS + path)).status_code == 403


async def test_it_has_subscribed_and_hears(browser: Browser, moco_sandbox: Sandbox) -> None:
    hooks = moco_sandbox.store.where("web_hooks", hook=URL)
    assert {(hook["target"], hook["event"]) for hook in hooks} == EVENTS
    gone = moco_sandbox.store.where("activities", billed=False)[0]
    moco_sandbox.store.remove(gone)
    (delivery,) = await moco_sandbox.deliver()
    assert delivery.status == 204
    async with asyncio.timeout(10):
        while not browser.mirror.is_gone(gone["id"]):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert "webhooks received since the start: 1 " in await browser.see("/")


async def test_people_book_as_themselves(browser: Browser, moco_sandbox: Sandbox) -> None:
    assert "Who are you?" in await browser.see("/book")
    luca = find_user_id(moco_sandbox, "Luca")
    assert "Book as Luca Favre" in await browser.post("/sign-in", user=luca)
    where = re.findall(r'value="(\d+:\d+)"', await browser.see("/book"))[0]
    day = moco_sandbox.now().date().isoformat()
    text = await browser.post("/book", where=where, day=day, hours="1.5", description="<b>Müsli</b>")
    assert "Booked 1.50 hours" in text
    assert "&lt;b&gt;Müsli&lt;/b&gt;" in text
    booked = moco_sandbox.store.where("activities")[-1]
    assert (str(booked["user_id"]), booked["seconds"]) == (luca, 5400)
    assert "Sign in" in await browser.post("/sign-out")
    assert "Who are you?" in await browser.post("/book", where=where, day=day, hours="1.5")
    assert moco_sandbox.store.where("activities")[-1] is booked


async def test_errors_of_moco_are_shown_and_can_be_corrected(browser: Browser, moco_sandbox: Sandbox) -> None:
    await browser.post("/sign-in", user=find_user_id(moco_sandbox, "Luca"))
    text = await browser.post("/book", 422, where="1:2", day="2026-03-18", hours="2", description="Müsli")
    assert "MOCO refused: " in text
    assert 'value="Müsli"' in text
    await browser.post("/book", 422, where="1", day="2026-03-18", hours="2")
    await browser.post("/sign-in", 404, user="999999")


async def test_a_booking_without_a_response_is_not_retried(browser: Browser, moco_sandbox: Sandbox) -> None:
    await browser.post("/sign-in", user=find_user_id(moco_sandbox, "Luca"))
    where = re.findall(r'value="(\d+:\d+)"', await browser.see("/book"))[0]
    count = len(moco_sandbox.store["activities"])
    moco_sandbox.faults.add("activities.create", disconnect=True, apply_first=True, times=1)
    text = await browser.post("/book", 422, where=where, day=moco_sandbox.now().date().isoformat(), hours="2")
    assert "it may have booked this" in text
    assert len(moco_sandbox.store["activities"]) == count + 1
    assert browser.mirror.count() == count
    await browser.keeper.catch_up()
    assert browser.mirror.count() == count + 1
