"""Projects, their contracts, expenses, groups and payment schedules."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import booking, post, refusal


def expense(**more: Any) -> dict[str, Any]:
    prices = {"quantity": 3, "unit": "Stück", "unit_price": 20, "unit_cost": 15.5}
    return {"date": "2026-03-10", "title": "Druck", **prices, **more}


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


class TestContracts:
    async def test_everybody_is_assigned_once(
        self, sandbox: Sandbox, api: httpx.AsyncClient, project: dict[str, Any]
    ) -> None:
        path = f"/projects/{project['id']}/contracts"
        contract = (await api.get(path)).json()[0]
        assert refusal(await api.post(path, json={"user_id": contract["user_id"]})) == ["user_id"]
        changed = await api.put(f"{path}/{contract['id']}", json={"user_id": 1, "hourly_rate": 99})
        assert (changed.json()["user_id"], changed.json()["hourly_rate"]) == (contract["user_id"], 99)
        working = next(row for row in (await api.get(path)).json() if row["user_id"] != 1)
        assert refusal(await api.delete(f"{path}/{working['id']}")) == ["base"]
        sandbox.store.change(sandbox.store["users"][working["user_id"]], active=False)
        assert working["user_id"] not in {row["user_id"] for row in (await api.get(path)).json()}


class TestExpenses:
    async def test_totals_and_defaults(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}/expenses"
        created = await post(api, path, **expense(file={"filename": "a.pdf", "base64": "JVBERi0="}))
        assert (created["price"], created["cost"], created["currency"]) == (60, 46.5, project["currency"])
        assert (created["billable"], created["budget_relevant"]) == (True, False)
        assert created["service_period"] == "10.03.2026"
        assert created["company"] == project["customer"]
        assert created["file_url"].endswith("a.pdf")
        changed = (await api.put(f"{path}/{created['id']}", json={"quantity": 5, "price": 1})).json()
        assert changed["price"] == 100

    async def test_bulk_is_all_or_nothing(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}/expenses"
        before = len((await api.get(path)).json())
        bad = expense(service_period_from="2026-03-31", service_period_to="2026-03-01")
        assert (await api.post(f"{path}/bulk", json={"bulk_data": [expense(), bad]})).status_code == 422
        assert len((await api.get(path)).json()) == before
        assert len((await api.post(f"{path}/bulk", json={"bulk_data": [expense(), expense()]})).json()) == 2

    async def test_what_is_billed_stays(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}/expenses"
        created = await post(api, path, **expense())
        body = {"reason": "Kulanz", "expense_ids": [created["id"]]}
        assert (await api.post(f"{path}/disregard", json=body)).status_code == 204
        assert (await api.put(f"{path}/{created['id']}", json={"title": "x"})).status_code == 422
        assert (await api.delete(f"{path}/{created['id']}")).status_code == 422
        assert refusal(await api.post(f"{path}/disregard", json={**body, "expense_ids": [4711]}))
        comment = (await api.get(f"/comments?commentable_type=Expense&commentable_id={created['id']}")).json()[0]
        assert (comment["text"], comment["manual"]) == ("Kulanz", False)

    async def test_filters(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        await post(api, f"/projects/{project['id']}/expenses", **expense(billable=False))
        everything = (await api.get("/projects/expenses")).json()
        assert (await api.get("/projects/expenses?from=2099-01-01")).json() == everything
        assert (await api.get("/projects/expenses?from=2099-01-01&to=2099-12-31")).json() == []
        assert [row["title"] for row in (await api.get("/projects/expenses?billable=false")).json()] == ["Druck"]
        tagged = (await api.get("/projects/expenses?tags=strategisch")).json()
        assert 0 < len(tagged) < len(everything)

    async def test_recurring_expenses_recur(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}/recurring_expenses"
        start = {"start_date": "2026-01-31", "period": "monthly", "finish_date": "2026-03-01"}
        recurring = await post(api, path, **{**expense(), **start}, billing_in_advance=True)
        assert recurring["service_period_direction"] == "forward"
        one = f"{path}/{recurring['id']}"
        first = await post(api, f"{one}/recur")
        assert (first["date"], first["recurring_expense_id"]) == ("2026-01-31", recurring["id"])
        assert (first["service_period_from"], first["service_period_to"]) == ("2026-01-31", "2026-02-27")
        fixed = {"start_date": "2020-01-01", "period": "weekly", "title": "Neu"}
        changed = (await api.put(one, json=fixed)).json()
        assert (changed["start_date"], changed["period"], changed["title"]) == ("2026-01-31", "monthly", "Neu")
        assert changed["recur_next_date"] == "2026-02-28"
        await post(api, f"{one}/recur")
        assert refusal(await api.post(f"{one}/recur")) == ["base"]
        listed = (await api.get(f"/recurring_expenses?project_id={project['id']}")).json()
        assert [row["id"] for row in listed] == [recurring["id"]]


class TestGroupsAndPayments:
    async def test_a_group_sums_up_its_projects(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        group = (await api.get(f"/projects/groups?company_id={project['customer']['id']}")).json()[0]
        assert project["id"] in {row["id"] for row in group["projects"]}
        assert group["budget"] == sum(row["budget"] for row in group["projects"])

    async def test_payment_schedules_of_a_customer(self, api: httpx.AsyncClient) -> None:
        rows = (await api.get("/projects/payment_schedules?checked=true")).json()
        assert rows
        assert all(row["checked"] for row in rows)
        project = (await api.get(f"/projects/{rows[0]['project']['id']}")).json()
        found = (await api.get(f"/projects/payment_schedules?company_id={project['customer']['id']}")).json()
        assert {row["project"]["id"] for row in found} == {project["id"]}
