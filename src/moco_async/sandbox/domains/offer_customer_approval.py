"""Approvals of offers by the customer."""

from __future__ import annotations

from typing import Any

from ..engine.auth import derive_key
from ..engine.context import NOT_FOUND, OperationContext
from ..engine.record import Record
from ..engine.registry import computed, operation
from ..engine.store import Store


def find_approval(store: Store, offer: Record) -> Record | None:
    """The approval of an offer by the customer, if there is one."""
    return next(iter(store.where("offer_customer_approval", offer_id=offer["id"])), None)


@computed("offer_customer_approval", "approval_url", "url")
def approval_url(store: Store, approval: Record) -> str:
    key = derive_key(store, f"customer approval {approval['id']}")
    return f"{store.site}/offers/{approval['offer_id']}/customer_approvals/{key}"


@computed("offer_customer_approval", "offer_document_url")
def offer_document_url(store: Store, approval: Record) -> Any:
    return f"{approval_url(store, approval)}/document.pdf"


@operation("offer_customer_approval.get")
def get(context: OperationContext) -> Record:
    approval = find_approval(context.store, context.store["offers"][context.path["offer_id"]])
    if approval is None:
        raise NOT_FOUND
    return approval


@operation("offer_customer_approval.activate")
def activate(context: OperationContext) -> Record:
    return ensure_active(context.store, context.store["offers"][context.path["offer_id"]])


def ensure_active(store: Store, offer: Record) -> Record:
    """The active approval of an offer, created if need be."""
    approval = find_approval(store, offer)
    if approval is None:
        return store.add("offer_customer_approval", offer_id=offer["id"], active=True)
    return approval if approval["active"] else store.change(approval, active=True)


@operation("offer_customer_approval.deactivate")
def deactivate(context: OperationContext) -> Record:
    approval = get(context)
    return context.store.change(approval, active=False) if approval["active"] else approval
