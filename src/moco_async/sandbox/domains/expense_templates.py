"""Expense templates."""

from __future__ import annotations

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save


@before_save("expense_templates")
def prepare(context: OperationContext, template: Record, values: Values) -> None:
    if not template:
        new = {"currency": "EUR", "description": "", "unit": None, "unit_cost": 0.0, "unit_price": 0.0}
        values.update({**new, **values})
