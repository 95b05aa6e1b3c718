"""Deals."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, list_filter
from ..engine.store import Store

OPEN_STATUSES = {"potential", "pending"}


@before_save("deals")
def prepare(context: OperationContext, deal: Record, values: Values) -> None:
    if not deal:
        values.update({"status": "pending", "info": "", "tags": [], "custom_properties": {}} | values)
    whole = {"closed_on": "", **deal, **values}
    if whole["status"] in OPEN_STATUSES:
        values["closed_on"] = ""
    elif not whole["closed_on"]:
        values["closed_on"] = context.today.isoformat()
    start, end = (whole.get(f"service_period_{side}") for side in ("from", "to"))
    if start and date.fromisoformat(start).day != 1:
        raise invalid(service_period_from="must be the first day of a month")
    if end and date.fromisoformat(end).day != monthrange(*map(int, end.split("-")[:2]))[1]:
        raise invalid(service_period_to="must be the last day of a month")


@computed("deals", "customer_id")
def customer_id(store: Store, deal: Record) -> Any:
    return deal.get("company_id")


@computed("deals", "inbox_email_address")
def inbox_email_address(store: Store, deal: Record) -> Any:
    return f"lead-{deal['id']}-{store.subdomain}@inbox.mocoapp.com"


@list_filter("deals", "closed_from")
def is_closed_from(store: Store, deal: Record, day: str) -> bool:
    return (deal["closed_on"] or "") >= day


@list_filter("deals", "closed_to")
def is_closed_to(store: Store, deal: Record, day: str) -> bool:
    return "" < (deal["closed_on"] or "") <= day


@before_delete("deals")
def prepare_delete(context: OperationContext, deal: Record) -> None:
    for collection in ("offers", "planning_entries", "projects"):
        if context.store.where(collection, deal_id=deal["id"]):
            raise invalid(base=f"The deal has {collection.replace('_', ' ')}")
