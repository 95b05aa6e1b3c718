"""The sandbox's rules of selling and buying: contacts, deals, offers, reminders, purchases, receipts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox

Row = dict[str, Any]
PDF = {"filename": "Beleg.pdf", "base64": b64encode(b"%PDF-1.4\n").decode()}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(rate_limit=None, clock=lambda: datetime(2026, 3, 18, 10, 30, tzinfo=UTC))


def client(sandbox: Sandbox, key: str | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=sandbox.app)
    headers = {"Authorization": f"Bearer {key or sandbox.api_key}"}
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox/api/v1", headers=headers)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client(sandbox) as api:
        yield api


async def rows(api: httpx.AsyncClient, path: str, **query: Any) -> list[Row]:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json()
    return found


async def made(api: httpx.AsyncClient, path: str, **body: Any) -> Row:
    answer = await api.post(path, json=body)
    assert answer.is_success, answer.text
    created: Row = answer.json()
    return created


async def refused(api: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await api.post(path, json=body)
    assert answer.status_code == 422, answer.text
    return answer.json()


def vat(sandbox: Sandbox, kind: str, tax: float) -> int:
    return next(int(code["id"]) for code in sandbox.store[f"vat_code_{kind}"].values() if code["tax"] == tax)


class TestContacts:
    async def test_older_and_other_names(self, api: httpx.AsyncClient) -> None:
        company = (await rows(api, "/companies"))[0]
        body = {"lastname": "?", "name": "Groß", "gender": "F", "bday": "1980-02-29", "organization_id": company["id"]}
        contact = await made(api, "/contacts/people", **body)
        assert (contact["lastname"], contact["birthday"]) == ("Groß", "1980-02-29")
        assert contact["company"] == {name: company[name] for name in ("id", "type", "name")}

    async def test_texts_that_are_not_set_are_empty(self, api: httpx.AsyncClient) -> None:
        contact = await made(api, "/contacts/people", lastname="Groß", gender="F", avatar=PDF)
        assert (contact["firstname"], contact["work_email"], contact["info"], contact["birthday"]) == ("", "", "", None)
        assert contact["user"]["lastname"] == "Keller"
        assert contact["avatar_url"].endswith("/Beleg.pdf")
        assert "info" not in (await rows(api, "/contacts/people"))[-1]

    async def test_filters(self, api: httpx.AsyncClient) -> None:
        await made(api, "/contacts/people", lastname="Groß", gender="F", work_phone="+41 79 826 11 00")
        assert [row["lastname"] for row in await rows(api, "/contacts/people", phone="79826")] == ["Groß"]
        assert [row["lastname"] for row in await rows(api, "/contacts/people", term="GROSS")] == ["Groß"]
        assert [row["lastname"] for row in await rows(api, "/contacts/people", term="alpenblick")] == ["Lindgren"]

    async def test_who_is_responsible_is_active(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        user = list(sandbox.store["users"].values())[-1]
        user["active"] = False
        body = {"lastname": "Groß", "gender": "F", "user_id": user["id"]}
        assert list(await refused(api, "/contacts/people", **body)) == ["user_id"]


class TestDeals:
    def body(self, sandbox: Sandbox, **more: Any) -> Row:
        category = next(iter(sandbox.store["deal_categories"]))
        needed = {"name": "Neu", "currency": "EUR", "money": 10, "reminder_date": None, "user_id": 1}
        return {**needed, "deal_category_id": category, **more}

    async def test_a_deal_closes_and_opens(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        company = (await rows(api, "/companies"))[0]
        deal = await made(api, "/deals", **self.body(sandbox, customer_id=company["id"]))
        assert (deal["status"], deal["closed_on"], deal["info"]) == ("pending", None, "")
        assert deal["customer"] == {"id": company["id"], "name": company["name"]}
        assert deal["category"] == {"id": deal["category"]["id"], "name": "Kontakt", "probability": 10}
        path = f"/deals/{deal['id']}"
        assert (await api.put(path, json={"status": "won"})).json()["closed_on"] == "2026-03-18"
        assert deal["id"] in {row["id"] for row in await rows(api, "/deals", closed_from="2026-03-18")}
        assert deal["id"] not in {row["id"] for row in await rows(api, "/deals", closed_to="2026-03-17")}
        assert (await api.put(path, json={"status": "pending"})).json()["closed_on"] is None

    async def test_a_person_has_one_name(self, api: httpx.AsyncClient) -> None:
        assert (await rows(api, "/deals"))[0]["person"]["name"] == "Sepp Grünwald"

    async def test_an_unknown_status_is_a_bad_request(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        answer = await api.post("/deals", json=self.body(sandbox, status="foo"))
        assert (answer.status_code, answer.json()) == (400, {"error": "'foo' is not a valid status"})

    @pytest.mark.parametrize(("name", "day"), [("from", "2026-03-02"), ("to", "2026-03-30")])
    async def test_service_periods_are_months(
        self, api: httpx.AsyncClient, sandbox: Sandbox, name: str, day: str
    ) -> None:
        attribute = f"service_period_{name}"
        assert list(await refused(api, "/deals", **self.body(sandbox, **{attribute: day}))) == [attribute]

    async def test_what_is_in_use_stays(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        category = next(iter(sandbox.store["deal_categories"]))
        assert (await api.delete(f"/deal_categories/{category}")).status_code == 403
        offered = next(offer["deal_id"] for offer in sandbox.store["offers"].values())
        assert (await api.delete(f"/deals/{offered}")).status_code == 422

    async def test_only_for_sales(self, sandbox: Sandbox) -> None:
        async with client(sandbox, list(sandbox.keys.values())[1]) as api:
            assert (await api.get("/deals")).status_code == 403
            assert (await api.get("/contacts/people")).status_code == 200


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
        offer = await made(api, "/offers", **self.body(sandbox, discount=10))
        assert (offer["net_total"], offer["tax"], offer["gross_total"]) == (450, 19, 535.5)
        assert (offer["vat"]["id"], offer["vat"]["tax"]) == (vat(sandbox, "sales", 19.0), 19)
        assert [item["service_type"] for item in offer["items"]] == [None, "service", "expense", "service"]
        assert offer["identifier"] == "A2603-004"
        assert offer["created_at"] == "2026-03-18T10:30:00.000Z"

    async def test_vat_code_or_rate(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        assert list(await refused(api, "/offers", **self.body(sandbox, vat_code_id=None))) == ["vat_code_id"]
        body = self.body(sandbox, vat_code_id=None)
        assert (await made(api, "/offers", **body, tax=7))["vat"]["id"] == vat(sandbox, "sales", 7.0)
        await refused(api, "/offers", **body, tax=12)

    async def test_the_project_decides(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        swiss, german = (sandbox.store.where("projects", currency=currency)[0] for currency in ("CHF", "EUR"))
        body = self.body(sandbox, currency=None)
        assert list(await refused(api, "/offers", **body)) == ["currency"]
        body |= {"project_id": swiss["id"], "company_id": german["customer_id"]}
        offer = await made(api, "/offers", **body)
        assert (offer["currency"], offer["company"]["id"]) == ("CHF", swiss["customer_id"])
        answer = await api.put(f"/offers/{offer['id']}/assign", json={"project_id": german["id"]})
        assert list(answer.json()) == ["currency"]
        answer = await api.put(f"/offers/{offer['id']}/assign", json={"project_id": None, "company_id": None})
        assert (answer.json()["project"], answer.json()["company"]) == (None, None)

    async def test_positions_by_their_ids(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = await made(api, "/offers", **self.body(sandbox))
        path, (_, concept, *_) = f"/offers/{offer['id']}", offer["items"]
        kept = {"id": concept["id"], "type": "item", "quantity": 3}
        changed = (await api.put(path, json={"items": [kept, {"type": "separator"}]})).json()
        assert [item["title"] for item in changed["items"]] == ["Konzept", None]
        assert (changed["items"][0]["id"], changed["net_total"]) == (concept["id"], 300)
        assert (await api.put(path, json={"items": [{"id": 1, "type": "item"}]})).status_code == 422

    async def test_only_open_offers_change(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        path = f"/offers/{(await made(api, '/offers', **self.body(sandbox)))['id']}"
        assert (await api.put(f"{path}/update_status", json={"status": "sent"})).status_code == 204
        assert (await api.put(path, json={"title": "Neu"})).status_code == 200
        assert (await api.delete(path)).status_code == 400
        await api.put(f"{path}/update_status", json={"status": "archived"})
        assert (await api.put(path, json={"title": "Neu"})).status_code == 400

    async def test_the_address_goes_to_the_customer(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        company = (await rows(api, "/companies", type="customer"))[0]
        body = self.body(sandbox, company_id=company["id"], currency=None, change_address="customer")
        await made(api, "/offers", **body)
        assert (await api.get(f"/companies/{company['id']}")).json()["address"] == "Bern"

    async def test_the_customer_approves(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = await made(api, "/offers", **self.body(sandbox))
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
        offer = await made(api, "/offers", **self.body(sandbox))
        confirmation = await made(api, "/offer_confirmations", offer_id=offer["id"])
        assert (confirmation["title"], confirmation["date"]) == ("Auftragsbestätigung Angebot", "2026-03-18")
        shown = (await api.get(f"/offers/{offer['id']}")).json()
        assert (shown["status"], shown["offer_confirmation"]["id"]) == ("accepted", confirmation["id"])
        assert list(await refused(api, "/offer_confirmations", offer_id=offer["id"])) == ["offer_id"]
        pdf = await api.get(f"/offer_confirmations/{confirmation['id']}.pdf")
        assert pdf.content.startswith(b"%PDF-")
        assert "filename*=UTF-8''Auftragsbest%C3%A4tigung%20Angebot.pdf" in pdf.headers["content-disposition"]

    async def test_mail_goes_to_the_contact(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        nobody = await made(api, "/offers", **self.body(sandbox))
        mail = {"subject": "Angebot", "text": "Hallo"}
        assert list(await refused(api, f"/offers/{nobody['id']}/send_email", **mail)) == ["emails_to"]
        contact = next(iter(sandbox.store["contacts"].values()))
        offer = await made(api, "/offers", **self.body(sandbox, contact_id=contact["id"]))
        assert (await made(api, f"/offers/{offer['id']}/send_email", **mail))["emails_to"] == contact["work_email"]
        assert (await api.get(f"/offers/{offer['id']}")).json()["status"] == "sent"

    async def test_an_invoice_follows(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        offer = (await rows(api, "/offers"))[0]
        assert "items" not in offer
        head = {"customer_id": offer["company"]["id"], "offer_id": offer["id"], "currency": "EUR"}
        items = [{"type": "item", "title": "Konzept", "net_total": 100}]
        body = {name: self.body(sandbox)[name] for name in ("recipient_address", "date", "due_date", "title")}
        invoice = await made(api, "/invoices", **head, **body, items=items, vat_code_id=vat(sandbox, "sales", 7.0))
        assert (invoice["offer_id"], invoice["vat"]["tax"], invoice["gross_total"]) == (offer["id"], 7, 107)
        assert (await api.get(f"/offers/{offer['id']}")).json()["invoice_id"] == invoice["id"]


class TestReminders:
    async def test_levels(self, api: httpx.AsyncClient) -> None:
        invoice = (await rows(api, "/invoices", status="overdue"))[0]
        again = await made(api, "/invoice_reminders", invoice_id=invoice["id"], due_date=None)
        assert (again["title"], again["due_date"], again["status"]) == ("1. Mahnung", "2026-04-01", "created")
        assert again["invoice"]["dunning_level"] == 2
        await made(api, f"/invoice_reminders/{again['id']}/send_email", subject="Mahnung", text="Bitte")
        assert (await api.get(f"/invoice_reminders/{again['id']}")).json()["status"] == "sent"
        assert len((await api.get(f"/invoices/{invoice['id']}")).json()["reminders"]) == 2

    @pytest.mark.parametrize("kind", ["invoice", "purchase"])
    async def test_exports(self, api: httpx.AsyncClient, kind: str) -> None:
        chosen = (await rows(api, f"/{kind}s"))[:2]
        path, ids = f"/{kind}s/bookkeeping_exports", [row["id"] for row in chosen]
        export = await made(api, path, **{f"{kind}_ids": ids})
        assert (export["status"], export[f"{kind}_ids"]) == ("pending", ids)
        assert [export["from"], export["to"]] == sorted(row["date"] for row in chosen)
        assert (await made(api, path, **{f"{kind}_ids": ids}, trigger_submission=False))["status"] == "manual"
        assert await refused(api, path, **{f"{kind}_ids": [4711]}) == {f"{kind}_ids": ["must exist"]}
        assert await refused(api, path, **{f"{kind}_ids": []}) == {f"{kind}_ids": ["can't be blank"]}


class TestPurchases:
    def body(self, sandbox: Sandbox, **more: Any) -> Row:
        included = {"title": "Papier", "total": 119, "vat_code_id": vat(sandbox, "purchases", 19.0)}
        items = [{**included, "tax_included": True}, {"title": "Buch", "total": 100, "tax": 7}]
        return {"date": "2026-03-18", "currency": "EUR", "payment_method": "cash", "items": items, **more}

    async def test_sums_and_what_is_empty(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        purchase = await made(api, "/purchases", **self.body(sandbox))
        assert (purchase["title"], purchase["net_total"], purchase["gross_total"]) == ("Papier, Buch", 200, 226)
        assert [item["tax_total"] for item in purchase["items"]] == [19, 7]
        assert [item["vat"]["tax"] for item in purchase["items"]] == [19, 7]
        assert (purchase["company"], purchase["items"][0]["category"]) == ({}, {})
        assert purchase["user"] == {"id": 1, "firstname": "Sandra", "name": "Keller"}
        assert (purchase["status"], purchase["approval_status"]) == ("pending", "none")

    async def test_vat_code_or_rate(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        body = self.body(sandbox, items=[{"title": "Papier", "total": 119}])
        assert await refused(api, "/purchases", **body) == {"items.vat_code_id": ["can't be blank"]}
        body["items"][0] |= {"vat_code_id": vat(sandbox, "sales", 19.0)}
        assert await refused(api, "/purchases", **body) == {"items.vat_code_id": ["must exist"]}

    async def test_numbers_of_a_supplier_are_unique(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        one, two = (company["id"] for company in await rows(api, "/companies", type="supplier"))
        first = await made(api, "/purchases", **self.body(sandbox, company_id=one, receipt_identifier="R1"))
        await made(api, "/purchases", **self.body(sandbox, company_id=two, receipt_identifier="R1"))
        again = await refused(api, "/purchases", **self.body(sandbox, company_id=one, receipt_identifier="R1"))
        assert again == {"receipt_identifier": ["has already been taken"]}
        assert (await api.put(f"/purchases/{first['id']}", json={"info": "x"})).status_code == 200

    async def test_filters(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        new = await made(api, "/purchases", **self.body(sandbox, tags=["Büro"]))
        everything = await rows(api, "/purchases")
        tag = next(tag["id"] for tag in sandbox.store["tags"].values() if tag["name"] == "Büro")

        async def found(**query: Any) -> set[int]:
            return {row["id"] for row in await rows(api, "/purchases", **query)}

        for query in ({"company_id": 0}, {"term": "buch"}, {"tag_ids": tag}, {"id": new["id"]}):
            assert await found(**query) == {new["id"]}
        paid = {row["id"] for row in everything if row["payments"]}
        assert await found(unpaid="true") == {row["id"] for row in everything} - paid
        assert await found(partially_paid="true") == {row["id"] for row in everything if row["partially_paid"]}
        assert await found(date="2026-02-01:2026-02-28") == {
            row["id"] for row in everything if row["date"].startswith("2026-02")
        }
        assert await found(date="2026-02-01") == await found(unpaid="TRUE") == {row["id"] for row in everything}
        (export,) = sandbox.store["purchase_bookkeeping_exports"].values()
        assert await found(not_booked="true") == {row["id"] for row in everything} - set(export["purchase_ids"])
        hosting = next(iter(sandbox.store["purchase_categories"]))
        assert len(await found(category_id=hosting)) == 3

    async def test_the_document(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        purchase = await made(api, "/purchases", **self.body(sandbox))
        path = f"/purchases/{purchase['id']}"
        assert purchase["file_url"] is None
        content = b"\x00\xff\r\n--\r\rBeleg\n" + bytes(range(256))
        answer = await api.patch(f"{path}/store_document", files={"file": ("Größe.pdf", content)})
        assert (answer.status_code, answer.content) == (200, b"")
        assert sandbox.store["purchases"][purchase["id"]]["file"]["content"] == content
        assert (await api.get(path)).json()["file_url"].endswith("/Gr%C3%B6%C3%9Fe.pdf")

    async def test_forms_that_are_none(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        path = f"/purchases/{next(iter(sandbox.store['purchases']))}/store_document"
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        assert (await api.patch(path, json={"file": "x"})).status_code == 415
        assert (await api.patch(path, content=b"x", headers={"Content-Type": "multipart/form-data"})).status_code == 400
        other = await api.patch(path, files={"document": ("a.pdf", b"x")})
        assert (other.status_code, other.json()) == (422, {"file": ["can't be blank"]})
        assert (await api.patch(path, content=b"--x--\r\n", headers=form)).status_code in {400, 422}

    async def test_a_position_becomes_an_expense(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        purchase = await made(api, "/purchases", **self.body(sandbox))
        project = next(iter(sandbox.store["projects"].values()))
        path, (paper, book) = f"/purchases/{purchase['id']}/assign_to_project", purchase["items"]
        body = {"item_id": paper["id"], "project_id": project["id"], "surcharge": 10}
        answer = await api.post(path, json=body)
        assert (answer.status_code, answer.content) == (200, b"")
        assert list(await refused(api, path, **body)) == ["item_id"]
        (item, _) = (await api.get(f"/purchases/{purchase['id']}")).json()["items"]
        assert item["expense"]["project"] == {"id": project["id"], "company_id": project["customer_id"]}
        expense = (await api.get(f"/projects/{project['id']}/expenses/{item['expense']['id']}")).json()
        assert (expense["title"], expense["price"], expense["cost"]) == ("Papier", 110, 100)
        link = {"item_id": book["id"], "project_id": project["id"], "expense_id": expense["id"]}
        assert (await api.post(path, json=link)).status_code == 200

    async def test_what_may_be_deleted(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        path = f"/purchases/{(await made(api, '/purchases', **self.body(sandbox)))['id']}"
        await api.patch(f"{path}/update_status", json={"status": "approved"})
        assert (await api.get(path)).json()["status"] == "archived"
        assert (await api.delete(path)).status_code == 403
        await api.patch(f"{path}/update_status", json={"status": "pending"})
        answer = await api.delete(path)
        assert (answer.status_code, answer.content) == (200, b"")

    async def test_payments(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        purchase = await made(api, "/purchases", **self.body(sandbox, currency="CHF"))
        payment = {"date": "2026-03-18", "total": 26}
        assert list(await refused(api, "/purchases/payments", **payment)) == ["description"]
        paid = await made(api, "/purchases/payments", **payment, purchase_id=purchase["id"])
        assert (paid["currency"], paid["purchase"]["id"]) == ("CHF", purchase["id"])
        shown = (await api.get(f"/purchases/{purchase['id']}")).json()
        assert (shown["partially_paid"], shown["payments"][0]["user"]["id"]) == (True, 1)
        other = next(iter(sandbox.store["purchases"]))
        changed = await api.put(f"/purchases/payments/{paid['id']}", json={"purchase_id": other, "total": 226})
        assert (changed.json()["purchase"]["id"], changed.json()["total"]) == (purchase["id"], 226)
        assert (await api.get(f"/purchases/{purchase['id']}")).json()["partially_paid"] is False
        rows = {"bulk_data": [{**payment, "description": "Gehälter"}, payment]}
        assert (await api.post("/purchases/payments/bulk", json=rows)).status_code == 422

    async def test_drafts(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        bare = await made(api, "/purchases/drafts", title="Ohne")
        draft = await made(api, "/purchases/drafts", title="Mit", file=PDF)
        assert (await api.get(f"/purchases/drafts/{bare['id']}.pdf")).status_code == 204
        assert (await api.get(f"/purchases/drafts/{draft['id']}.pdf")).content == b"%PDF-1.4\n"
        purchase = await made(api, "/purchases", **self.body(sandbox, purchase_draft_id=draft["id"]))
        assert purchase["file_url"] == draft["file_url"]
        assert (await api.get(f"/purchases/drafts/{draft['id']}")).status_code == 404


class TestBudgets:
    async def test_figures_of_a_year(self, api: httpx.AsyncClient) -> None:
        (budget,) = await rows(api, "/purchases/budgets")
        assert (budget["year"], budget["target"]) == (2026, 6000)
        # Hosting since January: three months are spent, nine are to come.
        assert (budget["exhaused"], budget["planned"], budget["remaining"]) == (720, 2160, 3120)
        path = f"/purchases/budgets/{budget['id']}"
        next_ = (await api.put(f"{path}/target", json={"target_amount": 7000, "year": 2027})).json()
        assert (next_["year"], next_["target"], next_["planned"], next_["remaining"]) == (2027, 7000, 2880, 4120)
        assert (await rows(api, "/purchases/budgets", year=2027)) == [next_]
        assert (await rows(api, "/purchases/budgets", year=0)) == [budget]
        assert (await api.delete(path)).status_code == 422

    async def test_recurrence(self, api: httpx.AsyncClient) -> None:
        body = {"date": "2026-01-31", "title": "Lizenz", "net_total": 10, "currency": "EUR", "user_id": 1}
        planned = await made(api, "/planned_purchases", **body, frequency="monthly", finish_date="2026-04-15")
        assert (planned["variant"], planned["recur_next_on"], planned["create_on_recur"]) == (
            "recurring",
            "2026-03-31",
            True,
        )
        path = f"/planned_purchases/{planned['id']}"
        assert (await api.put(path, json={"finish_date": "2026-03-30"})).json()["recur_next_on"] is None
        once = (await api.put(path, json={"frequency": "once"})).json()
        assert (once["variant"], once["finish_date"], once["recur_next_on"]) == ("once", None, None)
        assert (await api.delete(path)).status_code == 200

    async def test_purchases_made_from_it(self, api: httpx.AsyncClient) -> None:
        (planned,) = await rows(api, "/planned_purchases")
        assert (len(planned["purchases"]), planned["exhausted"]) == (3, 720)
        assert planned["purchases"][0]["number"].startswith("E2601-")
        assert (await api.delete(f"/planned_purchases/{planned['id']}")).status_code == 422


class TestReceipts:
    def body(self, sandbox: Sandbox, *categories: int | None, **more: Any) -> Row:
        item = {"vat_code_id": vat(sandbox, "purchases", 7.0), "gross_total": 12.5}
        items = [{**item, "purchase_category_id": category} for category in categories or (None,)]
        return {"date": "2026-03-18", "title": "Fahrt", "items": items, **more}

    async def test_positions(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        one, two, _ = sandbox.store["purchase_categories"]
        assert list(await refused(api, "/receipts", **self.body(sandbox, one, two))) == ["items"]
        receipt = await made(api, "/receipts", **self.body(sandbox, one, one), attachment=PDF)
        assert (receipt["gross_total"], receipt["currency"], receipt["pending"]) == (25, "EUR", True)
        assert receipt["items"][0]["purchase_category"]["id"] == one
        assert receipt["attachment_url"].endswith("/Beleg.pdf")
        changed = await api.patch(f"/receipts/{receipt['id']}", json={"items": self.body(sandbox)["items"]})
        assert (changed.json()["gross_total"], len(changed.json()["items"])) == (12.5, 1)

    async def test_billable_needs_a_project(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        assert list(await refused(api, "/receipts", **self.body(sandbox, billable=True))) == ["project_id"]
        project = next(iter(sandbox.store["projects"].values()))
        receipt = await made(api, "/receipts", **self.body(sandbox, billable=True, project_id=project["id"]))
        assert receipt["project"]["company"]["id"] == project["customer_id"]

    async def test_requested_refunds_stay(self, api: httpx.AsyncClient) -> None:
        (receipt,) = await rows(api, "/receipts", submitted="true")
        assert (receipt["pending"], receipt["refund_request"]["status"]) == (False, "pending")
        request = receipt["refund_request"]["id"]
        assert [row["id"] for row in await rows(api, "/receipts", refund_request_id=request)] == [receipt["id"]]
        assert (await api.delete(f"/receipts/{receipt['id']}")).status_code == 422

    async def test_ones_own(self, sandbox: Sandbox) -> None:
        owner = sandbox.store["users"][next(row["user_id"] for row in sandbox.store["receipts"].values())]
        async with client(sandbox, owner["api_key"]) as api:
            assert len(await rows(api, "/receipts")) == 2
        other = next(user for user in sandbox.store["users"].values() if user["id"] not in {1, owner["id"]})
        async with client(sandbox, other["api_key"]) as api:
            assert await rows(api, "/receipts") == []


class TestCatalogue:
    async def test_items(self, api: httpx.AsyncClient) -> None:
        items = [{"type": "item", "title": "Eins", "quantity": 2, "unit": "h", "unit_price": 75}]
        service = await made(api, "/account/catalog_services", title="Neu", items=items)
        assert service["items"][0]["net_total"] == 150
        path = f"/account/catalog_services/{service['id']}"
        item = await made(api, f"{path}/items", type="separator")
        changed = await api.put(f"{path}/items/{item['id']}", json={"type": "item", "title": "Zwei", "net_total": 9})
        assert (changed.status_code, changed.json()["net_total"]) == (201, 9)
        await api.put(f"{path}/items/{item['id']}", json={"destroyed": True})
        assert [row["title"] for row in (await api.get(path)).json()["items"]] == ["Eins"]
        await api.delete(path)
        assert (await api.get(f"{path}/items/{service['items'][0]['id']}")).status_code == 404

    async def test_revenue_categories(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        first, second, _ = await rows(api, "/revenue_categories")
        assert [row["id"] for row in await rows(api, "/revenue_categories", term="8410")] == [second["id"]]
        position = {"type": "item", "title": "x", "net_total": 1, "revenue_category_id": first["id"]}
        offer = next(iter(sandbox.store["offers"]))
        changed = (await api.put(f"/offers/{offer}", json={"items": [position]})).json()
        assert changed["items"][0]["revenue_category"]["name"] == first["name"]
        next(iter(sandbox.store["project_tasks"].values()))["revenue_category_id"] = second["id"]
        assert (await api.delete(f"/revenue_categories/{second['id']}")).status_code == 422

    async def test_vat_codes(self, api: httpx.AsyncClient) -> None:
        (reverse,) = await rows(api, "/vat_code_sales", reverse_charge="true")
        assert (reverse["intra_eu"], reverse["tax"]) == (True, 0)
        assert (await api.get(f"/vat_code_purchases/{reverse['id']}")).status_code == 404
        assert {row["template"] for row in await rows(api, "/letter_papers")} == {"invoice", "offer", "timesheet"}


async def test_what_an_invoice_bills_is_free_again(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    expense = sandbox.store.where("project_expenses", billed=False)[0]
    project = sandbox.store["projects"][expense["project_id"]]
    position = {"type": "item", "title": "Auslage", "net_total": 10, "expense_ids": [expense["id"]]}
    body = {"customer_id": project["customer_id"], "recipient_address": "Bern", "title": "Rechnung"}
    days = {"date": "2026-03-18", "due_date": "2026-04-18", "currency": project["currency"]}
    invoice = await made(api, "/invoices", **body, **days, items=[position], tax=19)
    assert (invoice["items"][0]["service_type"], expense["billed"]) == ("expense", True)
    await api.request("DELETE", f"/invoices/{invoice['id']}", json={"reason": "Irrtum"})
    assert (expense["billed"], expense["invoice_id"]) == (False, None)
