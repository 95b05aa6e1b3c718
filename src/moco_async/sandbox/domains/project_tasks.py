"""Tasks of projects."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.registry import action, prepares, releases
from ..engine.store import Record, Values

NEW = {"active": True, "billable": True, "budget": None, "hourly_rate": 0.0, "description": ""}


@prepares("project_tasks")
def prepare(call: Call, task: Record, values: Values) -> None:
    if not task:
        values.update({name: value for name, value in NEW.items() if name not in values})


@releases("project_tasks")
def release(call: Call, task: Record) -> None:
    if call.store.where("activities", task_id=task["id"]):
        raise invalid(base="Hours are booked on the task")


@action("project_tasks.destroy_all")
def destroy_all(call: Call) -> None:
    for task in call.store.where("project_tasks", **call.parents):
        if not call.store.where("activities", task_id=task["id"]):
            call.store.remove(task)
