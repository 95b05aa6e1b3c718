"""Fixed costs."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import OperationContext
from ..engine.record import Record
from ..engine.registry import operation


@operation("fixed_costs.list")
def list_costs(context: OperationContext) -> list[Record]:
    rows, year = crud.list_(context), context.query.get("year", "")
    if not year.isdecimal():
        return rows
    return [row.copy_with(costs=[cost for cost in row["costs"] if cost["year"] == int(year)]) for row in rows]
