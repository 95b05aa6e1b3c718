"""Projects."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from ..engine import crud
from ..engine.auth import derive_key
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, list_filter, operation
from ..engine.store import Store
from ._archive import archive, unarchive
from .internal_hourly_rates import get_internal_rate
from .project_contracts import assign
from .project_tasks import DEFAULTS as TASK_DEFAULTS

COLORS = ("#38B5EB", "#F5A623", "#7ED321", "#BD10E0", "#D0021B", "#50E3C2")

DEFAULTS = {
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


@before_save("projects")
def prepare(context: OperationContext, project: Record, values: Values) -> None:
    if isinstance(values.get("billing_variant"), str):
        values["billing_variant"] = values["billing_variant"].removeprefix("billing_variant_rate_per_")
    values.pop("skip_favorite", None)
    if project:
        values.pop("currency", None)  # it cannot be changed
    else:
        number = context.store.next_number("projects")
        defaults = DEFAULTS | {"identifier": f"P{number:04}", "color": COLORS[number % len(COLORS)]}
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


@operation("projects.create")
def create(context: OperationContext) -> Record:
    """Create a project with contracts for its leaders, and with the account's default tasks."""
    project = crud.create(context)
    leaders = [project.get("leader_id"), project.get("co_leader_id")]
    for user_id in dict.fromkeys(leader for leader in leaders if leader):
        assign(context.store, project, user_id)
    for template in context.store.where("task_templates", project_default=True):
        copied = {name: template[name] for name in ("name", "description", "billable", "revenue_category_id")}
        task = {**TASK_DEFAULTS, **copied, "hourly_rate": project["hourly_rate"]}
        context.store.add("project_tasks", project_id=project["id"], **task)
    return project


DEPENDENTS = (
    "planning_entries",
    "project_contracts",
    "project_payment_schedules",
    "project_recurring_expenses",
    "project_tasks",
)
"""The collections whose records are deleted along with their project."""


@before_delete("projects")
def prepare_delete(context: OperationContext, project: Record) -> None:
    for collection in ("activities", "invoices", "offers", "project_expenses"):
        if context.store.where(collection, project_id=project["id"]):
            raise invalid(base=f"The project has {collection.removeprefix('project_')}")
    for collection in DEPENDENTS:
        for record in context.store.where(collection, project_id=project["id"]):
            context.store.remove(record)


@list_filter("projects", "leader_id")
def is_led_by(store: Store, project: Record, wanted: list[int]) -> bool:
    return project.get("leader_id") in wanted or project.get("co_leader_id") in wanted


@computed("projects", "labels")
def labels(store: Store, project: Record) -> Any:
    return project["tags"]


@computed("projects", "customer_name")
def customer_name(store: Store, project: Record) -> Any:
    return store["companies"][project["customer_id"]]["name"]


@computed("projects", "company_id")
def company_id(store: Store, project: Record) -> Any:
    return project["customer_id"]


operation("projects.archive")(archive)
operation("projects.unarchive")(unarchive)


@operation("projects.assigned")
def assigned(context: OperationContext) -> list[Record]:
    contracts = context.store.where("project_contracts", user_id=context.user["id"], active=True)
    rows = [context.store["projects"][row["project_id"]].copy_with(contract=row) for row in contracts]
    wanted = {"true": True, "false": False}.get(context.query.get("active", ""))
    return [row for row in rows if wanted is None or row["active"] is wanted]


@operation("projects.share")
def share(context: OperationContext) -> dict[str, Any]:
    project = context.record
    token = derive_key(context.store, f"project {project['id']}")[:20]
    url = f"{context.store.site}/projects/{project['id']}/customer_report/{token}"
    context.store.change(project, customer_report_url=url)
    return {"id": project["id"], "active": True, "url": url}


@operation("projects.disable_share")
def disable_share(context: OperationContext) -> dict[str, Any]:
    project = context.store.change(context.record, customer_report_url=None)
    return {"id": project["id"], "active": False, "url": None}


@operation("projects.assign_project_group")
def assign_project_group(context: OperationContext) -> Record:
    return crud.update(context)


@operation("projects.unassign_project_group")
def unassign_project_group(context: OperationContext) -> Record:
    return context.store.change(context.record, project_group_id=None)


@operation("projects.report")
def report(context: OperationContext) -> dict[str, Any]:
    project, store = context.record, context.store
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
        "costs_activities": _compute_cost(store, activities),
        "costs_by_task": [
            _compute_task_costs(store, task, activities)
            for task in store.where("project_tasks", project_id=project["id"])
        ],
    }


def _compute_cost(store: Store, activities: list[Record]) -> float:
    """The internal costs of activities."""
    rates = ((row, get_internal_rate(store, row["user_id"], int(row["date"][:4]))) for row in activities)
    return float(round(sum(row["seconds"] / 3600 * rate for row, rate in rates), 2))


def _compute_task_costs(store: Store, task: Record, activities: list[Record]) -> dict[str, Any]:
    booked = [row for row in activities if row["task_id"] == task["id"]]
    hours = sum(row["seconds"] for row in booked) / 3600
    return {"id": task["id"], "name": task["name"], "hours_total": hours, "total_costs": _compute_cost(store, booked)}
