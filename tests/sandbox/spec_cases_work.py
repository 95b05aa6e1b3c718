"""What the tests of the sandbox send to people, projects and the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation


def coming(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """An absence request that has not begun."""
    return sandbox.store.where("absence_requests", status="pending")[0]


def idle(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """An assignment of somebody without hours."""
    project = next(iter(sandbox.store["projects"]))
    return sandbox.store.add("project_contracts", project_id=project, user_id=1)


def unbilled(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.where("project_expenses", billed=False)[0]


def deserted(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.add("units", name="Leer")


TARGETS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "absence_requests.delete": coming,
    "project_contracts.delete": idle,
    "project_expenses.delete": unbilled,
    "project_expenses.update": unbilled,
    "units.delete": deserted,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Bodies by operation, out of what the seeded sandbox holds."""
    store = sandbox.store
    project = next(iter(store["projects"]))
    expense = {
        "date": "2026-01-07",
        "title": "Druck",
        "quantity": 3,
        "unit": "Stück",
        "unit_price": 20,
        "unit_cost": 15.5,
    }
    recurring = {"start_date": "2026-01-07", "period": "quarterly", **expense}
    contracted = {row["user_id"] for row in store.where("project_contracts", project_id=project)}
    comment = {"commentable_type": "Project", "text": "Hallo"}
    half_days = {"am": [4] * 5, "pm": [0] * 5}
    return {
        "absence_requests.create": {
            "approver_user_id": "1",
            "type": "vacation",
            "entries": [{"date": "2026-08-03", "am": True, "pm": False}],
        },
        "approvals.create": {"target_type": "invoice", "target_id": next(iter(store["invoices"])), "approver_id": 1},
        "approvals.deny": {"note": "Zu hoch"},
        "comments.create": {**comment, "commentable_id": project},
        "comments.create_bulk": {**comment, "commentable_ids": [project, project]},
        "custom_properties.create": {"name": "Kostenstelle", "kind": "String", "entity": "Project"},
        "employments.create": {"user_id": 1, "pattern": half_days, "from": "2020-01-01", "to": "2020-12-31"},
        "expense_templates.create": {"title": "Druck"},
        "holidays.create": {"year": 2026, "title": "Urlaub", "days": 25, "user_id": 1},
        "internal_hourly_rates.update": {"year": 2026, "rates": [{"user_id": 1, "rate": 72.5}]},
        "planning_entries.create": {
            "project_id": project,
            "starts_on": "2026-01-07",
            "ends_on": "2026-01-09",
            "hours_per_day": 4,
        },
        "project_contracts.create": {"user_id": next(user for user in store["users"] if user not in contracted)},
        "project_expenses.create": expense,
        "project_expenses.create_bulk": {"bulk_data": [expense, expense]},
        "project_expenses.disregard": {"reason": "Kulanz", "expense_ids": []},
        "project_payment_schedules.create": {"date": "2026-01-07", "net_total": 500},
        "project_recurring_expenses.create": recurring,
        "schedules.create": {"date": "2026-08-03", "absence_code": "4"},
        "tags.create": {"name": "Neu", "context": "Project"},
        "task_templates.create": {"name": "Beratung"},
        "units.create": {"name": "Vertrieb"},
        "work_time_adjustments.create": {"user_id": 1, "date": "2026-01-07", "description": "x", "hours": -2},
    }
