"""Exports of purchases to bookkeeping."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import Call
from ..engine.registry import action, prepares
from ..engine.store import Record, Values
from ._bookkeeping_exports import complete


@action("purchase_bookkeeping_exports.create")
def create(call: Call) -> Record:
    archive = call.body.pop("archive_after_export", False)
    export = crud.create(call)
    for number in export["purchase_ids"] if archive else ():
        call.store.change(call.store["purchases"][number], status="archived")
    return export


@prepares("purchase_bookkeeping_exports")
def prepare(call: Call, export: Record, values: Values) -> None:
    complete(call, "purchases", "purchase_ids", values)
