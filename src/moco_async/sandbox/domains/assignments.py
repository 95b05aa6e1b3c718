"""Who works on a project, how projects are grouped, and when they are paid for."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.filters import filters
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values


@prepares("project_contracts")
def prepare_contract(call: Call, contract: Record, values: Values) -> None:
    if contract:
        return
    if call.store.where("project_contracts", project_id=values["project_id"], user_id=values["user_id"]):
        raise invalid(user_id="has already been taken")
    rate = call.store["projects"][values["project_id"]]["hourly_rate"]
    values.update({"active": True, "billable": True, "budget": None, "hourly_rate": rate} | values)


@action("project_contracts.list")
def contracts(call: Call) -> list[Record]:
    """The assignments of active people."""
    return [contract for contract in crud.list_(call) if call.store["users"][contract["user_id"]]["active"]]


@releases("project_contracts")
def release_contract(call: Call, contract: Record) -> None:
    if call.store.where("activities", project_id=contract["project_id"], user_id=contract["user_id"]):
        raise invalid(base="The user has hours on the project")


@computed("project_groups", "budget")
def group_budget(store: Store, group: Record) -> float:
    return float(sum(project.get("budget") or 0 for project in store.where("projects", project_group_id=group["id"])))


@computed("project_groups", "currency")
def group_currency(store: Store, group: Record) -> Any:
    return store["companies"][group["company_id"]].get("currency")


@prepares("project_payment_schedules")
def prepare_payment(call: Call, payment: Record, values: Values) -> None:
    if not payment:
        values.update({"billed": False, "checked": False, "description": None, "title": ""} | values)


@filters("project_payment_schedules", "company_id")
def of_customer(store: Store, payment: Record, company_id: Any) -> bool:
    return bool(store["projects"][payment["project_id"]]["customer_id"] == company_id)
