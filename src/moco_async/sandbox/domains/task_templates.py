"""Task templates."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation


@before_save("task_templates")
def prepare(context: OperationContext, template: Record, values: Values) -> None:
    if not template:
        new = {"billable": True, "description": "", "project_default": False, "revenue_category_id": None}
        values.update({**new, "index": len(context.store["task_templates"]) + 1, **values})


@operation("task_templates.list")
def list_templates(context: OperationContext) -> list[Record]:
    templates = crud.list_(context)
    return templates if "sort_by" in context.query else sorted(templates, key=lambda template: int(template["index"]))
