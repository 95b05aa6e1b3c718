"""Settings of the account: tags, custom fields, templates, rates, webhooks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.helpers import post, refusal


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


async def test_taggings(api: httpx.AsyncClient, project: dict[str, Any]) -> None:
    path = f"/taggings/Project/{project['id']}"
    assert (await api.put(path, json={"tags": ["Größe", "B"]})).json() == ["Größe", "B"]
    assert (await api.patch(path, json={"tags": ["B", "C"]})).json() == ["Größe", "B", "C"]
    assert (await api.request("DELETE", path, json={"tags": ["Größe", "X"]})).json() == ["B", "C"]
    assert (await api.get(path)).json() == ["B", "C"]
    assert (await api.get(f"/projects/{project['id']}")).json()["labels"] == ["B", "C"]
    assert (await api.get(f"/taggings/Planet/{project['id']}")).status_code == 400
    assert (await api.get("/taggings/Project/999999")).status_code == 404


async def test_web_hooks(api: httpx.AsyncClient) -> None:
    hook = (await api.get("/account/web_hooks")).json()[0]
    path = f"/account/web_hooks/{hook['id']}"
    off = (await api.put(f"{path}/disable")).json()
    assert (off["disabled"], off["disabled_at"]) == (True, "2026-03-18T10:30:00Z")
    on = (await api.put(f"{path}/enable")).json()
    assert (on["disabled"], on["disabled_at"]) == (False, None)
    moved = await api.put(path, json={"hook": "https://new.example", "event": "delete"})
    assert (moved.json()["hook"], moved.json()["event"]) == ("https://new.example", "create")
