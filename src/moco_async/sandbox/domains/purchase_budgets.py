"""Budgets for purchases."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares, releases, value
from ..engine.store import Record, Store, Values
from .planned_purchases import due_days

YEARS = range(2000, 2101)


@prepares("purchase_budgets")
def prepare(call: Call, budget: Record, values: Values) -> None:
    if not budget:
        values.update({"active": True, "targets": {}} | values)


@action("purchase_budgets.list")
def list_budgets(call: Call) -> list[Record]:
    """All budgets, with the figures of the year that is asked for."""
    text = call.query.get("year", "")
    year = int(text) if text.isdecimal() and int(text) in YEARS else call.today.year
    return [budget.with_(year=year) for budget in call.store["purchase_budgets"].values()]


@action("purchase_budgets.target")
def set_target(call: Call) -> Record:
    budget, year = call.record, call.body.get("year", call.today.year)
    if year not in YEARS:
        raise invalid(year="is invalid")
    call.store.change(budget, targets={**budget["targets"], year: call.body["target_amount"]})
    return budget.with_(year=year)


@releases("purchase_budgets")
def release(call: Call, budget: Record) -> None:
    for collection in ("purchases", "planned_purchases"):
        if call.store.where(collection, purchase_budget_id=budget["id"]):
            raise invalid(base=f"The budget has {collection.replace('_', ' ')}")


@computed("purchase_budgets", "year")
def year(store: Store, budget: Record) -> Any:
    """The year whose figures are shown; the present one, unless another is asked for."""
    return budget.get("year", store.today().year)


@computed("purchase_budgets", "target")
def target(store: Store, budget: Record) -> Any:
    return budget["targets"].get(year(store, budget), 0)


@computed("purchase_budgets", "exhaused")
def exhausted(store: Store, budget: Record) -> Any:
    """What is spent already; the spelling is MOCO's."""
    return _spent(store.where("purchases", purchase_budget_id=budget["id"]), year(store, budget))


def _spent(purchases: list[Record], year: int) -> float:
    spent: float = sum(row["net_total"] for row in purchases if row["date"].startswith(str(year)))
    return round(spent, 2)


@computed("purchase_budgets", "planned")
def planned(store: Store, budget: Record) -> Any:
    """What planned purchases take until the end of the year, beyond what they have taken."""
    last, total = date(year(store, budget), 12, 31), 0.0
    for row in store.where("planned_purchases", purchase_budget_id=budget["id"]):
        due = sum(day.year == last.year for day in due_days(row, last))
        total += due * row["net_total"] - _spent(store.where("purchases", planned_purchase_id=row["id"]), last.year)
    return max(round(total, 2), 0)


@computed("purchase_budgets", "remaining")
def remaining(store: Store, budget: Record) -> Any:
    target, *gone = (value(store, budget, name) for name in ("target", "exhaused", "planned"))
    return round(target - sum(gone), 2)
