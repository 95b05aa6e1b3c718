"""Records: created, read, updated, deleted, and refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import NOW, make_project, post


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


class TestRecords:
    async def test_create_get_update_delete(self, api: httpx.AsyncClient) -> None:
        project = await make_project(api)
        assert project["customer"]["name"] == "Bäckerei Süß"
        assert project["leader"] == {"id": 1, "firstname": "Sandra", "lastname": "Keller"}
        assert project["created_at"] == "2026-03-18T10:30:00Z"
        assert project["identifier"] == "P0001"
        assert [contract["user_id"] for contract in project["contracts"]] == [1]
        assert (await api.get(f"/projects/{project['id']}")).json() == project

        changed = await api.put(f"/projects/{project['id']}", json={"budget": 25000, "currency": "CHF"})
        assert changed.json()["budget"] == 25000
        assert changed.json()["currency"] == "EUR"  # fixed on creation
        twin = await api.patch(f"/projects/{project['id']}", json={"name": "Other"})
        assert twin.json()["name"] == "Other"

        gone = await api.delete(f"/projects/{project['id']}")
        assert (gone.status_code, gone.content) == (200, b"")
        assert gone.headers["content-type"] == "application/json"
        missing = await api.get(f"/projects/{project['id']}")
        assert (missing.status_code, missing.content) == (404, b"")

    async def test_embedded_records_are_up_to_date(self, api: httpx.AsyncClient) -> None:
        project = await make_project(api)
        await api.put(f"/companies/{project['customer']['id']}", json={"name": "Bäckerei Sauer"})
        again = (await api.get(f"/projects/{project['id']}")).json()
        assert again["customer"] == {"id": project["customer"]["id"], "name": "Bäckerei Sauer"}
        full = (await api.get(f"/projects/{project['id']}?include_company=true")).json()
        assert full["customer"]["type"] == "customer"
        assert full["customer"]["projects"][0]["id"] == project["id"]

    async def test_custom_fields_are_merged(self, api: httpx.AsyncClient) -> None:
        project = await make_project(api, custom_properties={"Art": "Web", "Sektor": ["Handel"]})
        changed = await api.put(f"/projects/{project['id']}", json={"custom_properties": {"Art": "Print"}})
        assert changed.json()["custom_properties"] == {"Art": "Print", "Sektor": ["Handel"]}

    async def test_tasks_belong_to_their_project(self, api: httpx.AsyncClient) -> None:
        first, second = await make_project(api), await make_project(api, "Second")
        task = await post(api, f"/projects/{first['id']}/tasks", name="Konzept")
        assert (await api.get(f"/projects/{first['id']}/tasks/{task['id']}")).status_code == 200
        assert (await api.get(f"/projects/{second['id']}/tasks/{task['id']}")).status_code == 404
        assert (await api.get("/projects/999999/tasks")).status_code == 404
        assert [row["name"] for row in (await api.get(f"/projects/{first['id']}")).json()["tasks"]] == ["Konzept"]

    async def test_other_names_in_requests(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        unit = next(iter(sandbox.store["units"]))
        body = {"firstname": "Jo", "lastname": "Li", "email": "jo@x.example", "unit_id": unit}
        user = await post(api, "/users", **body, external=True, bday="1990-02-03")
        assert (user["extern"], user["birthday"]) == (True, "1990-02-03")
        company = await post(api, "/companies", name="x", type="supplier", labels=["a"], invoice_due_days=7)
        assert (company["tags"], company["default_invoice_due_days"]) == (["a"], 7)


class TestRefusals:
    async def test_what_is_missing_or_wrong_is_named(self, api: httpx.AsyncClient) -> None:
        answer = await api.post(
            "/projects", json={"name": None, "currency": 3, "fixed_price": "yes", "retainer": False}
        )
        assert answer.status_code == 422
        assert answer.json() == {
            "name": ["can't be blank"],
            "currency": ["is invalid"],
            "fixed_price": ["is invalid"],
            "leader_id": ["can't be blank"],
        }

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("/companies", {"name": "x", "type": "friend"}, "type"),
            ("/companies", {"name": "x", "type": "supplier", "user_id": 4711}, "user_id"),
            ("/users", {"firstname": "a", "lastname": "b", "email": "c@d.example", "unit_id": 4711}, "unit_id"),
            ("/account/web_hooks", {"target": "Activity", "event": "create", "hook": "nowhere"}, "hook"),
            ("/users/presences", {"date": "2026-02-30", "from": "09:00"}, "date"),
            ("/users/presences", {"date": "2026-02-20", "from": "9 am"}, "from"),
            ("/users/presences", {"date": "2026-02-20", "from": "09:00", "to": "08:00"}, "to"),
        ],
    )
    async def test_422(self, api: httpx.AsyncClient, path: str, body: dict[str, Any], field: str) -> None:
        answer = await api.post(path, json=body)
        assert answer.status_code == 422
        assert list(answer.json()) == [field]

    async def test_a_holiday_needs_days_or_hours(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        body = {"title": "x", "year": 2026, "user_id": next(iter(sandbox.store["users"]))}
        assert (await api.post("/users/holidays", json=body)).json() == {"days": ["can't be blank"]}

    async def test_an_email_address_is_taken_once(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        unit = next(iter(sandbox.store["units"]))
        body = {"firstname": "S", "lastname": "K", "email": "sandra.keller@sandbox.example", "unit_id": unit}
        answer = await api.post("/users", json=body)
        assert answer.json() == {"email": ["has already been taken"]}

    async def test_retainers_run_for_whole_months(self, api: httpx.AsyncClient) -> None:
        project = await make_project(api)
        retainer = {"retainer": True, "budget_monthly": 900, "start_date": "2026-01-01", "finish_date": "2026-02-27"}
        refused = await api.put(f"/projects/{project['id']}", json=retainer)
        assert refused.json() == {"finish_date": ["must be the last day of a month"]}
        assert (await api.get(f"/projects/{project['id']}")).json()["retainer"] is False
        late = await api.put(f"/projects/{project['id']}", json={**retainer, "start_date": "2026-01-02"})
        assert list(late.json()) == ["start_date"]
        agreed = await api.put(f"/projects/{project['id']}", json={**retainer, "finish_date": "2026-02-28"})
        assert agreed.json()["retainer"] is True

    async def test_bodies_that_are_none(self, api: httpx.AsyncClient) -> None:
        as_json = {"Content-Type": "application/json"}
        assert (await api.post("/companies", content=b"{", headers=as_json)).status_code == 400
        assert (await api.post("/companies", content=b"[]", headers=as_json)).status_code == 400
        assert (await api.post("/companies", data={"name": "x"})).status_code == 415
        assert (await api.post("/companies")).status_code == 422

    @pytest.mark.parametrize("path", ["/nothing", "/projects/1/nothing", "/projects/abc", "/projects/1.pdf"])
    async def test_unknown_paths(self, api: httpx.AsyncClient, path: str) -> None:
        answer = await api.get(path)
        assert (answer.status_code, answer.content) == (404, b"")
        assert answer.headers["x-request-id"]

    async def test_what_is_in_use_stays(self, api: httpx.AsyncClient) -> None:
        project = await make_project(api)
        task = await post(api, f"/projects/{project['id']}/tasks", name="Konzept")
        idle = await post(api, f"/projects/{project['id']}/tasks", name="Idle")
        body = {"date": "2026-03-18", "project_id": project["id"], "task_id": task["id"], "hours": 1.5}
        activity = await post(api, "/activities", **body)
        assert activity["seconds"] == 5400
        assert (await api.delete(f"/projects/{project['id']}")).status_code == 422
        assert (await api.delete(f"/companies/{project['customer']['id']}")).status_code == 422
        assert (await api.delete(f"/projects/{project['id']}/tasks/{task['id']}")).status_code == 422
        assert (await api.delete(f"/projects/{project['id']}/tasks/destroy_all")).status_code == 204
        assert (await api.get(f"/projects/{project['id']}/tasks/{idle['id']}")).status_code == 404
        assert (await api.delete(f"/activities/{activity['id']}")).status_code == 204
        assert (await api.delete(f"/projects/{project['id']}")).status_code == 200


class TestLeniency:
    """What MOCO was recorded to take, or takes in its own examples, though its docs ask for more."""

    @pytest.mark.parametrize(
        ("path", "body", "then"),
        [
            ("/companies", {"name": "x", "type": "customer"}, {"currency": "EUR"}),
            ("/contacts/people", {"lastname": "x"}, {"gender": "U"}),
            ("/projects", {"name": "x", "currency": "EUR"}, {"fixed_price": False, "retainer": False}),
            ("/users/holidays", {"title": "x", "year": 2026, "hours": 4}, {"hours": 4.0}),
            ("/users/holidays", {"title": "x", "year": 2026, "days": 4}, {"days": 4.0}),
            ("/schedules", {"date": "2031-01-03", "absence_code": 4}, {}),
        ],
    )
    async def test_200(self, api: httpx.AsyncClient, path: str, body: dict[str, Any], then: dict[str, Any]) -> None:
        customer = await post(api, "/companies", name="Bäckerei Süß", type="customer")
        needed = {"/projects": {"customer_id": customer["id"], "leader_id": 1}, "/users/holidays": {"user_id": 1}}
        made = await post(api, path, **body, **needed.get(path, {}))
        assert then.items() <= made.items()

    async def test_absences_are_found_by_their_code_as_a_number_too(self, sandbox: Sandbox) -> None:
        async with sandbox.client() as client:
            await client.schedules.create(date="2031-01-03", absence_code=4)
            numbers = await client.schedules.list(absence_code=[4]).all()
            assert numbers == await client.schedules.list(absence_code="4").all()
            assert "2031-01-03" in {str(row.date) for row in numbers}
