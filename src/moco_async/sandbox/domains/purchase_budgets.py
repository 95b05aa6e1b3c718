"""Budgets for purchases."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, get_value, operation
from ..engine.store import Store
from .planned_purchases import list_due_days

YEARS = range(2000, 2101)


@before_save("purchase_budgets")
def prepare(context: OperationContext, budget: Record, values: Values) -> None:
    if not budget:
        values.update({"active": True, "targets": {}} | values)


@operation("purchase_budgets.list")
def list_budgets(context: OperationContext) -> list[Record]:
    """All budgets, with the figures of one year."""
    text = context.query.get("year", "")
    year = int(text) if text.isdecimal() and int(text) in YEARS else context.today.year
    return [budget.copy_with(year=year) for budget in context.store["purchase_budgets"].values()]


@operation("purchase_budgets.target")
def set_target(context: OperationContext) -> Record:
    budget, year = context.record, context.body.get("year", context.today.year)
    if year not in YEARS:
        raise invalid(year="is invalid")
    context.store.change(budget, targets={**budget["targets"], year: context.body["target_amount"]})
    return budget.copy_with(year=year)


@before_delete("purchase_budgets")
def prepare_delete(context: OperationContext, budget: Record) -> None:
    for collection in ("purchases", "planned_purchases"):
        if context.store.where(collection, purchase_budget_id=budget["id"]):
            raise invalid(base=f"The budget has {collection.replace('_', ' ')}")


@computed("purchase_budgets", "year")
def year(store: Store, budget: Record) -> Any:
    """The year whose figures are shown, the current one by default."""
    return budget.get("year", store.today().year)


@computed("purchase_budgets", "target")
def target(store: Store, budget: Record) -> Any:
    return budget["targets"].get(year(store, budget), 0)


@computed("purchase_budgets", "exhaused")
def exhausted(store: Store, budget: Record) -> Any:
    """The sum of the purchases so far. The spelling of the attribute is MOCO's."""
    return _sum_spent(store.where("purchases", purchase_budget_id=budget["id"]), year(store, budget))


def _sum_spent(purchases: list[Record], year: int) -> float:
    spent: float = sum(row["net_total"] for row in purchases if row["date"].startswith(str(year)))
    return round(spent, 2)


@computed("purchase_budgets", "planned")
def planned(store: Store, budget: Record) -> Any:
    """The sum of planned purchases that are still due in the year."""
    last, total = date(year(store, budget), 12, 31), 0.0
    for row in store.where("planned_purchases", purchase_budget_id=budget["id"]):
        due = sum(day.year == last.year for day in list_due_days(row, last))
        total += due * row["net_total"] - _sum_spent(store.where("purchases", planned_purchase_id=row["id"]), last.year)
    return max(round(total, 2), 0)


@computed("purchase_budgets", "remaining")
def remaining(store: Store, budget: Record) -> Any:
    target, *gone = (get_value(store, budget, name) for name in ("target", "exhaused", "planned"))
    return round(target - sum(gone), 2)
