"""Planning entries."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.context import HTTPError, OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, list_filter, operation
from ..engine.store import Store
from ._assignees import check_assignee

DEFAULTS = {
    "color": None,
    "comment": "",
    "deal_id": None,
    "project_id": None,
    "read_only": False,
    "series_id": None,
    "series_repeat": None,
    "symbol": None,
    "task_id": None,
    "tentative": False,
    "title": "",
}


@before_save("planning_entries")
def prepare(context: OperationContext, entry: Record, values: Values) -> None:
    check_assignee(context, values, "calendar")
    if not entry:
        values.update({**DEFAULTS, "user_id": context.user["id"], **values})
    whole = {**entry, **values}
    if (whole["project_id"] is None) == (whole["deal_id"] is None):
        raise invalid(base="Either a project or a deal is needed")
    if whole["ends_on"] < whole["starts_on"]:
        raise invalid(ends_on="must not be before the beginning")
    task = context.store.find("project_tasks", whole["task_id"])
    if task and task["project_id"] != whole["project_id"]:
        raise invalid(task_id="does not belong to the project")


@operation("planning_entries.list")
def list_entries(context: OperationContext) -> list[Record]:
    start, _, end = context.query.get("period", "").partition(":")
    if start and end and end < start:
        raise HTTPError(400, {"message": "Invalid date range"})
    return crud.list_(context)


@list_filter("planning_entries", "period")
def overlaps_period(store: Store, entry: Record, period: Any) -> bool:
    first, last = period
    return bool(entry["starts_on"] <= last and first <= entry["ends_on"])
