"""Lists: pages, filters, order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import NOW, http, make_project


@pytest.fixture(scope="module")
def agency() -> Sandbox:
    """An agency that tests only read."""
    return Sandbox(rate_limit=None, clock=lambda: NOW)


class TestLists:
    @pytest.fixture
    async def api(self, agency: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
        async with http(agency) as client:
            yield client

    async def test_pages(self, api: httpx.AsyncClient) -> None:
        first = await api.get("/activities?to=2026-03-31&per_page=50&from=2026-01-01")
        total = int(first.headers["x-total"])
        last = -(-total // 50)
        address = "http://sandbox/api/v1/activities?from=2026-01-01&page={}&per_page=50&to=2026-03-31"
        assert total > 300
        assert (first.headers["x-page"], first.headers["x-per-page"]) == ("1", "50")
        assert first.headers["link"] == f'<{address.format(last)}>; rel="last", <{address.format(2)}>; rel="next"'

        ids = []
        page = first
        while True:
            ids += [row["id"] for row in page.json()]
            if "next" not in page.links:
                break
            page = await api.get(page.links["next"]["url"])
        assert len(ids) == len(set(ids)) == total
        assert "link" not in page.headers
        assert (await api.get(f"/activities?page={last + 40}")).json() == []
        assert (await api.get("/activities?per_page=1000&page=zero")).headers["x-per-page"] == "100"

    async def test_short_lists_have_no_links(self, api: httpx.AsyncClient) -> None:
        answer = await api.get("/projects")
        assert answer.headers["x-total"] == "11"
        assert "link" not in answer.headers
        assert "x-total" not in (await api.get("/projects/assigned")).headers

    async def test_archived_records_are_hidden(self, api: httpx.AsyncClient) -> None:
        assert all(row["active"] for row in (await api.get("/projects")).json())
        everything = (await api.get("/projects?include_archived=true")).json()
        assert [row["name"] for row in everything if not row["active"]] == ["Festivalplakate"]
        assert len((await api.get("/projects?include_archived=True")).json()) == 11  # MOCO knows lower case only

    @pytest.mark.parametrize(
        ("query", "holds"),
        [
            ("/activities?from=2026-03-02&to=2026-03-03", lambda row: row["date"] in {"2026-03-02", "2026-03-03"}),
            ("/activities?user_id={user}", lambda row: row["user"]["firstname"] == "Jürgen"),
            ("/activities?billable=false", lambda row: row["billable"] is False),
            ("/activities?company_id={company}", lambda row: row["customer"]["name"] == "Alpenblick Hotels AG"),
            ("/activities?term=typografie", lambda row: row["description"] == "Feinschliff Typografie"),
            ("/projects?tags=Print, Shop", lambda row: {"Print", "Shop"} & set(row["tags"])),
            ("/projects?leader_id={user}", lambda row: row["leader"]["firstname"] == "Jürgen"),
            ("/projects?company_id={company}", lambda row: row["customer"]["name"] == "Alpenblick Hotels AG"),
            ("/projects?identifier=P0002,P0003", lambda row: row["identifier"] in {"P0002", "P0003"}),
            ("/projects?retainer=true", lambda row: row["retainer"]),
            ("/projects?term=nordlicht", lambda row: row["customer"]["name"] == "Nordlicht Versicherung AG"),
            ("/projects?created_from=2025-10-01", lambda row: row["created_at"] >= "2025-10-01"),
            ("/projects?custom_properties[Art]=print", lambda row: row["custom_properties"] == {"Art": "print"}),
            ("/companies?type=supplier", lambda row: row["type"] == "supplier"),
            (
                "/companies?type=customer&custom_properties[Sektor][]=Handel",
                lambda row: row["custom_properties"] == {"Sektor": ["Handel"]},
            ),
            ("/users?email=zoe.buergi@sandbox.example", lambda row: row["lastname"] == "Bürgi"),
            ("/invoices?status=paid,partially_paid", lambda row: row["status"] in {"paid", "partially_paid"}),
            ("/users/presences?is_home_office=true", lambda row: row["is_home_office"]),
        ],
    )
    async def test_filters(self, api: httpx.AsyncClient, query: str, holds: Any) -> None:
        users, companies = (await api.get("/users")).json(), (await api.get("/companies")).json()
        user = next(row["id"] for row in users if row["firstname"] == "Jürgen")
        path = query.format(user=user, company=companies[0]["id"])
        rows, everything = await api.get(path), await api.get(path.partition("?")[0])
        assert 0 < int(rows.headers["x-total"]) < int(everything.headers["x-total"])
        assert all(holds(row) for row in rows.json())

    @pytest.mark.parametrize(
        "query",
        [
            "/activities?archived=true&from=yesterday&user_id=me&billable=TRUE&ids=,",
            "/companies?type=suppliers",
            "/invoices?not_booked=true",
            "/companies?custom_properties[Sektor]=Handel",
            "/users/presences?from=2026-03-17",
            "/projects?updated_after=soon&sort_by=nonsense",
        ],
    )
    async def test_what_cannot_be_understood_is_ignored(self, api: httpx.AsyncClient, query: str) -> None:
        assert (await api.get(query)).json() == (await api.get(query.partition("?")[0])).json()

    async def test_records_without_a_value_are_not_found_by_it(self, api: httpx.AsyncClient) -> None:
        assert (await api.get("/projects?deal_id=4711")).json() == []

    async def test_an_unknown_custom_field_finds_nothing(self, api: httpx.AsyncClient) -> None:
        assert (await api.get("/projects?custom_properties[Nope]=x")).json() == []

    async def test_ids_and_order(self, api: httpx.AsyncClient) -> None:
        ids = [row["id"] for row in (await api.get("/projects?sort_by=name desc")).json()]
        names = [row["name"] for row in (await api.get("/projects?sort_by=name")).json()]
        assert names == sorted(names)
        some = (await api.get(f"/projects?ids={ids[3]},{ids[0]},999999&sort_by=name desc")).json()
        assert [row["id"] for row in some] == [ids[0], ids[3]]

    async def test_rows_are_smaller_than_records(self, api: httpx.AsyncClient) -> None:
        row = (await api.get("/invoices")).json()[0]
        single = (await api.get(f"/invoices/{row['id']}")).json()
        assert set(single) - set(row) == {
            *("salutation", "footer", "items", "payments", "reminders"),
            *("internal_contact", "activity_hours_modified"),
        }


async def test_updated_after_follows_the_clock() -> None:
    moment = NOW
    sandbox = Sandbox(seed=False, rate_limit=None, clock=lambda: moment)
    async with http(sandbox) as api:
        first, second = await make_project(api), await make_project(api, "Second")
        moment += timedelta(hours=1)
        await api.put(f"/projects/{second['id']}", json={"info": "new"})
        changed = (await api.get("/projects?updated_after=2026-03-18T10:30:00Z")).json()
    assert [row["id"] for row in changed] == [second["id"]]
    assert changed[0]["updated_at"] == "2026-03-18T11:30:00Z"
    assert first["id"] != second["id"]
