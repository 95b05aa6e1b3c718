"""Internal hourly rates: what an hour of a user costs the account itself."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.registry import action
from ..engine.store import Record, Store


@action("internal_hourly_rates.list")
def list_rates(call: Call) -> list[Record]:
    given = [text.strip() for text in call.query.get("years", "").split(",")]
    years = {int(text) for text in given if text.isdecimal()} or {call.today.year}
    unit, archived = call.query.get("unit_id", ""), call.query.get("include_archived") == "true"
    rates = call.store["internal_hourly_rates"].values()
    return [
        user.with_(rates=[rate for rate in rates if rate["user_id"] == user["id"] and rate["year"] in years])
        for user in call.store["users"].values()
        if (user["active"] or archived) and (not unit.isdecimal() or user["unit_id"] == int(unit))
    ]


@action("internal_hourly_rates.update")
def set_rates(call: Call) -> dict[str, str]:
    year, rates = call.body["year"], call.body["rates"]
    if any(call.store.find("users", rate["user_id"]) is None for rate in rates):
        raise invalid(user_id="must exist")
    for rate in rates:
        for old in call.store.where("internal_hourly_rates", year=year, user_id=rate["user_id"]):
            call.store.remove(old)
        call.store.add("internal_hourly_rates", year=year, **rate)
    return {"status": "ok"}


USUAL_COST = 60.0


def internal_rate(store: Store, user_id: int, year: int) -> float:
    """What an hour of a user costs the account itself."""
    rates = store.where("internal_hourly_rates", user_id=user_id, year=year)
    return float(rates[0]["rate"]) if rates else USUAL_COST
