"""Offers: their line items, their customers, and their documents."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..engine import crud
from ..engine.context import HTTPError, OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, operation
from ..engine.store import Store
from ._documents import compose_email, find_billing_addresses, pdf_response, save_attachment
from ._line_items import build_line_item, compute_totals, find_sale_vat
from ._timestamps import created_on, updated_on
from .offer_customer_approval import ensure_active, find_approval

DEFAULTS: Values = {
    "company_id": None,
    "custom_properties": {},
    "deal_id": None,
    "discount": 0.0,
    "footer": "",
    "project_id": None,
    "salutation": "",
    "status": "created",
}

LINK = "{customer_approval_link}"
"""The variable in an offer's texts that becomes the link to its customer approval."""


@operation("offers.create")
def create(context: OperationContext) -> Record:
    return _activate_linked_approval(context, crud.create(context))


@operation("offers.update")
def update(context: OperationContext) -> Record:
    if context.record["status"] not in {"created", "sent"}:
        raise HTTPError(400, {"message": "The offer can be changed only while it is created or sent"})
    return _activate_linked_approval(context, crud.update(context))


def _activate_linked_approval(context: OperationContext, offer: Record) -> Record:
    if any(LINK in (offer[text] or "") for text in ("salutation", "footer")):
        ensure_active(context.store, offer)
    return offer


@before_save("offers")
def prepare(context: OperationContext, offer: Record, values: Values) -> None:
    if not offer:
        values.update({**DEFAULTS, "tags": [], "user_id": context.user["id"]} | values)
        if values.get("vat_id") is None and values.get("tax") is None:
            raise invalid(vat_code_id="can't be blank")
    if not offer or "project_id" in values:
        _assign(context, offer, values)
    if values.get("vat_id") is not None or "tax" in values:
        code = find_sale_vat(context, values)
        if code is None or not code["active"]:
            raise invalid(vat_code_id="must be that of an active VAT code for sales")
        values.update(vat_id=code["id"], tax=code["tax"])
    if "items" in values:
        values["items"] = _build_items(context, offer.get("items", []), values["items"])
    values.update(compute_totals({**offer, **values}))
    if not offer and not values.get("identifier"):
        values["identifier"] = f"A{values['date'][2:4]}{values['date'][5:7]}-{context.store.next_number('offers'):03}"
    company = context.store.find("companies", {**offer, **values}["company_id"])
    if not offer:
        values.setdefault("recipient_address", company["address"] if company else "")
    whole = {**offer, **values}
    if values.pop("change_address", None) == "customer" and company:
        context.store.change(company, address=whole["recipient_address"])


def _assign(context: OperationContext, offer: Record, values: Values) -> None:
    """Take the company from the project, and check the currency against project and deal."""
    project = context.store.find("projects", values["project_id"])
    if project:
        values["company_id"] = project["customer_id"]
    company = context.store.find("companies", values.get("company_id"))
    deal = context.store.find("deals", values.get("deal_id"))
    currencies = [owner["currency"] for owner in (project, deal) if owner]
    if not offer and not values.get("currency"):
        currencies += [company["currency"]] if company and company.get("currency") else []
        if not currencies:
            raise invalid(currency="can't be blank")
        values["currency"] = currencies[0]
    if any(currency != (offer or values)["currency"] for currency in currencies):
        raise invalid(currency="must be that of the project and the deal")


def _build_items(context: OperationContext, present: list[Record], given: list[dict[str, Any]]) -> list[Record]:
    """The given line items: those with an id change a present one; present ones that are left out are deleted."""
    by_id = {item["id"]: item for item in present}
    if not by_id.keys() >= {item["id"] for item in given if "id" in item}:
        raise invalid(items="id must exist")
    return [build_line_item(context, "offers", {**by_id.get(item.get("id", 0), {}), **item}) for item in given]


@operation("offers.assign")
def assign(context: OperationContext) -> Record:
    context.body = {"project_id": context.record["project_id"], **context.body}
    return crud.update(context)


@before_delete("offers")
def prepare_delete(context: OperationContext, offer: Record) -> None:
    if offer["status"] != "created":
        raise HTTPError(400, {"message": "The offer can be deleted only while it is created"})
    for collection in ("offers/attachments", "offer_confirmations", "offer_customer_approval"):
        for record in context.store.where(collection, offer_id=offer["id"]):
            context.store.remove(record)


@computed("offers", "created_at")
def created_at(store: Store, offer: Record) -> Any:
    return _add_milliseconds(offer["created_at"])


@computed("offers", "updated_at")
def updated_at(store: Store, offer: Record) -> Any:
    return _add_milliseconds(offer["updated_at"])


def _add_milliseconds(moment: str) -> str:
    """A timestamp in milliseconds, as only offers have it."""
    return moment.replace("Z", ".000Z")


computed("offers", "created_on")(created_on)
computed("offers", "updated_on")(updated_on)


@computed("offers", "file_url")
def file_url(store: Store, offer: Record) -> Any:
    return f"{store.site}/api/v1/offers/{offer['id']}.pdf"


@computed("offers", "invoice_id")
def invoice_id(store: Store, offer: Record) -> Any:
    invoices = store.where("invoices", offer_id=offer["id"])
    return invoices[0]["id"] if invoices else None


@computed("offers", "offer_confirmation")
def offer_confirmation(store: Store, offer: Record) -> Any:
    return next(iter(store.where("offer_confirmations", offer_id=offer["id"])), None)


computed("offers", "customer_approval")(find_approval)


@operation("offers.update_status")
def update_status(context: OperationContext) -> None:
    context.store.change(context.record, status=context.body["status"])


@operation("offers.pdf")
def pdf(context: OperationContext) -> Response:
    offer = context.record
    lines = [
        f"{item.get('title') or ''}   {item['net_total']:.2f}" for item in offer["items"] if item["type"] == "item"
    ]
    total = f"Total   {offer['gross_total']:.2f} {offer['currency']}"
    address = (offer["recipient_address"] or "").split("\n")
    return pdf_response(f"{offer['identifier']} {offer['title']}", [*address, "", *lines, "", total])


@operation("offers.send_email")
def send_email(context: OperationContext) -> dict[str, Any]:
    offer, store = context.record, context.store
    contact: Values = store.find("contacts", offer.get("contact_id")) or {}
    to, cc = find_billing_addresses(store, offer["company_id"], offer["project_id"])
    sent = compose_email(context, contact.get("work_email") or to, cc)
    if offer["status"] == "created":
        store.change(offer, status="sent")
    return sent


before_save("offers/attachments")(save_attachment)
operation("offers.attachments")(crud.list_)
operation("offers.create_attachment")(crud.create)
operation("offers.delete_attachment")(crud.delete)
