"""Cancellation costs a call at most its slot: no connection, no task that stays, no noise."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest

from moco_async import APIConnectionError, MocoClient, RateLimit
from moco_async._bucket import Bucket
from tests.core.exposure import check_that_nothing_shows, shown
from tests.socket_server import KEY, Connection, Server, answers, http, serving, silence

CALLS_UNDER_A_TIMEOUT = 1000
ROUNDS = 80
POOLS: dict[str, Any] = {
    "own": lambda: None,
    "given, 10 connections": lambda: httpx.AsyncClient(limits=httpx.Limits(max_connections=10)),
    "given, 1 connection": lambda: httpx.AsyncClient(limits=httpx.Limits(max_connections=1)),
    "httpx2, 1 connection": lambda: httpx2.AsyncClient(limits=httpx2.Limits(max_connections=1)),
}


async def empty_pages(line: Connection) -> None:
    """Answer every request after a moment."""
    while True:
        await line.request()
        await asyncio.sleep(0.001)
        await line.send(http(body=b"[]", keep_alive=True))


@asynccontextmanager
async def client_with(server: Server, pool: str, rate_limit: RateLimit | None) -> AsyncIterator[MocoClient]:
    given = POOLS[pool]()
    async with MocoClient(
        base_url=server.base_url, api_key=KEY, rate_limit=rate_limit, max_retries=0, http_client=given
    ) as client:
        yield client
    if given is not None:
        await given.aclose()


async def check_that_none_is_lost(client: MocoClient) -> None:
    """The next twenty calls succeed, and then no connection of the library is in use."""
    assert len(await asyncio.gather(*(client.request("GET", "/units") for _ in range(20)))) == 20
    pool = client._transport.connection.pool()
    connections = pool.wire.client._transport._pool.connections
    assert all(connection.is_idle() or connection.is_closed() for connection in connections)
    assert not pool.wire.client._transport._pool._requests
    assert not pool._tasks


@pytest.mark.parametrize("pool", POOLS)
async def test_calls_under_a_timeout_lose_no_connection(pool: str) -> None:
    async def call(client: MocoClient, number: int) -> None:
        try:
            async with asyncio.timeout(number % 40 / 4000):
                await client.request("GET", "/units")
        except TimeoutError:
            pass

    async with serving(empty_pages) as server, client_with(server, pool, None) as client:
        for begin in range(0, CALLS_UNDER_A_TIMEOUT, 20):
            await asyncio.gather(*(call(client, begin + number) for number in range(20)))
        await check_that_none_is_lost(client)


@pytest.mark.parametrize("pool", POOLS)
async def test_calls_cancelled_at_every_step_of_the_loop_lose_no_connection(pool: str) -> None:
    async with serving(empty_pages) as server, client_with(server, pool, RateLimit(15, 0.02)) as client:
        for number in range(ROUNDS):
            calls = [asyncio.create_task(client.request("GET", "/units")) for _ in range(15)]
            for _ in range(number % 40):
                await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        await check_that_none_is_lost(client)
        bucket = client._transport.connection.pool().limiter
        assert isinstance(bucket, Bucket)
        assert not bucket._in_flight


async def test_lists_left_on_their_second_page_lose_no_connection() -> None:
    headers = "X-Page: {}\nX-Per-Page: 1\nX-Total: 30"

    async def pages(line: Connection) -> None:
        while True:
            arrival = await line.request()
            number = arrival.target.partition("page=")[2].partition("&")[0] or "1"
            await line.send(
                http(body=b'[{"id": %s}]' % number.encode(), headers=headers.format(number), keep_alive=True)
            )

    async with serving(pages) as server, client_with(server, "given, 10 connections", None) as client:
        for _ in range(50):
            async for row in client.units.list():
                if row.id == 2:
                    break
        await check_that_none_is_lost(client)


async def test_the_cancelled_caller_gets_its_cancellation_at_once() -> None:
    async with serving(silence) as server, client_with(server, "own", None) as client:
        call = asyncio.create_task(client.request("GET", "/units"))
        await server.until(lambda server: server.arrivals)
        call.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert call.cancelled()
        assert len(client._transport.connection.pool()._tasks) == 1  # it waits for the answer that nobody wants
    await server.until(lambda server: not server.open)


async def test_the_slot_of_a_cancelled_call_is_taken_until_its_request_has_ended() -> None:
    go = asyncio.Event()

    async def held(line: Connection) -> None:
        await line.request()
        await go.wait()
        await line.send(http(429, headers="Retry-After: 20"))

    async with serving(held) as server, client_with(server, "own", RateLimit(1, 0.01)) as client:
        call = asyncio.create_task(client.request("GET", "/units"))
        await server.until(lambda server: server.arrivals)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        pool = client._transport.connection.pool()
        assert isinstance(pool.limiter, Bucket)
        assert pool.limiter._in_flight == 1
        go.set()
        await asyncio.wait(pool._tasks)
        assert pool.limiter._in_flight == 0
        assert pool.limiter.used().pause > 15, "what MOCO orders counts, whoever hears of it"


async def test_what_is_in_flight_ends_with_its_client() -> None:
    async with serving(silence) as server, client_with(server, "own", None) as client:
        others = asyncio.all_tasks()
        abandoned = asyncio.create_task(client.request("GET", "/units"))
        awaited = asyncio.create_task(client.request("GET", "/units"))
        begun_last = asyncio.create_task(client.request("GET", "/units"))
        await server.until(lambda server: len(server.arrivals) == 3)
        abandoned.cancel()
        begun_last.cancel()
        await client.aclose()
        with pytest.raises(APIConnectionError, match="the client was closed before an answer came") as caught:
            await awaited
        assert caught.value.request_sent is True
        await asyncio.gather(abandoned, begun_last, return_exceptions=True)
        await server.until(lambda server: not server.open)
        assert asyncio.all_tasks() - others == {abandoned, awaited, begun_last} - {
            task for task in (abandoned, awaited, begun_last) if task.done()
        }


@pytest.mark.parametrize("pool", ["own", "given, 1 connection", "httpx2, 1 connection"])
async def test_no_frame_of_a_cancellation_at_any_step_holds_the_key(pool: str) -> None:
    """As nobody's cancellation gets into the library, whose frames hold the request as it was written."""
    async with serving(answers()) as server, client_with(server, pool, None) as client:
        for steps in range(40):
            call = asyncio.create_task(client.request("POST", "/units", json={"name": "x"}))
            for _ in range(steps):
                await asyncio.sleep(0)
            call.cancel()
            try:
                await call
            except asyncio.CancelledError as error:
                check_that_nothing_shows(shown(error))
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0):
                await client.request("GET", "/units")
        check_that_nothing_shows(shown(caught.value))


def test_a_program_that_ends_in_the_middle_is_quiet() -> None:
    program = f"""
import asyncio
from moco_async import MocoClient
from tests.socket_server import serving, silence, silence_in_answer

async def main(step):
    async with serving(step) as server:
        client = MocoClient(base_url=server.base_url, api_key="{KEY}")
        calls = [asyncio.create_task(client.request("GET", "/units")) for _ in range(5)]
        await server.until(lambda server: len(server.arrivals) == 5)
        for call in calls[:3]:
            call.cancel()
        await asyncio.sleep(0)

for step in (silence, silence_in_answer):
    asyncio.run(main(step))
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line for line in done.stderr.splitlines() if not line.startswith("Executing <")] == []
