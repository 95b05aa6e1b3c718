"""Reports."""

from __future__ import annotations

from typing import Any

import httpx

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import post, refusal


class TestReports:
    async def test_absences(self, api: httpx.AsyncClient) -> None:
        zoe = next(row for row in (await api.get("/report/absences")).json() if row["user"]["firstname"] == "Zoë")
        assert (zoe["total_vacation_days"], zoe["used_vacation_days"], zoe["planned_vacation_days"]) == (28, 0, 5)
        bjoern = (await api.get("/report/absences?year=2025")).json()[3]
        assert (bjoern["user"]["firstname"], bjoern["sickdays"]) == ("Björn", 2)

    async def test_cashflow_turns_what_is_due_into_what_is_paid(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        invoice = next(row for row in sandbox.store["invoices"].values() if row["status"] == "created")
        path = "/report/cashflow?kinds=invoice_created"
        due = next(row for row in (await api.get(path)).json() if row["record_id"] == invoice["id"])
        assert due["amount_in_account_currency"] == invoice["gross_total"]
        assert due["company"]["id"] == invoice["customer_id"]
        body = {"date": "2026-03-18", "invoice_id": invoice["id"], "paid_total": invoice["gross_total"]}
        payment = await post(api, "/invoices/payments", **body)
        assert invoice["id"] not in {row["record_id"] for row in (await api.get(path)).json()}
        paid = (await api.get("/report/cashflow?kinds=invoice_paid&from=2026-03-18&to=2026-03-18")).json()
        assert payment["id"] in {row["record_id"] for row in paid}
        assert refusal(await api.get("/report/cashflow?from=2026-03-01&to=2026-02-01")) == ["to"]

    async def test_finance_is_sorted_and_filtered(self, api: httpx.AsyncClient) -> None:
        rows = (await api.get("/report/finance?term=miete")).json()
        assert [row["date"] for row in rows] == [f"2026-{month:02}-01" for month in range(1, 13)]
        assert {row["net_amount_in_account_currency"] for row in rows} == {-4200}
        assert {row["kind"] for row in (await api.get("/report/finance")).json()} >= {"invoice", "fixed_costs"}

    async def test_planned_and_tracked_hours(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        tracked = {"date": "2026-03-18", "project_id": project["id"], "task_id": project["tasks"][0]["id"]}
        await post(api, "/activities", **tracked, seconds=3600)
        plan = {"starts_on": "2026-03-18", "ends_on": "2026-03-22", "hours_per_day": 2, "project_id": project["id"]}
        await post(api, "/planning_entries", **plan)
        query = f"user_ids=1&project_id={project['id']}&from=2026-03-18&to=2026-03-31"
        (row,) = (await api.get(f"/report/planned_vs_tracked?{query}")).json()
        assert (row["tracked_hours"], row["planned_hours"], row["delta"]) == (1, 6, -5)
        assert (row["user"]["initials"], row["project"]["company"]) == ("SK", project["customer"])

    async def test_utilization(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        tracked = {"date": "2026-03-18", "project_id": project["id"], "task_id": project["tasks"][0]["id"]}
        await post(api, "/activities", **tracked, seconds=3601, billable=False)
        rows = (await api.get("/report/utilization?from=2026-03-18&to=2026-03-21")).json()
        assert len(rows) == 4 * 8
        mine = [row for row in rows if row["user_id"] == 1]
        assert [row["target_hours"] for row in mine] == [8, 8, 8, 0]
        assert (mine[0]["unbillable_hours"], mine[0]["unbillable_seconds"], mine[0]["billable_seconds"]) == (1, 3601, 0)
