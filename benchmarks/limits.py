"""Benchmark of the rate limit against servers that enforce it: full speed, without a 429."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable

from loopback import client_of, serving
from rows import Row

from moco_async import RateLimit

OK = (200, {"Content-Type": "application/json"}, b"[]")
TOO_MANY = (429, {"Content-Type": "application/json"}, b'{"message":"Too many requests"}')


async def sixty_requests() -> list[Row]:
    """60 requests at 15 in 15 seconds, in real time."""
    arrivals: list[float] = []

    def answer(method: str, target: str) -> tuple[int, dict[str, str], bytes]:
        arrivals.append(time.monotonic())
        return OK

    async with serving(answer) as address, client_of(address, RateLimit(15, 15)) as client:
        begun = time.monotonic()
        await asyncio.gather(*(client.profile.get() for _ in range(60)))
        took = time.monotonic() - begun
    most = max(sum(start <= moment < start + 15 for moment in arrivals) for start in arrivals)
    return [
        Row("60 requests at 15 in 15 s: most in any 15 s", most, 15, ""),
        Row("60 requests at 15 in 15 s: time ÷ 45 s", took / 45, 1.02),
    ]


def sliding(limit: RateLimit) -> Callable[[], bool]:
    """A sliding-window rate limit of a server."""
    seen: deque[float] = deque()

    def admit() -> bool:
        now = time.monotonic()
        while seen and seen[0] <= now - limit.seconds:
            seen.popleft()
        seen.append(now)
        return len(seen) <= limit.requests

    return admit


def fixed(limit: RateLimit) -> Callable[[], bool]:
    """A fixed-window rate limit of a server."""
    counted: dict[int, int] = {}

    def admit() -> bool:
        window = int(time.monotonic() // limit.seconds)
        counted[window] = counted.get(window, 0) + 1
        return counted[window] <= limit.requests

    return admit


async def too_many_requests() -> list[Row]:
    """60 pages from servers that enforce their window; 1.5 seconds instead of 15, to save time."""
    limit = RateLimit(15, 1.5)
    rows = []
    for kind, counter in (("sliding", sliding), ("fixed", fixed)):
        admit = counter(limit)
        refused = 0

        def answer(method: str, target: str, admit: Callable[[], bool] = admit) -> tuple[int, dict[str, str], bytes]:
            nonlocal refused
            if not admit():
                refused += 1
                return TOO_MANY
            page = target.partition("page=")[2].partition("&")[0] or "1"
            headers = {"X-Page": page, "X-Per-Page": "1", "X-Total": "60", "Content-Type": "application/json"}
            return 200, headers, json.dumps([{"id": int(page)}]).encode()

        async with serving(answer) as address, client_of(address, limit) as client:
            read = await client.users.list().all()
        assert len(read) == 60
        rows.append(Row(f"429s of a server with a {kind} window, 60 pages", refused, 0, ""))
    return rows
