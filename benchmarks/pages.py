"""Pages of 100 records, as MOCO sends them, and damaged in every way that decoding has to bear."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox

Record = dict[str, Any]


def activity(number: int) -> Record:
    """An activity with all attributes: 25 at the top, five records inside."""
    return {
        "id": 982237015 + number,
        "date": f"2026-07-{number % 28 + 1:02}",
        "hours": 1.5,
        "seconds": 5400,
        "worked_seconds": 5400,
        "description": "Analysis of the context and its dependencies",
        "billed": False,
        "invoice_id": None,
        "billable": True,
        "tag": "RMT-123",
        "remote_service": "trello",
        "remote_id": "9qzOS8AA",
        "remote_url": "https://trello.com/c/9qzOS8AA/123-analyse",
        "project": {"id": 944587499, "identifier": "P1", "name": "Website Relaunch", "billable": True},
        "task": {"id": 658636, "name": "Concept", "billable": True},
        "customer": {"id": 760253684, "name": "Beispiel AG"},
        "user": {"id": 933590696, "firstname": "Max", "lastname": "Muster"},
        "hourly_rate": 150.0,
        "timer_started_at": None,
        "deal": {"id": 5635453, "name": "Website Relaunch"},
        "created_at": "2026-07-17T09:33:46Z",
        "updated_at": "2026-07-18T11:05:01Z",
    }


def activities() -> list[Record]:
    """A hundred activities."""
    return [activity(number) for number in range(100)]


async def from_sandbox(path: str, matches: Callable[[Record], bool] = lambda _: True) -> list[Record]:
    """A hundred records of a list, taken from the sandbox's agency over and over."""
    async with Sandbox(rate_limit=None).client() as client:
        rows = (await client.request("GET", path, params={"per_page": 100})).json()
    chosen = [row for row in rows if matches(row)]
    return [copy.deepcopy(chosen[number % len(chosen)]) for number in range(100)]


def _drop(name: str) -> Callable[[Record], object]:
    return lambda record: record.pop(name)


def _put(name: str, value: Any) -> Callable[[Record], object]:
    return lambda record: record.update({name: value})


DAMAGES: dict[str, Callable[[Record], object]] = {
    "an attribute is missing": _drop("updated_at"),
    "an attribute is unknown": _put("mood", 1),
    "an attribute is null": _put("billable", None),
    "an attribute is of another type": _put("billable", "yes"),
    "a value of an enum is unknown": _put("remote_service", "abacus"),
    "a date is malformed": _put("created_at", "soon"),
    "a nested attribute is missing": lambda record: record["customer"].pop("name"),
    "a nested attribute is unknown": lambda record: record["customer"].update(mood=1),
}
"""What happens to every row of a page of activities, once."""


def damaged(damage: Callable[[Record], object]) -> bytes:
    """A page of activities, every one of which is damaged."""
    rows = activities()
    for row in rows:
        damage(row)
    return json.dumps(rows).encode()
