"""Purchases: their items, their documents, and their filters."""

from __future__ import annotations

from typing import Any

from ..engine import crud
from ..engine.context import HTTPError, OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, list_filter, operation
from ..engine.store import Store
from ._documents import file_url, store_upload
from ._line_items import find_item_vat
from .approvals import remove_approvals
from .vat_codes import find_vat_code

DEFAULTS: Values = {"company_id": None, "custom_properties": {}, "status": "pending"}


@operation("purchases.create")
def create(context: OperationContext) -> Record:
    draft = context.store.find("purchase_drafts", context.body.get("purchase_draft_id"))
    purchase = crud.create(context)
    changes: Values = {"items": [item.copy_with(purchase_id=purchase["id"]) for item in purchase["items"]]}
    if draft and "file" not in purchase:
        changes["file"] = draft.get("file")
    context.store.change_silently(purchase, **changes)
    if draft:
        context.store.remove(draft)
    return purchase


@before_save("purchases")
def prepare(context: OperationContext, purchase: Record, values: Values) -> None:
    if not purchase:
        values["items"] = [_build_item(context, item) for item in values["items"]]
        day, titles = values["date"], ", ".join(item["title"] for item in values["items"])
        values.update({**DEFAULTS, "tags": [], "title": titles, "user_id": context.user["id"]} | values)
        for name in ("net_total", "gross_total"):
            values[name] = round(sum(item[name] for item in values["items"]), 2)
        values["identifier"] = f"E{day[2:4]}{day[5:7]}-{context.store.next_number('purchases'):04}"
    whole = {**purchase, **values}
    same = {"company_id": whole["company_id"], "receipt_identifier": whole.get("receipt_identifier")}
    others = [other for other in context.store.where("purchases", **same) if other["id"] != purchase.get("id")]
    if others and all(same.values()):
        raise invalid(receipt_identifier="has already been taken")
    if whole["status"] == "approved":
        values["status"] = "archived"  # its older name
    if "file" in values:
        values["file"] = store_upload(context.store, "file", values["file"])


def _build_item(context: OperationContext, item: Values) -> Record:
    """An item as purchases store it, its price with and without VAT."""
    code = context.store.find("vat_code_purchases", item.get("vat_code_id"))
    if code is None and "tax" in item and "vat_code_id" not in item:
        code = find_vat_code(context.store, "vat_code_purchases", item["tax"])
    elif code is None:
        raise invalid(**{"items.vat_code_id": "must exist" if "vat_code_id" in item else "can't be blank"})
    category_id = item.get("category_id")
    if category_id is not None and context.store.find("purchase_categories", category_id) is None:
        raise invalid(**{"items.category_id": "must exist"})
    tax, total = code["tax"] if code else item["tax"], item["total"]
    included = item.get("tax_included", False)
    net = round(total / (1 + tax / 100), 2) if included else total
    gross = total if included else round(total * (1 + tax / 100), 2)
    named = {"title": item["title"], "category_id": category_id, "vat_id": code and code["id"], "tax": tax}
    sums = {"net_total": net, "tax_total": round(gross - net, 2), "gross_total": gross, "tax_included": included}
    own = {"id": context.store.new_id(), "ksk_relevant": item.get("ksk_relevant", False)}
    return Record("purchases/items", {**own, **named, **sums})


computed("purchases/items", "vat")(find_item_vat)


@computed("purchases/items", "category")
def category(store: Store, item: Record) -> Any:
    """The related record; MOCO shows an empty object if there is none."""
    return store.find("purchase_categories", item["category_id"]) or {}


@computed("purchases/items", "supplier_credit_number")
def supplier_credit_number(store: Store, item: Record) -> Any:
    supplier = store.find("companies", store["purchases"][item["purchase_id"]]["company_id"])
    return supplier and supplier.get("credit_number")


@computed("purchases", "company")
def company(store: Store, purchase: Record) -> Any:
    """The related record; MOCO shows an empty object if there is none."""
    return store.find("companies", purchase["company_id"]) or {}


@computed("purchases", "user")
def user(store: Store, purchase: Record) -> Any:
    """The user, whose last name is called `name` only here."""
    found = store.find("users", purchase["user_id"])
    return found and {"id": found["id"], "firstname": found["firstname"], "name": found["lastname"]}


@computed("purchases", "number")
def number(store: Store, purchase: Record) -> Any:
    return purchase["identifier"]


@computed("purchases", "item_titles")
def item_titles(store: Store, purchase: Record) -> Any:
    return [item["title"] for item in purchase["items"]]


computed("purchases", "file_url")(file_url)


@computed("purchases", "partially_paid")
def partially_paid(store: Store, purchase: Record) -> bool:
    payments = store.where("purchase_payments", purchase_id=purchase["id"])
    paid = sum(payment["total"] for payment in payments)
    return 0 < paid < purchase["gross_total"] or any(payment.get("partially_paid") for payment in payments)


@operation("purchases.assign_to_project")
def assign_to_project(context: OperationContext) -> None:
    """Create an expense from an item, or link the item to an existing one."""
    purchase, store, body = context.record, context.store, context.body
    item = next((item for item in purchase["items"] if item["id"] == body["item_id"]), None)
    project = store.find("projects", body["project_id"])
    expense = store.find("project_expenses", body.get("expense_id"))
    if item is None or store.find("project_expenses", item.get("expense_id")):
        raise invalid(item_id="is assigned already" if item else "must exist")
    if project is None:
        raise invalid(project_id="must exist")
    if "expense_id" in body and (expense is None or expense["project_id"] != project["id"]):
        raise invalid(expense_id="must exist in the project")
    if expense is None:
        surcharge = body.get("surcharge", 0)
        percent = 0 if isinstance(surcharge, bool) else surcharge  # the sandbox has no surcharge in its settings
        price = round(item["net_total"] * (1 + percent / 100), 2)
        settings: Values = {name: body[name] for name in ("billable", "budget_relevant") if name in body}
        cost = {"quantity": 1.0, "unit": "Stk.", "unit_price": price, "unit_cost": item["net_total"]}
        values: Values = {"project_id": project["id"], "date": purchase["date"], "title": item["title"]}
        (expense,) = crud.create_many(context, "project_expenses", {**values, **cost, **settings})
    assigned = item.copy_with(expense_id=expense["id"])
    store.change_silently(purchase, items=[assigned if each is item else each for each in purchase["items"]])


@operation("purchases.update_status")
def update_status(context: OperationContext) -> None:
    crud.update(context)


@operation("purchases.store_document")
def store_document(context: OperationContext) -> None:
    crud.update(context)


@before_delete("purchases")
def prepare_delete(context: OperationContext, purchase: Record) -> None:
    if purchase["status"] != "pending" or context.store.where("purchase_payments", purchase_id=purchase["id"]):
        raise HTTPError(403, {"errors": ["Only pending purchases without payments can be deleted"]})
    remove_approvals(context.store, "purchase", purchase)


@list_filter("purchases", "id")
def has_id(store: Store, purchase: Record, wanted: list[int]) -> bool:
    return purchase["id"] in wanted


@list_filter("purchases", "category_id")
def has_category(store: Store, purchase: Record, wanted: int) -> bool:
    return any(item["category_id"] == wanted for item in purchase["items"])


@list_filter("purchases", "company_id")
def has_company(store: Store, purchase: Record, wanted: int) -> bool:
    """Whether the purchase is from a supplier; 0 stands for purchases without one."""
    return (purchase["company_id"] or 0) == wanted


@list_filter("purchases", "user_id")
def has_user(store: Store, purchase: Record, wanted: int) -> bool:
    return bool(purchase["user_id"] == wanted)


@list_filter("purchases", "date")
def is_between(store: Store, purchase: Record, wanted: tuple[str, str]) -> bool:
    return wanted[0] <= str(purchase["date"]) <= wanted[1]


@list_filter("purchases", "not_booked")
def is_not_booked(store: Store, purchase: Record, wanted: bool) -> bool:
    exports = store["purchase_bookkeeping_exports"].values()
    return not wanted or all(purchase["id"] not in export["purchase_ids"] for export in exports)


@list_filter("purchases", "unpaid")
def is_unpaid(store: Store, purchase: Record, wanted: bool) -> bool:
    return not wanted or not store.where("purchase_payments", purchase_id=purchase["id"])


@list_filter("purchases", "tag_ids")
def has_tags(store: Store, purchase: Record, wanted: list[int]) -> bool:
    return any(tag["name"] in purchase["tags"] for tag in store["tags"].values() if tag["id"] in wanted)


@list_filter("purchases", "approver_user_id")
def is_approved_by(store: Store, purchase: Record, wanted: int) -> bool:
    approvals = _find_approvals(store, purchase)
    return any(wanted in {approval["approver_id"], approval.get("approver2_id")} for approval in approvals)


@computed("purchases", "approval_status")
def approval_status(store: Store, purchase: Record) -> str:
    """The status of all approvals together."""
    found = {approval["status"] for approval in _find_approvals(store, purchase)}
    return next((status for status in ("pending", "denied", "approved") if status in found), "none")


def _find_approvals(store: Store, purchase: Record) -> list[Record]:
    return store.where("approvals", target_type="purchase", target_id=purchase["id"])
