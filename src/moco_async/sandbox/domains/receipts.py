"""Receipts for expenses that users have paid themselves."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, list_filter
from ..engine.store import Store
from ._documents import file_url, store_upload
from ._line_items import find_item_vat

DEFAULTS = {"billable": False, "currency": "EUR", "info": "", "refund_request_id": None}


@before_save("receipts")
def prepare(context: OperationContext, receipt: Record, values: Values) -> None:
    if not receipt:
        values.update(DEFAULTS | values, user_id=context.user["id"])
    whole = {**receipt, **values}
    if whole["billable"] and whole.get("project_id") is None:
        raise invalid(project_id="can't be blank")
    if "items" in values:
        values["items"] = [_build_item(context, item) for item in values["items"]]
        if len({item.get("purchase_category_id") for item in values["items"]}) > 1:
            raise invalid(items="must be of the same purchase category")
        values["gross_total"] = round(sum(item["gross_total"] for item in values["items"]), 2)
    if "attachment" in values:
        values["file"] = store_upload(context.store, "attachment", values.pop("attachment"))


def _build_item(context: OperationContext, item: Values) -> Record:
    code_id, category_id = item["vat_code_id"], item.get("purchase_category_id")
    if context.store.find("vat_code_purchases", code_id) is None:
        raise invalid(**{"items.vat_code_id": "must exist"})
    if category_id is not None and context.store.find("purchase_categories", category_id) is None:
        raise invalid(**{"items.purchase_category_id": "must exist"})
    values = {"gross_total": item["gross_total"], "vat_id": code_id, "purchase_category_id": category_id}
    return Record("receipts/items", values)


computed("receipts/items", "vat")(find_item_vat)
computed("receipts", "attachment_url")(file_url)


@before_delete("receipts")
def prepare_delete(context: OperationContext, receipt: Record) -> None:
    if receipt["refund_request_id"] is not None:
        raise invalid(base="The refund of the receipt is requested")


@computed("receipts", "pending")
def pending(store: Store, receipt: Record) -> bool:
    return receipt["refund_request_id"] is None


@list_filter("receipts", "submitted")
def is_submitted(store: Store, receipt: Record, wanted: bool) -> bool:
    return pending(store, receipt) is not wanted


@list_filter("receipts", "purchase_category_id")
def has_category(store: Store, receipt: Record, wanted: int) -> bool:
    return any(item["purchase_category_id"] == wanted for item in receipt["items"])
