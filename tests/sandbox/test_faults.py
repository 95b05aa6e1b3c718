"""Faults on demand: in process and served, what a client sees, and what the sandbox has done all the same."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from moco_async.errors import APIConnectionError, LockedError, ResponseError, ServerError
from moco_async.models import InvoiceStatus
from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import NOW, http, served

COMPANY = {"name": "Bäckerei Süß", "type": "supplier"}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=False, rate_limit=None, clock=lambda: NOW)


def companies(sandbox: Sandbox) -> int:
    return len(sandbox.store["companies"])


async def test_a_status_so_many_times(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    fault = sandbox.faults.add("companies.*", status=503, times=2)
    assert [(await api.get("/companies")).status_code for _ in range(3)] == [503, 503, 200]
    assert (await api.get("/projects")).status_code == 200
    assert fault.count == 2


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"status": 429, "headers": {"Retry-After": "2"}}, '{"message":"Too many requests"}'),
        ({"status": 404}, ""),
        ({"status": 502}, "We're sorry, but something went wrong."),
        ({"status": 422, "body": {"name": ["ist bereits vergeben"]}}, '{"name":["ist bereits vergeben"]}'),
        ({"status": 503, "body": "<h1>Down</h1>"}, "<h1>Down</h1>"),
    ],
)
async def test_what_comes_with_a_status(
    sandbox: Sandbox, api: httpx.AsyncClient, fault: dict[str, Any], text: str
) -> None:
    sandbox.faults.add(**fault)
    answer = await api.post("/companies", json=COMPANY)
    assert (answer.status_code, answer.text) == (fault["status"], text)
    assert answer.headers.get("retry-after") == fault.get("headers", {}).get("Retry-After")
    assert answer.headers["x-request-id"]
    assert companies(sandbox) == 0


async def test_a_gateway_that_gave_up_too_early(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    sandbox.faults.add("companies.create", status=504, apply_first=True)
    assert (await api.post("/companies", json=COMPANY)).status_code == 504
    assert companies(sandbox) == 1


@pytest.mark.parametrize("apply_first", [False, True])
async def test_a_cut_connection_in_process(sandbox: Sandbox, api: httpx.AsyncClient, apply_first: bool) -> None:
    sandbox.faults.add("companies.create", disconnect=True, apply_first=apply_first, times=1)
    with pytest.raises(httpx.RemoteProtocolError) as caught:
        await api.post("/companies", json=COMPANY)
    assert caught.value.request.method == "POST"
    assert companies(sandbox) == apply_first
    assert [(arrival.path, arrival.status) for arrival in sandbox.requests] == [("/api/v1/companies", 0)]
    assert (await api.post("/companies", json=COMPANY)).status_code == 200


@pytest.mark.parametrize("apply_first", [False, True])
async def test_a_cut_connection_on_a_socket(
    sandbox: Sandbox, apply_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults.add("companies.create", disconnect=True, apply_first=apply_first, times=1)
    async with served(sandbox) as address, http(sandbox, address=address) as api:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await api.post("/companies", json=COMPANY)
        assert companies(sandbox) == apply_first
        assert (await api.post("/companies", json=COMPANY)).status_code == 200
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_what_the_client_makes_of_a_cut_connection(sandbox: Sandbox) -> None:
    async with sandbox.client() as client:
        sandbox.faults.add("companies.create", disconnect=True, apply_first=True, times=1)
        with pytest.raises(APIConnectionError) as caught:
            await client.companies.create(name="x", type="supplier")
        assert caught.value.request_sent
    assert companies(sandbox) == 1


async def test_a_document_that_is_not_ready() -> None:
    sandbox = Sandbox(clock=lambda: NOW)
    invoice = next(iter(sandbox.store["invoices"]))
    sandbox.faults.add("*.pdf", status=423, times=1)
    async with sandbox.client() as client:
        with pytest.raises(LockedError):
            await client.with_options(max_retries=0).invoices.pdf(invoice)
        assert (await client.invoices.pdf(invoice)).content.startswith(b"%PDF")


async def test_unknown_values_and_missing_attributes_of_records_and_rows() -> None:
    sandbox = Sandbox(clock=lambda: NOW)
    sandbox.faults.add("invoices.*", unknown="status", missing=["title", "items.title"])
    async with sandbox.client() as client:
        rows = await client.invoices.list()
        invoice = await client.invoices.get(rows[0].id)
    for record in (*rows, invoice):
        assert record.status == "unheard_of"
        assert not isinstance(record.status, InvoiceStatus)
        assert {"title", "identifier"} & record.to_dict().keys() == {"identifier"}
    assert all("title" not in item and "id" in item for item in invoice.to_dict()["items"])
    assert sandbox.store["invoices"][rows[0].id]["items"][0]["title"]


async def test_half_a_body(sandbox: Sandbox) -> None:
    sandbox.faults.add("users.list", truncate=True)
    async with sandbox.client() as client:
        with pytest.raises(ResponseError):
            await client.users.list()


async def test_latency_is_waited_for(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("moco_async.sandbox.http.faults.asyncio.sleep", sleep)
    sandbox.faults.add("users.*", latency=2.5)
    async with http(sandbox) as api:
        assert (await api.get("/users")).status_code == 200
        assert (await api.get("/projects")).status_code == 200
    assert waited == [2.5]


async def statuses(seed: int) -> list[int]:
    sandbox = Sandbox(seed=False, rate_limit=None)
    sandbox.faults.add("users.list", status=500, probability=0.4, seed=seed)
    async with http(sandbox) as api:
        return [(await api.get("/users")).status_code for _ in range(60)]


async def test_the_same_seed_strikes_the_same_calls() -> None:
    first, again, other = await statuses(1), await statuses(1), await statuses(2)
    assert first == again != other
    assert 10 < first.count(500) < 40


async def test_one_fault_a_call_in_the_order_they_were_added(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    sandbox.faults.add("users.list", status=500, times=1)
    last = sandbox.faults.add("users.list", status=503)
    assert [(await api.get("/users")).status_code for _ in range(3)] == [500, 503, 503]
    sandbox.faults.remove(last)
    assert (await api.get("/users")).status_code == 200
    sandbox.faults.clear()
    assert len(sandbox.faults) == 0


async def test_no_fault_without_a_place_in_the_rate_limit() -> None:
    sandbox = Sandbox(seed=False, rate_limit=(1, 15), monotonic=lambda: 0.0)
    fault = sandbox.faults.add(status=500)
    async with http(sandbox) as api:
        assert [(await api.get("/users")).status_code for _ in range(2)] == [500, 429]
    assert fault.count == 1


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"operation": "invoice.pdf", "status": 423},
        {"operation": "invoices.get", "missing": "titel"},
        {"operation": "invoices.get", "unknown": "project.titel"},
        {"operation": "invoices.pdf", "missing": "title"},
        {"status": 500, "disconnect": True},
        {"status": 500, "truncate": True},
        {"truncate": True, "apply_first": True},
        {"status": 99},
        {"status": 500, "probability": 2},
        {"latency": -1},
        {"status": 500, "times": 0},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        sandbox.faults.add(**fault)
    assert list(sandbox.faults) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"operation": "invoice.pdf"}, "'invoice.pdf' does not match any operation; did you mean 'invoices.pdf'?"),
        (
            {"operation": "invoices.get", "unknown": "items.titel"},
            "unknown='items.titel': no response of 'invoices.get' has this attribute; did you mean 'title'?",
        ),
        (
            {"operation": "invoices.pdf", "missing": "title"},
            "missing='title': no response of 'invoices.pdf' has this attribute",
        ),
        (
            {"operation": "invoices.get", "unknown": "unheard_of"},
            "unknown='unheard_of': no response of 'invoices.get' has this attribute; it takes names of attributes, "
            "and 'unheard_of' is the value that they get",
        ),
    ],
)
def test_a_misspelt_fault_is_told_what_is_right(sandbox: Sandbox, fault: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        sandbox.faults.add(**{"latency": 1, **fault})
    assert str(caught.value) == message


async def test_errors_of_the_client_say_what_came(sandbox: Sandbox) -> None:
    sandbox.faults.add("users.list", status=500)
    async with sandbox.client(max_retries=0) as client:
        with pytest.raises(ServerError) as caught:
            await client.users.list()
    assert caught.value.status == 500
