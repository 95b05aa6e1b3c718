"""The sandbox as a client sees it: keys, records, lists, refusals, the rate limit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from moco_async.sandbox.__main__ import main, rate
from moco_async.sandbox.hooks import ACTIONS

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)


def http(sandbox: Sandbox, key: str | None = None, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=sandbox),
        base_url="http://sandbox/api/v1",
        headers={"Authorization": f"Token token={key or sandbox.api_key}", **headers},
    )


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with http(sandbox) as client:
        yield client


async def post(api: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


async def make_project(api: httpx.AsyncClient, name: str = "Relaunch", **more: Any) -> dict[str, Any]:
    company = await post(api, "/companies", name="Bäckerei Süß", type="customer", currency="EUR")
    body = {"name": name, "currency": "EUR", "leader_id": 1, "company_id": company["id"]}
    return await post(api, "/projects", **body, fixed_price=False, retainer=False, **more)


class TestKeys:
    @pytest.mark.parametrize("form", ["Token token={}", 'Token token="{}"', "Token {}", "Bearer {}"])
    async def test_every_form_of_a_key_is_understood(self, sandbox: Sandbox, form: str) -> None:
        async with http(sandbox) as api:
            answer = await api.get("/session", headers={"Authorization": form.format(sandbox.api_key)})
        assert answer.status_code == 200
        assert answer.json()["id"] == 1

    @pytest.mark.parametrize("header", ["", "Token token=", "Token token=wrong", "Basic abc"])
    async def test_a_wrong_key_is_401(self, api: httpx.AsyncClient, header: str) -> None:
        answer = await api.get("/projects", headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.json() == {"message": "Invalid API key."}
        assert answer.headers["x-request-id"]

    async def test_the_accounts_own_keys(self, sandbox: Sandbox) -> None:
        async with http(sandbox, sandbox.keys["account"]) as api:
            assert (await api.post("/companies", json={"name": "x", "type": "supplier"})).status_code == 200
        async with http(sandbox, sandbox.keys["account, read-only"]) as api:
            assert (await api.get("/companies")).status_code == 200
            refused = await api.post("/companies", json={"name": "x", "type": "supplier"})
        assert (refused.status_code, refused.json()) == (403, {"errors": ["Access denied"]})

    async def test_signing_in_with_a_password(self, sandbox: Sandbox) -> None:
        async with http(sandbox, "none") as api:
            credentials = {"email": "sandra.keller@sandbox.example", "password": "sandbox"}
            signed_in = await api.post("/session", json=credentials)
            refused = await api.post("/session", json={**credentials, "password": "wrong"})
        assert signed_in.json() == {"api_key": sandbox.api_key, "user_id": 1}
        assert refused.status_code == 401

    async def test_a_deactivated_user_is_locked_out(self, api: httpx.AsyncClient, sandbox: Sandbox) -> None:
        unit = next(iter(sandbox.store["units"]))
        user = await post(api, "/users", firstname="Jo", lastname="Li", email="jo@x.example", unit_id=unit)
        async with http(sandbox, sandbox.keys["jo@x.example"]) as jo:
            assert (await jo.get("/profile")).json()["full_name"] == "Jo Li"
            await api.put(f"/users/{user['id']}", json={"active": False})
            assert (await jo.get("/profile")).status_code == 401


class TestPermissions:
    async def test_ordinary_users_see_little(self) -> None:
        sandbox = Sandbox(rate_limit=None, clock=lambda: NOW)
        async with http(sandbox, sandbox.keys["luca.favre@sandbox.example"]) as luca:
            me = (await luca.get("/profile")).json()["id"]
            assert (await luca.get("/users")).status_code == 403
            assert (await luca.get(f"/users/{me}/performance_report")).status_code == 403
            assert (await luca.get("/account/web_hooks")).status_code == 403
            assert {row["user"]["id"] for row in (await luca.get("/activities")).json()} == {me}
            assigned = (await luca.get("/projects/assigned")).json()
            assert {row["contract"]["user_id"] for row in assigned} == {me}
            assert (await luca.get(f"/projects/{assigned[0]['id']}/tasks")).status_code == 403
            assert (await luca.get("/projects")).status_code == 200
            other = next(row["id"] for row in sandbox.store["activities"].values() if row["user_id"] != me)
            assert (await luca.get(f"/activities/{other}")).status_code == 404

    async def test_impersonation(self) -> None:
        sandbox = Sandbox(rate_limit=None, clock=lambda: NOW)
        luca = next(user for user in sandbox.store["users"].values() if user["firstname"] == "Luca")
        as_luca = {"X-IMPERSONATE-USER-ID": str(luca["id"])}
        async with http(sandbox) as api:
            assert (await api.get("/profile", headers=as_luca)).json()["first_name"] == "Luca"
            task = next(iter(sandbox.store["project_tasks"].values()))
            body = {"date": "2026-03-18", "project_id": task["project_id"], "task_id": task["id"], "seconds": 60}
            created = await api.post("/activities", json=body, headers=as_luca)
            assert created.json()["user"]["firstname"] == "Luca"
            assert (await api.get("/profile", headers={"X-IMPERSONATE-USER-ID": "999999"})).status_code == 403
        async with http(sandbox, luca["api_key"]) as api:
            assert (await api.get("/profile", headers={"X-IMPERSONATE-USER-ID": "1"})).status_code == 403


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


class TestTaken:
    """What MOCO was recorded to take, or takes by its own examples, though its docs ask for more."""

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


class TestRefusals:
    async def test_neither_days_nor_hours_are_no_holiday(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        body = {"title": "x", "year": 2026, "user_id": next(iter(sandbox.store["users"]))}
        assert (await api.post("/users/holidays", json=body)).json() == {"days": ["can't be blank"]}

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


async def test_what_is_not_modelled_says_so(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ACTIONS, "profile.get")
    async with http(sandbox) as api:
        answer = await api.get("/profile")
    assert (answer.status_code, answer.json()) == (501, {"message": "profile.get is not modelled"})


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


async def test_the_rate_limit_is_a_sliding_window() -> None:
    seconds = 0.0
    sandbox = Sandbox(seed=False, rate_limit=(3, 10), monotonic=lambda: seconds)

    async with http(sandbox) as client:

        async def statuses(count: int) -> list[int]:
            return [(await client.get("/session")).status_code for _ in range(count)]

        assert await statuses(2) == [200, 200]
        seconds = 8
        assert await statuses(2) == [200, 429]
        seconds = 10.5
        assert await statuses(3) == [200, 200, 429]
        refused = await client.get("/session")
    assert refused.json() == {"message": "Too many requests"}
    assert "retry-after" not in refused.headers


async def test_requests_are_logged_without_their_keys(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    await api.post("/companies?x=1", json={"name": "x"})
    await api.get("/nowhere")
    posted, missed = sandbox.requests
    assert (posted.method, posted.path, posted.query, posted.status) == ("POST", "/api/v1/companies", "x=1", 422)
    assert posted.body == b'{"name":"x"}'
    assert missed.status == 404
    assert sandbox.api_key not in repr(sandbox.requests)


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


async def test_the_start_page_shows_how_to_begin(sandbox: Sandbox) -> None:
    async with http(sandbox) as api:
        page = await api.get("http://sandbox/")
    assert sandbox.api_key in page.text
    assert "/projects/{id}/archive" in page.text


def test_serving_from_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    served: list[Any] = []
    monkeypatch.setattr("uvicorn.run", lambda app, **options: served.append((app, options)))
    monkeypatch.setattr("sys.argv", ["sandbox", "--port", "9000", "--no-seed", "--rate-limit", "off"])
    main()
    assert served[0][1]["port"] == 9000
    assert "http://127.0.0.1:9000/api/v1/projects" in capsys.readouterr().out
    assert rate("120/60") == (120, 60.0)
