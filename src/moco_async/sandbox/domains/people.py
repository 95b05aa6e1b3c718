"""Users, as the account, their colleagues and they themselves see them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..engine.auth import secret
from ..engine.context import Call, Refusal, invalid
from ..engine.dates import days, months_later
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values
from .employment import WorkingTime


@prepares("users")
def prepare(call: Call, user: Record, values: Values) -> None:
    email = values.get("email", user.get("email"))
    if any(other["id"] != user.get("id") for other in call.store.where("users", email=email)):
        raise invalid(email="has already been taken")
    if picture := values.pop("avatar", None):
        values["avatar_url"] = f"{call.store.site}/avatars/{picture['filename']}"
    if not user:
        role = call.store.where("user_roles", is_admin=False)
        defaults = new_user(call.store, str(email)) | {"role_id": role[0]["id"] if role else None}
        values.update({name: value for name, value in defaults.items() if name not in values})


def new_user(store: Store, email: str) -> dict[str, Any]:
    """What a user has from the start, the key included."""
    texts = dict.fromkeys(["mobile_phone", "work_phone", "home_address", "info"], "")
    identity = {"uuid": str(uuid5(NAMESPACE_URL, f"{store.site}/{email}")), "api_key": secret(store, email)}
    return {"active": True, "extern": False, "tags": [], "custom_properties": {}, **texts, **identity}


THEIRS = (
    "absence_requests",
    "activities",
    "employments",
    "holidays",
    "planning_entries",
    "presences",
    "project_contracts",
    "schedules",
    "work_time_adjustments",
)
"""What goes with a user."""


@releases("users")
def release(call: Call, user: Record) -> None:
    if user is call.user:
        raise invalid(base="Users cannot delete themselves")
    if call.store.where("activities", user_id=user["id"], billed=True):
        raise invalid(base="The user has billed hours")
    for approval in list(call.store["approvals"].values()):
        if user["id"] in {approval["creator_id"], approval["approver_id"]}:
            call.store.remove(approval)
    for collection in THEIRS:
        for record in call.store.where(collection, user_id=user["id"]):
            call.store.remove(record)


@releases("units")
def release_unit(call: Call, unit: Record) -> None:
    if call.store.where("users", unit_id=unit["id"]):
        raise invalid(base="Users belong to the team")


@computed("users", "first_name")
def first_name(store: Store, user: Record) -> Any:
    return user["firstname"]


@computed("users", "last_name")
def last_name(store: Store, user: Record) -> Any:
    return user["lastname"]


@computed("users", "full_name")
def full_name(store: Store, user: Record) -> str:
    return f"{user['firstname']} {user['lastname']}"


@computed("users", "external")
def external(store: Store, user: Record) -> Any:
    return user["extern"]


@action("users.performance_report")
def performance_report(call: Call) -> dict[str, Any]:
    return _report(call, call.record)


@action("profile.performance_report")
def own_performance_report(call: Call) -> dict[str, Any]:
    return _report(call, call.user)


def _report(call: Call, user: Record) -> dict[str, Any]:
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
