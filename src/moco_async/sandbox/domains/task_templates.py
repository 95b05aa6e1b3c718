"""Task templates."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import Call
from ..engine.registry import action, prepares
from ..engine.store import Record, Values


@prepares("task_templates")
def prepare(call: Call, template: Record, values: Values) -> None:
    if not template:
        new = {"billable": True, "description": "", "project_default": False, "revenue_category_id": None}
        values.update({**new, "index": len(call.store["task_templates"]) + 1, **values})


@action("task_templates.list")
def list_templates(call: Call) -> list[Record]:
    templates = crud.list_(call)
    return templates if "sort_by" in call.query else sorted(templates, key=lambda template: int(template["index"]))
