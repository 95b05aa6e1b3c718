"""Contacts, deals, and the catalog."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import PDF, Row, http, post, refused, rows


class TestContacts:
    async def test_older_and_other_names(self, api: httpx.AsyncClient) -> None:
        company = (await rows(api, "/companies"))[0]
        body = {"lastname": "?", "name": "Groß", "gender": "F", "bday": "1980-02-29", "organization_id": company["id"]}
        contact = await post(api, "/contacts/people", **body)
        assert (contact["lastname"], contact["birthday"]) == ("Groß", "1980-02-29")
        assert contact["company"] == {name: company[name] for name in ("id", "type", "name")}

    async def test_texts_that_are_not_set_are_empty(self, api: httpx.AsyncClient) -> None:
        contact = await post(api, "/contacts/people", lastname="Groß", gender="F", avatar=PDF)
        assert (contact["firstname"], contact["work_email"], contact["info"], contact["birthday"]) == ("", "", "", None)
        assert contact["user"]["lastname"] == "Keller"
        assert contact["avatar_url"].endswith("/Beleg.pdf")
        assert "info" not in (await rows(api, "/contacts/people"))[-1]

    async def test_filters(self, api: httpx.AsyncClient) -> None:
        await post(api, "/contacts/people", lastname="Groß", gender="F", work_phone="+41 79 826 11 00")
        assert [row["lastname"] for row in await rows(api, "/contacts/people", phone="79826")] == ["Groß"]
        assert [row["lastname"] for row in await rows(api, "/contacts/people", term="GROSS")] == ["Groß"]
        assert [row["lastname"] for row in await rows(api, "/contacts/people", term="alpenblick")] == ["Lindgren"]

    async def test_who_is_responsible_is_active(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        user = list(sandbox.store["users"].values())[-1]
        sandbox.store.change(user, active=False)
        body = {"lastname": "Groß", "gender": "F", "user_id": user["id"]}
        assert list(await refused(api, "/contacts/people", **body)) == ["user_id"]


class TestDeals:
    def body(self, sandbox: Sandbox, **more: Any) -> Row:
        category = next(iter(sandbox.store["deal_categories"]))
        needed = {"name": "Neu", "currency": "EUR", "money": 10, "reminder_date": None, "user_id": 1}
        return {**needed, "deal_category_id": category, **more}

    async def test_a_deal_closes_and_opens(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        company = (await rows(api, "/companies"))[0]
        deal = await post(api, "/deals", **self.body(sandbox, customer_id=company["id"]))
        assert (deal["status"], deal["closed_on"], deal["info"]) == ("pending", "", "")
        assert deal["customer"] == {"id": company["id"], "name": company["name"]}
        assert deal["category"] == {"id": deal["category"]["id"], "name": "Kontakt", "probability": 10}
        path = f"/deals/{deal['id']}"
        assert (await api.put(path, json={"status": "won"})).json()["closed_on"] == "2026-03-18"
        assert deal["id"] in {row["id"] for row in await rows(api, "/deals", closed_from="2026-03-18")}
        assert deal["id"] not in {row["id"] for row in await rows(api, "/deals", closed_to="2026-03-17")}
        assert (await api.put(path, json={"status": "pending"})).json()["closed_on"] == ""

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
        async with http(sandbox, list(sandbox.keys.values())[1]) as api:
            assert (await api.get("/deals")).status_code == 403
            assert (await api.get("/contacts/people")).status_code == 200


class TestCatalogue:
    async def test_items(self, api: httpx.AsyncClient) -> None:
        items = [{"type": "item", "title": "Eins", "quantity": 2, "unit": "h", "unit_price": 75}]
        service = await post(api, "/account/catalog_services", title="Neu", items=items)
        assert service["items"][0]["net_total"] == 150
        path = f"/account/catalog_services/{service['id']}"
        item = await post(api, f"{path}/items", type="separator")
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
        task = next(iter(sandbox.store["project_tasks"].values()))
        sandbox.store.change(task, revenue_category_id=second["id"])
        assert (await api.delete(f"/revenue_categories/{second['id']}")).status_code == 422

    async def test_vat_codes(self, api: httpx.AsyncClient) -> None:
        (reverse,) = await rows(api, "/vat_code_sales", reverse_charge="true")
        assert (reverse["intra_eu"], reverse["tax"]) == (True, 0)
        assert (await api.get(f"/vat_code_purchases/{reverse['id']}")).status_code == 404
        assert {row["template"] for row in await rows(api, "/letter_papers")} == {"invoice", "offer", "timesheet"}
