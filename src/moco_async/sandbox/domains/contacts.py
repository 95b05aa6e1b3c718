"""Contacts."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, list_filter
from ..engine.store import Store
from ._documents import store_upload

TEXTS = (
    "firstname",
    "home_address",
    "home_email",
    "info",
    "job_position",
    "mobile_phone",
    "salutation",
    "title",
    "work_address",
    "work_email",
    "work_fax",
    "work_phone",
)


@before_save("contacts")
def prepare(context: OperationContext, contact: Record, values: Values) -> None:
    if not contact:
        # Texts that are not set are empty.
        defaults = dict.fromkeys(TEXTS, "") | {"tags": [], "custom_properties": {}, "user_id": context.user["id"]}
        values.update(defaults | {"gender": "U"} | values)
    responsible = context.store.find("users", values.get("user_id"))
    if responsible and not responsible["active"]:
        raise invalid(user_id="must be an active user")
    if "avatar" in values:
        values["avatar_url"] = store_upload(context.store, "avatar", values.pop("avatar"))["url"]


@computed("contacts", "name")
def name(store: Store, contact: Record) -> Any:
    return f"{contact['firstname']} {contact['lastname']}".strip()


@computed("contacts", "company_name")
def company_name(store: Store, contact: Record) -> Any:
    company = store.find("companies", contact.get("company_id"))
    return company and company["name"]


@list_filter("contacts", "phone")
def has_phone(store: Store, contact: Record, wanted: str) -> bool:
    """Whether a phone number contains these digits; other characters are ignored."""
    numbers = (_digits(contact.get(kind) or "") for kind in ("work_phone", "mobile_phone"))
    return any(_digits(wanted) in number for number in numbers if number)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
