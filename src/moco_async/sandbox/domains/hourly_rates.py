"""Hourly rates, of the account and of its customers."""

from __future__ import annotations

from typing import Any

from ..engine.context import NOT_FOUND, OperationContext
from ..engine.registry import operation


@operation("hourly_rates.get")
def get(context: OperationContext) -> dict[str, Any]:
    """The rates of a customer that has its own, or else those of the account."""
    text = context.query.get("company_id", "")
    company_id = int(text) if text.isdecimal() else None
    if company_id is not None and context.store.find("companies", company_id) is None:
        raise NOT_FOUND
    own = context.store.where("hourly_rates", company_id=company_id)
    rates = own or context.store.where("hourly_rates", company_id=None)
    archived = context.query.get("include_archived_users") == "true"
    people = [user for user in context.store["users"].values() if user["active"] or archived]
    return {
        "defaults_rates": [rate for rate in rates if rate["of"] is None],
        "tasks": [
            {**template, "rates": [rate for rate in rates if rate["of"] == template["id"]]}
            for template in context.store["task_templates"].values()
        ],
        "users": [user.copy_with(rates=[rate for rate in rates if rate["of"] == user["id"]]) for user in people],
    }
