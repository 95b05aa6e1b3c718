"""Custom fields: which values of `custom_properties` the account's definitions let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .context import invalid
from .record import Record, Values
from .store import Store

ENTITIES = {
    "absence_requests": "UserHolidayRequest",
    "contacts": "Contact",
    "deals": "Deal",
    "invoices": "Invoice",
    "offers": "Offer",
    "project_expenses": "Expense",
    "project_groups": "ProjectGroup",
    "project_recurring_expenses": "RecurringExpense",
    "projects": "Project",
    "purchases": "Purchase",
    "units": "Unit",
    "users": "User",
}
"""The `entity` of custom fields, by the collection; that of companies is their type."""

MAX_BYTES = 12 * 1024
"""The maximum size of all values of one record."""


def get_entity(collection: str, record: Values) -> str:
    if collection == "companies":
        return str(record.get("type")).capitalize()
    return ENTITIES.get(collection, collection)


def merge_values(store: Store, record: Record, values: Values) -> dict[str, Any]:
    """The values of a record after a change: given ones are merged into present ones, and never replace them all."""
    fields = store.where("custom_properties", entity=get_entity(record.collection, {**record, **values}))
    given = values["custom_properties"] or {}
    # Without any definition everything is let through, so that tests need not define fields first.
    known = dict(_keep_defined(fields, given)) if fields else given
    whole = {**record.get("custom_properties", {}), **known}
    texts = (text for value in whole.values() for text in (value if isinstance(value, list) else [value or ""]))
    if sum(len(text.encode()) for text in texts) > MAX_BYTES:
        raise invalid(custom_properties="is too long")
    return whole


def _keep_defined(fields: list[Record], given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of defined fields: MOCO ignores other names, and values that are not an option of their field."""
    for field in fields:
        name, options = field["name"], field["defaults"]
        if name not in given:
            continue
        value = given[name]
        if field["kind"] == "MultiSelect":
            chosen = value if isinstance(value, list) else [value]
            yield name, [each for each in chosen if each in options]
        elif field["kind"] != "Select" or value is None or value in options:
            yield name, value


def find_records_with(store: Store, field: Record) -> list[Record]:
    """The records that have a value for a custom field."""
    collections = [name for name, entity in ENTITIES.items() if entity == field["entity"]] or ["companies"]
    return [
        record
        for collection in collections
        for record in store[collection].values()
        if get_entity(collection, record) == field["entity"] and field["name"] in record.get("custom_properties", {})
    ]
