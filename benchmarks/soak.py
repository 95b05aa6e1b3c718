"""Mixed calls for minutes, with everything that goes wrong: is anything lost, doubled or leaked?

.venv/bin/python benchmarks/soak.py [MINUTES]

A server on a socket answers, refuses, redirects, stalls and breaks off; callers cancel at any moment, leave lists in
the middle, open and close clients in this loop and in others. Exits with 1 unless every figure is what it has to be.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from moco_async import APIConnectionError, MocoClient, MocoError, RateLimit

ROWS, PER_PAGE = 95, 10
LIMIT = RateLimit(60, 0.1)
KEY = "soak"


@dataclass
class Server:
    """A MOCO that is often not well.

    Attributes:
        done: How often each write was carried out, by its number.
        served: Answers by what became of them.
    """

    dice: random.Random = field(default_factory=lambda: random.Random(13))
    done: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as long as it lives."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ")
                size = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
                await reader.readexactly(size)
                if (reply := await self.reply(method, target)) is None:
                    break
                writer.write(reply)
                await writer.drain()
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone, or we are done
        finally:
            writer.close()

    async def reply(self, method: str, target: str) -> bytes | None:
        """What a request is answered; None breaks the connection off."""
        fate = self.dice.random() if not target.startswith("/api/v1/calm") else 1.0
        await asyncio.sleep(self.dice.random() * 0.004)
        if fate < 0.02:
            return self._count("broken off before", None)
        if fate < 0.03:
            return self._count("refused", _http(429, b"", "Retry-After: 0.05"))
        if fate < 0.05 and method == "GET" and "moved" not in target:
            joint = "&" if "?" in target else "?"
            return self._count("redirected", _http(302, b"", f"Location: {target}{joint}moved=1"))
        if method == "POST":
            self.done[target] += 1
        if fate < 0.07:
            return self._count("broken off after", None)
        if fate < 0.08:
            return self._count("failed", _http(503, b"", "Retry-After: 0.01"))
        if fate < 0.085:
            await asyncio.sleep(0.3)
        return self._count("answered", self._page(target) if method == "GET" else _http(200, b"{}"))

    def _count(self, what: str, reply: bytes | None) -> bytes | None:
        self.served[what] += 1
        return reply

    def _page(self, target: str) -> bytes:
        number = int(parse_qs(urlsplit(target).query).get("page", ["1"])[0])
        ids = range((number - 1) * PER_PAGE + 1, min(number * PER_PAGE, ROWS) + 1)
        headers = f"X-Page: {number}\r\nX-Per-Page: {PER_PAGE}\r\nX-Total: {ROWS}"
        return _http(200, json.dumps([{"id": each, "name": "x"} for each in ids]).encode(), headers)


def _http(status: int, body: bytes, headers: str = "X-A: b") -> bytes:
    return f"HTTP/1.1 {status} X\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Soak:
    """What was called, and what came of it."""

    server: Server
    outcomes: Counter[str] = field(default_factory=Counter)
    lost_rows: int = 0
    lost_writes: int = 0
    written: int = 0

    def client(self, timeout: float = 0.2) -> MocoClient:
        """A client as anybody has it, but for the address and the pace."""
        address = f"http://127.0.0.1:{self.server.port}/api/v1"
        return MocoClient(base_url=address, api_key=KEY, rate_limit=LIMIT, timeout=timeout)

    async def one(self, client: MocoClient, dice: random.Random) -> None:
        """One call of any kind, which may be given up at any moment."""
        patience = dice.choice([None, None, dice.random() * 0.05, 0])
        kind = dice.choice([self.write, self.read, self.list, self.leave])
        try:
            async with asyncio.timeout(patience):
                await kind(client)
            self.outcomes[kind.__name__] += 1
        except TimeoutError:
            self.outcomes["given up"] += 1
        except MocoError as error:
            self.outcomes[type(error).__name__] += 1

    async def write(self, client: MocoClient) -> None:
        """Create something, once."""
        self.written += 1
        path = f"/writes/{self.written}"
        await client.request("POST", path, json={"number": self.written})
        self.lost_writes += self.server.done[f"/api/v1{path}"] != 1

    async def read(self, client: MocoClient) -> None:
        """Read something, as somebody."""
        await client.impersonate(5).request("GET", "/session")

    async def list(self, client: MocoClient) -> None:
        """Read a list to its end."""
        rows = await client.units.list(per_page=PER_PAGE).all()
        self.lost_rows += ROWS - len({row.id for row in rows})

    async def leave(self, client: MocoClient) -> None:
        """Read a list to its second page."""
        async for row in client.units.list(per_page=PER_PAGE):
            if row.id > PER_PAGE:
                break

    async def work(self, client: MocoClient, until: float, seed: int) -> None:
        """Call one thing after another."""
        dice = random.Random(seed)
        while time.monotonic() < until:
            await self.one(client, dice)

    async def come_and_go(self, until: float) -> None:
        """Clients that are opened, used and closed, or forgotten, here and in other threads."""
        dice = random.Random(7)
        while time.monotonic() < until:
            client = self.client()
            await asyncio.gather(*(self.one(client, dice) for _ in range(5)))
            if dice.random() < 0.7:
                await client.aclose()
            shared = self.client()
            calls = [asyncio.to_thread(asyncio.run, _use(shared)) for _ in range(2)]
            await asyncio.gather(*calls)
            await shared.aclose()


async def _use(client: MocoClient) -> None:
    with suppress(APIConnectionError, MocoError):
        await asyncio.gather(*(client.request("GET", "/session") for _ in range(4)))


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


def memory() -> float:
    """Megabytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def rest(client: MocoClient) -> tuple[int, int]:
    """How many of the next twenty calls fail, and how many connections are in use when nothing is under way."""
    await asyncio.sleep(1)
    calls = (client.request("GET", "/calm") for _ in range(20))
    failed = sum(isinstance(each, BaseException) for each in await asyncio.gather(*calls, return_exceptions=True))
    pool = client._transport.connection.pool()
    connections = pool.wire.client._transport._pool.connections
    return failed, sum(not connection.is_idle() for connection in connections) + len(pool._tasks)


async def soak(minutes: float) -> bool:
    """Call for so long, and print the figures; whether they are what they have to be."""
    state = Server()
    server = await asyncio.start_server(state.connected, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    run, noise = Soak(state), list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context["message"]))
    samples: list[tuple[int, float]] = []
    failed = lost = 0
    async with run.client() as client:
        for part in range(5):
            until = time.monotonic() + minutes * 12
            workers = [run.work(client, until, seed=part * 100 + number) for number in range(12)]
            await asyncio.gather(*workers, run.come_and_go(until))
            more_failed, more_lost = await rest(client)
            failed, lost = failed + more_failed, lost + more_lost
            gc.collect()
            samples.append((descriptors(), memory()))
            print(
                f"  {(part + 1) * minutes / 5:.1f} min: fds {samples[-1][0]}, memory {samples[-1][1]:.1f} MB",
                flush=True,
            )
    doubled = sum(times > 1 for times in state.done.values())
    figures = {"lost connections": lost, "later calls that fail": failed, "doubled writes": doubled,
               "lost writes": run.lost_writes, "lost rows": run.lost_rows, "noise of the loop": len(noise)}  # fmt: skip
    print("server:", dict(state.served))
    print("calls:", dict(run.outcomes))
    print("  ".join(f"{name}: {figure}" for name, figure in figures.items()))
    (fds, before), (fds_now, now) = samples[1], samples[-1]
    print(f"fds {fds} -> {fds_now}, memory {before:.1f} -> {now:.1f} MB (x{now / before:.3f})")
    server.close()
    return not any(figures.values()) and fds_now <= fds + 10 and now <= before * 1.1


def main() -> int:
    """Soak; 1 if something is lost, doubled or grows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("minutes", nargs="?", type=float, default=10.0)
    return int(not asyncio.run(soak(parser.parse_args().minutes)))


if __name__ == "__main__":
    sys.exit(main())
