"""Payments of purchases."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation


@before_save("purchase_payments")
def prepare(context: OperationContext, payment: Record, values: Values) -> None:
    if payment:
        values.pop("purchase_id", None)  # it cannot be changed
        return
    purchase = context.store.find("purchases", values.get("purchase_id"))
    if purchase is None and not values.get("description"):
        raise invalid(description="can't be blank")
    values.setdefault("currency", purchase["currency"] if purchase else "EUR")
    values["user_id"] = context.user["id"]


@operation("purchase_payments.create_bulk")
def create_bulk(context: OperationContext) -> list[Record]:
    return crud.create_many(context, "purchase_payments", *context.body["bulk_data"])
