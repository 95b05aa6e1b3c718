"""Schedules: the absences of users, by half days."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, list_filter
from ..engine.store import Store
from ._assignees import check_assignee


@before_save("schedules")
def prepare(context: OperationContext, absence: Record, values: Values) -> None:
    check_assignee(context, values, "people")
    overwrite = values.pop("overwrite", False)
    if "absence_code" in values:
        values["absence_code"] = str(values["absence_code"]).removesuffix(".0")
    if not absence:
        new = {"am": True, "pm": True, "comment": None, "symbol": None, "absence_request_id": None}
        values.update({**new, "user_id": context.user["id"], **values})
    whole = {**absence, **values}
    if not (whole["am"] or whole["pm"]):
        raise invalid(base="Either the morning or the afternoon is needed")
    others = context.store.where("schedules", user_id=whole["user_id"], date=whole["date"])
    for other in others:
        if overwrite:
            context.store.remove(other)
        elif other is not absence and any(whole[half] and other[half] for half in ("am", "pm")):
            raise invalid(date="has already been taken")


@computed("schedules", "assignment")
def kind(store: Store, absence: Record) -> Any:
    """The kind of absence, which MOCO shows like a project."""
    return store.where("absence_kinds", code=absence["absence_code"])[0]


@list_filter("schedules", "absence_code")
def has_absence_code(store: Store, absence: Record, codes: Any) -> bool:
    return absence["absence_code"] in codes


@list_filter("schedules", "absence_request_id")
def has_absence_request(store: Store, absence: Record, request_id: Any) -> bool:
    return bool(absence["absence_request_id"] == request_id)
