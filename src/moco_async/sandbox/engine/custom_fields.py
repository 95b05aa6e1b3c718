"""Custom fields: what the account defines, and what of a record's `custom_properties` it lets through."""

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
"""What a collection is called as the `entity` of a custom field; companies go by their type."""

MAX_BYTES = 12 * 1024
"""How many bytes the values of one record may take."""


def get_entity(collection: str, record: Values) -> str:
    if collection == "companies":
        return str(record.get("type")).capitalize()
    return ENTITIES.get(collection, collection)


def merge_values(store: Store, record: Record, values: Values) -> dict[str, Any]:
    """The values that a record has after a change: those given are merged with those it has, never replace them."""
    fields = store.where("custom_properties", entity=get_entity(record.collection, {**record, **values}))
    given = values["custom_properties"] or {}
    # Where nothing is defined at all, everything is let through, so that tests need not define it first.
    known = dict(_keep_defined(fields, given)) if fields else given
    whole = {**record.get("custom_properties", {}), **known}
    texts = (text for value in whole.values() for text in (value if isinstance(value, list) else [value or ""]))
    if sum(len(text.encode()) for text in texts) > MAX_BYTES:
        raise invalid(custom_properties="is too long")
    return whole


def _keep_defined(fields: list[Record], given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is defined: MOCO ignores other names, and values that are no option of the field."""
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
    """The records that have a value of a custom field."""
    collections = [name for name, entity in ENTITIES.items() if entity == field["entity"]] or ["companies"]
    return [
        record
        for collection in collections
        for record in store[collection].values()
        if get_entity(collection, record) == field["entity"] and field["name"] in record.get("custom_properties", {})
    ]
