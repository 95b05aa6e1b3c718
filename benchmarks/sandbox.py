"""Benchmark of the sandbox: startup, a page of a list, seeding a hundred thousand activities.

.venv/bin/python benchmarks/sandbox.py
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from moco_async.sandbox import Sandbox, Seed

LISTS = ["activities", "activities?from=2020-01-01&user_id={user}", "projects", "invoices", "users/presences"]
LARGE = Seed(users=200, projects=500, activities=100_000, months=24)


def cpu(call: Callable[[], Any], times: int) -> float:
    """Median CPU time of a call, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        call()
        taken.append((time.process_time() - start) * 1000)
    return median(taken)


async def ask(sandbox: Sandbox, path: str) -> int:
    """Send a GET over plain ASGI and return the status."""
    path, _, query = path.partition("?")
    key = ("authorization", f"Token {sandbox.api_key}")
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1/{path}",
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in (key, ("host", "sandbox"))],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("sandbox", 80),
        "root_path": "",
        "asgi": {"version": "3.0"},
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await sandbox(scope, receive, send)
    return int(sent[0]["status"])


def pages(sandbox: Sandbox, times: int) -> None:
    user = list(sandbox.store["users"])[1]
    with asyncio.Runner() as runner:
        for path in LISTS:
            asked = path.format(user=user)
            assert runner.run(ask(sandbox, asked)) == 200
            taken = cpu(lambda asked=asked: runner.run(ask(sandbox, asked)), times)
            print(f"  GET {asked:45} {taken:7.2f} ms")


def main() -> None:
    print(f"Sandbox(), the first of a process {cpu(Sandbox, 1):19.1f} ms")
    print(f"Sandbox(), every other one {cpu(Sandbox, 20):26.1f} ms")
    seed = Seed(activities=1200)
    print(f"pages of 100, {seed.activities:,} activities:")
    pages(Sandbox(seed=seed, rate_limit=None), 50)
    print(f"{LARGE}: {cpu(lambda: Sandbox(seed=LARGE), 1) / 1000:.1f} s")
    print("pages of 100, of these:")
    pages(Sandbox(seed=LARGE, rate_limit=None), 10)


if __name__ == "__main__":
    main()
