"""Line items of invoices and offers: their VAT, and their totals."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.store import Store
from .vat_codes import find_vat_code

BILLED_BY_ITEM = {"activity_ids": "activities", "expense_ids": "project_expenses"}
"""The collections that a line item can bill, by the attribute that names their records."""


def find_sale_vat(context: OperationContext, values: Values) -> Record | None:
    """The VAT code that the values name or, without one, the one with their rate."""
    if values.get("vat_id") is not None:
        return context.store.find("vat_code_sales", values["vat_id"])
    if values.get("tax") is not None:
        return find_vat_code(context.store, "vat_code_sales", values["tax"])
    return None


def build_line_item(context: OperationContext, collection: str, values: dict[str, Any]) -> Record:
    """A line item as invoices and offers store it: the price of a quantity, or a lump sum."""
    for name, linked in BILLED_BY_ITEM.items():
        if not context.store[linked].keys() >= set(values.get(name) or ()):
            raise invalid(items=f"{name} must exist")
    category_id = values.get("revenue_category_id")
    if category_id is not None and context.store.find("revenue_categories", category_id) is None:
        raise invalid(items="revenue_category_id must exist")
    quantity, unit_price = values.get("quantity"), values.get("unit_price")
    total = values.get("net_total", 0.0)
    if quantity is not None and unit_price is not None:
        total = round(quantity * unit_price, 2)
    own = {"id": values.get("id") or context.store.new_id(), "net_total": total, "service_type": None}
    item = {"optional": False, **values, **own}
    if values["type"] == "item":
        expense = values.get("additional") or values.get("expense_ids")
        item["service_type"] = "expense" if expense else "service"
    elif values["type"] == "subtotal" and item.pop("part", False):
        item.setdefault("subtotal_type", "part_total")
    return Record(f"{collection}/items", item)


def compute_totals(whole: dict[str, Any]) -> dict[str, float]:
    """The net and gross totals of an invoice or offer: without optional items, less the discount."""
    counted = (item for item in whole["items"] if item["type"] == "item" and not item["optional"])
    net = sum(item["net_total"] for item in counted) * (1 - (whole.get("discount") or 0) / 100)
    return {"net_total": round(net, 2), "gross_total": round(net * (1 + whole["tax"] / 100), 2)}


def find_item_vat(store: Store, item: Record) -> Any:
    return store.find("vat_code_purchases", item["vat_id"])
