"""Tasks of projects."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, operation

DEFAULTS = {"active": True, "billable": True, "budget": None, "hourly_rate": 0.0, "description": ""}


@before_save("project_tasks")
def prepare(context: OperationContext, task: Record, values: Values) -> None:
    if not task:
        values.update({name: value for name, value in DEFAULTS.items() if name not in values})


@before_delete("project_tasks")
def prepare_delete(context: OperationContext, task: Record) -> None:
    if context.store.where("activities", task_id=task["id"]):
        raise invalid(base="Hours are booked on the task")


@operation("project_tasks.destroy_all")
def destroy_all(context: OperationContext) -> None:
    for task in context.store.where("project_tasks", **context.parents):
        if not context.store.where("activities", task_id=task["id"]):
            context.store.remove(task)
