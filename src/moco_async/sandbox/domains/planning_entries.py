"""Planning entries."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.context import Call, Refusal, invalid
from ..engine.filters import filters
from ..engine.registry import action, prepares
from ..engine.store import Record, Store, Values
from ._assignees import check_assignee

NEW = {
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


@prepares("planning_entries")
def prepare(call: Call, entry: Record, values: Values) -> None:
    check_assignee(call, values, "calendar")
    if not entry:
        values.update({**NEW, "user_id": call.user["id"], **values})
    whole = {**entry, **values}
    if (whole["project_id"] is None) == (whole["deal_id"] is None):
        raise invalid(base="Either a project or a deal is needed")
    if whole["ends_on"] < whole["starts_on"]:
        raise invalid(ends_on="must not be before the beginning")
    task = call.store.find("project_tasks", whole["task_id"])
    if task and task["project_id"] != whole["project_id"]:
        raise invalid(task_id="does not belong to the project")


@action("planning_entries.list")
def list_planned(call: Call) -> list[Record]:
    start, _, end = call.query.get("period", "").partition(":")
    if start and end and end < start:
        raise Refusal(400, {"message": "Invalid date range"})
    return crud.list_(call)


@filters("planning_entries", "period")
def in_period(store: Store, entry: Record, period: Any) -> bool:
    first, last = period
    return bool(entry["starts_on"] <= last and first <= entry["ends_on"])
