"""Projects, their tasks, and who is assigned to them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from .. import crud
from ..calls import Call, invalid
from ..hooks import action, computed, prepares, releases
from ..identity import secret
from ..store import Record, Store, Values
from .settings import internal_rate

COLORS = ("#38B5EB", "#F5A623", "#7ED321", "#BD10E0", "#D0021B", "#50E3C2")

NEW = {
    "active": True,
    "billable": True,
    "billing_address": "",
    "billing_variant": "project",
    "custom_properties": {},
    "fixed_price": False,
    "hourly_rate": 0.0,
    "info": "",
    "retainer": False,
    "setting_include_time_report": False,
    "tags": [],
}


NEW_TASK = {"active": True, "billable": True, "budget": None, "hourly_rate": 0.0, "description": ""}


@prepares("projects")
def prepare(call: Call, project: Record, values: Values) -> None:
    if isinstance(values.get("billing_variant"), str):
        values["billing_variant"] = values["billing_variant"].removeprefix("billing_variant_rate_per_")
    values.pop("skip_favorite", None)
    if project:
        values.pop("currency", None)  # it stays what it was on creation
    else:
        number = call.store.number("projects")
        defaults = NEW | {"identifier": f"P{number:04}", "color": COLORS[number % len(COLORS)]}
        values.update({name: value for name, value in defaults.items() if values.get(name) is None})
    whole = {**project, **values}
    if whole.get("customer_id") is None:
        raise invalid(company_id="can't be blank")
    if whole.get("retainer"):
        _check_retainer(whole)


def _check_retainer(project: dict[str, Any]) -> None:
    for name in ("start_date", "finish_date", "budget_monthly"):
        if project.get(name) is None:
            raise invalid(**{name: "can't be blank"})
    start, finish = (date.fromisoformat(project[name]) for name in ("start_date", "finish_date"))
    if start.day != 1:
        raise invalid(start_date="must be the first day of a month")
    if finish.day != monthrange(finish.year, finish.month)[1]:
        raise invalid(finish_date="must be the last day of a month")


@action("projects.create")
def create(call: Call) -> Record:
    """A new project has its leaders assigned to it from the start, and the tasks that the account gives to all."""
    project = crud.create(call)
    leaders = [project.get("leader_id"), project.get("co_leader_id")]
    for user_id in dict.fromkeys(leader for leader in leaders if leader):
        assign(call.store, project, user_id)
    for template in call.store.where("task_templates", project_default=True):
        copied = {name: template[name] for name in ("name", "description", "billable", "revenue_category_id")}
        task = {**NEW_TASK, **copied, "hourly_rate": project["hourly_rate"]}
        call.store.add("project_tasks", project_id=project["id"], **task)
    return project


def assign(store: Store, project: Record, user_id: int, **values: Any) -> Record:
    contract = {"active": True, "billable": True, "budget": None, "hourly_rate": project["hourly_rate"]} | values
    return store.add("project_contracts", project_id=project["id"], user_id=user_id, **contract)


THEIRS = (
    "planning_entries",
    "project_contracts",
    "project_payment_schedules",
    "project_recurring_expenses",
    "project_tasks",
)
"""What goes with a project."""


@releases("projects")
def release(call: Call, project: Record) -> None:
    for collection in ("activities", "invoices", "offers", "project_expenses"):
        if call.store.where(collection, project_id=project["id"]):
            raise invalid(base=f"The project has {collection.removeprefix('project_')}")
    for collection in THEIRS:
        for record in call.store.where(collection, project_id=project["id"]):
            call.store.remove(record)


@computed("projects", "labels")
def labels(store: Store, project: Record) -> Any:
    return project["tags"]


@computed("projects", "customer_name")
def customer_name(store: Store, project: Record) -> Any:
    return store["companies"][project["customer_id"]]["name"]


@computed("project_contracts", "firstname")
def firstname(store: Store, contract: Record) -> Any:
    return store["users"][contract["user_id"]]["firstname"]


@computed("project_contracts", "lastname")
def lastname(store: Store, contract: Record) -> Any:
    return store["users"][contract["user_id"]]["lastname"]


@action("projects.assigned")
def assigned(call: Call) -> list[Record]:
    contracts = call.store.where("project_contracts", user_id=call.user["id"], active=True)
    rows = [call.store["projects"][row["project_id"]].with_(contract=row) for row in contracts]
    wanted = {"true": True, "false": False}.get(call.query.get("active", ""))
    return [row for row in rows if wanted is None or row["active"] is wanted]


@action("projects.share")
def share(call: Call) -> dict[str, Any]:
    project = call.record
    token = secret(call.store, f"project {project['id']}")[:20]
    url = f"{call.store.site}/projects/{project['id']}/customer_report/{token}"
    call.store.change(project, customer_report_url=url)
    return {"id": project["id"], "active": True, "url": url}


@action("projects.disable_share")
def disable_share(call: Call) -> dict[str, Any]:
    project = call.store.change(call.record, customer_report_url=None)
    return {"id": project["id"], "active": False, "url": None}


@action("projects.assign_project_group")
def assign_project_group(call: Call) -> Record:
    return crud.update(call)


@action("projects.unassign_project_group")
def unassign_project_group(call: Call) -> Record:
    return call.store.change(call.record, project_group_id=None)


@action("projects.report")
def report(call: Call) -> dict[str, Any]:
    project, store = call.record, call.store
    activities = store.where("activities", project_id=project["id"])
    expenses = store.where("project_expenses", project_id=project["id"])
    invoices = store.where("invoices", project_id=project["id"])
    budget, rate = project.get("budget"), project["hourly_rate"]
    hours = sum(row["seconds"] for row in activities) / 3600
    billable = sum(row["seconds"] for row in activities if row["billable"]) / 3600
    spent = billable * rate + sum(row["price"] for row in expenses)
    return {
        "budget_total": budget,
        "budget_progress_in_percentage": round(100 * spent / budget, 2) if budget else None,
        "budget_remaining": budget - spent if budget else None,
        "invoiced_total": sum(row.get("net_total", 0) for row in invoices if row["status"] != "draft"),
        "currency": project["currency"],
        "hours_total": hours if budget else None,
        "hours_billable": billable,
        "hours_remaining": round(budget / rate - billable, 2) if budget and rate else None,
        "costs_expenses": sum(row["cost"] for row in expenses),
        "costs_activities": _cost(store, activities),
        "costs_by_task": [
            _task_costs(store, task, activities) for task in store.where("project_tasks", project_id=project["id"])
        ],
    }


def _cost(store: Store, activities: list[Record]) -> float:
    """What activities cost the account itself."""
    rates = ((row, internal_rate(store, row["user_id"], int(row["date"][:4]))) for row in activities)
    return float(round(sum(row["seconds"] / 3600 * rate for row, rate in rates), 2))


def _task_costs(store: Store, task: Record, activities: list[Record]) -> dict[str, Any]:
    booked = [row for row in activities if row["task_id"] == task["id"]]
    hours = sum(row["seconds"] for row in booked) / 3600
    return {"id": task["id"], "name": task["name"], "hours_total": hours, "total_costs": _cost(store, booked)}


@prepares("project_tasks")
def prepare_task(call: Call, task: Record, values: Values) -> None:
    if not task:
        values.update({name: value for name, value in NEW_TASK.items() if name not in values})


@releases("project_tasks")
def release_task(call: Call, task: Record) -> None:
    if call.store.where("activities", task_id=task["id"]):
        raise invalid(base="Hours are booked on the task")


@action("project_tasks.destroy_all")
def destroy_all(call: Call) -> None:
    for task in call.store.where("project_tasks", **call.parents):
        if not call.store.where("activities", task_id=task["id"]):
            call.store.remove(task)
