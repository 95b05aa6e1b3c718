"""Offers, their confirmations, and approvals by the customer."""

from __future__ import annotations

from typing import Any

import httpx

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import Row, post, refused, rows, vat


class TestOffers:
    def body(self, sandbox: Sandbox, **more: Any) -> Row:
        items = [
            {"type": "title", "title": "Leistungen"},
            {"type": "item", "title": "Konzept", "quantity": 2, "unit": "h", "unit_price": 100},
            {"type": "item", "title": "Druck", "net_total": 300, "additional": True},
            {"type": "item", "title": "Extra", "net_total": 50, "optional": True},
        ]
        head = {"recipient_address": "Bern", "date": "2026-03-18", "due_date": "2026-04-18", "title": "Angebot"}
        whole = {**head, "items": items, "currency": "EUR", "vat_code_id": vat(sandbox, "sales", 19.0), **more}
        return {name: value for name, value in whole.items() if value is not None}

    async def test_sums(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = await post(api, "/offers", **self.body(sandbox, discount=10))
        assert (offer["net_total"], offer["tax"], offer["gross_total"]) == (450, 19, 535.5)
        assert (offer["vat"]["id"], offer["vat"]["tax"]) == (vat(sandbox, "sales", 19.0), 19)
        assert [item["service_type"] for item in offer["items"]] == [None, "service", "expense", "service"]
        assert offer["identifier"] == "A2603-004"
        assert offer["created_at"] == "2026-03-18T10:30:00.000Z"

    async def test_vat_code_or_rate(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        assert list(await refused(api, "/offers", **self.body(sandbox, vat_code_id=None))) == ["vat_code_id"]
        body = self.body(sandbox, vat_code_id=None)
        assert (await post(api, "/offers", **body, tax=7))["vat"]["id"] == vat(sandbox, "sales", 7.0)
        await refused(api, "/offers", **body, tax=12)

    async def test_the_project_decides(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        swiss, german = (sandbox.store.where("projects", currency=currency)[0] for currency in ("CHF", "EUR"))
        body = self.body(sandbox, currency=None)
        assert list(await refused(api, "/offers", **body)) == ["currency"]
        body |= {"project_id": swiss["id"], "company_id": german["customer_id"]}
        offer = await post(api, "/offers", **body)
        assert (offer["currency"], offer["company"]["id"]) == ("CHF", swiss["customer_id"])
        answer = await api.put(f"/offers/{offer['id']}/assign", json={"project_id": german["id"]})
        assert list(answer.json()) == ["currency"]
        answer = await api.put(f"/offers/{offer['id']}/assign", json={"project_id": None, "company_id": None})
        assert (answer.json()["project"], answer.json()["company"]) == (None, None)

    async def test_positions_by_their_ids(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = await post(api, "/offers", **self.body(sandbox))
        path, (_, concept, *_) = f"/offers/{offer['id']}", offer["items"]
        kept = {"id": concept["id"], "type": "item", "quantity": 3}
        changed = (await api.put(path, json={"items": [kept, {"type": "separator"}]})).json()
        assert [item["title"] for item in changed["items"]] == ["Konzept", None]
        assert (changed["items"][0]["id"], changed["net_total"]) == (concept["id"], 300)
        assert (await api.put(path, json={"items": [{"id": 1, "type": "item"}]})).status_code == 422

    async def test_only_open_offers_change(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        path = f"/offers/{(await post(api, '/offers', **self.body(sandbox)))['id']}"
        assert (await api.put(f"{path}/update_status", json={"status": "sent"})).status_code == 204
        assert (await api.put(path, json={"title": "Neu"})).status_code == 200
        assert (await api.delete(path)).status_code == 400
        await api.put(f"{path}/update_status", json={"status": "archived"})
        assert (await api.put(path, json={"title": "Neu"})).status_code == 400

    async def test_the_address_goes_to_the_customer(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        company = (await rows(api, "/companies", type="customer"))[0]
        body = self.body(sandbox, company_id=company["id"], currency=None, change_address="customer")
        await post(api, "/offers", **body)
        assert (await api.get(f"/companies/{company['id']}")).json()["address"] == "Bern"

    async def test_the_customer_approves(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = await post(api, "/offers", **self.body(sandbox))
        path = f"/offers/{offer['id']}/customer_approval"
        assert (offer["customer_approval"], (await api.get(path)).status_code) == (None, 404)
        assert (await api.post(f"{path}/deactivate")).status_code == 404
        await api.put(f"/offers/{offer['id']}", json={"footer": "<a>{customer_approval_link}</a>"})
        approval = (await api.get(path)).json()
        assert (approval["active"], approval["signed_at"]) == (True, None)
        assert (await api.post(f"{path}/deactivate")).json()["active"] is False
        again = (await api.post(f"{path}/activate")).json()
        assert again["approval_url"] == approval["approval_url"]
        shown = (await api.get(f"/offers/{offer['id']}")).json()["customer_approval"]
        assert (shown["url"], shown["active"]) == (again["approval_url"], True)

    async def test_a_confirmation_accepts(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = await post(api, "/offers", **self.body(sandbox))
        confirmation = await post(api, "/offer_confirmations", offer_id=offer["id"])
        assert (confirmation["title"], confirmation["date"]) == ("Auftragsbestätigung Angebot", "2026-03-18")
        shown = (await api.get(f"/offers/{offer['id']}")).json()
        assert (shown["status"], shown["offer_confirmation"]["id"]) == ("accepted", confirmation["id"])
        assert list(await refused(api, "/offer_confirmations", offer_id=offer["id"])) == ["offer_id"]
        pdf = await api.get(f"/offer_confirmations/{confirmation['id']}.pdf")
        assert pdf.content.startswith(b"%PDF-")
        assert "filename*=UTF-8''Auftragsbest%C3%A4tigung%20Angebot.pdf" in pdf.headers["content-disposition"]

    async def test_mail_goes_to_the_contact(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        unreachable_url = await post(api, "/offers", **self.body(sandbox))
        mail = {"subject": "Angebot", "text": "Hallo"}
        assert list(await refused(api, f"/offers/{unreachable_url['id']}/send_email", **mail)) == ["emails_to"]
        contact = next(iter(sandbox.store["contacts"].values()))
        offer = await post(api, "/offers", **self.body(sandbox, contact_id=contact["id"]))
        assert (await post(api, f"/offers/{offer['id']}/send_email", **mail))["emails_to"] == contact["work_email"]
        assert (await api.get(f"/offers/{offer['id']}")).json()["status"] == "sent"

    async def test_an_invoice_follows(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = (await rows(api, "/offers"))[0]
        assert "items" not in offer
        head = {"customer_id": offer["company"]["id"], "offer_id": offer["id"], "currency": "EUR"}
        items = [{"type": "item", "title": "Konzept", "net_total": 100}]
        body = {name: self.body(sandbox)[name] for name in ("recipient_address", "date", "due_date", "title")}
        invoice = await post(api, "/invoices", **head, **body, items=items, vat_code_id=vat(sandbox, "sales", 7.0))
        assert (invoice["offer_id"], invoice["vat"]["tax"], invoice["gross_total"]) == (offer["id"], 7, 107)
        assert (await api.get(f"/offers/{offer['id']}")).json()["invoice_id"] == invoice["id"]
