"""The attributes that expenses of projects have in common, recurring or not."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Values

COMMON_DEFAULTS = {
    "billable": True,
    "budget_relevant": False,
    "custom_properties": {},
    "description": "",
    "purchase_assignment_locked": False,
}


def build_own_values(context: OperationContext, values: Values) -> Values:
    """The attributes that an expense gets from its project and from the user who records it."""
    user_id = values.get("user_id", context.user["id"])
    user = context.store.find("users", user_id)
    if user and not user["active"]:
        raise invalid(user_id="is not active")
    return {"user_id": user_id, "currency": context.store["projects"][values["project_id"]]["currency"]}


def compute_totals(expense: dict[str, Any]) -> dict[str, float]:
    quantity = expense["quantity"]
    return {name: round(quantity * expense[f"unit_{name}"], 2) for name in ("price", "cost")}
