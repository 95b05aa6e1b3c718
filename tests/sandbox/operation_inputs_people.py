"""Inputs of operations on users, their absences, plans and employments; see `operation_inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation


def coming(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """An absence request that has not begun."""
    return sandbox.store.where("absence_requests", status="pending")[0]


def unreferenced(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """A record that nothing refers to."""
    return sandbox.store.add(operation.collection, name="Leer", active=True)


RECORDS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "absence_requests.delete": coming,
    "units.delete": unreferenced,
    "users.delete": unreferenced,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    store = sandbox.store
    half_days = {"am": [4] * 5, "pm": [0] * 5}
    return {
        "absence_requests.create": {
            "approver_user_id": "1",
            "type": "vacation",
            "entries": [{"date": "2026-08-03", "am": True, "pm": False}],
        },
        "employments.create": {"user_id": 1, "pattern": half_days, "from": "2020-01-01", "to": "2020-12-31"},
        "holidays.create": {"year": 2026, "title": "Urlaub", "days": 25, "user_id": 1},
        "planning_entries.create": {
            "project_id": next(iter(store["projects"])),
            "starts_on": "2026-01-07",
            "ends_on": "2026-01-09",
            "hours_per_day": 4,
        },
        "presences.create": {"date": "2026-01-07", "from": "09:00"},
        "schedules.create": {"date": "2026-08-03", "absence_code": "4"},
        "units.create": {"name": "Vertrieb"},
        "users.create": {
            "firstname": "A",
            "lastname": "B",
            "email": "a@b.example",
            "unit_id": next(iter(store["units"])),
        },
        "work_time_adjustments.create": {"user_id": 1, "date": "2026-01-07", "description": "x", "hours": -2},
    }
