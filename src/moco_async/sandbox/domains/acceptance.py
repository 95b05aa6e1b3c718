"""How offers are accepted: confirmations by the account, approvals by the customer."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..engine import crud
from ..engine.auth import secret
from ..engine.context import NOT_FOUND, Call, invalid
from ..engine.registry import action, computed, prepares
from ..engine.store import Record, Store, Values
from .documents import document


@action("offer_confirmations.create")
def create(call: Call) -> Record:
    confirmation = crud.create(call)
    offer = call.store["offers"][confirmation["offer_id"]]
    if offer["status"] in {"created", "sent"}:
        call.store.change(offer, status="accepted")
    return confirmation


@prepares("offer_confirmations")
def prepare(call: Call, confirmation: Record, values: Values) -> None:
    if confirmation:
        return
    offer_id = values["offer_id"]
    if call.store.where("offer_confirmations", offer_id=offer_id):
        raise invalid(offer_id="has already been taken")
    title = f"Auftragsbestätigung {call.store['offers'][offer_id]['title']}"
    default = {"title": title, "date": call.today.isoformat(), "salutation_raw": "", "footer_raw": ""}
    values.update(default | values, user_id=call.user["id"])


@computed("offers", "offer_confirmation")
def offer_confirmation(store: Store, offer: Record) -> Any:
    return next(iter(store.where("offer_confirmations", offer_id=offer["id"])), None)


@computed("offer_confirmations", "file_url")
def file_url(store: Store, confirmation: Record) -> Any:
    return f"{store.site}/api/v1/offer_confirmations/{confirmation['id']}.pdf"


@action("offer_confirmations.pdf")
def pdf(call: Call) -> Response:
    offer = call.store["offers"][call.record["offer_id"]]
    return document(call.record["title"], [call.record["date"], "", f"{offer['identifier']} {offer['title']}"])


@computed("offers", "customer_approval")
def customer_approval(store: Store, offer: Record) -> Any:
    return next(iter(store.where("offer_customer_approval", offer_id=offer["id"])), None)


@computed("offer_customer_approval", "approval_url", "url")
def approval_url(store: Store, approval: Record) -> str:
    key = secret(store, f"customer approval {approval['id']}")
    return f"{store.site}/offers/{approval['offer_id']}/customer_approvals/{key}"


@computed("offer_customer_approval", "offer_document_url")
def offer_document_url(store: Store, approval: Record) -> Any:
    return f"{approval_url(store, approval)}/document.pdf"


@action("offer_customer_approval.get")
def get(call: Call) -> Record:
    approval: Record | None = customer_approval(call.store, call.store["offers"][call.path["offer_id"]])
    if approval is None:
        raise NOT_FOUND
    return approval


@action("offer_customer_approval.activate")
def activate(call: Call) -> Record:
    return activated(call.store, call.store["offers"][call.path["offer_id"]])


def activated(store: Store, offer: Record) -> Record:
    """The approval of an offer, open to the customer; a new one, if there was none."""
    approval: Record | None = customer_approval(store, offer)
    if approval is None:
        return store.add("offer_customer_approval", offer_id=offer["id"], active=True)
    return approval if approval["active"] else store.change(approval, active=True)


@action("offer_customer_approval.deactivate")
def deactivate(call: Call) -> Record:
    approval = get(call)
    return call.store.change(approval, active=False) if approval["active"] else approval
