"""Receipts, for what users have laid out."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.filters import filters
from ..engine.registry import computed, prepares, releases
from ..engine.store import Record, Store, Values
from ._documents import file_url, handed_in
from ._line_items import vat

NEW = {"billable": False, "currency": "EUR", "info": "", "refund_request_id": None}


@prepares("receipts")
def prepare(call: Call, receipt: Record, values: Values) -> None:
    if not receipt:
        values.update(NEW | values, user_id=call.user["id"])
    whole = {**receipt, **values}
    if whole["billable"] and whole.get("project_id") is None:
        raise invalid(project_id="can't be blank")
    if "items" in values:
        values["items"] = [_position(call, item) for item in values["items"]]
        if len({item.get("purchase_category_id") for item in values["items"]}) > 1:
            raise invalid(items="must be of the same purchase category")
        values["gross_total"] = round(sum(item["gross_total"] for item in values["items"]), 2)
    if "attachment" in values:
        values["file"] = handed_in(call.store, "attachment", values.pop("attachment"))


def _position(call: Call, item: Values) -> Record:
    code_id, category_id = item["vat_code_id"], item.get("purchase_category_id")
    if call.store.find("vat_code_purchases", code_id) is None:
        raise invalid(**{"items.vat_code_id": "must exist"})
    if category_id is not None and call.store.find("purchase_categories", category_id) is None:
        raise invalid(**{"items.purchase_category_id": "must exist"})
    kept = {"gross_total": item["gross_total"], "vat_id": code_id, "purchase_category_id": category_id}
    return Record("receipts/items", kept)


computed("receipts/items", "vat")(vat)
computed("receipts", "attachment_url")(file_url)


@releases("receipts")
def release(call: Call, receipt: Record) -> None:
    if receipt["refund_request_id"] is not None:
        raise invalid(base="The refund of the receipt is requested")


@computed("receipts", "pending")
def pending(store: Store, receipt: Record) -> bool:
    return receipt["refund_request_id"] is None


@filters("receipts", "submitted")
def is_submitted(store: Store, receipt: Record, wanted: bool) -> bool:
    return pending(store, receipt) is not wanted


@filters("receipts", "purchase_category_id")
def has_category(store: Store, receipt: Record, wanted: int) -> bool:
    return any(item["purchase_category_id"] == wanted for item in receipt["items"])
