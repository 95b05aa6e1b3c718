"""The performance report of a user."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine.context import Call, Refusal
from ..engine.dates import days, months_later
from ..engine.store import Record
from ._working_time import WorkingTime


def performance_report(call: Call, user: Record) -> dict[str, Any]:
    text = call.query.get("year", "")
    year = int(text) if text.isdecimal() else call.today.year
    if not 2000 <= year <= 2100:
        raise Refusal(400, {"message": "Invalid year"})
    time, activities = WorkingTime(call.store, user["id"]), call.store.where("activities", user_id=user["id"])
    months = [_month(year, month, activities, time) for month in range(1, 13)]
    annually = {name: sum(month[name] for month in months) for name in months[0] if name not in {"year", "month"}}
    first, last = date(year, 1, 1), date(year, 12, 31)
    due = sum(time.target(day) for day in days(first, min(last, call.today)))
    until_today = sum(_hours(activities, str(year), call.today.isoformat()))
    extra = {
        "employment_hours": sum(time.employed(day) for day in days(first, last)),
        "variation_until_today": until_today - due,
    }
    return {"annually": {"year": year, **annually, **extra}, "monthly": months}


def _month(year: int, month: int, activities: list[Record], time: WorkingTime) -> dict[str, Any]:
    prefix = f"{year}-{month:02}"
    tracked = sum(_hours(activities, prefix))
    first = date(year, month, 1)
    target = sum(time.target(day) for day in days(first, months_later(first, 1) - timedelta(days=1)))
    return {
        "year": year,
        "month": month,
        "target_hours": target,
        "hours_tracked_total": tracked,
        "variation": tracked - target,
        "hours_billable_total": sum(_hours([row for row in activities if row["billable"]], prefix)),
    }


def _hours(activities: list[Record], prefix: str, until: str = "9999") -> list[float]:
    return [
        row["worked_seconds"] / 3600 for row in activities if row["date"].startswith(prefix) and row["date"] <= until
    ]
