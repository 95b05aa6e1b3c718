"""Revenue categories."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.registry import prepares, releases
from ..engine.store import Record, Values


@prepares("revenue_categories")
def prepare(call: Call, category: Record, values: Values) -> None:
    if not category:
        values.setdefault("assignment_kind", "tasks_and_expenses")


@releases("revenue_categories")
def release(call: Call, category: Record) -> None:
    for collection in ("project_tasks", "project_expenses"):
        if call.store.where(collection, revenue_category_id=category["id"]):
            raise invalid(base=f"The revenue category has {collection.removeprefix('project_')}")
