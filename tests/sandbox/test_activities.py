"""Activities, their timers, and presences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import booking


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: int) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(rate_limit=None, clock=clock)


class TestTimers:
    async def test_a_timer_counts(self, api: httpx.AsyncClient, clock: Clock, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=600))).json()
        path = f"/activities/{activity['id']}"
        started = await api.patch(f"{path}/start_timer")
        assert started.json()["timer_started_at"] == "2026-03-18T10:30:00Z"
        assert (await api.patch(f"{path}/start_timer")).status_code == 422
        assert (await api.put(path, json={"seconds": 60})).status_code == 422
        clock.pass_(minutes=20)
        stopped = (await api.patch(f"{path}/stop_timer")).json()
        assert (stopped["seconds"], stopped["hours"], stopped["timer_started_at"]) == (1800, 0.5, None)
        assert (await api.patch(f"{path}/stop_timer")).status_code == 422

    async def test_one_timer_a_user(self, api: httpx.AsyncClient, clock: Clock, project: dict[str, Any]) -> None:
        first, second = [(await api.post("/activities", json=booking(project))).json()["id"] for _ in range(2)]
        await api.patch(f"/activities/{first}/start_timer")
        clock.pass_(minutes=5)
        await api.patch(f"/activities/{second}/start_timer")
        assert (await api.get(f"/activities/{first}")).json()["seconds"] == 300
        changed = await api.put(f"/activities/{second}", json={"stop_timer": True, "seconds": 60})
        assert (changed.json()["seconds"], changed.json()["timer_started_at"]) == (60, None)

    async def test_only_today(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, date="2026-03-17"))).json()
        assert (await api.patch(f"/activities/{activity['id']}/start_timer")).status_code == 422


class TestActivities:
    async def test_bulk_is_all_or_nothing(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        before = (await api.get("/activities")).headers["x-total"]
        rows = [booking(project, seconds=60) for _ in range(3)]
        refused = await api.post("/activities/bulk", json={"activities": [*rows, {**rows[0], "task_id": 999999}]})
        assert refused.json() == {"task_id": ["must exist"]}
        assert (await api.get("/activities")).headers["x-total"] == before
        created = await api.post("/activities/bulk", json={"activities": rows})
        assert len(created.json()) == 3
        too_many = await api.post("/activities/bulk", json={"activities": rows * 34})
        assert (too_many.status_code, list(too_many.json())) == (422, ["activities"])

    async def test_a_task_of_another_project(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        other = (await api.get("/projects")).json()[1]
        refused = await api.post("/activities", json=booking(project, task_id=other["tasks"][0]["id"]))
        assert list(refused.json()) == ["task_id"]

    @pytest.mark.parametrize(
        ("variant", "rate"), [("project", 160), ("billing_variant_rate_per_task", 90), ("user", 55)]
    )
    async def test_whose_rate_counts(
        self, api: httpx.AsyncClient, sandbox: Sandbox, project: dict[str, Any], variant: str, rate: float
    ) -> None:
        contract = sandbox.store["project_contracts"][project["contracts"][-1]["id"]]
        sandbox.store.change(contract, user_id=1, hourly_rate=55)
        await api.put(f"/projects/{project['id']}/tasks/{project['tasks'][1]['id']}", json={"hourly_rate": 90})
        await api.put(f"/projects/{project['id']}", json={"billing_variant": variant})
        activity = (await api.post("/activities", json=booking(project))).json()
        assert activity["hourly_rate"] == rate

    async def test_billable_seconds_are_the_leaders(
        self, api: httpx.AsyncClient, sandbox: Sandbox, project: dict[str, Any]
    ) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=3600))).json()
        path = f"/activities/{activity['id']}/billable_seconds"
        refused = await api.patch(path, json={"seconds": 1800})
        assert (refused.status_code, refused.content) == (403, b"")
        await api.put(f"/projects/{project['id']}", json={"co_leader_id": 1})
        changed = (await api.patch(path, json={"seconds": 1800})).json()
        assert (changed["seconds"], changed["worked_seconds"]) == (1800, 3600)

    async def test_disregard(self, api: httpx.AsyncClient, project: dict[str, Any]) -> None:
        activity = (await api.post("/activities", json=booking(project, seconds=3600))).json()
        body = {"reason": "Kulanz", "activity_ids": [activity["id"]], "company_id": project["customer"]["id"]}
        assert (await api.post("/activities/disregard", json={**body, "company_id": 1})).status_code == 422
        assert (await api.post("/activities/disregard", json=body)).json() == [activity["id"]]
        assert (await api.get(f"/activities/{activity['id']}")).json()["billed"] is True
        assert (await api.delete(f"/activities/{activity['id']}")).status_code == 422
        rows = (await api.get("/invoices?include_disregarded=true&status=disregarded")).json()
        assert [row["title"] for row in rows] == ["Kulanz"]
        assert (await api.get(f"/invoices/{rows[0]['id']}.pdf")).status_code == 404
        assert "Kulanz" not in [row["title"] for row in (await api.get("/invoices")).json()]


class TestPresences:
    async def test_touch_opens_and_closes(self, api: httpx.AsyncClient, clock: Clock) -> None:
        opened = (await api.post("/users/presences/touch", json={"is_home_office": True})).json()
        assert (opened["from"], opened["to"], opened["is_home_office"]) == ("10:30", None, True)
        clock.pass_(hours=2)
        closed = (await api.post("/users/presences/touch")).json()
        assert (closed["id"], closed["to"]) == (opened["id"], "12:30")

    async def test_nothing_stays_of_a_minute(self, api: httpx.AsyncClient) -> None:
        opened = (await api.post("/users/presences/touch")).json()
        discarded = await api.post("/users/presences/touch")
        assert (discarded.status_code, discarded.content) == (200, b"")
        assert (await api.get(f"/users/presences/{opened['id']}")).status_code == 404

    async def test_conflicts(self, api: httpx.AsyncClient) -> None:
        day = {"date": "2026-03-18", "from": "09:00", "to": "12:00"}
        assert (await api.post("/users/presences", json=day)).status_code == 200
        assert (await api.post("/users/presences", json={**day, "from": "11:00", "to": "13:00"})).status_code == 422
        unclear = await api.post("/users/presences/touch", json={"override": "at noon"})
        assert list(unclear.json()) == ["override"]
        locked = await api.post("/users/presences/touch")
        assert (locked.status_code, locked.content) == (423, b"")
        late = await api.post("/users/presences/touch", json={"override": "2026-03-18 13:00"})
        assert late.json()["from"] == "13:00"
        backwards = await api.post("/users/presences/touch", json={"override": "2026-03-18 12:30"})
        assert backwards.status_code == 423

    async def test_home_office_is_for_the_whole_day(self, api: httpx.AsyncClient) -> None:
        morning = (
            await api.post("/users/presences", json={"date": "2026-03-18", "from": "08:00", "to": "09:00"})
        ).json()
        assert morning["is_home_office"] is False
        await api.post("/users/presences", json={"date": "2026-03-18", "from": "10:00", "is_home_office": True})
        assert (await api.get(f"/users/presences/{morning['id']}")).json()["is_home_office"] is True
