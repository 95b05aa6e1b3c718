"""What the sandbox does beyond creating, changing and deleting records."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: int) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(rate_limit=None, clock=clock)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=sandbox.app)
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/api/v1", headers=headers) as client:
        yield client


@pytest.fixture
async def project(api: httpx.AsyncClient) -> dict[str, Any]:
    first: dict[str, Any] = (await api.get("/projects")).json()[0]
    return first


def booking(project: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"date": "2026-03-18", "project_id": project["id"], "task_id": project["tasks"][1]["id"], **more}


class TestTimers:
    async def test_a_timer_counts(self, api: httpx.AsyncClient, clock: Clock, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=600))).json()
        path = f"/activities/{activity['id']}"
        started = await api.patch(f"{path}/start_timer")
        assert started.json()["timer_started_at"] == "2026-03-18T10:30:00Z"
        assert (await api.patch(f"{path}/start_timer")).status_code == 422
        assert (await api.put(path, json={"seconds": 60})).status_code == 422
        clock.pass_(minutes=20)
        stopped = (await api.patch(f"{path}/stop_timer")).json()
        assert (stopped["seconds"], stopped["hours"], stopped["timer_started_at"]) == (1800, 0.5, None)
        assert (await api.patch(f"{path}/stop_timer")).status_code == 422

    async def test_one_timer_a_user(self, api: httpx.AsyncClient, clock: Clock, project: dict[str, Any]) -> None:
        first, second = [(await api.post("/activities", json=booking(project))).json()["id"] for _ in range(2)]
        await api.patch(f"/activities/{first}/start_timer")
        clock.pass_(minutes=5)
        await api.patch(f"/activities/{second}/start_timer")
        assert (await api.get(f"/activities/{first}")).json()["seconds"] == 300
        changed = await api.put(f"/activities/{second}", json={"stop_timer": True, "seconds": 60})
        assert (changed.json()["seconds"], changed.json()["timer_started_at"]) == (60, None)

    async def test_only_today(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, date="2026-03-17"))).json()
        assert (await api.patch(f"/activities/{activity['id']}/start_timer")).status_code == 422


class TestActivities:
    async def test_bulk_is_all_or_nothing(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        before = (await api.get("/activities")).headers["x-total"]
        rows = [booking(project, seconds=60) for _ in range(3)]
        refused = await api.post("/activities/bulk", json={"activities": [*rows, {**rows[0], "task_id": 999999}]})
        assert refused.json() == {"task_id": ["must exist"]}
        assert (await api.get("/activities")).headers["x-total"] == before
        created = await api.post("/activities/bulk", json={"activities": rows})
        assert len(created.json()) == 3
        too_many = await api.post("/activities/bulk", json={"activities": rows * 34})
        assert (too_many.status_code, list(too_many.json())) == (422, ["activities"])

    async def test_a_task_of_another_project(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        other = (await api.get("/projects")).json()[1]
        refused = await api.post("/activities", json=booking(project, task_id=other["tasks"][0]["id"]))
        assert list(refused.json()) == ["task_id"]

    @pytest.mark.parametrize(
        ("variant", "rate"), [("project", 160), ("billing_variant_rate_per_task", 90), ("user", 55)]
    )
    async def test_whose_rate_counts(
        self, api: httpx.AsyncClient, sandbox: Sandbox, project: dict[str, Any], variant: str, rate: float
    ) -> None:
        sandbox.store["project_contracts"][project["contracts"][-1]["id"]].update(user_id=1, hourly_rate=55)
        await api.put(f"/projects/{project['id']}/tasks/{project['tasks'][1]['id']}", json={"hourly_rate": 90})
        await api.put(f"/projects/{project['id']}", json={"billing_variant": variant})
        activity = (await api.post("/activities", json=booking(project))).json()
        assert activity["hourly_rate"] == rate

    async def test_billable_seconds_are_the_leaders(
        self, api: httpx.AsyncClient, sandbox: Sandbox, project: dict[str, Any]
    ) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=3600))).json()
        path = f"/activities/{activity['id']}/billable_seconds"
        refused = await api.patch(path, json={"seconds": 1800})
        assert (refused.status_code, refused.content) == (403, b"")
        await api.put(f"/projects/{project['id']}", json={"co_leader_id": 1})
        changed = (await api.patch(path, json={"seconds": 1800})).json()
        assert (changed["seconds"], changed["worked_seconds"]) == (1800, 3600)

    async def test_disregard(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=3600))).json()
        body = {"reason": "Kulanz", "activity_ids": [activity["id"]], "company_id": project["customer"]["id"]}
        assert (await api.post("/activities/disregard", json={**body, "company_id": 1})).status_code == 422
        assert (await api.post("/activities/disregard", json=body)).json() == [activity["id"]]
        assert (await api.get(f"/activities/{activity['id']}")).json()["billed"] is True
        assert (await api.delete(f"/activities/{activity['id']}")).status_code == 422
        rows = (await api.get("/invoices?include_disregarded=true&status=disregarded")).json()
        assert [row["title"] for row in rows] == ["Kulanz"]
        assert (await api.get(f"/invoices/{rows[0]['id']}.pdf")).status_code == 404
        assert "Kulanz" not in [row["title"] for row in (await api.get("/invoices")).json()]


class TestPresences:
    async def test_touch_opens_and_closes(self, api: httpx.AsyncClient, clock: Clock) -> None:
        opened = (await api.post("/users/presences/touch", json={"is_home_office": True})).json()
        assert (opened["from"], opened["to"], opened["is_home_office"]) == ("10:30", None, True)
        clock.pass_(hours=2)
        closed = (await api.post("/users/presences/touch")).json()
        assert (closed["id"], closed["to"]) == (opened["id"], "12:30")

    async def test_nothing_stays_of_a_minute(self, api: httpx.AsyncClient) -> None:
        opened = (await api.post("/users/presences/touch")).json()
        discarded = await api.post("/users/presences/touch")
        assert (discarded.status_code, discarded.content) == (200, b"")
        assert (await api.get(f"/users/presences/{opened['id']}")).status_code == 404

    async def test_conflicts(self, api: httpx.AsyncClient) -> None:
        day = {"date": "2026-03-18", "from": "09:00", "to": "12:00"}
        assert (await api.post("/users/presences", json=day)).status_code == 200
        assert (await api.post("/users/presences", json={**day, "from": "11:00", "to": "13:00"})).status_code == 422
        unclear = await api.post("/users/presences/touch", json={"override": "at noon"})
        assert list(unclear.json()) == ["override"]
        locked = await api.post("/users/presences/touch")
        assert (locked.status_code, locked.content) == (423, b"")
        late = await api.post("/users/presences/touch", json={"override": "2026-03-18 13:00"})
        assert late.json()["from"] == "13:00"
        backwards = await api.post("/users/presences/touch", json={"override": "2026-03-18 12:30"})
        assert backwards.status_code == 423

    async def test_home_office_is_for_the_whole_day(self, api: httpx.AsyncClient) -> None:
        morning = (
            await api.post("/users/presences", json={"date": "2026-03-18", "from": "08:00", "to": "09:00"})
        ).json()
        assert morning["is_home_office"] is False
        await api.post("/users/presences", json={"date": "2026-03-18", "from": "10:00", "is_home_office": True})
        assert (await api.get(f"/users/presences/{morning['id']}")).json()["is_home_office"] is True


class TestProjects:
    async def test_archive(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        archived = (await api.put(f"/projects/{project['id']}/archive")).json()
        assert (archived["active"], archived["archived_on"]) == (False, "2026-03-18T10:30:00Z")
        back = (await api.put(f"/projects/{project['id']}/unarchive")).json()
        assert (back["active"], back["archived_on"]) == (True, None)

    async def test_share(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}"
        shared = (await api.put(f"{path}/share")).json()
        assert shared["url"] == (await api.get(path)).json()["customer_report_url"]
        assert (await api.put(f"{path}/disable_share")).json() == {"id": project["id"], "active": False, "url": None}
        assert (await api.get(path)).json()["customer_report_url"] is None

    async def test_groups(self, api: httpx.AsyncClient, sandbox: Sandbox, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}"
        assert (await api.put(f"{path}/unassign_project_group")).json()["project_group"] is None
        group = sandbox.store.add("project_groups", name="Leuchttürme")
        assigned = await api.put(f"{path}/assign_project_group", json={"project_group_id": group["id"]})
        assert assigned.json()["project_group"] == {"id": group["id"], "name": "Leuchttürme"}
        refused = await api.put(f"{path}/assign_project_group", json={"project_group_id": 999999})
        assert refused.json() == {"project_group_id": ["must exist"]}

    async def test_report(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        before = (await api.get(f"/projects/{project['id']}/report")).json()
        await api.post("/activities", json=booking(project, seconds=7200))
        after = (await api.get(f"/projects/{project['id']}/report")).json()
        assert after["hours_billable"] - before["hours_billable"] == pytest.approx(2)
        assert before["budget_remaining"] - after["budget_remaining"] == pytest.approx(2 * project["hourly_rate"])
        assert sum(task["hours_total"] for task in after["costs_by_task"]) == pytest.approx(after["hours_total"])


async def test_users_leave(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    billed = next(row for row in sandbox.store["activities"].values() if row["billed"])
    assert (await api.delete("/users/1")).json() == {"base": ["Users cannot delete themselves"]}
    assert (await api.delete(f"/users/{billed['user_id']}")).json() == {"base": ["The user has billed hours"]}
    for row in sandbox.store.where("activities", user_id=billed["user_id"]):
        row["billed"] = False
    assert (await api.delete(f"/users/{billed['user_id']}")).status_code == 204
    assert (await api.get(f"/activities?user_id={billed['user_id']}")).json() == []
    assert billed["user_id"] not in {
        contract["user_id"] for row in (await api.get("/projects")).json() for contract in row["contracts"]
    }


async def test_performance_report(api: httpx.AsyncClient, project: dict[str, Any]) -> None:
    await api.post("/activities", json=booking(project, seconds=7200))
    report = (await api.get("/users/1/performance_report?year=2026")).json()
    assert [month["month"] for month in report["monthly"]] == list(range(1, 13))
    assert report["monthly"][2]["hours_tracked_total"] == 2
    assert report["annually"]["target_hours"] == 261 * 8
    assert report["annually"]["variation_until_today"] == 2 - 8 * 55
    assert (await api.get("/users/1/performance_report?year=1999")).status_code == 400


class TestInvoices:
    def body(self, project: dict[str, Any], **more: Any) -> dict[str, Any]:
        positions = [
            {"type": "title", "title": "Stunden"},
            {"type": "item", "title": "Konzept", "quantity": 10, "unit": "h", "unit_price": 150},
            {"type": "item", "title": "Pauschale", "net_total": 500},
            {"type": "item", "title": "Extra", "net_total": 900, "optional": True},
        ]
        return {
            "customer_id": project["customer"]["id"],
            "project_id": project["id"],
            "recipient_address": "Müller & Söhne\nBern",
            "date": "2026-03-18",
            "due_date": "2026-04-17",
            "title": "Café (März)",
            "currency": "EUR",
            "tax": 19,
            "items": positions,
            **more,
        }

    async def test_totals(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        invoice = (await api.post("/invoices", json=self.body(project, discount=10))).json()
        assert (invoice["net_total"], invoice["tax"], invoice["gross_total"]) == (1800, 19, 2142)
        assert [item["net_total"] for item in invoice["items"]] == [0, 1500, 500, 900]
        assert invoice["identifier"].startswith("R26")
        assert invoice["vat"]["tax"] == 19

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"due_date": "2026-03-01"}, "due_date"),
            ({"vat_code_id": 999999}, "vat_code_id"),
            ({"tax": None}, "vat_code_id"),
            ({"items": [{"type": "item", "title": "x", "activity_ids": [999999]}]}, "items"),
            ({"items": [{"type": "gift"}]}, "items.type"),
        ],
    )
    async def test_refusals(
        self, api: httpx.AsyncClient, project: dict[str, Any], more: dict[str, Any], field: str
    ) -> None:
        refused = await api.post("/invoices", json=self.body(project, **more))
        assert (refused.status_code, list(refused.json())) == (422, [field])

    async def test_the_vat_code_beats_the_tax(
        self, api: httpx.AsyncClient, sandbox: Sandbox, project: dict[str, Any]
    ) -> None:
        reduced = sandbox.store.where("vat_code_sales", tax=7.0)[0]
        invoice = (await api.post("/invoices", json=self.body(project, vat_code_id=reduced["id"]))).json()
        assert (invoice["tax"], invoice["vat"]["id"], invoice["gross_total"]) == (7, reduced["id"], 2140)

    async def test_payments_settle_it(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        invoice = (await api.post("/invoices", json=self.body(project, discount=10))).json()
        path = f"/invoices/{invoice['id']}"
        payment = {"date": "2026-03-20", "invoice_id": invoice["id"], "paid_total": 2000}
        await api.post("/invoices/payments", json=payment)
        assert (await api.get(path)).json()["status"] == "partially_paid"
        rest = await api.post("/invoices/payments/bulk", json={"bulk_data": [{**payment, "paid_total": 142}]})
        paid = (await api.get(path)).json()
        assert paid["status"] == "paid"
        assert [row["paid_total"] for row in paid["payments"]] == [2000, 142]
        assert rest.json()[0]["invoice"]["identifier"] == invoice["identifier"]
        assert (await api.request("DELETE", path, json={"reason": "Irrtum"})).status_code == 422
        for row in paid["payments"]:
            assert (await api.delete(f"/invoices/payments/{row['id']}")).status_code == 204
        assert (await api.get(path)).json()["status"] == "created"
        other = await api.post("/invoices/payments", json={"date": "2026-03-20", "paid_total": 5})
        assert list(other.json()) == ["description"]

    async def test_activities_are_billed(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=3600, description="Größen"))).json()
        item = {"type": "item", "title": "Stunden", "net_total": 160, "activity_ids": [activity["id"]]}
        invoice = (await api.post("/invoices", json=self.body(project, items=[item]))).json()
        billed = (await api.get(f"/activities/{activity['id']}")).json()
        assert (billed["billed"], billed["invoice_id"]) == (True, invoice["id"])
        timesheet = (await api.get(f"/invoices/{invoice['id']}/timesheet")).json()
        assert [row["id"] for row in timesheet] == [activity["id"]]
        assert (await api.get(f"/invoices/{invoice['id']}/timesheet.pdf")).content.startswith(b"%PDF-1.4")
        assert (await api.delete(f"/invoices/{invoice['id']}")).status_code == 422
        gone = await api.request("DELETE", f"/invoices/{invoice['id']}", json={"reason": "Irrtum"})
        assert gone.status_code == 204
        assert (await api.get(f"/activities/{activity['id']}")).json()["billed"] is False

    async def test_drafts(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        draft = (await api.post("/invoices", json=self.body(project, status="draft"))).json()
        path = f"/invoices/{draft['id']}"
        assert draft["identifier"] is None
        assert (await api.put(f"{path}/update_status", json={"status": "sent"})).status_code == 422
        assert (await api.get(f"{path}/timesheet.pdf")).status_code == 404
        assert (await api.delete(path)).status_code == 204

    async def test_status(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        invoice = (await api.post("/invoices", json=self.body(project))).json()
        path = f"/invoices/{invoice['id']}"
        assert (await api.put(f"{path}/update_status", json={"status": "ignored"})).status_code == 204
        assert (await api.get(path)).json()["status"] == "ignored"
        assert (await api.put(f"{path}/update_status", json={"status": "paid"})).status_code == 422
        assert {row["locked"] for row in (await api.get("/invoices/locked")).json()} == {True}

    async def test_pdf(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        invoice = (await api.post("/invoices", json=self.body(project))).json()
        pdf = await api.get(f"/invoices/{invoice['id']}.pdf")
        assert pdf.headers["content-type"] == "application/pdf"
        name = f"{invoice['identifier']} Caf? (M?rz).pdf"
        encoded = f"{invoice['identifier']}%20Caf%C3%A9%20%28M%C3%A4rz%29.pdf"
        assert pdf.headers["content-disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{encoded}"
        # The table of a PDF says where each of its objects begins.
        start = int(pdf.content.rsplit(b"startxref\n", 1)[1].split()[0])
        assert pdf.content[start:].startswith(b"xref\n0 6\n")
        for number, line in enumerate(pdf.content[start:].splitlines()[3:8], 1):
            assert pdf.content[int(line[:10]) :].startswith(b"%d 0 obj" % number)
        assert "Café \\(März\\)".encode("cp1252") in pdf.content

    async def test_email(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        invoice = (await api.post("/invoices", json=self.body(project))).json()
        path = f"/invoices/{invoice['id']}"
        sent = (await api.post(f"{path}/send_email", json={"subject": "Rechnung", "text": "Hallo"})).json()
        assert sent["emails_to"] == "rechnung@kunde1.example"
        await api.put(f"/companies/{project['customer']['id']}", json={"email": None})
        nobody = await api.post(f"{path}/send_email", json={"subject": "Rechnung", "text": "Hallo"})
        assert list(nobody.json()) == ["emails_to"]
        assert (await api.get(path)).json()["status"] == "sent"

    async def test_attachments(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        invoice = (await api.post("/invoices", json=self.body(project))).json()
        path = f"/invoices/{invoice['id']}/attachments"
        file = {"filename": "beleg.pdf", "base64": b64encode(b"%PDF-1.4 ...").decode()}
        added = await api.post(path, json={"attachment": file})
        assert (added.status_code, added.json()["title"]) == (201, "beleg.pdf")
        assert (await api.get(path)).json() == [added.json()]
        assert (await api.post(path, json={"attachment": {**file, "base64": "!"}})).status_code == 422
        assert (await api.delete(f"{path}/{added.json()['id']}")).json() == added.json()
        assert (await api.get(path)).json() == []


async def test_taggings(api: httpx.AsyncClient, project: dict[str, Any]) -> None:
    path = f"/taggings/Project/{project['id']}"
    assert (await api.put(path, json={"tags": ["Größe", "B"]})).json() == ["Größe", "B"]
    assert (await api.patch(path, json={"tags": ["B", "C"]})).json() == ["Größe", "B", "C"]
    assert (await api.request("DELETE", path, json={"tags": ["Größe", "X"]})).json() == ["B", "C"]
    assert (await api.get(path)).json() == ["B", "C"]
    assert (await api.get(f"/projects/{project['id']}")).json()["labels"] == ["B", "C"]
    assert (await api.get(f"/taggings/Planet/{project['id']}")).status_code == 400
    assert (await api.get("/taggings/Project/999999")).status_code == 404


async def test_web_hooks(api: httpx.AsyncClient) -> None:
    hook = (await api.get("/account/web_hooks")).json()[0]
    path = f"/account/web_hooks/{hook['id']}"
    off = (await api.put(f"{path}/disable")).json()
    assert (off["disabled"], off["disabled_at"]) == (True, "2026-03-18T10:30:00Z")
    on = (await api.put(f"{path}/enable")).json()
    assert (on["disabled"], on["disabled_at"]) == (False, None)
    moved = await api.put(path, json={"hook": "https://new.example", "event": "delete"})
    assert (moved.json()["hook"], moved.json()["event"]) == ("https://new.example", "create")
