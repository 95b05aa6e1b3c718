"""What the sandbox knows about people, projects and the account beyond records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)  # a Wednesday


def http(sandbox: Sandbox, key: str | None = None, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=sandbox.app),
        base_url="http://sandbox/api/v1",
        headers={"Authorization": f"Bearer {key or sandbox.api_key}", **headers},
    )


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(rate_limit=None, clock=lambda: NOW)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with http(sandbox) as client:
        yield client


@pytest.fixture
async def luca(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with http(sandbox, sandbox.keys["luca.favre@sandbox.example"]) as client:
        yield client


@pytest.fixture
async def project(api: httpx.AsyncClient) -> dict[str, Any]:
    first: dict[str, Any] = (await api.get("/projects")).json()[0]
    return first


async def post(api: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.is_success, answer.text
    record: dict[str, Any] = answer.json()
    return record


def refusal(answer: httpx.Response) -> list[str]:
    """The fields that a request is refused for."""
    assert answer.status_code == 422, answer.text
    return list(answer.json())


def expense(**more: Any) -> dict[str, Any]:
    prices = {"quantity": 3, "unit": "Stück", "unit_price": 20, "unit_cost": 15.5}
    return {"date": "2026-03-10", "title": "Druck", **prices, **more}


class TestTags:
    async def test_new_names_become_tags(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        await api.patch(f"/taggings/Project/{project['id']}", json={"tags": ["Eilig"]})
        await api.put(f"/projects/{project['id']}", json={"tags": ["Ruhig"]})
        tags = (await api.get("/tags?context=Project")).json()
        assert {"Eilig", "Ruhig", "Web"} <= {tag["name"] for tag in tags}
        assert {tag["context"] for tag in tags} == {"Project"}

    async def test_records_follow_a_tag_that_is_renamed(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        tag = next(tag for tag in (await api.get("/tags?context=Project")).json() if tag["name"] == "Web")
        changed = (await api.put(f"/tags/{tag['id']}", json={"name": "Internet", "context": "User"})).json()
        assert (changed["name"], changed["context"]) == ("Internet", "Project")
        assert "Internet" in (await api.get(f"/projects/{project['id']}")).json()["tags"]
        assert refusal(await api.put(f"/tags/{tag['id']}", json={"name": "Print"})) == ["name"]
        assert refusal(await api.put(f"/tags/{tag['id']}", json={"color": "rot"})) == ["color"]

    @pytest.mark.parametrize("merged", [True, False])
    async def test_a_tag_that_is_deleted_may_have_an_heir(
        self, api: httpx.AsyncClient, project: dict[str, Any], merged: bool
    ) -> None:
        heir = await post(api, "/tags", name="Digital", context="Project")
        assert heir["color"] == "#BBBBBB"
        tag = next(tag for tag in (await api.get("/tags?context=Project")).json() if tag["name"] == "Web")
        query = f"?merge_tag_id={heir['id']}" if merged else ""
        assert (await api.delete(f"/tags/{tag['id']}{query}")).json()["name"] == "Web"
        names = (await api.get(f"/taggings/Project/{project['id']}")).json()
        assert names == (["Digital", "Strategisch"] if merged else ["Strategisch"])
        assert refusal(await api.delete(f"/tags/{heir['id']}?merge_tag_id=4711")) == ["merge_tag_id"]


class TestCustomFields:
    async def test_only_what_is_defined_is_taken(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        path = f"/projects/{project['id']}"
        given = {"Art": "print", "Unbekannt": "x"}
        assert (await api.put(path, json={"custom_properties": given})).json()["custom_properties"] == {"Art": "print"}
        kept = (await api.put(path, json={"custom_properties": {"Art": "Keramik"}})).json()
        assert kept["custom_properties"] == {"Art": "print"}
        field = await post(
            api, "/account/custom_properties", name="Zone", kind="MultiSelect", entity="Project", defaults=["A", "B"]
        )
        zoned = (await api.put(path, json={"custom_properties": {"Zone": ["A", "C"]}})).json()
        assert zoned["custom_properties"] == {"Art": "print", "Zone": ["A"]}
        body = {"name": "Gebiet", "kind": "Date", "entity": "Deal"}
        changed = (await api.put(f"/account/custom_properties/{field['id']}", json=body)).json()
        assert (changed["kind"], changed["entity"]) == ("MultiSelect", "Project")
        assert (await api.get(path)).json()["custom_properties"] == {"Art": "print", "Gebiet": ["A"]}
        await api.delete(f"/account/custom_properties/{field['id']}")
        assert (await api.get(path)).json()["custom_properties"] == {"Art": "print"}

    async def test_a_record_takes_12_kb(self, api: httpx.AsyncClient) -> None:
        unit = await post(api, "/units", name="Vertrieb", custom_properties={"Lage": "Bern"})
        assert unit["custom_properties"] == {"Lage": "Bern"}  # nothing is defined for teams, so all is let through
        answer = await api.put(f"/units/{unit['id']}", json={"custom_properties": {"Lage": "x" * 13_000}})
        assert refusal(answer) == ["custom_properties"]


class TestComments:
    async def test_a_comment_is_cleaned_and_its_file_shown_alone(
        self, api: httpx.AsyncClient, project: dict[str, Any]
    ) -> None:
        text = '<div onclick="x">Gut<br></div><script>böse</script><a href="x">Link</a> 1 < 2'
        file = {"attachment_filename": "a.txt", "attachment_content": "YQ=="}
        body = {"commentable_id": project["id"], "commentable_type": "Project", "created_at": "2018-05-09T05:40:06"}
        comment = await post(api, "/comments", **body, text=text, **file)
        assert comment["text"] == '<div onclick="x">Gut<br></div>böseLink 1 < 2'
        assert (comment["manual"], comment["created_at"]) == (True, "2018-05-09T05:40:06Z")
        assert comment["attachment_filename"] is None
        alone = (await api.get(f"/comments/{comment['id']}")).json()
        assert (alone["attachment_filename"], alone["attachment_content"]) == ("a.txt", "YQ==")
        rows = (await api.get(f"/comments?commentable_type=Project&commentable_id={project['id']}")).json()
        assert comment["id"] in {row["id"] for row in rows}
        assert not any("attachment_filename" in row for row in rows)
        assert refusal(await api.post("/comments", json={**body, "text": "x", "commentable_id": 4711})) == [
            "commentable_id"
        ]

    async def test_what_moco_wrote_stays(self, api: httpx.AsyncClient) -> None:
        generated = (await api.get("/comments?manual=false")).json()
        assert (await api.delete(f"/comments/{generated[0]['id']}")).status_code == 422

    async def test_who_wrote_in_the_name_of_whom(self, sandbox: Sandbox, project: dict[str, Any]) -> None:
        async with http(sandbox, **{"X-IMPERSONATE-USER-ID": str(project["leader"]["id"])}) as api:
            body = {"commentable_ids": [project["customer"]["id"]], "commentable_type": "Customer", "text": "x"}
            (comment,) = (await api.post("/comments/bulk", json=body)).json()
        assert comment["user"]["id"] == project["leader"]["id"]
        assert comment["impersonating_user"]["id"] == 1
        assert comment["commentable_type"] == "Company"


class TestApprovals:
    async def test_only_who_is_asked_decides_once(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        invoice = next(iter(sandbox.store["invoices"].values()))
        approver = sandbox.store.where("users", email="luca.favre@sandbox.example")[0]["id"]
        body = {"target_type": "invoice", "target_id": invoice["id"], "approver_id": approver}
        approval = await post(api, "/approvals", **body)
        assert approval["target"]["net_total"] == invoice["net_total"]
        path = f"/approvals/{approval['id']}"
        assert refusal(await api.post(f"{path}/approve")) == ["base"]
        async with http(sandbox, sandbox.keys["luca.favre@sandbox.example"]) as luca:
            denied = await post(luca, f"{path}/deny", note="Zu hoch")
            assert refusal(await luca.post(f"{path}/approve")) == ["status"]
        assert (denied["status"], denied["deny_note"]) == ("denied", "Zu hoch")
        assert denied["processed_by"]["id"] == approver
        found = (await api.get(f"/approvals?approval_status=denied&approver_user_id={approver}")).json()
        assert [row["id"] for row in found] == [approval["id"]]
        assert (await api.post("/approvals", json={**body, "target_id": 4711})).status_code == 404

    async def test_an_approval_goes_with_its_invoice(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        invoice = sandbox.store.where("invoices", status="draft")[0]
        await post(api, "/approvals", target_type="invoice", target_id=invoice["id"], approver_id=1)
        before = len((await api.get("/approvals")).json())
        assert (await api.request("DELETE", f"/invoices/{invoice['id']}", json={})).is_success
        assert len((await api.get("/approvals")).json()) == before - 1


class TestTodos:
    async def test_filters(self, api: httpx.AsyncClient) -> None:
        done = (await api.get("/todos?completed=true")).json()
        assert [row["completed"] for row in done] == [True]
        assert done[0]["todoable_description"] == "Schadensmeldung-App"
        assert len((await api.get("/todos?term=lasttest")).json()) == 1
        assert len((await api.get("/todos?created_by_user_id=1")).json()) == 3
        assert len((await api.get("/todos?responsible_user_id=1")).json()) == 1


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


class TestPlanning:
    async def test_either_a_project_or_a_deal(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        body = {"starts_on": "2026-03-16", "ends_on": "2026-03-18", "hours_per_day": 4}
        assert refusal(await api.post("/planning_entries", json=body)) == ["base"]
        entry = await post(api, "/planning_entries", **body, project_id=project["id"])
        assert (entry["user"]["id"], entry["deal"]) == (1, None)
        assert entry["project"]["customer_name"] == project["customer"]["name"]
        wrong = {"ends_on": "2026-03-01"}
        assert refusal(await api.put(f"/planning_entries/{entry['id']}", json=wrong)) == ["ends_on"]
        hit, missed, backwards = "2026-03-18:2026-04-01", "2026-03-19:2026-04-01", "2026-04-01:2026-03-01"
        assert [row["id"] for row in (await api.get(f"/planning_entries?user_id=1,2&period={hit}")).json()] == [
            entry["id"]
        ]
        assert (await api.get(f"/planning_entries?user_id=1&period={missed}")).json() == []
        assert (await api.get(f"/planning_entries?period={backwards}")).status_code == 400
        assert (await api.delete(f"/planning_entries/{entry['id']}")).json()["id"] == entry["id"]

    async def test_planning_others_takes_a_permission(
        self, api: httpx.AsyncClient, luca: httpx.AsyncClient, project: dict[str, Any]
    ) -> None:
        body = {"starts_on": "2026-03-16", "ends_on": "2026-03-18", "hours_per_day": 4, "project_id": project["id"]}
        assert (await luca.post("/planning_entries", json=body)).status_code == 200
        assert (await luca.post("/planning_entries", json={**body, "user_id": 1})).status_code == 403

    async def test_an_absence_takes_half_a_day(self, api: httpx.AsyncClient) -> None:
        morning = {"date": "2026-03-20", "absence_code": "4", "am": True, "pm": False}
        absence = await post(api, "/schedules", **morning)
        assert (absence["assignment"]["name"], absence["assignment"]["code"]) == ("Ferien", "4")
        await post(api, "/schedules", **{**morning, "am": False, "pm": True, "absence_code": "3"})
        assert refusal(await api.post("/schedules", json=morning)) == ["date"]
        await post(api, "/schedules", **morning, overwrite=True)
        assert len((await api.get("/schedules?user_id=1&from=2026-03-20&to=2026-03-20")).json()) == 1
        assert (await api.get("/schedules?user_id=1&absence_code=1,3")).json() == []

    async def test_requests_are_seen_by_those_concerned(
        self, sandbox: Sandbox, api: httpx.AsyncClient, luca: httpx.AsyncClient
    ) -> None:
        entries = [
            {"date": "2026-06-01", "am": True, "pm": True},
            {"date": "2026-06-02", "am": True, "pm": False},
        ]
        body = {"approver_user_id": "1", "type": "vacation", "entries": entries}
        request = await post(luca, "/users/absence_requests", **body)
        assert (request["total_days"], request["status"], request["approver"]) == (1.5, "pending", None)
        assert {row["user"]["firstname"] for row in (await luca.get("/users/absence_requests")).json()} == {"Luca"}
        everybody = (await api.get("/users/absence_requests")).json()
        assert {row["user"]["firstname"] for row in everybody} == {"Luca", "Michaela", "Zoë"}
        approved = (await api.get("/users/absence_requests?status=approved")).json()
        granted = (await api.get(f"/schedules?absence_request_id={approved[1]['id']}")).json()
        assert len(granted) == approved[1]["total_days"] == 5
        assert (await api.delete(f"/users/absence_requests/{approved[0]['id']}")).status_code == 422  # it was last year
        assert (await api.delete(f"/users/absence_requests/{approved[1]['id']}?comment=x")).status_code == 200
        assert (await api.get(f"/schedules?absence_request_id={approved[1]['id']}")).json() == []


class TestEmployment:
    async def test_employments_follow_one_another(self, api: httpx.AsyncClient) -> None:
        pattern = {"am": [4] * 5, "pm": [0] * 5}
        body = {"user_id": 1, "pattern": pattern}
        assert refusal(await api.post("/users/employments", json=body)) == ["base"]
        current = (await api.get("/users/employments?user_id=1")).json()[0]
        await api.put(f"/users/employments/{current['id']}", json={"to": "2026-03-31"})
        part_time = await post(api, "/users/employments", **body, **{"from": "2026-04-01"})
        assert part_time["weekly_target_hours"] == 20
        short = {"am": [4], "pm": []}
        assert refusal(await api.post("/users/employments", json={**body, "pattern": short})) == ["pattern"]
        assert len((await api.get("/users/employments?user_id=1&from=2026-04-01")).json()) == 1
        assert len((await api.get("/users/employments?user_id=1&from=2026-01-01&to=2026-03-31")).json()) == 1
        april = (await api.get("/profile/performance_report?year=2026")).json()["monthly"][3]
        assert april["target_hours"] == 22 * 4
        holiday = await post(api, "/users/holidays", user_id=1, year=2026, title="Extra", days=10, hours=1)
        assert (holiday["hours"], holiday["creator"]["id"]) == (40, 1)

    async def test_absences_lower_the_target(self, api: httpx.AsyncClient) -> None:
        before = (await api.get("/profile/performance_report")).json()
        await post(api, "/schedules", date="2026-03-20", absence_code="4", pm=False)
        after = (await api.get("/profile/performance_report")).json()
        assert before["annually"]["target_hours"] - after["annually"]["target_hours"] == 4
        assert after["annually"]["employment_hours"] == 261 * 8

    async def test_a_team_with_users_stays(self, api: httpx.AsyncClient) -> None:
        team = next(row for row in (await api.get("/units")).json() if row["users"])
        assert (await api.delete(f"/units/{team['id']}")).status_code == 422
        assert {"id", "firstname", "lastname", "email"} == set(team["users"][0])

    async def test_staff_matters_take_the_permission(self, luca: httpx.AsyncClient) -> None:
        for path in ("/users/work_time_adjustments", "/users/holidays", "/users/roles", "/report/absences"):
            assert (await luca.get(path)).status_code == 403
        assert (await luca.get("/profile/performance_report")).status_code == 200
        assert (await luca.get("/units")).status_code == 200
        assert (await luca.post("/units", json={"name": "Meins"})).status_code == 403


class TestSettings:
    async def test_default_tasks(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        await post(api, "/account/task_templates", name="Abnahme", project_default=True, billable=False)
        names = ("currency", "fixed_price", "retainer")
        body = {name: project[name] for name in names} | {"name": "Neu", "leader_id": 1}
        created = await post(api, "/projects", **body, company_id=project["customer"]["id"])
        assert [(task["name"], task["billable"]) for task in created["tasks"]] == [("Abnahme", False)]

    async def test_templates_are_sorted(self, api: httpx.AsyncClient) -> None:
        template = await post(api, "/account/task_templates", name="Akquise", index=0)
        assert (await api.get("/account/task_templates")).json()[0]["name"] == "Akquise"
        gone = await api.delete(f"/account/task_templates/{template['id']}")
        assert (gone.status_code, gone.content) == (200, b"")

    async def test_fixed_costs_of_a_year(self, api: httpx.AsyncClient) -> None:
        assert len((await api.get("/account/fixed_costs?year=2026")).json()[0]["costs"]) == 12
        assert (await api.get("/account/fixed_costs?year=2020")).json()[0]["costs"] == []

    async def test_internal_rates_are_set_by_year(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        before = (await api.get(f"/projects/{project['id']}/report")).json()
        rates = [{"user_id": row["id"], "rate": 100} for row in (await api.get("/users")).json()]
        for year in (2025, 2026):
            answer = await api.patch("/account/internal_hourly_rates", json={"year": year, "rates": rates})
            assert answer.json() == {"status": "ok"}
        row = (await api.get("/account/internal_hourly_rates?years=2026,2024")).json()[0]
        assert row["rates"] == [{"year": 2026, "rate": 100}]
        after = (await api.get(f"/projects/{project['id']}/report")).json()
        assert before["costs_activities"] < after["costs_activities"]

    async def test_rates_of_customers(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        rates = (await api.get(f"/account/hourly_rates?company_id={project['customer']['id']}")).json()
        assert {row["currency"] for row in rates["defaults_rates"]} == {"EUR", "CHF"}
        assert all(user["rates"] for user in rates["users"])
        assert (await api.get("/account/hourly_rates?company_id=4711")).status_code == 404


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
