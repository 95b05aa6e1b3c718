"""Expenses of projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, list_filter, operation
from ..engine.store import Store
from ._documents import file_url, store_upload
from ._expenses import COMMON_DEFAULTS, build_own_values, compute_totals
from .comments import add_system_comment

DEFAULTS = COMMON_DEFAULTS | {
    "billed": False,
    "cost_total_planned": 0.0,
    "invoice_id": None,
    "planned_purchase_date": None,
    "recurring_expense_id": None,
    "revenue_category_id": None,
    "service_period_from": None,
    "service_period_to": None,
}


@before_save("project_expenses")
def prepare(context: OperationContext, expense: Record, values: Values) -> None:
    values.pop("price", None)  # it is computed from the unit price
    if expense.get("billed"):
        raise invalid(base="The expense is billed")
    if "file" in values:
        values["file"] = store_upload(context.store, "file", values["file"])
    if not expense:
        values.update({**DEFAULTS, **build_own_values(context, values), **values})
    whole = {**expense, **values}
    if whole["service_period_from"] and (whole["service_period_to"] or "9999") < whole["service_period_from"]:
        raise invalid(service_period_to="must not be before the beginning")
    values.update(compute_totals(whole))


@before_delete("project_expenses")
def prepare_delete(context: OperationContext, expense: Record) -> None:
    if expense["billed"]:
        raise invalid(base="The expense is billed")


@computed("project_expenses", "company")
def company(store: Store, expense: Record) -> Any:
    return store["companies"][store["projects"][expense["project_id"]]["customer_id"]]


@computed("project_expenses", "service_period")
def service_period(store: Store, expense: Record) -> str:
    """The service period in German notation; without one, the date of the expense."""
    given = [expense.get("service_period_from"), expense.get("service_period_to")]
    found = [date.fromisoformat(day) for day in given if day] or [date.fromisoformat(expense["date"])]
    return " - ".join(f"{day:%d.%m.%Y}" for day in found)


computed("project_expenses", "file_url")(file_url)


@computed("project_expenses", "purchase_items")
def purchase_items(store: Store, expense: Record) -> list[dict[str, Any]]:
    """The items of purchases that are assigned to the expense."""
    return [
        {**item, "currency": purchase["currency"], "purchase_id": purchase["id"], "document": _build_document(purchase)}
        for purchase in store["purchases"].values()
        for item in purchase["items"]
        if item.get("expense_id") == expense["id"]
    ]


def _build_document(purchase: Record) -> dict[str, Any] | None:
    file = purchase.get("file")
    return {"id": purchase["id"], "file_url": file["url"]} if file else None


@list_filter("project_expenses", "tags")
def project_has_tags(store: Store, expense: Record, wanted: Any) -> bool:
    tags = {tag.casefold() for tag in store["projects"][expense["project_id"]].get("tags", ())}
    return any(tag.casefold() in tags for tag in wanted)


@operation("project_expenses.create_bulk")
def create_bulk(context: OperationContext) -> list[Record]:
    return crud.create_many(context, "project_expenses", *context.body["bulk_data"])


@operation("project_expenses.disregard")
def disregard(context: OperationContext) -> None:
    found = [context.store.find("project_expenses", number) for number in context.body["expense_ids"]]
    expenses = [expense for expense in found if expense and context.parents.items() <= expense.items()]
    if len(expenses) < len(found):
        raise invalid(expense_ids="must exist")
    for expense in expenses:
        context.store.change(expense, billed=True)
        add_system_comment(context.store, "Expense", expense, context.body["reason"], context.user)
