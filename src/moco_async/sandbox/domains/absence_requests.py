"""Requests for absences."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed
from ..engine.store import Store


@before_save("absence_requests")
def prepare(context: OperationContext, request: Record, values: Values) -> None:
    """Complete a new request; requests cannot be changed."""
    approver = context.store.find("users", _parse_id(values.pop("approver_user_id")))
    if approver is None:
        raise invalid(approver_user_id="must exist")
    requested = values.pop("entries")
    if not any(day["am"] or day["pm"] for day in requested):
        raise invalid(entries="can't be blank")
    properties: dict[str, str] = {}
    for each in values.pop("custom_values", ()):
        field = context.store.find("custom_properties", _parse_id(each["custom_property_id"]))
        if field is None:
            raise invalid(custom_values="must exist")
        properties[field["name"]] = each["value"]
    values.update(
        approved_at=None,
        approver_id=None,
        custom_properties=properties,
        days=requested,
        selected_approver_id=approver["id"],
        status="pending",
        user_id=context.user["id"],
    )


def _parse_id(given: int | str) -> int | None:
    """An id, which may be text."""
    return int(given) if str(given).isdecimal() and len(str(given)) < 20 else None


@computed("absence_requests", "total_days")
def total_days(store: Store, request: Record) -> float:
    return float(sum(day["am"] + day["pm"] for day in request["days"]) / 2)


@before_delete("absence_requests")
def prepare_delete(context: OperationContext, request: Record) -> None:
    """Delete the absences that were granted as well, unless they have begun."""
    granted = context.store.where("schedules", absence_request_id=request["id"])
    if any(absence["date"] < context.today.isoformat() for absence in granted):
        raise invalid(base="The absence has begun")
    for absence in granted:
        context.store.remove(absence)


def approve(store: Store, request: Record) -> None:
    """Grant a request, which users do in MOCO itself."""
    now, approver = store.now(), request["selected_approver_id"]
    store.change(request, status="approved", approver_id=approver, approved_at=now)
    code = {"vacation": "4", "sickness": "3"}.get(request["type"], "5")
    absent = {"absence_code": code, "comment": None, "symbol": None, "absence_request_id": request["id"]}
    for day in request["days"]:
        store.add("schedules", user_id=request["user_id"], **day, **absent)
