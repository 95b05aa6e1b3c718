"""Requests for absences."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.registry import computed, prepares, releases
from ..engine.store import Record, Store, Values


@prepares("absence_requests")
def prepare(call: Call, request: Record, values: Values) -> None:
    """Complete a new request; there is no changing one afterwards."""
    approver = call.store.find("users", _number(values.pop("approver_user_id")))
    if approver is None:
        raise invalid(approver_user_id="must exist")
    requested = values.pop("entries")
    if not any(day["am"] or day["pm"] for day in requested):
        raise invalid(entries="can't be blank")
    properties: dict[str, str] = {}
    for each in values.pop("custom_values", ()):
        field = call.store.find("custom_properties", _number(each["custom_property_id"]))
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
        user_id=call.user["id"],
    )


def _number(given: int | str) -> int | None:
    """An id, which is taken as text as well."""
    return int(given) if str(given).isdecimal() else None


@computed("absence_requests", "total_days")
def total_days(store: Store, request: Record) -> float:
    return float(sum(day["am"] + day["pm"] for day in request["days"]) / 2)


@releases("absence_requests")
def release(call: Call, request: Record) -> None:
    """What was granted goes with the request, unless it is over."""
    granted = call.store.where("schedules", absence_request_id=request["id"])
    if any(absence["date"] < call.today.isoformat() for absence in granted):
        raise invalid(base="The absence has begun")
    for absence in granted:
        call.store.remove(absence)


def approve(store: Store, request: Record) -> None:
    """Grant what was requested, which users do in MOCO itself."""
    now, approver = store.now(), request["selected_approver_id"]
    store.change(request, status="approved", approver_id=approver, approved_at=now)
    code = {"vacation": "4", "sickness": "3"}.get(request["type"], "5")
    absent = {"absence_code": code, "comment": None, "symbol": None, "absence_request_id": request["id"]}
    for day in request["days"]:
        store.add("schedules", user_id=request["user_id"], **day, **absent)
