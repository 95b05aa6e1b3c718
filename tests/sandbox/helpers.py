"""Clients, requests and records that the sandbox's tests share."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn

from moco_async.sandbox import Sandbox

NOW = datetime(2026, 3, 18, 10, 30, tzinfo=UTC)  # a Wednesday
PDF = {"filename": "Beleg.pdf", "base64": b64encode(b"%PDF-1.4\n").decode()}

Row = dict[str, Any]


def http(
    sandbox: Sandbox, key: str | None = None, *, address: str = "http://sandbox", **headers: str
) -> httpx.AsyncClient:
    """A client of the sandbox: in process or, with the address of a served one, over the network."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=sandbox) if address == "http://sandbox" else None,
        base_url=f"{address}/api/v1",
        headers={"Authorization": f"Token token={key or sandbox.api_key}", **headers},
    )


async def post(api: httpx.AsyncClient, path: str, **body: Any) -> Row:
    """The record that a request creates."""
    answer = await api.post(path, json=body)
    assert answer.is_success, answer.text
    record: Row = answer.json()
    return record


async def rows(api: httpx.AsyncClient, path: str, **query: Any) -> list[Row]:
    """The rows of a list."""
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json()
    return found


async def refused(api: httpx.AsyncClient, path: str, **body: Any) -> Any:
    """The errors of a request that is refused."""
    answer = await api.post(path, json=body)
    assert answer.status_code == 422, answer.text
    return answer.json()


def refusal(answer: httpx.Response) -> list[str]:
    """The fields that a request is refused for."""
    assert answer.status_code == 422, answer.text
    return list(answer.json())


async def make_project(api: httpx.AsyncClient, name: str = "Relaunch", **more: Any) -> Row:
    """A new project of a new customer."""
    company = await post(api, "/companies", name="Bäckerei Süß", type="customer", currency="EUR")
    body = {"name": name, "currency": "EUR", "leader_id": 1, "company_id": company["id"]}
    return await post(api, "/projects", **body, fixed_price=False, retainer=False, **more)


def booking(project: Row, **more: Any) -> Row:
    """The body of an activity on a project, for today."""
    return {"date": "2026-03-18", "project_id": project["id"], "task_id": project["tasks"][1]["id"], **more}


def vat(sandbox: Sandbox, kind: str, tax: float) -> int:
    """The id of the VAT code with a rate."""
    return next(int(code["id"]) for code in sandbox.store[f"vat_code_{kind}"].values() if code["tax"] == tax)


class Server(uvicorn.Server):
    """A server that tells when it has started, and leaves signals to the test runner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(sandbox: Sandbox) -> AsyncIterator[str]:
    """The address of the sandbox on a real socket."""
    server = Server(uvicorn.Config(sandbox.app, port=0, log_config=None))
    task = asyncio.create_task(server.serve())
    await server.begun.wait()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
