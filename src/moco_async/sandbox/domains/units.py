"""Units, which MOCO shows as teams."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.registry import releases
from ..engine.store import Record


@releases("units")
def release(call: Call, unit: Record) -> None:
    if call.store.where("users", unit_id=unit["id"]):
        raise invalid(base="Users belong to the team")
