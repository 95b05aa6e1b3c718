"""Expense templates."""

from __future__ import annotations

from ..engine.context import Call
from ..engine.registry import prepares
from ..engine.store import Record, Values


@prepares("expense_templates")
def prepare(call: Call, template: Record, values: Values) -> None:
    if not template:
        new = {"currency": "EUR", "description": "", "unit": None, "unit_cost": 0.0, "unit_price": 0.0}
        values.update({**new, **values})
