"""Decoding pages of records: beside pydantic-core, beside an earlier state of this package, and damaged ones."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import moco_py.types.activities as moco_py_activities
import moco_py.types.projects as moco_py_projects
import orjson
from pages import DAMAGES, activities, damaged, from_sandbox
from pydantic import TypeAdapter
from rows import Row

from moco_async import DriftRecorder, _request
from moco_async._decoding import Decoder
from moco_async._request import Request, Response
from moco_async.models import Activity, Project

ROOT = Path(__file__).parent.parent
BEFORE = "46f5441"
"""The state in which every attribute was taken for always there."""
ROUNDS = 15

LIST = Request("activities.list", "GET", "/activities")
PAGE = json.dumps(activities()).encode()


def best(*candidates: Callable[[], object], number: int = 50) -> list[float]:
    """Seconds of each candidate, the best of several rounds taken in turn."""
    seconds = [float("inf")] * len(candidates)
    for _ in range(ROUNDS):
        for index, candidate in enumerate(candidates):
            gc.collect()
            begun = time.perf_counter()
            for _ in range(number):
                candidate()
            seconds[index] = min(seconds[index], (time.perf_counter() - begun) / number)
    return seconds


def decoded() -> list[Row]:
    """Pages of 100 activities and projects, beside pydantic-core."""
    page = json.dumps(asyncio.run(from_sandbox("/projects"))).encode()
    activity, project = TypeAdapter(list[moco_py_activities.Activity]), TypeAdapter(list[moco_py_projects.Project])
    decoder = Decoder()
    first, second = Response(200, {}, PAGE), Response(200, {}, page)
    ours, peer, bare, projects, their_projects = best(
        lambda: decoder.many(Activity, LIST, first),
        lambda: activity.validate_json(PAGE),
        lambda: orjson.loads(PAGE),
        lambda: decoder.many(Project, LIST, second),
        lambda: project.validate_json(page),
    )
    with patch.object(_request, "_loads", lambda: json.loads):
        (plain,) = best(lambda: decoder.many(Activity, LIST, first))
    return [
        Row("decode 100 activities ÷ pydantic-core (moco-py), with orjson", ours / peer, 0.9),
        Row("decode 100 projects ÷ pydantic-core (moco-py), with orjson", projects / their_projects, 0.8),
        Row("decode 100 activities ÷ pydantic-core (moco-py), without", plain / peer, 1.4),
        Row("decode 100 activities ÷ bare orjson.loads", ours / bare, 2.5),
    ]


def deviating() -> list[Row]:
    """The page of activities when every row differs from the spec once, beside the clean one."""
    decoder = Decoder()
    clean = Response(200, {}, PAGE)
    rows = []
    for damage, change in DAMAGES.items():
        page = Response(200, {}, damaged(change))
        slow, fast = best(
            lambda page=page: decoder.many(Activity, LIST, page), lambda: decoder.many(Activity, LIST, clean), number=20
        )
        rows.append(Row(f"decode 100 activities, in each {damage} ÷ clean", slow / fast, 4))
    return rows


def recording() -> list[Row]:
    """The same page with a drift recorder, after the rows that it checks first, and without."""
    rows = []
    answer = Response(200, {}, PAGE)
    for name, loads in (("with orjson", orjson.loads), ("without", json.loads)):
        with tempfile.NamedTemporaryFile() as file, patch.object(_request, "_loads", lambda loads=loads: loads):
            recorder = Decoder(drift=DriftRecorder(file.name))
            for _ in range(10):
                recorder.many(Activity, LIST, answer)
            recorded, bare = best(
                lambda recorder=recorder: recorder.many(Activity, LIST, answer),
                lambda: Decoder().many(Activity, LIST, answer),
            )
        rows.append(Row(f"decode 100 activities, drift recorder ÷ none, {name}", recorded / bare, 1.1))
    return rows


PROGRAM = """
import gc, sys, time
from pathlib import Path
from moco_async import models
try:
    from moco_async._decoding import Decoder
    from moco_async._request import Request, Response
    many = Decoder().many
except ImportError:
    from functools import partial
    from moco_async.decoding import several
    from moco_async.messages import Request, Response
    many = partial(several, strict=False)
kind, request = getattr(models, sys.argv[1]), Request("a.list", "GET", "/a")
response = Response(200, {}, Path(sys.argv[2]).read_bytes())
best = float("inf")
for _ in range(40):
    gc.collect()
    begun = time.perf_counter()
    for _ in range(10):
        many(kind, request, response)
    best = min(best, time.perf_counter() - begun)
print(best)
"""
"""Decodes a page with whatever `moco_async` is on the path, and prints the seconds."""


def compared_with_before() -> list[Row]:
    """Pages decoded by this state of the package and by an earlier one, in processes that take turns."""
    archive = subprocess.run(["git", "archive", BEFORE, "src"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode != 0:
        return []  # a clone without the history
    pages = {
        "customers": ("Company", asyncio.run(from_sandbox("/companies", lambda row: row["type"] == "customer"))),
        "activities": ("Activity", activities()),
        "projects": ("Project", asyncio.run(from_sandbox("/projects"))),
    }
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        page = Path(folder) / "page.json"
        for name, (kind, records) in pages.items():
            page.write_text(json.dumps(records))
            sources = [str(ROOT / "src"), f"{folder}/src"]
            rounds = [[_seconds(source, kind, page) for source in sources] for _ in range(5)]
            now, before = map(min, zip(*rounds, strict=True))
            rows.append(Row(f"decode 100 {name} ÷ state {BEFORE}, when nothing could be absent", now / before, 1.05))
    return rows


def _seconds(source: str, kind: str, page: Path) -> float:
    command = [sys.executable, "-c", PROGRAM, kind, str(page)]
    return float(subprocess.run(command, env={"PYTHONPATH": source}, capture_output=True, check=True).stdout)
