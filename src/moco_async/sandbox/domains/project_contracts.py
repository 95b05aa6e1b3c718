"""Project contracts: the assignments of users to projects."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, operation
from ..engine.store import Store


@before_save("project_contracts")
def prepare(context: OperationContext, contract: Record, values: Values) -> None:
    if contract:
        return
    if context.store.where("project_contracts", project_id=values["project_id"], user_id=values["user_id"]):
        raise invalid(user_id="has already been taken")
    rate = context.store["projects"][values["project_id"]]["hourly_rate"]
    values.update({"active": True, "billable": True, "budget": None, "hourly_rate": rate} | values)


@operation("project_contracts.list")
def list_contracts(context: OperationContext) -> list[Record]:
    """The assignments of active users."""
    return [contract for contract in crud.list_(context) if context.store["users"][contract["user_id"]]["active"]]


@before_delete("project_contracts")
def prepare_delete(context: OperationContext, contract: Record) -> None:
    if context.store.where("activities", project_id=contract["project_id"], user_id=contract["user_id"]):
        raise invalid(base="The user has hours on the project")


def assign(store: Store, project: Record, user_id: int, **values: Any) -> Record:
    contract = {"active": True, "billable": True, "budget": None, "hourly_rate": project["hourly_rate"]} | values
    return store.add("project_contracts", project_id=project["id"], user_id=user_id, **contract)


@computed("project_contracts", "firstname")
def firstname(store: Store, contract: Record) -> Any:
    return store["users"][contract["user_id"]]["firstname"]


@computed("project_contracts", "lastname")
def lastname(store: Store, contract: Record) -> Any:
    return store["users"][contract["user_id"]]["lastname"]
