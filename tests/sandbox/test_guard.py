"""A served sandbox and the web: pages of other sites can neither read nor drive it; programs notice nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import served

JSON = {"Content-Type": "application/json"}
ADMIN = [
    ("GET", "/"),
    ("GET", "/admin"),
    ("GET", "/admin/requests"),
    ("POST", "/admin/reset"),
    ("DELETE", "/admin/faults"),
]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site", **JSON},
]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, allowed_hosts=["Moco", "localhost:8080"])


async def ask(address: str, method: str, path: str, headers: dict[str, str], **options: Any) -> int:
    async with httpx.AsyncClient(base_url=address, headers=headers) as client:
        return (await client.request(method, path, **options)).status_code


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_page_of_another_site_is_refused(sandbox: Sandbox, headers: dict[str, str]) -> None:
    sandbox.faults.add(status=500)
    async with served(sandbox) as address:
        for method, path in ADMIN:
            assert await ask(address, method, path, headers) == 403, path
        assert await ask(address, "POST", "/admin/clock", headers, content=b'{"days": 1}') == 403
        refused = await ask(address, "GET", "/api/v1/projects", {**headers, "Content-Type": "text/plain"})
    assert (refused, len(sandbox.faults), len(sandbox.requests)) == (403, 1, 0)


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "multipart/form-data; boundary=x", "TEXT/plain"])
async def test_what_only_a_form_sends_is_no_command(sandbox: Sandbox, kind: str) -> None:
    async with served(sandbox) as address:
        assert await ask(address, "POST", "/admin/reset", {"Content-Type": kind}) == 415


async def test_programs_and_its_own_page_pass(sandbox: Sandbox) -> None:
    key = {"Authorization": f"Token token={sandbox.api_key}"}
    async with served(sandbox) as address:
        for headers in ({}, JSON, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin", "Origin": address}):
            for method, path in ADMIN:
                assert await ask(address, method, path, headers) == 200, path
        curl = {"Content-Type": "application/x-www-form-urlencoded"}  # curl -d
        assert await ask(address, "POST", "/admin/clock", curl, content=b'{"days": 1}') == 200
        for headers in FOREIGN:  # a page cannot send a key without asking first, and an extension of a browser may
            assert await ask(address, "GET", "/api/v1/projects", {**headers, **key}) == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 200),
        ("LOCALHOST:{port}", 200),
        ("[::1]:{port}", 200),
        ("moco", 200),
        ("moco:81", 200),
        ("localhost:8080", 200),
        ("localhost:8081", 403),
        ("127.0.0.1", 403),
        ("evil.example:{port}", 403),
        ("evil.example", 403),
        ("localhost.evil.example:{port}", 403),
        ("127.0.0.1:{port}@evil.example", 403),
        ("192.168.0.1:{port}", 403),
        ("[::1:{port}", 403),
        ("", 403),
    ],
)
async def test_it_answers_to_its_own_hosts(sandbox: Sandbox, host: str, status: int) -> None:
    async with served(sandbox) as address:
        headers = {"Host": host.format(port=address.rpartition(":")[2])}
        for path in ("/", "/admin"):
            assert await ask(address, "GET", path, headers) == status
        signed_in = await ask(address, "GET", "/api/v1/session", headers)
    assert (signed_in == 403) == (status == 403)


async def test_in_process_every_host_is_its_own(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox), base_url="https://any.example") as client:
        assert (await client.get("/admin")).status_code == 200


@pytest.mark.parametrize("hosts", ["moco", ["a b"], [""], ["moco:port"], ["http://moco"], ["[::1"]])
def test_what_is_no_host_is_refused(hosts: Any) -> None:
    with pytest.raises(ValueError, match="host"):
        Sandbox(seed=False, allowed_hosts=hosts)
