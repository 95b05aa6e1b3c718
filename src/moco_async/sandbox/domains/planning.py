"""What people are going to do: planning entries, absences, and requests for them."""

from __future__ import annotations

from typing import Any

from .. import crud
from ..calls import DENIED, Call, Refusal, invalid
from ..filters import filters
from ..hooks import action, computed, prepares, releases
from ..store import Record, Store, Values

NEW_ENTRY = {
    "color": None,
    "comment": "",
    "deal_id": None,
    "project_id": None,
    "read_only": False,
    "series_id": None,
    "series_repeat": None,
    "symbol": None,
    "task_id": None,
    "tentative": False,
    "title": "",
}


@prepares("planning_entries")
def prepare_entry(call: Call, entry: Record, values: Values) -> None:
    _check_person(call, entry, values, "calendar")
    if not entry:
        values.update({**NEW_ENTRY, "user_id": call.user["id"], **values})
    whole = {**entry, **values}
    if (whole["project_id"] is None) == (whole["deal_id"] is None):
        raise invalid(base="Either a project or a deal is needed")
    if whole["ends_on"] < whole["starts_on"]:
        raise invalid(ends_on="must not be before the beginning")
    task = call.store.find("project_tasks", whole["task_id"])
    if task and task["project_id"] != whole["project_id"]:
        raise invalid(task_id="does not belong to the project")


def _check_person(call: Call, record: Record, values: Values, area: str) -> None:
    """Check that whoever is named is active, and that the caller may name somebody else."""
    user = call.store.find("users", values.get("user_id"))
    if user and not user["active"]:
        raise invalid(user_id="is not active")
    if user and user is not call.user and not call.caller.may(area):
        raise DENIED


@action("planning_entries.list")
def entries(call: Call) -> list[Record]:
    start, _, end = call.query.get("period", "").partition(":")
    if start and end and end < start:
        raise Refusal(400, {"message": "Invalid date range"})
    return crud.list_(call)


@filters("planning_entries", "period")
def in_period(store: Store, entry: Record, period: Any) -> bool:
    first, last = period
    return bool(entry["starts_on"] <= last and first <= entry["ends_on"])


@prepares("schedules")
def prepare_absence(call: Call, absence: Record, values: Values) -> None:
    _check_person(call, absence, values, "people")
    overwrite = values.pop("overwrite", False)
    if "absence_code" in values:
        values["absence_code"] = str(values["absence_code"])
    if not absence:
        new = {"am": True, "pm": True, "comment": None, "symbol": None, "absence_request_id": None}
        values.update({**new, "user_id": call.user["id"], **values})
    whole = {**absence, **values}
    if not (whole["am"] or whole["pm"]):
        raise invalid(base="Either the morning or the afternoon is needed")
    others = call.store.where("schedules", user_id=whole["user_id"], date=whole["date"])
    for other in others:
        if overwrite:
            call.store.remove(other)
        elif other is not absence and any(whole[half] and other[half] for half in ("am", "pm")):
            raise invalid(date="has already been taken")


@computed("schedules", "assignment")
def kind(store: Store, absence: Record) -> Any:
    """The kind of absence, which the account keeps as if it were a project."""
    return store.where("absence_kinds", code=absence["absence_code"])[0]


@filters("schedules", "absence_code")
def of_kind(store: Store, absence: Record, codes: Any) -> bool:
    return absence["absence_code"] in codes


@filters("schedules", "absence_request_id")
def of_request(store: Store, absence: Record, request_id: Any) -> bool:
    return bool(absence["absence_request_id"] == request_id)


@prepares("absence_requests")
def prepare_request(call: Call, request: Record, values: Values) -> None:
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
def release_request(call: Call, request: Record) -> None:
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
