"""Inputs of operations on activities, projects, what belongs to them, and comments; see `operation_inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation


def today(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """An activity of today, whose timer runs if the operation stops it."""
    task = next(iter(sandbox.store["project_tasks"].values()))
    running = sandbox.store.now() if operation.verb == "stop_timer" else None
    return sandbox.store.add(
        "activities",
        project_id=task["project_id"],
        task_id=task["id"],
        user_id=1,
        date=sandbox.store.today().isoformat(),
        seconds=0,
        worked_seconds=0,
        billable=True,
        billed=False,
        timer_started_at=running,
    )


def led(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """An activity on a project that the administrator leads."""
    activity = next(iter(sandbox.store["activities"].values()))
    sandbox.store.change(sandbox.store["projects"][activity["project_id"]], leader_id=1)
    return activity


def unreferenced(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """A record that nothing refers to."""
    return sandbox.store.add(operation.collection, project_id=next(iter(sandbox.store["projects"])))


def idle(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """The contract of a user without activities."""
    project = next(iter(sandbox.store["projects"]))
    return sandbox.store.add("project_contracts", project_id=project, user_id=1)


def unbilled(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.where("project_expenses", billed=False)[0]


RECORDS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "activities.billable_seconds": led,
    "activities.delete": today,
    "activities.start_timer": today,
    "activities.stop_timer": today,
    "project_contracts.delete": idle,
    "project_expenses.delete": unbilled,
    "project_expenses.update": unbilled,
    "project_tasks.delete": unreferenced,
    "projects.delete": unreferenced,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return _activity_bodies(sandbox) | _project_bodies(sandbox) | _expense_bodies()


def _activity_bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    store = sandbox.store
    task = next(iter(store["project_tasks"].values()))
    booking = {"date": "2026-01-07", "project_id": task["project_id"], "task_id": task["id"], "seconds": 900}
    activity = next(row for row in store["activities"].values() if not row["billed"])
    customer = store["projects"][activity["project_id"]]["customer_id"]
    comment = {"commentable_type": "Project", "text": "Hallo"}
    return {
        "activities.billable_seconds": {"seconds": 60},
        "activities.create": booking,
        "activities.create_bulk": {"activities": [booking, booking]},
        "activities.disregard": {"reason": "x", "activity_ids": [activity["id"]], "company_id": customer},
        "comments.create": {**comment, "commentable_id": task["project_id"]},
        "comments.create_bulk": {**comment, "commentable_ids": [task["project_id"]] * 2},
    }


def _project_bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    store = sandbox.store
    project = next(iter(store["projects"].values()))
    contracted = {row["user_id"] for row in store.where("project_contracts", project_id=project["id"])}
    return {
        "project_contracts.create": {"user_id": next(user for user in store["users"] if user not in contracted)},
        "project_payment_schedules.create": {"date": "2026-01-07", "net_total": 500},
        "project_tasks.create": {"name": "Neu"},
        "projects.assign_project_group": {"project_group_id": next(iter(store["project_groups"]))},
        "projects.create": {
            "name": "Neu",
            "currency": "EUR",
            "fixed_price": False,
            "retainer": False,
            "leader_id": 1,
            "company_id": project["customer_id"],
        },
    }


def _expense_bodies() -> dict[str, dict[str, Any]]:
    prices = {"quantity": 3, "unit": "Stück", "unit_price": 20, "unit_cost": 15.5}
    expense = {"date": "2026-01-07", "title": "Druck", **prices}
    return {
        "project_expenses.create": expense,
        "project_expenses.create_bulk": {"bulk_data": [expense, expense]},
        "project_expenses.disregard": {"reason": "Kulanz", "expense_ids": []},
        "project_recurring_expenses.create": {"start_date": "2026-01-07", "period": "quarterly", **expense},
    }
