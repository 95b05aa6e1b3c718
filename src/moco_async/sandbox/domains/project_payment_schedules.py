"""Payment schedules of projects."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save, list_filter
from ..engine.store import Store


@before_save("project_payment_schedules")
def prepare(context: OperationContext, payment: Record, values: Values) -> None:
    if not payment:
        values.update({"billed": False, "checked": False, "description": None, "title": ""} | values)


@list_filter("project_payment_schedules", "company_id")
def is_for_company(store: Store, payment: Record, company_id: Any) -> bool:
    return bool(store["projects"][payment["project_id"]]["customer_id"] == company_id)
