"""Activities with their timers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..engine import crud
from ..engine.context import HTTPError, OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, get_value, operation
from ..engine.store import Store

DEFAULTS = {"billed": False, "description": "", "remote_service": "", "seconds": 0, "tag": "", "timer_started_at": None}


@before_save("activities")
def prepare(context: OperationContext, activity: Record, values: Values) -> None:
    values.pop("customer_id", None)  # that of the project counts
    hours = values.pop("hours", None)
    if hours is not None:
        values.setdefault("seconds", round(hours * 3600))
    if values.pop("stop_timer", False) and activity.get("timer_started_at"):
        values["timer_started_at"] = None
        values.setdefault("seconds", _count_seconds(context.store, activity))
    whole = {**DEFAULTS, **activity, **values}
    if "seconds" in values and whole["timer_started_at"]:
        raise invalid(seconds="cannot be changed while the timer is running")
    task = context.store["project_tasks"][whole["task_id"]]
    if task["project_id"] != whole["project_id"]:
        raise invalid(task_id="does not belong to the project")
    if not activity:
        project = context.store["projects"][whole["project_id"]]
        whole.setdefault("billable", project["billable"] and task["billable"])
        values.update(whole, user_id=context.user["id"])
    if "seconds" in values:
        values["worked_seconds"] = values["seconds"]


@before_delete("activities")
def prepare_delete(context: OperationContext, activity: Record) -> None:
    if activity["billed"]:
        raise invalid(base="The activity is billed")


@computed("activities", "hours")
def hours(store: Store, activity: Record) -> Any:
    return round(activity["seconds"] / 3600, 2)


@computed("activities", "customer_id")
def customer_id(store: Store, activity: Record) -> Any:
    return store["projects"][activity["project_id"]]["customer_id"]


@computed("activities", "deal_id")
def deal_id(store: Store, activity: Record) -> Any:
    return store["projects"][activity["project_id"]].get("deal_id")


@computed("activities", "hourly_rate")
def hourly_rate(store: Store, activity: Record) -> Any:
    """The rate of the project, the task or the user, depending on the project's billing variant."""
    project = store["projects"][activity["project_id"]]
    if project["billing_variant"] == "task":
        return store["project_tasks"][activity["task_id"]]["hourly_rate"]
    if project["billing_variant"] == "user":
        contracts = store.where("project_contracts", project_id=project["id"], user_id=activity["user_id"])
        return contracts[0]["hourly_rate"] if contracts else None
    return project["hourly_rate"]


@operation("activities.create_bulk")
def create_bulk(context: OperationContext) -> list[Record]:
    return crud.create_many(context, "activities", *context.body["activities"])


@operation("activities.start_timer")
def start_timer(context: OperationContext) -> Record:
    activity = context.record
    if activity["timer_started_at"]:
        raise invalid(base="The timer is already running")
    if activity["date"] != context.today.isoformat() or activity["billed"]:
        raise invalid(base="The timer can be started only for activities of today that are not billed")
    for other in context.store.where("activities", user_id=activity["user_id"]):
        if other["timer_started_at"]:
            _stop(context.store, other)
    return context.store.change(activity, timer_started_at=context.store.now())


@operation("activities.stop_timer")
def stop_timer(context: OperationContext) -> Record:
    activity = context.record
    if not activity["timer_started_at"]:
        raise invalid(base="The timer is not running")
    return _stop(context.store, activity)


def _stop(store: Store, activity: Record) -> Record:
    seconds = _count_seconds(store, activity)
    return store.change(activity, seconds=seconds, worked_seconds=seconds, timer_started_at=None)


def _count_seconds(store: Store, activity: Record) -> int:
    """The seconds of an activity, including those of its running timer."""
    running = store.clock() - datetime.fromisoformat(activity["timer_started_at"])
    return int(activity["seconds"] + running.total_seconds())


@operation("activities.billable_seconds")
def billable_seconds(context: OperationContext) -> Record:
    project = context.store["projects"][context.record["project_id"]]
    if context.user["id"] not in {project.get("leader_id"), project.get("co_leader_id")}:
        raise HTTPError(403)
    return context.store.change(context.record, seconds=context.body["seconds"])


@operation("activities.disregard")
def disregard(context: OperationContext) -> list[int]:
    """Mark activities as billed, with an invoice of status `disregarded`, which lists include on request."""
    activities = [context.store.find("activities", number) for number in context.body["activity_ids"]]
    found = [activity for activity in activities if activity]
    if len(found) < len(activities):
        raise invalid(activity_ids="must exist")
    if any(get_value(context.store, activity, "customer_id") != context.body["company_id"] for activity in found):
        raise invalid(activity_ids="must belong to the company")
    for activity in found:
        context.store.change(activity, billed=True)
    context.store.add(
        "invoices",
        customer_id=context.body["company_id"],
        project_id=context.body.get("project_id"),
        date=context.today.isoformat(),
        title=context.body["reason"],
        currency="EUR",
        status="disregarded",
    )
    return [activity["id"] for activity in found]
