"""Payments of invoices."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares
from ..engine.store import Record, Values
from ._timestamps import created_on, updated_on


@prepares("invoice_payments")
def prepare(call: Call, payment: Record, values: Values) -> None:
    whole = {**payment, **values}
    if whole.get("invoice_id") is None and not whole.get("description"):
        raise invalid(description="can't be blank")
    invoice = call.store.find("invoices", whole.get("invoice_id"))
    if not payment:
        values.setdefault("currency", invoice["currency"] if invoice else "EUR")
    if "paid_total" in values:
        values["paid_total_in_account_currency"] = values["paid_total"]  # as if all currencies were worth the same


@action("invoice_payments.create_bulk")
def create_bulk(call: Call) -> list[Record]:
    return crud.create_from(call, "invoice_payments", *call.body["bulk_data"])


computed("invoice_payments", "created_on")(created_on)
computed("invoice_payments", "updated_on")(updated_on)
