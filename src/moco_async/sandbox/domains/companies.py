"""Customers, suppliers and organizations."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, operation
from ..engine.store import Store
from ._archive import archive, unarchive
from .vat_codes import find_vat_code

DEFAULTS = {
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

CUSTOMER_DEFAULTS = {
    "billing_notes": "",
    "custom_rates": False,
    "default_cash_discount": 0.0,
    "default_cash_discount_days": 0,
    "default_discount": 0.0,
    "default_invoice_due_days": 30,
    "include_time_report": False,
    "intern": False,
}


@before_save("companies")
def prepare(context: OperationContext, company: Record, values: Values) -> None:
    customer = values.get("type", company.get("type")) == "customer"
    for side, codes in (("customer", "vat_code_sales"), ("supplier", "vat_code_purchases")):
        if f"{side}_tax" in values:
            code = find_vat_code(context.store, codes, values.pop(f"{side}_tax"))
            values.setdefault(f"{side}_vat_id", code["id"] if code else None)
    if company:
        return
    defaults = DEFAULTS | {"tags": []}
    if customer:
        code = find_vat_code(context.store, "vat_code_sales")
        values["currency"] = values.get("currency") or "EUR"
        defaults |= CUSTOMER_DEFAULTS | {"customer_vat_id": code["id"] if code else None}
        if not values.get("identifier"):
            values["identifier"] = str(context.store.next_number("companies"))
    values.update({name: value for name, value in defaults.items() if name not in values})


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


@before_delete("companies")
def prepare_delete(context: OperationContext, company: Record) -> None:
    for collection in ("projects", "invoices"):
        if context.store.where(collection, customer_id=company["id"]):
            raise invalid(base=f"The company has {collection}")
    for group in context.store.where("project_groups", company_id=company["id"]):
        context.store.remove(group)


operation("companies.archive")(archive)
operation("companies.unarchive")(unarchive)
