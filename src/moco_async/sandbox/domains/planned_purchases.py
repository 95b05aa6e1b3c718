"""Planned purchases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.dates import add_months
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed
from ..engine.store import Store

MONTHS = {"monthly": 1, "quarterly": 3, "biannual": 6, "annual": 12}

WEEKS = {"weekly": 1, "biweekly": 2}


@before_save("planned_purchases")
def prepare(context: OperationContext, planned: Record, values: Values) -> None:
    if not planned:
        values.update({"active": True, "frequency": "once"} | values)
    whole = {**planned, **values}
    if whole["frequency"] == "once":
        values["finish_date"] = None
    elif whole.get("finish_date") and whole["finish_date"] < whole["date"]:
        raise invalid(finish_date="must not be before the date")


@before_delete("planned_purchases")
def prepare_delete(context: OperationContext, planned: Record) -> None:
    if context.store.where("purchases", planned_purchase_id=planned["id"]):
        raise invalid(base="The planned purchase has purchases")


@computed("planned_purchases", "variant")
def variant(store: Store, planned: Record) -> Any:
    return "once" if planned["frequency"] == "once" else "recurring"


@computed("planned_purchases", "create_on_recur")
def create_on_recur(store: Store, planned: Record) -> Any:
    return planned["frequency"] != "once"


@computed("planned_purchases", "net_total_in_account_currency")
def net_total(store: Store, planned: Record) -> Any:
    return planned["net_total"]  # at an exchange rate of 1


@computed("planned_purchases", "exhausted", "exhausted_in_account_currency")
def exhausted(store: Store, planned: Record) -> Any:
    return sum(row["net_total"] for row in store.where("purchases", planned_purchase_id=planned["id"]))


@computed("planned_purchases", "recur_next_on")
def recur_next_on(store: Store, planned: Record) -> Any:
    if planned["frequency"] == "once":
        return None
    today = store.today()
    start = max(today, date.fromisoformat(planned["date"]))
    days = list_due_days(planned, start + timedelta(days=400))  # the longest period is a year
    return next((day.isoformat() for day in days if day > today), None)


def list_due_days(planned: Record, last: date) -> list[date]:
    """The days that a planned purchase is due on, up to a last day or its end."""
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
            day = add_months(first, MONTHS.get(frequency, 0) * len(days))
    return days
