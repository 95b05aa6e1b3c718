"""Recurring expenses of projects."""

from __future__ import annotations

from datetime import date, timedelta

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.dates import add_months
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation
from ._expenses import COMMON_DEFAULTS, build_own_values, compute_totals

DEFAULTS = COMMON_DEFAULTS | {"finish_date": None, "revenue_category_id": None, "service_period_direction": "none"}


@before_save("project_recurring_expenses")
def prepare(context: OperationContext, recurring: Record, values: Values) -> None:
    in_advance = values.pop("billing_in_advance", None)
    if in_advance is not None:
        values.setdefault("service_period_direction", "forward" if in_advance else "backward")
    if recurring:
        for fixed in ("start_date", "period"):
            values.pop(fixed, None)
    else:
        values.update({**DEFAULTS, **build_own_values(context, values), **values}, recur_next_date=values["start_date"])
    whole = {**recurring, **values}
    if (whole["finish_date"] or "9999") < whole["start_date"]:
        raise invalid(finish_date="must not be before the start")
    values.update(compute_totals(whole))


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
"""The attributes that an expense copies from the recurring one."""


@operation("project_recurring_expenses.recur")
def recur(context: OperationContext) -> Record:
    recurring = context.record
    day = date.fromisoformat(recurring["recur_next_date"])
    if (recurring["finish_date"] or "9999") < recurring["recur_next_date"]:
        raise invalid(base="The recurring expense is over")
    following = _shift(day, recurring["period"], 1)
    body = {name: recurring[name] for name in COPIED} | {"date": day.isoformat()}
    span = {
        "forward": (day, following - timedelta(days=1)),
        "backward": (_shift(day, recurring["period"], -1), day - timedelta(days=1)),
    }.get(recurring["service_period_direction"])
    if span:
        body |= {"service_period_from": span[0].isoformat(), "service_period_to": span[1].isoformat()}
    expense = crud.create_many(context, "project_expenses", body | {"recurring_expense_id": recurring["id"]})[0]
    context.store.change(recurring, recur_next_date=following.isoformat())
    return expense


def _shift(day: date, period: str, count: int) -> date:
    if period in WEEKS:
        return day + timedelta(weeks=count * WEEKS[period])
    return add_months(day, count * MONTHS[period])
