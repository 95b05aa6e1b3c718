"""Purchases, their budgets, and receipts."""

from __future__ import annotations

from typing import Any

import httpx

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import PDF, Row, http, post, refused, rows, vat


class TestPurchases:
    def body(self, sandbox: Sandbox, **more: Any) -> Row:
        included = {"title": "Papier", "total": 119, "vat_code_id": vat(sandbox, "purchases", 19.0)}
        items = [{**included, "tax_included": True}, {"title": "Buch", "total": 100, "tax": 7}]
        return {"date": "2026-03-18", "currency": "EUR", "payment_method": "cash", "items": items, **more}

    async def test_sums_and_what_is_empty(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        purchase = await post(api, "/purchases", **self.body(sandbox))
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
        first = await post(api, "/purchases", **self.body(sandbox, company_id=one, receipt_identifier="R1"))
        await post(api, "/purchases", **self.body(sandbox, company_id=two, receipt_identifier="R1"))
        again = await refused(api, "/purchases", **self.body(sandbox, company_id=one, receipt_identifier="R1"))
        assert again == {"receipt_identifier": ["has already been taken"]}
        assert (await api.put(f"/purchases/{first['id']}", json={"info": "x"})).status_code == 200

    async def test_filters(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        new = await post(api, "/purchases", **self.body(sandbox, tags=["Büro"]))
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
        purchase = await post(api, "/purchases", **self.body(sandbox))
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
        purchase = await post(api, "/purchases", **self.body(sandbox))
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
        path = f"/purchases/{(await post(api, '/purchases', **self.body(sandbox)))['id']}"
        await api.patch(f"{path}/update_status", json={"status": "approved"})
        assert (await api.get(path)).json()["status"] == "archived"
        assert (await api.delete(path)).status_code == 403
        await api.patch(f"{path}/update_status", json={"status": "pending"})
        answer = await api.delete(path)
        assert (answer.status_code, answer.content) == (200, b"")

    async def test_payments(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        purchase = await post(api, "/purchases", **self.body(sandbox, currency="CHF"))
        payment = {"date": "2026-03-18", "total": 26}
        assert list(await refused(api, "/purchases/payments", **payment)) == ["description"]
        paid = await post(api, "/purchases/payments", **payment, purchase_id=purchase["id"])
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
        bare = await post(api, "/purchases/drafts", title="Ohne")
        draft = await post(api, "/purchases/drafts", title="Mit", file=PDF)
        assert (await api.get(f"/purchases/drafts/{bare['id']}.pdf")).status_code == 204
        assert (await api.get(f"/purchases/drafts/{draft['id']}.pdf")).content == b"%PDF-1.4\n"
        purchase = await post(api, "/purchases", **self.body(sandbox, purchase_draft_id=draft["id"]))
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
        planned = await post(api, "/planned_purchases", **body, frequency="monthly", finish_date="2026-04-15")
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
        receipt = await post(api, "/receipts", **self.body(sandbox, one, one), attachment=PDF)
        assert (receipt["gross_total"], receipt["currency"], receipt["pending"]) == (25, "EUR", True)
        assert receipt["items"][0]["purchase_category"]["id"] == one
        assert receipt["attachment_url"].endswith("/Beleg.pdf")
        changed = await api.patch(f"/receipts/{receipt['id']}", json={"items": self.body(sandbox)["items"]})
        assert (changed.json()["gross_total"], len(changed.json()["items"])) == (12.5, 1)

    async def test_billable_needs_a_project(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        assert list(await refused(api, "/receipts", **self.body(sandbox, billable=True))) == ["project_id"]
        project = next(iter(sandbox.store["projects"].values()))
        receipt = await post(api, "/receipts", **self.body(sandbox, billable=True, project_id=project["id"]))
        assert receipt["project"]["company"]["id"] == project["customer_id"]

    async def test_requested_refunds_stay(self, api: httpx.AsyncClient) -> None:
        (receipt,) = await rows(api, "/receipts", submitted="true")
        assert (receipt["pending"], receipt["refund_request"]["status"]) == (False, "pending")
        request = receipt["refund_request"]["id"]
        assert [row["id"] for row in await rows(api, "/receipts", refund_request_id=request)] == [receipt["id"]]
        assert (await api.delete(f"/receipts/{receipt['id']}")).status_code == 422

    async def test_ones_own(self, sandbox: Sandbox) -> None:
        owner = sandbox.store["users"][next(row["user_id"] for row in sandbox.store["receipts"].values())]
        async with http(sandbox, owner["api_key"]) as api:
            assert len(await rows(api, "/receipts")) == 2
        other = next(user for user in sandbox.store["users"].values() if user["id"] not in {1, owner["id"]})
        async with http(sandbox, other["api_key"]) as api:
            assert await rows(api, "/receipts") == []
