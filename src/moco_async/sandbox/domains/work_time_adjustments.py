"""Work time adjustments."""

from __future__ import annotations

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save


@before_save("work_time_adjustments")
def prepare(context: OperationContext, adjustment: Record, values: Values) -> None:
    if not adjustment:
        values["creator_id"] = context.user["id"]
