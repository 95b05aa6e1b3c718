"""The benchmark, `make bench`: measures everything this package promises in one run, as ratios.

On a shared machine ratios within one run mean more than times: both sides of a ratio are measured in turn, and the
best of several rounds counts. Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import asyncio
import gc
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import moco_py.types.activities as moco_py_activities
import orjson
from connections import cancelled, threads
from decoding import PAGE, ROUNDS, best, compared_with_before, decoded, deviating, recording
from faulty import cut_posts
from limits import sixty_requests, too_many_requests
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rows import Row

from moco_async import MocoClient
from moco_async.models import Activity

SOURCE = Path(__file__).parent.parent / "src" / "moco_async"
PLOT = Path(__file__).parent / "results.svg"


def blocking() -> Row:
    """Decode a 10 MB response in one go, which blocks the event loop for that long."""
    body = b"[" + b",".join([PAGE[1:-1]] * (10_000_000 // len(PAGE))) + b"]"
    (seconds,) = best(lambda: [Activity.from_dict(row) for row in orjson.loads(body)], number=1)
    return Row("  for information: decode an answer of 10 MB", seconds * 1000, float("inf"), "ms")


def held(decode: Callable[[bytes], list[Any]]) -> int:
    """The memory of 10,000 decoded activities, in bytes."""
    gc.collect()
    tracemalloc.start()
    rows = [row for _ in range(100) for row in decode(PAGE)]
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) == 10_000
    return size


def memory() -> Row:
    """Compare the memory of 10,000 decoded activities."""
    adapter = TypeAdapter(list[moco_py_activities.Activity])
    ours = held(lambda page: [Activity.from_dict(row) for row in orjson.loads(page)])
    return Row("memory of 10,000 decoded activities ÷ moco-py", ours / held(adapter.validate_json), 0.35)


def starting() -> list[Row]:
    """Import times: processes that import, minus one that does nothing."""
    programs = {
        "nothing": "pass",
        "httpx": "import httpx",
        "ours": "from moco_async import MocoClient; MocoClient('mycompany', api_key='k').projects",
        "moco-py": "import moco_py",
        "moco-wrapper": "import moco_wrapper",
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(25):
        for name, program in programs.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            seconds[name].append(time.perf_counter() - begun)
    took = {name: statistics.median(each) for name, each in seconds.items()}
    net = {name: took[name] - took["nothing"] for name in took}
    return [
        Row("import, client and one resource ÷ import httpx", net["ours"] / net["httpx"], 1.35),
        Row("  for comparison: import moco_py ÷ import httpx", net["moco-py"] / net["httpx"], float("inf")),
        Row("  for comparison: import moco_wrapper ÷ import httpx", net["moco-wrapper"] / net["httpx"], float("inf")),
    ]


async def cpu(call: Callable[[], Awaitable[object]], number: int = 400) -> float:
    """The CPU time of one call, in seconds."""
    begun = time.process_time()
    for _ in range(number):
        await call()
    return (time.process_time() - begun) / number


async def calling() -> Row:
    """Compare a call with a bare httpx request for the same, without decoding."""

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"", headers={"content-type": "application/json"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        client = MocoClient("mycompany", api_key="key", http_client=http, rate_limit=None)
        headers = {"Authorization": "Token token=key", "Accept": "application/json"}
        url = "https://mycompany.mocoapp.com/api/v1/activities?from=2026-01-01&to=2026-01-31&user_id=7"

        async def ours() -> None:
            await client.activities.list(from_="2026-01-01", to="2026-01-31", user_id=7)

        async def bare() -> None:
            await http.request("GET", url, headers=headers)

        rounds = [(await cpu(ours), await cpu(bare)) for _ in range(ROUNDS)]
    return Row(
        "CPU of one call ÷ bare httpx.AsyncClient.request",
        min(ours for ours, _ in rounds) / min(bare for _, bare in rounds),
        1.25,
    )


async def reading() -> Row:
    """Read 40 pages at 50 ms each."""

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        page = request.url.params.get("page", "1")
        headers = {"X-Page": page, "X-Per-Page": "100", "X-Total": "4000"}
        return httpx.Response(200, content=PAGE, headers=headers)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        client = MocoClient("mycompany", api_key="key", http_client=http, rate_limit=None)
        begun = time.perf_counter()
        await client.activities.list().all()
        ahead = time.perf_counter() - begun
        begun = time.perf_counter()
        page = await client.activities.list()
        while page.has_next:
            page = await page.next()
        return Row("40 pages at 50 ms, .all() ÷ page after page", ahead / (time.perf_counter() - begun), 0.2)


def hand_written() -> list[Row]:
    """Hand-written lines that hold something, which is what a reader of the package has to read."""
    bars = {"core": 3000, "webhooks": 1000, "drift": 1000}
    bars |= {f"integrations/{file.name}": 500 for file in (SOURCE / "integrations").glob("[!_]*.py")}
    rows = []
    for name, bar in bars.items():
        path = SOURCE if name == "core" else SOURCE / name
        files = [path] if path.is_file() else path.glob("*.py")
        lines = sum(len([line for line in file.read_text().splitlines() if line.strip()]) for file in files)
        rows.append(Row(f"hand-written lines: {name}", lines, bar, ""))
    return rows


def print_table(rows: list[Row]) -> None:
    """Print the results."""
    table = Table(title=f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}")
    table.add_column("what")
    for heading in ("measured", "bar", ""):
        table.add_column(heading, justify="right")
    for row in rows:
        bar = "" if row.bar == float("inf") else f"≤ {row.bar:g}"
        table.add_row(row.what, f"{row.value:.3g} {row.unit}", bar, "ok" if row.met else "[red]missed[/]")
    Console(width=110).print(table)


def plot(rows: list[Row]) -> None:
    """Plot the ratios against their bars, for the README."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "moco-async"  # makes the file reproducible
    from matplotlib import pyplot as plt

    shown = [row for row in rows if row.unit and row.bar != float("inf")][::-1]
    figure, axes = plt.subplots(figsize=(9, 0.5 * len(shown) + 1), layout="constrained")
    colours = ["#2a7f62" if row.met else "#c0392b" for row in shown]
    bars = axes.barh([row.what for row in shown], [row.value / row.bar for row in shown], color=colours)
    labels = [f"{row.value:.2f} (bar {row.bar:g})" for row in shown]
    axes.bar_label(bars, labels, label_type="center", color="white")
    axes.axvline(1, color="#444", linewidth=1)
    axes.set_xlim(0, 1.1)
    axes.set_xticks([])
    axes.set_title("Share of what was promised; less is better, the line is the bar", loc="left", fontsize=10)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    figure.savefig(PLOT, metadata={"Date": None})


def main() -> int:
    """Measure everything, and return 1 if a bar is missed."""
    rows = [
        *asyncio.run(sixty_requests()),
        *asyncio.run(too_many_requests()),
        *decoded(),
        *compared_with_before(),
        *deviating(),
        *recording(),
        blocking(),
        memory(),
        *starting(),
        asyncio.run(calling()),
        asyncio.run(reading()),
        asyncio.run(cut_posts()),
        *asyncio.run(cancelled()),
        asyncio.run(threads()),
        *hand_written(),
    ]
    print_table(rows)
    plot(rows)
    return int(not all(row.met for row in rows))


if __name__ == "__main__":
    sys.exit(main())
