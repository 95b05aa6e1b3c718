"""Webhooks of the sandbox: which changes are events, what a delivery looks like, and what becomes of it."""

from __future__ import annotations

import asyncio
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from moco_async.sandbox import Delivery, Sandbox
from moco_async.sandbox.engine.spec import bundled
from moco_async.sandbox.webhooks.events import TARGETS
from moco_async.webhooks import WebhookEvent, WebhookReceiver
from tests.sandbox.helpers import NOW, http, make_project, post, served

ADDRESS = "https://receiver.example/moco"


class Receiver:
    """Takes deliveries down, and answers as it is told."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.taken.append((dict(request.headers), await request.body()))
        self.paths.append(request.url.path)
        if self.status == 0:
            raise RuntimeError("this receiver is broken")
        return Response(status_code=self.status)

    @property
    def events(self) -> list[tuple[str, str]]:
        return [(headers["x-moco-target"], headers["x-moco-event"]) for headers, _ in self.taken]

    @property
    def payloads(self) -> list[Any]:
        return [json.loads(body) for _, body in self.taken]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


@pytest.fixture
def receiver(sandbox: Sandbox) -> Receiver:
    receiver = Receiver()
    sandbox.deliver_to(receiver.app)
    return receiver


async def subscribe(api: httpx.AsyncClient, *events: str, address: str = ADDRESS) -> int:
    """Subscribe to events as `Company create`; the id of the last webhook is returned."""
    number = 0
    for event in events:
        target, _, action = event.partition(" ")
        hook = await post(api, "/account/web_hooks", target=target, event=action, hook=address)
        number = int(hook["id"])
    return number


async def company(api: httpx.AsyncClient, name: str = "Süß") -> dict[str, Any]:
    return await post(api, "/companies", name=name, type="supplier")


class TestEvents:
    async def test_a_record_from_its_beginning_to_its_end(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        await subscribe(api, "Company create", "Company update", "Company delete")
        made = await company(api)
        await api.put(f"/companies/{made['id']}", json={"name": "Sauer", "custom_properties": {"Ort": "Bern"}})
        await api.delete(f"/companies/{made['id']}")
        assert len(await sandbox.deliver()) == 3
        assert receiver.events == [("Company", "create"), ("Company", "update"), ("Company", "delete")]
        created, updated, deleted = receiver.payloads
        assert created == made
        assert updated["name"] == "Sauer"
        assert deleted == {"id": made["id"], "custom_properties": {"Ort": "Bern"}}
        assert await sandbox.deliver() == []

    async def test_what_is_gone_has_no_custom_fields_where_its_kind_has_none(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        await subscribe(api, "Presence delete")
        presence = await post(api, "/users/presences", **{"date": "2026-03-18", "from": "08:00"})
        await api.delete(f"/users/presences/{presence['id']}")
        await sandbox.deliver()
        assert receiver.payloads == [{"id": presence["id"]}]

    async def test_only_what_is_subscribed_to_and_switched_on(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        hook = await subscribe(api, "Project create", "Company create")
        await api.put(f"/account/web_hooks/{hook}/disable")
        await company(api)
        await api.put(f"/account/web_hooks/{hook}/enable")
        await company(api)
        await sandbox.deliver()
        assert receiver.events == [("Company", "create")]

    async def test_a_call_that_is_refused_tells_nothing(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        await subscribe(api, "Company create")
        assert (await api.post("/companies", json={"name": "x"})).status_code == 422
        assert not sandbox.outbox.waiting

    async def test_one_call_may_change_much(self, api: httpx.AsyncClient, sandbox: Sandbox, receiver: Receiver) -> None:
        project = await make_project(api)
        task = await post(api, f"/projects/{project['id']}/tasks", name="Konzept")
        booking = {"date": "2026-03-18", "project_id": project["id"], "task_id": task["id"], "seconds": 60}
        first, second = await post(api, "/activities", **booking), await post(api, "/activities", **booking)
        await subscribe(api, "Activity update")
        await api.patch(f"/activities/{first['id']}/start_timer")
        await api.patch(f"/activities/{second['id']}/start_timer")  # which stops the first one
        await sandbox.deliver()
        assert [payload["id"] for payload in receiver.payloads] == [first["id"], first["id"], second["id"]]
        assert [bool(payload["timer_started_at"]) for payload in receiver.payloads] == [True, False, True]

    async def test_drafts_and_approvals_have_names_of_their_own(self, receiver: Receiver) -> None:
        sandbox = Sandbox(rate_limit=None, clock=lambda: NOW)
        sandbox.deliver_to(receiver.app)
        store = sandbox.store
        async with http(sandbox) as api:
            await subscribe(api, "InvoiceDraft update", "Invoice update", "Invoice::Approval update")
        states = {invoice["status"]: invoice for invoice in store["invoices"].values()}
        store.change(states["draft"], title="Entwurf")
        store.change(states["sent"], title="Rechnung")
        approval = store.where("approvals", target_type="invoice")[0]
        store.change(approval, status="approved")
        await sandbox.deliver()
        assert [target for target, _ in receiver.events] == ["InvoiceDraft", "Invoice", "Invoice::Approval"]

    def test_every_target_of_the_spec_but_one_has_its_records(self) -> None:
        known = set(bundled().document["components"]["schemas"]["WebHookTarget"]["enum"])
        told = {name for names in TARGETS.values() for name in names}
        elsewhere = {"Invoice", "InvoiceDraft", "Invoice::Approval", "Purchase::Approval"}
        assert known - told - elsewhere == {"User::PeriodLockOverride"}  # of which the API has no records
        assert told <= known

    async def test_what_every_kind_of_record_tells_is_what_the_spec_says(self) -> None:
        sandbox = Sandbox(rate_limit=None, clock=lambda: NOW)
        store, spec = sandbox.store, bundled()
        for collection, names in TARGETS.items():
            store.add("web_hooks", target=names[0], event="update", hook=ADDRESS, disabled=False)
            for record in list(store[collection].values())[:1]:
                store.change(record)
                payload = json.loads(sandbox.outbox.waiting.pop().body)
                path = f"paths/{spec.operation(f'{collection}.get').path.replace('/', '~1')}"
                pointer = f"{path}/get/responses/200/content/application~1json/schema"
                spec.validator(pointer).validate(payload)
        assert not sandbox.outbox.waiting


class TestDeliveries:
    async def test_headers(self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver) -> None:
        await subscribe(api, "Company create")
        await company(api)
        await sandbox.deliver()
        [(headers, body)] = receiver.taken
        moco = {name: text for name, text in headers.items() if name.startswith("x-moco-")}
        assert moco == {
            "x-moco-account-url": "sandbox",
            "x-moco-event": "create",
            "x-moco-origin": "api",
            "x-moco-signature": hmac.digest(sandbox.signing_key.encode(), body, "sha256").hex(),
            "x-moco-target": "Company",
            "x-moco-timestamp": str(int(NOW.timestamp()) * 1000),
            "x-moco-user-id": "1",
        }
        assert headers["content-type"] == "application/json"
        assert "Süß".encode() in body
        assert receiver.paths == ["/moco"]

    async def test_a_change_behind_the_api_has_no_origin(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        made = await company(api)
        await subscribe(api, "Company update")
        sandbox.store.change(sandbox.store["companies"][made["id"]], name="Von Hand")
        await sandbox.deliver()
        assert receiver.taken[0][0]["x-moco-origin"] == ""
        assert receiver.payloads[0]["name"] == "Von Hand"

    async def test_our_own_receiver_takes_them(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        events: list[WebhookEvent[Any]] = []
        async with WebhookReceiver(sandbox.signing_key, account="sandbox") as receiver:
            receiver.on()(events.append)
            sandbox.deliver_to(receiver.asgi)
            await subscribe(api, "Company create")
            made = await company(api)
            [delivery] = await sandbox.deliver()
        assert delivery.status == 204
        [event] = events
        assert (event.id, event.action, event.from_api, event.timestamp) == (made["id"], "create", True, NOW)

    async def test_receivers_by_address(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        here, there = Receiver(), Receiver()
        sandbox.deliver_to({"https://a.example": here.app, "https://a.example/there": there.app})
        for address in ("https://a.example/x", "https://a.example/there", "https://b.example/x"):
            await subscribe(api, "Company create", address=address)
        await company(api)
        deliveries = await sandbox.deliver()
        assert [delivery.status for delivery in deliveries] == [204, 204, None]
        assert (here.paths, there.paths) == (["/x"], ["/there"])

    @pytest.mark.parametrize("status", [500, 301, 0])
    async def test_what_is_not_taken_comes_again(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver, status: int
    ) -> None:
        await subscribe(api, "Company create")
        await company(api)
        receiver.status = status
        [delivery] = await sandbox.deliver()
        assert delivery.status == (status or 500)
        assert not delivery.taken
        receiver.status = 200
        assert await sandbox.deliver() == [delivery]
        assert (delivery.taken, delivery.attempts) == (True, 2)
        assert receiver.taken[0] == receiver.taken[1]
        assert list(sandbox.outbox.sent) == [delivery, delivery]

    async def test_a_receiver_that_takes_too_long(
        self, sandbox: Sandbox, api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(scope: Scope, receive: Receive, send: Send) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr("moco_async.sandbox.webhooks.outbox.TIMEOUT", 0.01)
        sandbox.deliver_to(hang)
        await subscribe(api, "Company create")
        await company(api)
        [delivery] = await sandbox.deliver()
        assert delivery.status is None

    async def test_500_failures_in_a_row_switch_a_web_hook_off(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        hook = await subscribe(api, "Company create")
        for number in range(5):
            await company(api, str(number))
        receiver.status = 500
        for _ in range(99):
            await sandbox.deliver()
        receiver.status = 200
        await sandbox.deliver()  # a success resets the count
        receiver.status = 500
        for number in range(5):
            await company(api, str(number))
        for _ in range(99):
            await sandbox.deliver()
        assert not (await api.get(f"/account/web_hooks/{hook}")).json()["disabled"]
        await sandbox.deliver()
        record = (await api.get(f"/account/web_hooks/{hook}")).json()
        assert record["disabled"]
        assert record["disabled_at"] == "2026-03-18T10:30:00Z"
        assert await sandbox.deliver() == []
        await company(api)
        assert not sandbox.outbox.waiting

    async def test_what_waits_for_a_web_hook_that_is_gone_is_forgotten(
        self, sandbox: Sandbox, api: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        hook = await subscribe(api, "Company create")
        await company(api)
        await api.delete(f"/account/web_hooks/{hook}")
        assert await sandbox.deliver() == []
        assert not sandbox.outbox.waiting


class TestAccidents:
    async def received(self, **accidents: Any) -> list[str]:
        sandbox, receiver = Sandbox(seed=False, rate_limit=None, clock=lambda: NOW), Receiver()
        sandbox.deliver_to(receiver.app)
        sandbox.outbox.disturb(**accidents)
        async with http(sandbox) as api:
            await subscribe(api, "Company create")
            for number in range(20):
                await company(api, f"{number:02}")
        await sandbox.deliver()
        assert not sandbox.outbox.waiting
        return [payload["name"] for payload in receiver.payloads]

    async def test_none(self) -> None:
        assert await self.received() == [f"{number:02}" for number in range(20)]

    async def test_shuffled(self) -> None:
        names = await self.received(shuffle=True, seed=1)
        assert names != sorted(names)
        assert sorted(names) == await self.received()
        assert names == await self.received(shuffle=True, seed=1) != await self.received(shuffle=True, seed=2)

    async def test_duplicated(self) -> None:
        names = await self.received(duplicate=0.5)
        assert sorted(set(names)) == await self.received()
        assert 25 <= len(names) <= 35
        assert len(await self.received(duplicate=1)) == 40

    async def test_dropped(self) -> None:
        names = await self.received(drop=0.5)
        assert names == sorted(names)
        assert 5 <= len(names) <= 15
        assert await self.received(drop=1) == []

    def test_shares_are_shares(self, sandbox: Sandbox) -> None:
        with pytest.raises(ValueError, match="from 0 to 1"):
            sandbox.outbox.disturb(drop=1.1)

    async def test_a_copy_that_fails_does_not_bring_back_one_that_was_taken(
        self, sandbox: Sandbox, api: httpx.AsyncClient
    ) -> None:
        statuses = [200, 500]

        async def fickle(scope: Scope, receive: Receive, send: Send) -> None:
            await Response(status_code=statuses.pop(0))(scope, receive, send)

        sandbox.deliver_to(fickle)
        sandbox.outbox.disturb(duplicate=1)
        await subscribe(api, "Company create")
        await company(api)
        assert len(await sandbox.deliver()) == 2
        assert not sandbox.outbox.waiting


class TestServed:
    async def test_they_go_out_by_themselves(self) -> None:
        sandbox = Sandbox(seed=False, rate_limit=None)
        arrived = asyncio.Event()

        async def receiver(scope: Scope, receive: Receive, send: Send) -> None:
            await Response(status_code=204)(scope, receive, send)
            arrived.set()

        sandbox.deliver_to(receiver)
        async with served(sandbox) as address, http(sandbox, address=address) as api:
            await subscribe(api, "Company create")
            await company(api)
            async with asyncio.timeout(5):
                await arrived.wait()

    async def test_they_come_again_when_they_are_due(self) -> None:
        sandbox = Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)
        receiver, arrivals = Receiver(500), asyncio.Semaphore(0)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await receiver.app(scope, receive, send)
            arrivals.release()

        sandbox.deliver_to(app)
        async with sandbox.outbox.serving(), http(sandbox) as api, asyncio.timeout(5):
            await subscribe(api, "Company create")
            await company(api)
            for pause in (10, 20, 40):
                await arrivals.acquire()
                sandbox.travel(timedelta(seconds=pause))
            await arrivals.acquire()
        assert len(receiver.taken) == 4

    async def test_to_an_address_on_the_network(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        other = Sandbox(seed=False, rate_limit=None)
        async with served(other) as address:
            await subscribe(api, "Company create", address=f"{address}/hooks")
            await company(api)
            [delivery] = await sandbox.deliver()
        assert delivery.status == 404
        assert other.requests[0].path == "/hooks"
        assert other.requests[0].headers["x-moco-target"] == "Company"


def test_a_delivery_shows_what_it_is() -> None:
    delivery = Delivery(7, "Company", "create", b"{}", {}, NOW)
    assert (delivery.taken, delivery.attempts, delivery.status) == (False, 0, None)
