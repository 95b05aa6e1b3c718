"""The seed: the agency of a fresh sandbox, and agencies of any size."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from moco_async.sandbox import Sandbox, Seed
from moco_async.sandbox.__main__ import main
from moco_async.sandbox.engine.spec import bundled
from tests.sandbox.helpers import NOW, http

SEED = Seed(users=30, projects=40, activities=3000, months=7)


def grown() -> Sandbox:
    return Sandbox(seed=SEED, rate_limit=None, clock=lambda: NOW)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return grown()


def test_the_same_day_brings_the_same_agency() -> None:
    first, second = Sandbox(clock=lambda: NOW), Sandbox(clock=lambda: NOW)
    assert first.store["activities"] == second.store["activities"]
    assert first.keys == second.keys
    for day in (1, 15, 28):
        now = datetime(2026, 3, day, 6, tzinfo=UTC)
        activities = Sandbox(clock=partial(datetime.replace, now)).store["activities"].values()
        recent = [row for row in activities if row["date"] > (now - timedelta(days=30)).date().isoformat()]
        assert len(recent) >= 120
        assert max(row["created_at"] for row in activities) <= now.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_it_has_the_size_of_the_seed(sandbox: Sandbox) -> None:
    sizes = {name: len(sandbox.store[name]) for name in ("users", "projects", "activities")}
    assert sizes == {"users": 30, "projects": 40, "activities": 3000}
    months = Counter(row["date"][:7] for row in sandbox.store["activities"].values())
    assert sorted(months) == ["2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]
    assert min(months.values()) > 100


def test_nobody_works_before_a_project_begins_or_where_they_are_not_assigned(sandbox: Sandbox) -> None:
    store = sandbox.store
    assigned = {(row["project_id"], row["user_id"]) for row in store["project_contracts"].values()}
    for row in store["activities"].values():
        assert store["projects"][row["project_id"]]["start_date"] <= row["date"] <= "2026-03-18"
        assert (row["project_id"], row["user_id"]) in assigned


def test_the_same_seed_is_the_same_agency(sandbox: Sandbox) -> None:
    again = grown()
    for name in ("users", "companies", "projects", "project_tasks", "activities"):
        assert again.store[name] == sandbox.store[name]
    assert again.keys == sandbox.keys


async def test_its_records_are_those_that_requests_make(sandbox: Sandbox) -> None:
    model = list(sandbox.store["activities"].values())[-1]
    user = sandbox.store["users"][model["user_id"]]
    body = {name: model[name] for name in ("date", "project_id", "task_id", "seconds", "description")}
    async with http(sandbox, user["api_key"]) as api:
        answer = await api.post("/activities", json=body)
    made = sandbox.store["activities"][answer.json()["id"]]
    sandbox.store.remove(made)
    own: dict[str, Any] = dict.fromkeys(["id", "created_at", "updated_at"])
    assert {**made, **own} == {**model, **own}


@pytest.mark.parametrize("operation", ["users.list", "companies.list", "projects.list", "activities.list"])
async def test_its_answers_are_as_the_spec_says(sandbox: Sandbox, operation: str) -> None:
    found = bundled().operation(operation)
    async with http(sandbox) as api:
        rows = (await api.get(found.path, params={"sort_by": "id desc", "include_archived": "true"})).json()
    pointer = f"paths/{found.path.replace('/', '~1')}/get/responses/200/content/application~1json/schema"
    assert len(rows) == min(100, len(sandbox.store[found.collection]))
    assert list(bundled().validator(pointer).iter_errors(rows)) == []


@pytest.mark.parametrize("sizes", [{"users": 7}, {"projects": 3}, {"activities": 10}, {"months": 1}])
def test_a_seed_is_not_smaller_than_the_agency(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Seed(**sizes)


def test_serving_an_agency_of_a_size(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made: list[Any] = []

    def make(**options: Any) -> Sandbox:
        made.append(options["seed"])
        return Sandbox(seed=False)

    monkeypatch.setattr("moco_async.sandbox.__main__.Sandbox", make)
    monkeypatch.setattr("uvicorn.Server.run", lambda server, sockets: [each.close() for each in sockets])
    monkeypatch.setattr("sys.argv", ["sandbox", "--port", "0", "--seed", "users=30", "activities=3000"])
    main()
    assert made == [Seed(users=30, activities=3000)]
    for wrong in (["users=2"], ["people=30"], ["users=many"]):
        monkeypatch.setattr("sys.argv", ["sandbox", "--seed", *wrong])
        with pytest.raises(SystemExit):
            main()
    assert "at least 8 users" in capsys.readouterr().err
