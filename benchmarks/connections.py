"""What cancellation costs, and what it costs to share a client between threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from loopback import client_of, serving
from rows import Row

from moco_async import MocoClient

CALLS, ROUNDS, LISTS, THREADS = 10_000, 400, 600, 4
OK = (200, {"Content-Type": "application/json"}, b"[]")


def answer(method: str, target: str) -> tuple[int, dict[str, str], bytes]:
    """Pages of a list of three, or nothing."""
    if "/units" not in target:
        return OK
    number = parse_qs(urlsplit(target).query).get("page", ["1"])[0]
    headers = {"X-Page": number, "X-Per-Page": "1", "X-Total": "3", **OK[1]}
    return 200, headers, b'[{"id": %s, "name": "x"}]' % number.encode()


async def _under_a_timeout(client: MocoClient, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await client.request("GET", "/session")


async def _left_on_its_second_page(client: MocoClient) -> None:
    async for row in client.units.list(per_page=1):
        if row.id == 2:
            break


async def cancelled() -> list[Row]:
    """Calls under a timeout, calls cancelled at every step of the loop, lists left in the middle; then twenty calls."""
    async with serving(answer) as address, client_of(address, None) as client:
        for begin in range(0, CALLS, 50):
            await asyncio.gather(*(_under_a_timeout(client, (begin + each) % 40 / 4000) for each in range(50)))
        for number in range(ROUNDS):
            calls = [asyncio.create_task(client.request("GET", "/session")) for _ in range(15)]
            for _ in range(number % 40):
                await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        for _ in range(LISTS):
            await _left_on_its_second_page(client)
        outcomes = await asyncio.gather(*(client.request("GET", "/session") for _ in range(20)), return_exceptions=True)
        await asyncio.sleep(0.1)
        connections = client._transport.connection.pool().wire.client._transport._pool.connections
        lost = sum(not connection.is_idle() for connection in connections)
    failed = sum(isinstance(outcome, BaseException) for outcome in outcomes)
    return [
        Row("10,000 timeouts, 6,000 cancellations, 600 lists left: connections lost", lost, 0, ""),
        Row("  of the next 20 calls fail", failed, 0, ""),
    ]


def _in_threads(clients: Callable[[], list[MocoClient]]) -> float:
    async def work(client: MocoClient) -> None:
        for _ in range(100):
            await client.request("GET", "/session")

    given = clients()
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        for done in [threads.submit(asyncio.run, work(client)) for client in given]:
            done.result()
    return time.perf_counter() - begun


async def threads() -> Row:
    """One client in four threads, a loop each, next to a client for each of them."""
    async with serving(answer) as address:

        def one() -> list[MocoClient]:
            return [client_of(address, None)] * THREADS

        def four() -> list[MocoClient]:
            return [client_of(address, None) for _ in range(THREADS)]

        pairs = [
            (await asyncio.to_thread(_in_threads, one), await asyncio.to_thread(_in_threads, four)) for _ in range(5)
        ]
    shared, own = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    return Row("one client in four threads ÷ four clients", shared / own, 1.5)
