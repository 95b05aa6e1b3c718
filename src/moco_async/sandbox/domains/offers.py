"""Offers: what they are made of, whom they are for, and their documents."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .. import crud
from ..calls import Call, Refusal, invalid
from ..hooks import action, computed, prepares, releases
from ..store import Record, Store, Values
from .acceptance import activated
from .documents import billing_addresses, document, email
from .positions import position, sale_vat, totals

NEW: Values = {
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
"""The variable in a text of an offer that lets the customer approve it."""


@action("offers.create")
def create(call: Call) -> Record:
    return _texts_followed(call, crud.create(call))


@action("offers.update")
def update(call: Call) -> Record:
    if call.record["status"] not in {"created", "sent"}:
        raise Refusal(400, {"message": "The offer can be changed only while it is created or sent"})
    return _texts_followed(call, crud.update(call))


def _texts_followed(call: Call, offer: Record) -> Record:
    if any(LINK in (offer[text] or "") for text in ("salutation", "footer")):
        activated(call.store, offer)
    return offer


@prepares("offers")
def prepare(call: Call, offer: Record, values: Values) -> None:
    if not offer:
        values.update({**NEW, "tags": [], "user_id": call.user["id"]} | values)
        if values.get("vat_id") is None and values.get("tax") is None:
            raise invalid(vat_code_id="can't be blank")
    if not offer or "project_id" in values:
        _assign(call, offer, values)
    if values.get("vat_id") is not None or "tax" in values:
        code = sale_vat(call, values)
        if code is None or not code["active"]:
            raise invalid(vat_code_id="must be that of an active VAT code for sales")
        values.update(vat_id=code["id"], tax=code["tax"])
    if "items" in values:
        values["items"] = _positions(call, offer.get("items", []), values["items"])
    values.update(totals({**offer, **values}))
    if not offer and not values.get("identifier"):
        values["identifier"] = f"A{values['date'][2:4]}{values['date'][5:7]}-{call.store.number('offers'):03}"
    company = call.store.find("companies", {**offer, **values}["company_id"])
    if not offer:
        values.setdefault("recipient_address", company["address"] if company else "")
    whole = {**offer, **values}
    if values.pop("change_address", None) == "customer" and company:
        call.store.change(company, address=whole["recipient_address"])


def _assign(call: Call, offer: Record, values: Values) -> None:
    """A project brings its company along, and what the offer is for has its currency."""
    project = call.store.find("projects", values["project_id"])
    if project:
        values["company_id"] = project["customer_id"]
    company = call.store.find("companies", values.get("company_id"))
    deal = call.store.find("deals", values.get("deal_id"))
    currencies = [owner["currency"] for owner in (project, deal) if owner]
    if not offer and not values.get("currency"):
        currencies += [company["currency"]] if company and company.get("currency") else []
        if not currencies:
            raise invalid(currency="can't be blank")
        values["currency"] = currencies[0]
    if any(currency != (offer or values)["currency"] for currency in currencies):
        raise invalid(currency="must be that of the project and the deal")


def _positions(call: Call, present: list[Record], given: list[dict[str, Any]]) -> list[Record]:
    """The given positions: those with an id are present ones, as changed; those left out are gone."""
    by_id = {item["id"]: item for item in present}
    if not by_id.keys() >= {item["id"] for item in given if "id" in item}:
        raise invalid(items="id must exist")
    return [position(call, "offers", {**by_id.get(item.get("id", 0), {}), **item}) for item in given]


@action("offers.assign")
def assign(call: Call) -> Record:
    call.body = {"project_id": call.record["project_id"], **call.body}
    return crud.update(call)


@releases("offers")
def release(call: Call, offer: Record) -> None:
    if offer["status"] != "created":
        raise Refusal(400, {"message": "The offer can be deleted only while it is created"})
    for collection in ("offers/attachments", "offer_confirmations", "offer_customer_approval"):
        for record in call.store.where(collection, offer_id=offer["id"]):
            call.store.remove(record)


@computed("offers", "created_at")
def created_at(store: Store, offer: Record) -> Any:
    return _precise(offer["created_at"])


@computed("offers", "updated_at")
def updated_at(store: Store, offer: Record) -> Any:
    return _precise(offer["updated_at"])


def _precise(moment: str) -> str:
    """Of all records, offers alone tell their times in milliseconds."""
    return moment.replace("Z", ".000Z")


@computed("offers", "file_url")
def file_url(store: Store, offer: Record) -> Any:
    return f"{store.site}/api/v1/offers/{offer['id']}.pdf"


@computed("offers", "invoice_id")
def invoice_id(store: Store, offer: Record) -> Any:
    invoices = store.where("invoices", offer_id=offer["id"])
    return invoices[0]["id"] if invoices else None


@action("offers.update_status")
def update_status(call: Call) -> None:
    call.store.change(call.record, status=call.body["status"])


@action("offers.pdf")
def pdf(call: Call) -> Response:
    offer = call.record
    lines = [
        f"{item.get('title') or ''}   {item['net_total']:.2f}" for item in offer["items"] if item["type"] == "item"
    ]
    total = f"Total   {offer['gross_total']:.2f} {offer['currency']}"
    address = (offer["recipient_address"] or "").split("\n")
    return document(f"{offer['identifier']} {offer['title']}", [*address, "", *lines, "", total])


@action("offers.send_email")
def send_email(call: Call) -> dict[str, Any]:
    offer, store = call.record, call.store
    contact: Values = store.find("contacts", offer.get("contact_id")) or {}
    to, cc = billing_addresses(store, offer["company_id"], offer["project_id"])
    sent = email(call, contact.get("work_email") or to, cc)
    if offer["status"] == "created":
        store.change(offer, status="sent")
    return sent
