"""One client in any number of event loops and threads, closed from anywhere, without noise."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from moco_async import MocoClient
from tests.socket_server import KEY, Server, answers, serving


def run_quietly(program: str) -> str:
    """Run a program beside a server in another thread, where every warning is an error. Returns what it prints."""
    frame = f"""
import asyncio, gc, threading
from contextlib import suppress
from moco_async import MocoClient, RateLimit
from tests.core.test_loops import served

async def use(client, times=3):
    await asyncio.gather(*(client.request("GET", "/units") for _ in range(times)))

with served() as server:
    client = MocoClient(base_url=server.base_url, api_key="{KEY}", rate_limit=RateLimit(1000, 1))
"""
    lines = "\n".join(f"    {line}" for line in program.strip().splitlines())
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", f"{frame}{lines}\n    gc.collect()\ngc.collect()"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    noise = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert (done.returncode, noise) == (0, [])
    return done.stdout


class served:  # noqa: N801  # used like a function
    """A server in a thread of its own, whose connections live on."""

    def __enter__(self) -> Server:
        self._ready, self._done = Event(), asyncio.Event()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        self._ready.wait()
        return self._server

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with serving(answers()) as self._server:
            self._ready.set()
            await self._done.wait()
            await self._server.until(lambda server: not server.open)  # no client leaves a connection open

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()


PROGRAMS = {
    "closed in another loop": """
asyncio.run(use(client))
asyncio.run(client.aclose())
""",
    "used in one loop after another": """
for _ in range(3):
    asyncio.run(use(client))
    assert not client._transport.connection._pools
asyncio.run(client.aclose())
""",
    "never closed": """
asyncio.run(use(client))
del client
""",
    "forgotten in a loop that goes on": """
async def main():
    global client
    await use(client)
    del client
    gc.collect()
    await asyncio.sleep(0.05)
asyncio.run(main())
""",
    "closed twice, and in the loop that uses it": """
async def main():
    await use(client)
    await client.aclose()
    await client.aclose()
asyncio.run(main())
asyncio.run(client.aclose())
""",
    "closed in another loop while its own stands still": """
with asyncio.Runner() as runner:
    runner.run(use(client))
    asyncio.run(client.aclose())
""",
    "its loop closed by hand": """
loop = asyncio.new_event_loop()
loop.run_until_complete(use(client))
loop.close()
asyncio.run(client.aclose())
""",
    "its loop closed by hand, and another begun": """
for _ in range(3):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(use(client))
    loop.close()
asyncio.run(use(client))
""",
    "closed from another thread while its loop runs": """
used, closed = threading.Event(), threading.Event()
async def work():
    await use(client)
    used.set()
    while not closed.is_set():
        await asyncio.sleep(0.001)
    with suppress(RuntimeError):
        await use(client)
        print("not closed")
thread = threading.Thread(target=lambda: asyncio.run(work()))
thread.start()
used.wait()
asyncio.run(client.aclose())
closed.set()
thread.join()
assert not client._transport.connection._pools
""",
    "closed from another thread while calls are in flight": """
def work():
    async def main():
        begun.set()
        with suppress(RuntimeError, Exception):
            while True:
                await use(client, 20)
    asyncio.run(main())
begun = threading.Event()
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
begun.wait()
asyncio.run(client.aclose())
for thread in threads: thread.join()
""",
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_a_client_is_quiet(case: str) -> None:
    assert run_quietly(PROGRAMS[case]) == ""


def test_four_threads_have_four_pools() -> None:
    with served() as server:
        client = MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None)
        seen: list[object] = []

        async def work() -> None:
            for _ in range(30):
                await client.request("GET", "/units")
                seen.append(client._transport.connection.pool())

        with ThreadPoolExecutor(4) as threads:
            for work_done in [threads.submit(lambda: asyncio.run(work())) for _ in range(4)]:
                work_done.result()
        assert len(seen) == 120
        assert len(set(map(id, seen))) == 4
        assert server.connections == 4
        assert not client._transport.connection._pools, "their loops have ended"
        asyncio.run(client.aclose())


def test_a_loop_that_has_ended_is_not_kept_by_the_client() -> None:
    with served() as server:
        client = MocoClient(base_url=server.base_url, api_key=KEY)
        loops = []

        async def work() -> None:
            loops.append(weakref.ref(asyncio.get_running_loop()))
            await client.request("GET", "/units")

        for _ in range(3):
            asyncio.run(work())
        gc.collect()
        assert [loop() for loop in loops] == [None, None, None]
        asyncio.run(client.aclose())


async def test_a_client_that_finds_no_connection_though_none_is_in_use_begins_anew() -> None:
    """What a library may believe after it has lost count."""
    async with serving(answers()) as server, MocoClient(base_url=server.base_url, api_key=KEY, timeout=0.05) as client:
        await client.request("GET", "/units")
        wire = client._transport.connection.pool().wire
        broken = wire.client._transport._pool
        broken._max_connections = 1
        await broken._connections[0].aclose()
        broken._connections = [SimpleNamespace(**dict.fromkeys(NEVER_AVAILABLE, lambda *_: False), aclose=_closed)]
        assert (await client.request("GET", "/units")).status == 200
        assert wire.client._transport._pool is not broken


NEVER_AVAILABLE = ("is_closed", "has_expired", "is_idle", "is_available", "can_handle_request")


async def _closed() -> None: ...
