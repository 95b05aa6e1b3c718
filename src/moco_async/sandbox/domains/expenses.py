"""Expenses of projects, once and time and again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.dates import months_later
from ..engine.filters import filters
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values
from .comments import note
from .documents import handed_in

NEW = {
    "billable": True,
    "budget_relevant": False,
    "custom_properties": {},
    "description": "",
    "purchase_assignment_locked": False,
}

NEW_EXPENSE = NEW | {
    "billed": False,
    "cost_total_planned": 0.0,
    "invoice_id": None,
    "planned_purchase_date": None,
    "recurring_expense_id": None,
    "revenue_category_id": None,
    "service_period_from": None,
    "service_period_to": None,
}

NEW_RECURRING = NEW | {"finish_date": None, "revenue_category_id": None, "service_period_direction": "none"}


@prepares("project_expenses")
def prepare(call: Call, expense: Record, values: Values) -> None:
    values.pop("price", None)  # it follows from the unit price
    if expense.get("billed"):
        raise invalid(base="The expense is billed")
    if "file" in values:
        values["file"] = handed_in(call.store, "file", values["file"])
    if not expense:
        values.update({**NEW_EXPENSE, **_own(call, values), **values})
    whole = {**expense, **values}
    if whole["service_period_from"] and (whole["service_period_to"] or "9999") < whole["service_period_from"]:
        raise invalid(service_period_to="must not be before the beginning")
    values.update(_totals(whole))


def _own(call: Call, values: Values) -> Values:
    """What an expense has from its project and from whoever records it."""
    user_id = values.get("user_id", call.user["id"])
    user = call.store.find("users", user_id)
    if user and not user["active"]:
        raise invalid(user_id="is not active")
    return {"user_id": user_id, "currency": call.store["projects"][values["project_id"]]["currency"]}


def _totals(expense: dict[str, Any]) -> dict[str, float]:
    quantity = expense["quantity"]
    return {name: round(quantity * expense[f"unit_{name}"], 2) for name in ("price", "cost")}


@releases("project_expenses")
def release(call: Call, expense: Record) -> None:
    if expense["billed"]:
        raise invalid(base="The expense is billed")


@computed("project_expenses", "company")
def company(store: Store, expense: Record) -> Any:
    return store["companies"][store["projects"][expense["project_id"]]["customer_id"]]


@computed("project_expenses", "service_period")
def service_period(store: Store, expense: Record) -> str:
    """As people read it; without a period it is the day of the expense."""
    given = [expense.get("service_period_from"), expense.get("service_period_to")]
    found = [date.fromisoformat(day) for day in given if day] or [date.fromisoformat(expense["date"])]
    return " - ".join(f"{day:%d.%m.%Y}" for day in found)


@computed("project_expenses", "file_url")
def file_url(store: Store, expense: Record) -> Any:
    file = expense.get("file")
    return file and file["url"]


@computed("project_expenses", "purchase_items")
def purchase_items(store: Store, expense: Record) -> list[dict[str, Any]]:
    """The positions of purchases that were assigned to the expense."""
    return [
        {**item, "currency": purchase["currency"], "purchase_id": purchase["id"], "document": _document(purchase)}
        for purchase in store["purchases"].values()
        for item in purchase["items"]
        if item.get("expense_id") == expense["id"]
    ]


def _document(purchase: Record) -> dict[str, Any] | None:
    file = purchase.get("file")
    return {"id": purchase["id"], "file_url": file["url"]} if file else None


@filters("project_expenses", "tags")
def of_tagged(store: Store, expense: Record, wanted: Any) -> bool:
    tags = {tag.casefold() for tag in store["projects"][expense["project_id"]].get("tags", ())}
    return any(tag.casefold() in tags for tag in wanted)


@action("project_expenses.create_bulk")
def create_bulk(call: Call) -> list[Record]:
    return crud.create_from(call, "project_expenses", *call.body["bulk_data"])


@action("project_expenses.disregard")
def disregard(call: Call) -> None:
    found = [call.store.find("project_expenses", number) for number in call.body["expense_ids"]]
    expenses = [expense for expense in found if expense and call.parents.items() <= expense.items()]
    if len(expenses) < len(found):
        raise invalid(expense_ids="must exist")
    for expense in expenses:
        call.store.change(expense, billed=True)
        note(call.store, "Expense", expense, call.body["reason"], call.user)


@prepares("project_recurring_expenses")
def prepare_recurring(call: Call, recurring: Record, values: Values) -> None:
    in_advance = values.pop("billing_in_advance", None)
    if in_advance is not None:
        values.setdefault("service_period_direction", "forward" if in_advance else "backward")
    if recurring:
        for fixed in ("start_date", "period"):
            values.pop(fixed, None)
    else:
        values.update({**NEW_RECURRING, **_own(call, values), **values}, recur_next_date=values["start_date"])
    whole = {**recurring, **values}
    if (whole["finish_date"] or "9999") < whole["start_date"]:
        raise invalid(finish_date="must not be before the start")
    values.update(_totals(whole))


MONTHS = {"monthly": 1, "quarterly": 3, "biannual": 6, "annual": 12, "annual2": 24, "annual3": 36}
WEEKS = {"weekly": 1, "biweekly": 2}

COPIED = (
    "billable",
    "budget_relevant",
    "custom_properties",
    "description",
    "purchase_assignment_locked",
    "quantity",
    "revenue_category_id",
    "title",
    "unit",
    "unit_cost",
    "unit_price",
    "user_id",
)
"""What an expense has from the recurring one that it stems from."""


@action("project_recurring_expenses.recur")
def recur(call: Call) -> Record:
    recurring = call.record
    day = date.fromisoformat(recurring["recur_next_date"])
    if (recurring["finish_date"] or "9999") < recurring["recur_next_date"]:
        raise invalid(base="The recurring expense is over")
    following = _periods_on(day, recurring["period"], 1)
    body = {name: recurring[name] for name in COPIED} | {"date": day.isoformat()}
    span = {
        "forward": (day, following - timedelta(days=1)),
        "backward": (_periods_on(day, recurring["period"], -1), day - timedelta(days=1)),
    }.get(recurring["service_period_direction"])
    if span:
        body |= {"service_period_from": span[0].isoformat(), "service_period_to": span[1].isoformat()}
    expense = crud.create_from(call, "project_expenses", body | {"recurring_expense_id": recurring["id"]})[0]
    call.store.change(recurring, recur_next_date=following.isoformat())
    return expense


def _periods_on(day: date, period: str, count: int) -> date:
    if period in WEEKS:
        return day + timedelta(weeks=count * WEEKS[period])
    return months_later(day, count * MONTHS[period])
