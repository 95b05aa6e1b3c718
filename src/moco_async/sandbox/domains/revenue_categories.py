"""Revenue categories."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save


@before_save("revenue_categories")
def prepare(context: OperationContext, category: Record, values: Values) -> None:
    if not category:
        values.setdefault("assignment_kind", "tasks_and_expenses")


@before_delete("revenue_categories")
def prepare_delete(context: OperationContext, category: Record) -> None:
    for collection in ("project_tasks", "project_expenses"):
        if context.store.where(collection, revenue_category_id=category["id"]):
            raise invalid(base=f"The revenue category has {collection.removeprefix('project_')}")
