"""Internal hourly rates: what an hour of a user costs the account itself."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record
from ..engine.registry import operation
from ..engine.store import Store


@operation("internal_hourly_rates.list")
def list_rates(context: OperationContext) -> list[Record]:
    given = [text.strip() for text in context.query.get("years", "").split(",")]
    years = {int(text) for text in given if text.isdecimal()} or {context.today.year}
    unit, archived = context.query.get("unit_id", ""), context.query.get("include_archived") == "true"
    rates = context.store["internal_hourly_rates"].values()
    return [
        user.copy_with(rates=[rate for rate in rates if rate["user_id"] == user["id"] and rate["year"] in years])
        for user in context.store["users"].values()
        if (user["active"] or archived) and (not unit.isdecimal() or user["unit_id"] == int(unit))
    ]


@operation("internal_hourly_rates.update")
def set_rates(context: OperationContext) -> dict[str, str]:
    year, rates = context.body["year"], context.body["rates"]
    if any(context.store.find("users", rate["user_id"]) is None for rate in rates):
        raise invalid(user_id="must exist")
    for rate in rates:
        for old in context.store.where("internal_hourly_rates", year=year, user_id=rate["user_id"]):
            context.store.remove(old)
        context.store.add("internal_hourly_rates", year=year, **rate)
    return {"status": "ok"}


USUAL_COST = 60.0


def get_internal_rate(store: Store, user_id: int, year: int) -> float:
    """The rate of a user in a year; a usual one, if none is set."""
    rates = store.where("internal_hourly_rates", user_id=user_id, year=year)
    return float(rates[0]["rate"]) if rates else USUAL_COST
