"""Control of the sandbox: snapshots, time travel, resets; in Python, and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox, Seed
from moco_async.sandbox.engine.spec import bundled
from moco_async.sandbox.http.admin import ENDPOINTS
from tests.sandbox.helpers import NOW, http, make_project, post

HOOK = {"target": "Company", "event": "create", "hook": "https://receiver.example"}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=(1000, 15), clock=lambda: NOW, monotonic=lambda: 0.0)


@pytest.fixture
async def site(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="http://sandbox") as client:
        yield client


class TestState:
    async def test_a_snapshot_is_returned_to_as_often_as_one_likes(
        self, sandbox: Sandbox, api: httpx.AsyncClient
    ) -> None:
        project = await make_project(api)
        await post(api, f"/projects/{project['id']}/tasks", name="Konzept")
        before = sandbox.snapshot()
        state = (await api.get(f"/projects/{project['id']}")).json()
        ids = []
        for _ in range(2):
            task = await post(api, f"/projects/{project['id']}/tasks", name="Entwurf")
            ids.append(task["id"])
            await api.put(f"/projects/{project['id']}", json={"name": "Anders", "custom_properties": {"Art": "x"}})
            sandbox.store["projects"][project["id"]]["tags"].append("behind its back")
            assert (await api.get(f"/projects/{project['id']}")).json() != state
            sandbox.restore(before)
            assert (await api.get(f"/projects/{project['id']}")).json() == state
        assert ids[0] == ids[1]  # ids go on where they were

    async def test_a_snapshot_holds_the_clock_and_what_waits(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        await post(api, "/account/web_hooks", **HOOK)
        await post(api, "/companies", name="Süß", type="supplier")
        before = sandbox.snapshot()
        sandbox.travel(timedelta(days=3))
        assert [delivery.attempts for delivery in await sandbox.deliver()] == [1]
        sandbox.restore(before)
        assert sandbox.now() == NOW
        assert [delivery.attempts for delivery in sandbox.outbox.waiting] == [0]

    async def test_time_goes_on(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        sandbox.travel(timedelta(days=30, minutes=1))
        company = await post(api, "/companies", name="Süß", type="supplier")
        assert company["created_at"] == "2026-04-17T10:31:00Z"
        with pytest.raises(ValueError, match="back"):
            sandbox.travel(timedelta(seconds=-1))
        with pytest.raises(OverflowError):
            sandbox.travel(timedelta(days=3_000_000))
        assert sandbox.store.now() == "2026-04-17T10:31:00Z"

    async def test_the_rate_limit_goes_with_the_time(self) -> None:
        sandbox = Sandbox(seed=False, rate_limit=(1, 15), monotonic=lambda: 0.0)
        async with http(sandbox) as api:
            assert [(await api.get("/users")).status_code for _ in range(2)] == [200, 429]
            sandbox.travel(timedelta(seconds=14))
            assert (await api.get("/users")).status_code == 429
            sandbox.travel(timedelta(seconds=1))
            assert (await api.get("/users")).status_code == 200
            sandbox.reset()
            assert (await api.get("/users")).status_code == 200

    async def test_a_reset(self, sandbox: Sandbox, api: httpx.AsyncClient) -> None:
        fresh = sandbox.snapshot()
        await post(api, "/account/web_hooks", **HOOK)
        await post(api, "/companies", name="Süß", type="supplier")
        sandbox.travel(timedelta(days=1))
        sandbox.outbox.disturb(drop=1)
        sandbox.faults.add(status=500)
        sandbox.reset()
        assert sandbox.snapshot() == fresh
        assert [len(sandbox.requests), len(sandbox.outbox.waiting), len(sandbox.faults)] == [0, 0, 0]
        assert sandbox.outbox.disturbance.drop == 0
        assert (await api.get("/companies")).json() == []

    def test_a_reset_with_another_seed(self, sandbox: Sandbox) -> None:
        sandbox.reset(seed=True)
        agency = len(sandbox.store["projects"])
        assert agency == 12
        assert not sandbox.outbox.waiting
        sandbox.reset()
        assert len(sandbox.store["projects"]) == agency
        sandbox.reset(seed=Seed(projects=13))
        assert len(sandbox.store["projects"]) == 13
        sandbox.reset(seed=False)
        assert not sandbox.store["projects"]


class TestAdmin:
    async def test_how_the_sandbox_is(self, sandbox: Sandbox, site: httpx.AsyncClient) -> None:
        told = (await site.get("/admin")).json()
        assert told["keys"]["sandra.keller@sandbox.example"] == told["api_key"] == sandbox.api_key
        assert told["records"]["users"] == 1
        assert (told["rate_limit"], told["now"]) == ([1000, 15], "2026-03-18T10:30:00Z")

    async def test_snapshots(self, sandbox: Sandbox, site: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
        assert (await site.post("/admin/snapshots")).json() == {"name": "1"}
        await post(api, "/companies", name="Süß", type="supplier")
        assert (await site.post("/admin/snapshots", json={"name": "süß"})).json() == {"name": "süß"}
        told = (await site.post("/admin/snapshots/1/restore")).json()
        assert told["snapshots"] == ["1", "süß"]
        assert not sandbox.store["companies"]
        await site.post("/admin/snapshots/süß/restore")
        assert len(sandbox.store["companies"]) == 1
        assert (await site.post("/admin/snapshots/3/restore")).status_code == 404

    async def test_seeding_and_resetting(self, sandbox: Sandbox, site: httpx.AsyncClient) -> None:
        assert (await site.post("/admin/seed")).json()["records"]["projects"] == 12
        assert (await site.post("/admin/reset")).json()["records"]["projects"] == 12
        assert (await site.post("/admin/seed", json={"projects": 14})).json()["records"]["projects"] == 14
        assert "projects" not in (await site.post("/admin/seed", json={"empty": True})).json()["records"]

    async def test_the_clock(self, site: httpx.AsyncClient) -> None:
        assert (await site.post("/admin/clock", json={"days": 1, "hours": 1.5})).json() == {
            "now": "2026-03-19T12:00:00Z"
        }

    async def test_requests(self, site: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
        await api.post("/companies?x=1", json={"name": "Süß"})
        [arrival] = (await site.get("/admin/requests")).json()
        assert (arrival["method"], arrival["path"], arrival["query"]) == ("POST", "/api/v1/companies", "x=1")
        assert (arrival["body"], arrival["status"]) == ('{"name":"Süß"}', 422)
        assert "authorization" not in arrival["headers"]

    async def test_faults(self, site: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
        fault = (await site.post("/admin/faults", json={"operation": "users.*", "status": 500, "times": 3})).json()
        assert (await api.get("/users")).status_code == 500
        assert (await site.get("/admin/faults")).json() == [{**fault, "count": 1}]
        assert (await site.delete(f"/admin/faults/{fault['number']}")).status_code == 200
        assert (await site.delete(f"/admin/faults/{fault['number']}")).status_code == 404
        assert (await api.get("/users")).status_code == 200
        await site.post("/admin/faults", json={"missing": ["id"], "operation": "users.list"})
        assert "id" not in (await api.get("/users")).json()[0]
        assert (await site.delete("/admin/faults")).json() == []

    async def test_the_outbox(self, sandbox: Sandbox, site: httpx.AsyncClient, api: httpx.AsyncClient) -> None:
        told = (await site.post("/admin/outbox", json={"duplicate": 1})).json()
        assert told["disturbance"] == {"shuffle": False, "duplicate": 1, "drop": 0.0}
        hook = await post(api, "/account/web_hooks", **HOOK)
        company = await post(api, "/companies", name="Süß", type="supplier")
        [delivery] = (await site.get("/admin/outbox")).json()["waiting"]
        assert (delivery["hook"], delivery["body"]) == (hook["id"], company)
        await sandbox.deliver()
        assert len((await site.get("/admin/outbox")).json()["sent"]) == 2

    @pytest.mark.parametrize(
        ("path", "body", "complaint"),
        [
            ("clock", {"days": "one"}, "days: "),
            ("clock", {"days": -1}, "back"),
            ("clock", {"days": 10_000_000}, "date"),
            ("clock", {"weeks": 1}, "weeks"),
            ("clock", [], "object"),
            ("faults", {"operation": "nothing", "status": 500}, "nothing"),
            ("faults", {"status": "500"}, "status: "),
            ("faults", {}, "what goes wrong"),
            ("seed", {"users": 1}, "at least 8 users"),
            ("outbox", {"drop": 2}, "drop: "),
            ("snapshots", {"name": "a/b"}, "name: "),
        ],
    )
    async def test_what_makes_no_sense(self, site: httpx.AsyncClient, path: str, body: Any, complaint: str) -> None:
        answer = await site.post(f"/admin/{path}", json=body)
        assert answer.status_code == 400
        assert complaint in answer.json()["message"]

    async def test_a_body_that_is_not_json(self, site: httpx.AsyncClient) -> None:
        answer = await site.post("/admin/clock", content=b"days=1")
        assert (answer.status_code, answer.json()) == (400, {"message": "the body is not JSON"})


async def test_the_start_page_tells_all_of_it(sandbox: Sandbox, site: httpx.AsyncClient) -> None:
    sandbox.store.change(sandbox.store["users"][1], lastname="<script>")
    page = (await site.get("/")).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert all(key in page for key in sandbox.keys.values())
    assert sandbox.signing_key in page
    assert all(f"<code>{operation.id}</code>" in page for operation in bundled().operations)
    assert all(f"{path}</code>" in page for _, path, _, _ in ENDPOINTS)
    assert "http://sandbox/api/v1/projects" in page
