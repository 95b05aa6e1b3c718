"""Expenses of projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.filters import filters
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values
from ._documents import file_url, handed_in
from ._expenses import NEW, own_values, totals
from .comments import note

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


@prepares("project_expenses")
def prepare(call: Call, expense: Record, values: Values) -> None:
    values.pop("price", None)  # it follows from the unit price
    if expense.get("billed"):
        raise invalid(base="The expense is billed")
    if "file" in values:
        values["file"] = handed_in(call.store, "file", values["file"])
    if not expense:
        values.update({**NEW_EXPENSE, **own_values(call, values), **values})
    whole = {**expense, **values}
    if whole["service_period_from"] and (whole["service_period_to"] or "9999") < whole["service_period_from"]:
        raise invalid(service_period_to="must not be before the beginning")
    values.update(totals(whole))


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


computed("project_expenses", "file_url")(file_url)


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
