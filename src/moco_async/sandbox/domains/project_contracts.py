"""Project contracts: the assignments of users to projects."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values


@prepares("project_contracts")
def prepare(call: Call, contract: Record, values: Values) -> None:
    if contract:
        return
    if call.store.where("project_contracts", project_id=values["project_id"], user_id=values["user_id"]):
        raise invalid(user_id="has already been taken")
    rate = call.store["projects"][values["project_id"]]["hourly_rate"]
    values.update({"active": True, "billable": True, "budget": None, "hourly_rate": rate} | values)


@action("project_contracts.list")
def list_assigned(call: Call) -> list[Record]:
    """The assignments of active people."""
    return [contract for contract in crud.list_(call) if call.store["users"][contract["user_id"]]["active"]]


@releases("project_contracts")
def release(call: Call, contract: Record) -> None:
    if call.store.where("activities", project_id=contract["project_id"], user_id=contract["user_id"]):
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
