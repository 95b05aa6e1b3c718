"""What the account sets up: custom fields, templates, fixed costs, and rates."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.auth import FULL, NONE
from ..engine.context import NOT_FOUND, Call, invalid
from ..engine.custom_fields import carriers
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values

NEW_FIELD = {
    "api_only": False,
    "defaults": [],
    "name_alt": None,
    "notification_enabled": False,
    "placeholder": None,
    "placeholder_alt": None,
    "print_on_invoice": False,
    "print_on_offer": False,
    "print_on_timesheet": False,
}


@prepares("custom_properties")
def prepare_field(call: Call, field: Record, values: Values) -> None:
    values.pop("id", None)
    if field:
        for fixed in ("kind", "entity"):
            values.pop(fixed, None)
    else:
        values.update({**NEW_FIELD, **values})
    whole = {**field, **values}
    if whole["kind"] not in {"Select", "MultiSelect"}:
        values["defaults"] = []
    others = call.store.where("custom_properties", entity=whole["entity"], name=whole["name"])
    if any(other is not field for other in others):
        raise invalid(name="has already been taken")
    if field and whole["name"] != field["name"]:
        for record in carriers(call.store, field):
            record["custom_properties"][whole["name"]] = record["custom_properties"].pop(field["name"])


@releases("custom_properties")
def release_field(call: Call, field: Record) -> None:
    for record in carriers(call.store, field):
        del record["custom_properties"][field["name"]]


@prepares("expense_templates")
def prepare_expense_template(call: Call, template: Record, values: Values) -> None:
    if not template:
        new = {"currency": "EUR", "description": "", "unit": None, "unit_cost": 0.0, "unit_price": 0.0}
        values.update({**new, **values})


@prepares("task_templates")
def prepare_task_template(call: Call, template: Record, values: Values) -> None:
    if not template:
        new = {"billable": True, "description": "", "project_default": False, "revenue_category_id": None}
        values.update({**new, "index": len(call.store["task_templates"]) + 1, **values})


@action("task_templates.list")
def task_templates(call: Call) -> list[Record]:
    templates = crud.list_(call)
    return templates if "sort_by" in call.query else sorted(templates, key=lambda template: int(template["index"]))


@action("fixed_costs.list")
def fixed_costs(call: Call) -> list[Record]:
    rows, year = crud.list_(call), call.query.get("year", "")
    if not year.isdecimal():
        return rows
    return [row.with_(costs=[cost for cost in row["costs"] if cost["year"] == int(year)]) for row in rows]


@computed("user_roles", "permission")
def permission(store: Store, role: Record) -> dict[str, str]:
    """What MOCO shows of a role: all or nothing, though there is reading in between."""
    return {area: FULL if level == FULL else NONE for area, level in role["permission"].items()}


@action("hourly_rates.get")
def hourly_rates(call: Call) -> dict[str, Any]:
    """The rates of the account, or those of a customer that has its own."""
    text = call.query.get("company_id", "")
    company_id = int(text) if text.isdecimal() else None
    if company_id is not None and call.store.find("companies", company_id) is None:
        raise NOT_FOUND
    own = call.store.where("hourly_rates", company_id=company_id)
    rates = own or call.store.where("hourly_rates", company_id=None)
    archived = call.query.get("include_archived_users") == "true"
    people = [user for user in call.store["users"].values() if user["active"] or archived]
    return {
        "defaults_rates": [rate for rate in rates if rate["of"] is None],
        "tasks": [
            {**template, "rates": [rate for rate in rates if rate["of"] == template["id"]]}
            for template in call.store["task_templates"].values()
        ],
        "users": [user.with_(rates=[rate for rate in rates if rate["of"] == user["id"]]) for user in people],
    }


@action("internal_hourly_rates.list")
def internal_hourly_rates(call: Call) -> list[Record]:
    given = [text.strip() for text in call.query.get("years", "").split(",")]
    years = {int(text) for text in given if text.isdecimal()} or {call.today.year}
    unit, archived = call.query.get("unit_id", ""), call.query.get("include_archived") == "true"
    rates = call.store["internal_hourly_rates"].values()
    return [
        user.with_(rates=[rate for rate in rates if rate["user_id"] == user["id"] and rate["year"] in years])
        for user in call.store["users"].values()
        if (user["active"] or archived) and (not unit.isdecimal() or user["unit_id"] == int(unit))
    ]


@action("internal_hourly_rates.update")
def set_internal_hourly_rates(call: Call) -> dict[str, str]:
    year, rates = call.body["year"], call.body["rates"]
    if any(call.store.find("users", rate["user_id"]) is None for rate in rates):
        raise invalid(user_id="must exist")
    for rate in rates:
        for old in call.store.where("internal_hourly_rates", year=year, user_id=rate["user_id"]):
            call.store.remove(old)
        call.store.add("internal_hourly_rates", year=year, **rate)
    return {"status": "ok"}


USUAL_COST = 60.0


def internal_rate(store: Store, user_id: int, year: int) -> float:
    """What an hour of a user costs the account itself."""
    rates = store.where("internal_hourly_rates", user_id=user_id, year=year)
    return float(rates[0]["rate"]) if rates else USUAL_COST
