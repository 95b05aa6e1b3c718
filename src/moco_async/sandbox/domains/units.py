"""Units, which MOCO shows as teams."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record
from ..engine.registry import before_delete


@before_delete("units")
def prepare_delete(context: OperationContext, unit: Record) -> None:
    if context.store.where("users", unit_id=unit["id"]):
        raise invalid(base="Users belong to the team")
