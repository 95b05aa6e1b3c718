"""Employments, which define the target hours of users."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, list_filter
from ..engine.store import Store
from ._working_time import WORKDAYS


@before_save("employments")
def prepare(context: OperationContext, employment: Record, values: Values) -> None:
    if not employment:
        values.update({"from": context.today.isoformat(), "to": None} | values)
    whole = {**employment, **values}
    if any(len(whole["pattern"][half]) != WORKDAYS for half in ("am", "pm")):
        raise invalid(pattern="is invalid")
    if (whole["to"] or "9999") < (whole["from"] or ""):
        raise invalid(to="must not be before the beginning")
    others = context.store.where("employments", user_id=whole["user_id"])
    if any(other is not employment and _overlap(other, whole) for other in others):
        raise invalid(base="The employment overlaps with another one")


def _overlap(one: Values, other: Values) -> bool:
    return (one["from"] or "") <= (other["to"] or "9999") and (other["from"] or "") <= (one["to"] or "9999")


@computed("employments", "weekly_target_hours")
def weekly_target_hours(store: Store, employment: Record) -> float:
    return float(sum(employment["pattern"]["am"] + employment["pattern"]["pm"]))


@list_filter("employments", "from")
def ends_after(store: Store, employment: Record, day: Any) -> bool:
    return bool((employment["to"] or "9999") >= day)


@list_filter("employments", "to")
def begins_before(store: Store, employment: Record, day: Any) -> bool:
    return bool((employment["from"] or "") <= day)
