"""Users: their absences, plans, employments and performance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import booking, http, post, refusal


@pytest.fixture
async def luca(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with http(sandbox, sandbox.keys["luca.favre@sandbox.example"]) as client:
        yield client


async def test_users_leave(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    billed = next(row for row in sandbox.store["activities"].values() if row["billed"])
    assert (await api.delete("/users/1")).json() == {"base": ["Users cannot delete themselves"]}
    assert (await api.delete(f"/users/{billed['user_id']}")).json() == {"base": ["The user has billed hours"]}
    for row in sandbox.store.where("activities", user_id=billed["user_id"]):
        sandbox.store.change(row, billed=False)
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
