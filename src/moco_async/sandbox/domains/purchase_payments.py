"""Payments of purchases."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.registry import action, prepares
from ..engine.store import Record, Values


@prepares("purchase_payments")
def prepare(call: Call, payment: Record, values: Values) -> None:
    if payment:
        values.pop("purchase_id", None)  # it stays what it was on creation
        return
    purchase = call.store.find("purchases", values.get("purchase_id"))
    if purchase is None and not values.get("description"):
        raise invalid(description="can't be blank")
    values.setdefault("currency", purchase["currency"] if purchase else "EUR")
    values["user_id"] = call.user["id"]


@action("purchase_payments.create_bulk")
def create_bulk(call: Call) -> list[Record]:
    return crud.create_from(call, "purchase_payments", *call.body["bulk_data"])
