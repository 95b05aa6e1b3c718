"""Exports of invoices to bookkeeping."""

from __future__ import annotations

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save
from ._bookkeeping_exports import complete_export


@before_save("invoice_bookkeeping_exports")
def prepare(context: OperationContext, export: Record, values: Values) -> None:
    complete_export(context, "invoices", "invoice_ids", values)
