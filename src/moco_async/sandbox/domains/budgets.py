"""What is going to be spent: budgets for purchases, and planned purchases."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares, releases, value
from ..engine.store import Record, Store, Values

YEARS = range(2000, 2101)
MONTHS = {"monthly": 1, "quarterly": 3, "biannual": 6, "annual": 12}
WEEKS = {"weekly": 1, "biweekly": 2}


@prepares("purchase_budgets")
def prepare_budget(call: Call, budget: Record, values: Values) -> None:
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
def release_budget(call: Call, budget: Record) -> None:
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
def exhausted_of_budget(store: Store, budget: Record) -> Any:
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
        due = sum(day.year == last.year for day in _days(row, last))
        total += due * row["net_total"] - _spent(store.where("purchases", planned_purchase_id=row["id"]), last.year)
    return max(round(total, 2), 0)


@computed("purchase_budgets", "remaining")
def remaining(store: Store, budget: Record) -> Any:
    target, *gone = (value(store, budget, name) for name in ("target", "exhaused", "planned"))
    return round(target - sum(gone), 2)


@prepares("planned_purchases")
def prepare(call: Call, planned: Record, values: Values) -> None:
    if not planned:
        values.update({"active": True, "frequency": "once"} | values)
    whole = {**planned, **values}
    if whole["frequency"] == "once":
        values["finish_date"] = None
    elif whole.get("finish_date") and whole["finish_date"] < whole["date"]:
        raise invalid(finish_date="must not be before the date")


@releases("planned_purchases")
def release(call: Call, planned: Record) -> None:
    if call.store.where("purchases", planned_purchase_id=planned["id"]):
        raise invalid(base="The planned purchase has purchases")


@computed("planned_purchases", "variant")
def variant(store: Store, planned: Record) -> Any:
    return "once" if planned["frequency"] == "once" else "recurring"


@computed("planned_purchases", "create_on_recur")
def create_on_recur(store: Store, planned: Record) -> Any:
    return planned["frequency"] != "once"


@computed("planned_purchases", "net_total_in_account_currency")
def net_total(store: Store, planned: Record) -> Any:
    return planned["net_total"]  # as if all currencies were worth the same


@computed("planned_purchases", "exhausted", "exhausted_in_account_currency")
def exhausted(store: Store, planned: Record) -> Any:
    return sum(row["net_total"] for row in store.where("purchases", planned_purchase_id=planned["id"]))


@computed("planned_purchases", "recur_next_on")
def recur_next_on(store: Store, planned: Record) -> Any:
    if planned["frequency"] == "once":
        return None
    today = store.today()
    start = max(today, date.fromisoformat(planned["date"]))
    days = _days(planned, start + timedelta(days=400))  # the longest period is a year
    return next((day.isoformat() for day in days if day > today), None)


def _days(planned: Record, last: date) -> list[date]:
    """The days of a planned purchase until a last one, or until it ends."""
    first, frequency = date.fromisoformat(planned["date"]), planned["frequency"]
    if planned.get("finish_date"):
        last = min(last, date.fromisoformat(planned["finish_date"]))
    days: list[date] = []
    day = first
    while day <= last and (not days or frequency != "once"):
        days.append(day)
        if frequency in WEEKS:
            day = first + timedelta(weeks=WEEKS[frequency] * len(days))
        else:
            day = _months_later(first, MONTHS.get(frequency, 0) * len(days))
    return days


def _months_later(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
