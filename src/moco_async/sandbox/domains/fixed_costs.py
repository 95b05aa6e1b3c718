"""Fixed costs."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import Call
from ..engine.registry import action
from ..engine.store import Record


@action("fixed_costs.list")
def list_costs(call: Call) -> list[Record]:
    rows, year = crud.list_(call), call.query.get("year", "")
    if not year.isdecimal():
        return rows
    return [row.with_(costs=[cost for cost in row["costs"] if cost["year"] == int(year)]) for row in rows]
