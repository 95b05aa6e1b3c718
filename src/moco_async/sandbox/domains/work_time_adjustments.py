"""Work time adjustments."""

from __future__ import annotations

from ..engine.context import Call
from ..engine.registry import prepares
from ..engine.store import Record, Values


@prepares("work_time_adjustments")
def prepare(call: Call, adjustment: Record, values: Values) -> None:
    if not adjustment:
        values["creator_id"] = call.user["id"]
