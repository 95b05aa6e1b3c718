"""Payment schedules of projects."""

from __future__ import annotations

from typing import Any

from ..engine.context import Call
from ..engine.filters import filters
from ..engine.registry import prepares
from ..engine.store import Record, Store, Values


@prepares("project_payment_schedules")
def prepare(call: Call, payment: Record, values: Values) -> None:
    if not payment:
        values.update({"billed": False, "checked": False, "description": None, "title": ""} | values)


@filters("project_payment_schedules", "company_id")
def of_customer(store: Store, payment: Record, company_id: Any) -> bool:
    return bool(store["projects"][payment["project_id"]]["customer_id"] == company_id)
