"""How much people are to work: employments, holidays, and adjustments."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..calls import Call, invalid
from ..filters import filters
from ..hooks import computed, prepares
from ..store import Record, Store, Values

WORKDAYS = 5
USUAL_HOURS = 8.0
"""The hours a day of people without an employment, as far as their holidays are concerned."""


@prepares("employments")
def prepare_employment(call: Call, employment: Record, values: Values) -> None:
    if not employment:
        values.update({"from": call.today.isoformat(), "to": None} | values)
    whole = {**employment, **values}
    if any(len(whole["pattern"][half]) != WORKDAYS for half in ("am", "pm")):
        raise invalid(pattern="is invalid")
    if (whole["to"] or "9999") < (whole["from"] or ""):
        raise invalid(to="must not be before the beginning")
    others = call.store.where("employments", user_id=whole["user_id"])
    if any(other is not employment and _overlap(other, whole) for other in others):
        raise invalid(base="The employment overlaps with another one")


def _overlap(one: Values, other: Values) -> bool:
    return (one["from"] or "") <= (other["to"] or "9999") and (other["from"] or "") <= (one["to"] or "9999")


@computed("employments", "weekly_target_hours")
def weekly_target_hours(store: Store, employment: Record) -> float:
    return float(sum(employment["pattern"]["am"] + employment["pattern"]["pm"]))


@filters("employments", "from")
def ends_after(store: Store, employment: Record, day: Any) -> bool:
    return bool((employment["to"] or "9999") >= day)


@filters("employments", "to")
def begins_before(store: Store, employment: Record, day: Any) -> bool:
    return bool((employment["from"] or "") <= day)


class WorkingTime:
    """The hours that a user is to work, day by day."""

    def __init__(self, store: Store, user_id: int) -> None:
        self._employments = store.where("employments", user_id=user_id)
        self._absences: dict[str, list[Record]] = {}
        for absence in store.where("schedules", user_id=user_id):
            self._absences.setdefault(absence["date"], []).append(absence)

    def employed(self, day: date) -> float:
        """The hours of the employment, absences aside."""
        return sum(self._halves(day).values())

    def target(self, day: date) -> float:
        """The hours of the employment, but for the halves of the day that the user is absent."""
        halves = self._halves(day)
        for absence in self._absences.get(day.isoformat(), ()):
            halves = {half: hours for half, hours in halves.items() if not absence[half]}
        return sum(halves.values())

    def _halves(self, day: date) -> dict[str, float]:
        if day.weekday() < WORKDAYS:
            text = day.isoformat()
            for employment in self._employments:
                if (employment["from"] or "") <= text <= (employment["to"] or "9999"):
                    pattern = employment["pattern"]
                    return {half: float(pattern[half][day.weekday()]) for half in ("am", "pm")}
        return {}


@prepares("holidays")
def prepare_holiday(call: Call, holiday: Record, values: Values) -> None:
    hours = values.pop("hours", None)
    if hours is not None:
        values.setdefault("days", hours / _daily_hours(call.store, {**holiday, **values}["user_id"]))
    if not holiday:
        if "days" not in values:
            raise invalid(days="can't be blank")
        values.setdefault("creator_id", call.user["id"])


def _daily_hours(store: Store, user_id: int) -> float:
    """The hours that a user works on an average day of the employment."""
    employments = store.where("employments", user_id=user_id)
    return (weekly_target_hours(store, employments[-1]) / WORKDAYS if employments else 0) or USUAL_HOURS


@computed("holidays", "hours")
def holiday_hours(store: Store, holiday: Record) -> float:
    return round(float(holiday["days"] * _daily_hours(store, holiday["user_id"])), 2)


@prepares("work_time_adjustments")
def prepare_adjustment(call: Call, adjustment: Record, values: Values) -> None:
    if not adjustment:
        values["creator_id"] = call.user["id"]
