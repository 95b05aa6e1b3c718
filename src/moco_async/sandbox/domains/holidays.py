"""Holidays: the days off that users are entitled to."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed
from ..engine.store import Store
from ._working_time import WORKDAYS
from .employments import weekly_target_hours

USUAL_HOURS = 8.0
"""The hours of a day of holidays for users without an employment."""


@before_save("holidays")
def prepare(context: OperationContext, holiday: Record, values: Values) -> None:
    hours = values.pop("hours", None)
    if hours is not None:
        values.setdefault("days", hours / _daily_hours(context.store, {**holiday, **values}["user_id"]))
    if not holiday:
        if "days" not in values:
            raise invalid(days="can't be blank")
        values.setdefault("creator_id", context.user["id"])


@computed("holidays", "hours")
def hours(store: Store, holiday: Record) -> float:
    """The days in hours."""
    return round(float(holiday["days"] * _daily_hours(store, holiday["user_id"])), 2)


def _daily_hours(store: Store, user_id: int) -> float:
    """The hours of an average day of the user's latest employment."""
    employments = store.where("employments", user_id=user_id)
    return (weekly_target_hours(store, employments[-1]) / WORKDAYS if employments else 0) or USUAL_HOURS
