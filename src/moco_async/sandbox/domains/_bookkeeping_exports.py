"""The attributes that exports of invoices and of purchases have in common."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Values


def complete_export(context: OperationContext, collection: str, name: str, values: Values) -> None:
    """Complete an export: it spans the dates of its records, and is submitted unless the body declines that."""
    exported = [context.store.find(collection, number) for number in values[name]]
    days = sorted(record["date"] for record in exported if record)
    if not days or len(days) < len(exported):
        raise invalid(**{name: "must exist" if exported else "can't be blank"})
    submitted = values.pop("with_direct_online_submission", True)
    values["from"], values["to"] = days[0], days[-1]
    values.update(user_id=context.user["id"], status="pending" if submitted else "manual")
