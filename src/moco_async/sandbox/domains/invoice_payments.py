"""Payments of invoices."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, operation
from ._timestamps import created_on, updated_on


@before_save("invoice_payments")
def prepare(context: OperationContext, payment: Record, values: Values) -> None:
    whole = {**payment, **values}
    if whole.get("invoice_id") is None and not whole.get("description"):
        raise invalid(description="can't be blank")
    invoice = context.store.find("invoices", whole.get("invoice_id"))
    if not payment:
        values.setdefault("currency", invoice["currency"] if invoice else "EUR")
    if "paid_total" in values:
        values["paid_total_in_account_currency"] = values["paid_total"]  # at an exchange rate of 1


@operation("invoice_payments.create_bulk")
def create_bulk(context: OperationContext) -> list[Record]:
    return crud.create_many(context, "invoice_payments", *context.body["bulk_data"])


computed("invoice_payments", "created_on")(created_on)
computed("invoice_payments", "updated_on")(updated_on)
