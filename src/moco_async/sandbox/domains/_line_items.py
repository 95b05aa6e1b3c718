"""The line items of invoices and offers: their VAT, and what they sum up to."""

from __future__ import annotations

from typing import Any

from ..engine.context import Call, invalid
from ..engine.store import Record, Store, Values
from .vat_codes import vat_code

LINKED = {"activity_ids": "activities", "expense_ids": "project_expenses"}
"""What a position can bill."""


def sale_vat(call: Call, values: Values) -> Record | None:
    """The VAT code that is named or, without one, that has the given rate."""
    if values.get("vat_id") is not None:
        return call.store.find("vat_code_sales", values["vat_id"])
    if values.get("tax") is not None:
        return vat_code(call.store, "vat_code_sales", values["tax"])
    return None


def position(call: Call, collection: str, values: dict[str, Any]) -> Record:
    """A position as it is kept: the price of so many units, or of a lump sum."""
    for name, linked in LINKED.items():
        if not call.store[linked].keys() >= set(values.get(name) or ()):
            raise invalid(items=f"{name} must exist")
    category_id = values.get("revenue_category_id")
    if category_id is not None and call.store.find("revenue_categories", category_id) is None:
        raise invalid(items="revenue_category_id must exist")
    quantity, unit_price = values.get("quantity"), values.get("unit_price")
    total = values.get("net_total", 0.0)
    if quantity is not None and unit_price is not None:
        total = round(quantity * unit_price, 2)
    own = {"id": values.get("id") or call.store.new_id(), "net_total": total, "service_type": None}
    kept = {"optional": False, **values, **own}
    if values["type"] == "item":
        expense = values.get("additional") or values.get("expense_ids")
        kept["service_type"] = "expense" if expense else "service"
    elif values["type"] == "subtotal" and kept.pop("part", False):
        kept.setdefault("subtotal_type", "part_total")
    return Record(f"{collection}/items", kept)


def totals(whole: dict[str, Any]) -> dict[str, float]:
    """What an invoice or an offer sums up to: optional positions aside, less the discount, with and without VAT."""
    counted = (item for item in whole["items"] if item["type"] == "item" and not item["optional"])
    net = sum(item["net_total"] for item in counted) * (1 - (whole.get("discount") or 0) / 100)
    return {"net_total": round(net, 2), "gross_total": round(net * (1 + whole["tax"] / 100), 2)}


def vat(store: Store, item: Record) -> Any:
    return store.find("vat_code_purchases", item["vat_id"])
