"""Approvals of offers by the customer."""

from __future__ import annotations

from typing import Any

from ..engine.auth import secret
from ..engine.context import NOT_FOUND, Call
from ..engine.registry import action, computed
from ..engine.store import Record, Store


def find_approval(store: Store, offer: Record) -> Record | None:
    """The approval of an offer by the customer, if there is one."""
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
    approval = find_approval(call.store, call.store["offers"][call.path["offer_id"]])
    if approval is None:
        raise NOT_FOUND
    return approval


@action("offer_customer_approval.activate")
def activate(call: Call) -> Record:
    return activated(call.store, call.store["offers"][call.path["offer_id"]])


def activated(store: Store, offer: Record) -> Record:
    """The approval of an offer, open to the customer; a new one, if there was none."""
    approval = find_approval(store, offer)
    if approval is None:
        return store.add("offer_customer_approval", offer_id=offer["id"], active=True)
    return approval if approval["active"] else store.change(approval, active=True)


@action("offer_customer_approval.deactivate")
def deactivate(call: Call) -> Record:
    approval = get(call)
    return call.store.change(approval, active=False) if approval["active"] else approval
