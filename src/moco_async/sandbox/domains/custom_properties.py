"""Custom properties: the custom fields that the account defines."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.custom_fields import find_records_with
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save
from ..engine.store import Store

DEFAULTS = {
    "api_only": False,
    "defaults": [],
    "name_alt": None,
    "notification_enabled": False,
    "placeholder": None,
    "placeholder_alt": None,
    "print_on_invoice": False,
    "print_on_offer": False,
    "print_on_timesheet": False,
}


@before_save("custom_properties")
def prepare(context: OperationContext, field: Record, values: Values) -> None:
    values.pop("id", None)
    if field:
        for fixed in ("kind", "entity"):
            values.pop(fixed, None)
    else:
        values.update({**DEFAULTS, **values})
    whole = {**field, **values}
    if whole["kind"] not in {"Select", "MultiSelect"}:
        values["defaults"] = []
    others = context.store.where("custom_properties", entity=whole["entity"], name=whole["name"])
    if any(other is not field for other in others):
        raise invalid(name="has already been taken")
    if field and whole["name"] != field["name"]:
        for record in find_records_with(context.store, field):
            _rename(context.store, record, field["name"], whole["name"])


@before_delete("custom_properties")
def prepare_delete(context: OperationContext, field: Record) -> None:
    for record in find_records_with(context.store, field):
        _rename(context.store, record, field["name"], None)


def _rename(store: Store, record: Record, name: str, new_name: str | None) -> None:
    """Move a value of a record to another custom field, or drop it."""
    properties = {**record["custom_properties"]}
    value = properties.pop(name)
    store.change_silently(record, custom_properties=properties | ({} if new_name is None else {new_name: value}))
