"""Customers, suppliers and organizations."""

from __future__ import annotations

from typing import Any

from ..calls import Call, invalid
from ..hooks import action, computed, prepares, releases
from ..store import Record, Store, Values

NEW = {
    "active": True,
    "address": "",
    "alternative_correspondence_language": False,
    "country_code": "DE",
    "custom_properties": {},
    "fax": "",
    "footer": "",
    "info": "",
    "phone": "",
    "website": "",
}

NEW_CUSTOMER = {
    "billing_notes": "",
    "custom_rates": False,
    "default_cash_discount": 0.0,
    "default_cash_discount_days": 0,
    "default_discount": 0.0,
    "default_invoice_due_days": 30,
    "include_time_report": False,
    "intern": False,
}


@prepares("companies")
def prepare(call: Call, company: Record, values: Values) -> None:
    customer = values.get("type", company.get("type")) == "customer"
    for side, codes in (("customer", "vat_code_sales"), ("supplier", "vat_code_purchases")):
        if f"{side}_tax" in values:
            code = vat_code(call.store, codes, values.pop(f"{side}_tax"))
            values.setdefault(f"{side}_vat_id", code["id"] if code else None)
    if company:
        return
    defaults = NEW | {"tags": []}
    if customer:
        code = vat_code(call.store, "vat_code_sales")
        values["currency"] = values.get("currency") or "EUR"
        defaults |= NEW_CUSTOMER | {"customer_vat_id": code["id"] if code else None}
        if not values.get("identifier"):
            values["identifier"] = str(call.store.number("companies"))
    values.update({name: value for name, value in defaults.items() if name not in values})


def vat_code(store: Store, codes: str, tax: float | None = None) -> Record | None:
    """The VAT code with this rate; without one, the account's first, which is its usual one."""
    fitting = (code for code in store[codes].values() if tax is None or code["tax"] == tax)
    return next(fitting, None)


@computed("companies", "labels")
def labels(store: Store, company: Record) -> Any:
    return company.get("tags", [])


@computed("companies", "english_correspondence_language")
def english(store: Store, company: Record) -> Any:
    return company["alternative_correspondence_language"]


@computed("companies", "billing_vat")
def billing_vat(store: Store, company: Record) -> Any:
    return store.find("vat_code_sales", company.get("customer_vat_id"))


@computed("companies", "billing_tax")
def billing_tax(store: Store, company: Record) -> Any:
    code = store.find("vat_code_sales", company.get("customer_vat_id"))
    return code and code["tax"]


@computed("companies", "projects")
def projects(store: Store, company: Record) -> Any:
    return store.where("projects", customer_id=company["id"]) if company["type"] == "customer" else None


@releases("companies")
def release(call: Call, company: Record) -> None:
    for collection in ("projects", "invoices"):
        if call.store.where(collection, customer_id=company["id"]):
            raise invalid(base=f"The company has {collection}")
    for group in call.store.where("project_groups", company_id=company["id"]):
        call.store.remove(group)


@action("companies.archive", "projects.archive")
def archive(call: Call) -> Record:
    record = call.record
    return call.store.change(record, active=False, archived_on=call.store.now()) if record["active"] else record


@action("companies.unarchive", "projects.unarchive")
def unarchive(call: Call) -> Record:
    return call.store.change(call.record, active=True, archived_on=None)
