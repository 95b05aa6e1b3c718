"""Holidays: the days off that users are entitled to."""

from __future__ import annotations

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed
from ..engine.store import Store
from ._working_time import WORKDAYS
from .employments import weekly_target_hours

USUAL_HOURS = 8.0
"""The hours of a day of holidays for users without an employment."""


@before_save("holidays")
def prepare(context: OperationContext, holiday: Record, values: Values) -> None:
    values.pop("hours", None)  # they are computed from the days
    if not holiday:
        values.setdefault("creator_id", context.user["id"])


@computed("holidays", "hours")
def hours(store: Store, holiday: Record) -> float:
    """The days in hours: an average day of the latest employment."""
    employments = store.where("employments", user_id=holiday["user_id"])
    daily = weekly_target_hours(store, employments[-1]) / WORKDAYS if employments else USUAL_HOURS
    return round(float(holiday["days"] * daily), 2)
