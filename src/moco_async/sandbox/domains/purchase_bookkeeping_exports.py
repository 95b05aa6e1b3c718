"""Exports of purchases to bookkeeping."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation
from ._bookkeeping_exports import complete_export


@operation("purchase_bookkeeping_exports.create")
def create(context: OperationContext) -> Record:
    archive = context.body.pop("archive_after_export", False)
    export = crud.create(context)
    for number in export["purchase_ids"] if archive else ():
        context.store.change(context.store["purchases"][number], status="archived")
    return export


@before_save("purchase_bookkeeping_exports")
def prepare(context: OperationContext, export: Record, values: Values) -> None:
    complete_export(context, "purchases", "purchase_ids", values)
