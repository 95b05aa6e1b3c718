"""Custom properties: the custom fields that the account defines."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.custom_fields import carriers
from ..engine.registry import prepares, releases
from ..engine.store import Record, Values

NEW = {
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


@prepares("custom_properties")
def prepare(call: Call, field: Record, values: Values) -> None:
    values.pop("id", None)
    if field:
        for fixed in ("kind", "entity"):
            values.pop(fixed, None)
    else:
        values.update({**NEW, **values})
    whole = {**field, **values}
    if whole["kind"] not in {"Select", "MultiSelect"}:
        values["defaults"] = []
    others = call.store.where("custom_properties", entity=whole["entity"], name=whole["name"])
    if any(other is not field for other in others):
        raise invalid(name="has already been taken")
    if field and whole["name"] != field["name"]:
        for record in carriers(call.store, field):
            record["custom_properties"][whole["name"]] = record["custom_properties"].pop(field["name"])


@releases("custom_properties")
def release(call: Call, field: Record) -> None:
    for record in carriers(call.store, field):
        del record["custom_properties"][field["name"]]
