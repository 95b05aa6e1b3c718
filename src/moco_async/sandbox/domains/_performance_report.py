"""The performance report of a user."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine.context import HTTPError, OperationContext
from ..engine.dates import add_months, iterate_days
from ..engine.record import Record
from ._working_time import WorkingTime


def build_performance_report(context: OperationContext, user: Record) -> dict[str, Any]:
    text = context.query.get("year", "")
    year = int(text) if text.isdecimal() else context.today.year
    if not 2000 <= year <= 2100:
        raise HTTPError(400, {"message": "Invalid year"})
    time, activities = WorkingTime(context.store, user["id"]), context.store.where("activities", user_id=user["id"])
    months = [_build_month(year, month, activities, time) for month in range(1, 13)]
    annually = {name: sum(month[name] for month in months) for name in months[0] if name not in {"year", "month"}}
    first, last = date(year, 1, 1), date(year, 12, 31)
    due = sum(time.target_hours(day) for day in iterate_days(first, min(last, context.today)))
    until_today = sum(_list_hours(activities, str(year), context.today.isoformat()))
    extra = {
        "employment_hours": sum(time.employed_hours(day) for day in iterate_days(first, last)),
        "variation_until_today": until_today - due,
    }
    return {"annually": {"year": year, **annually, **extra}, "monthly": months}


def _build_month(year: int, month: int, activities: list[Record], time: WorkingTime) -> dict[str, Any]:
    prefix = f"{year}-{month:02}"
    tracked = sum(_list_hours(activities, prefix))
    first = date(year, month, 1)
    target = sum(time.target_hours(day) for day in iterate_days(first, add_months(first, 1) - timedelta(days=1)))
    return {
        "year": year,
        "month": month,
        "target_hours": target,
        "hours_tracked_total": tracked,
        "variation": tracked - target,
        "hours_billable_total": sum(_list_hours([row for row in activities if row["billable"]], prefix)),
    }


def _list_hours(activities: list[Record], prefix: str, until: str = "9999") -> list[float]:
    return [
        row["worked_seconds"] / 3600 for row in activities if row["date"].startswith(prefix) and row["date"] <= until
    ]
