"""Exports of invoices to bookkeeping."""

from __future__ import annotations

from ..engine.context import Call
from ..engine.registry import prepares
from ..engine.store import Record, Values
from ._bookkeeping_exports import complete


@prepares("invoice_bookkeeping_exports")
def prepare(call: Call, export: Record, values: Values) -> None:
    complete(call, "invoices", "invoice_ids", values)
