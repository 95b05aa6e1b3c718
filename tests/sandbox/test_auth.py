"""Authentication and permissions: keys, roles, impersonation."""

from __future__ import annotations

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import NOW, http, post


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


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
