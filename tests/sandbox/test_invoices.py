"""Invoices, their reminders, and exports to bookkeeping."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import booking, post, refused, rows


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
        unreachable_url = await api.post(f"{path}/send_email", json={"subject": "Rechnung", "text": "Hallo"})
        assert list(unreachable_url.json()) == ["emails_to"]
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


class TestReminders:
    async def test_levels(self, api: httpx.AsyncClient) -> None:
        invoice = (await rows(api, "/invoices", status="overdue"))[0]
        again = await post(api, "/invoice_reminders", invoice_id=invoice["id"], due_date=None)
        assert (again["title"], again["due_date"], again["status"]) == ("1. Mahnung", "2026-04-01", "created")
        assert again["invoice"]["dunning_level"] == 2
        await post(api, f"/invoice_reminders/{again['id']}/send_email", subject="Mahnung", text="Bitte")
        assert (await api.get(f"/invoice_reminders/{again['id']}")).json()["status"] == "sent"
        assert len((await api.get(f"/invoices/{invoice['id']}")).json()["reminders"]) == 2

    @pytest.mark.parametrize("kind", ["invoice", "purchase"])
    async def test_exports(self, api: httpx.AsyncClient, kind: str) -> None:
        chosen = (await rows(api, f"/{kind}s"))[:2]
        path, ids = f"/{kind}s/bookkeeping_exports", [row["id"] for row in chosen]
        export = await post(api, path, **{f"{kind}_ids": ids})
        assert (export["status"], export[f"{kind}_ids"]) == ("pending", ids)
        assert [export["from"], export["to"]] == sorted(row["date"] for row in chosen)
        assert (await post(api, path, **{f"{kind}_ids": ids}, trigger_submission=False))["status"] == "manual"
        assert await refused(api, path, **{f"{kind}_ids": [4711]}) == {f"{kind}_ids": ["must exist"]}
        assert await refused(api, path, **{f"{kind}_ids": []}) == {f"{kind}_ids": ["can't be blank"]}


async def test_what_an_invoice_bills_is_free_again(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    expense = sandbox.store.where("project_expenses", billed=False)[0]
    project = sandbox.store["projects"][expense["project_id"]]
    position = {"type": "item", "title": "Auslage", "net_total": 10, "expense_ids": [expense["id"]]}
    body = {"customer_id": project["customer_id"], "recipient_address": "Bern", "title": "Rechnung"}
    days = {"date": "2026-03-18", "due_date": "2026-04-18", "currency": project["currency"]}
    invoice = await post(api, "/invoices", **body, **days, items=[position], tax=19)
    assert (invoice["items"][0]["service_type"], expense["billed"]) == ("expense", True)
    await api.request("DELETE", f"/invoices/{invoice['id']}", json={"reason": "Irrtum"})
    assert (expense["billed"], expense["invoice_id"]) == (False, None)
