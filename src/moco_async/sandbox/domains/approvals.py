"""Approvals of invoices and purchases."""

from __future__ import annotations

from typing import Any

from ..engine.context import NOT_FOUND, Call, invalid
from ..engine.filters import filters
from ..engine.registry import action, computed, prepares, value
from ..engine.store import Record, Store, Values

TARGETS = {"invoice": "invoices", "purchase": "purchases"}


@prepares("approvals")
def prepare(call: Call, approval: Record, values: Values) -> None:
    if call.store.find(TARGETS[values["target_type"]], values["target_id"]) is None:
        raise NOT_FOUND
    values.update(status="pending", creator_id=call.user["id"], decided_at=None, deny_note=None, processed_by_id=None)


@computed("approvals", "target")
def target(store: Store, approval: Record) -> Any:
    found = store[TARGETS[approval["target_type"]]][approval["target_id"]]
    names = ("id", "title", "date", "net_total", "currency")
    return {name: value(store, found, name) for name in names}


def withdraw(store: Store, kind: str, record: Record) -> None:
    """Remove the approvals of what is about to be deleted."""
    for approval in store.where("approvals", target_type=kind, target_id=record["id"]):
        store.remove(approval)


@filters("approvals", "type")
def of_type(store: Store, approval: Record, kind: Any) -> bool:
    return bool(approval["target_type"] == kind)


@filters("approvals", "approval_status")
def in_state(store: Store, approval: Record, status: Any) -> bool:
    return bool(approval["status"] == status)


@filters("approvals", "approver_user_id")
def asked_of(store: Store, approval: Record, user_id: Any) -> bool:
    return user_id in {approval["approver_id"], approval.get("approver2_id")}


@filters("approvals", "creator_user_id")
def asked_by(store: Store, approval: Record, user_id: Any) -> bool:
    return bool(approval["creator_id"] == user_id)


@action("approvals.approve")
def approve(call: Call) -> Record:
    return _decide(call, status="approved")


@action("approvals.deny")
def deny(call: Call) -> Record:
    return _decide(call, status="denied", deny_note=call.body.get("note"))


def _decide(call: Call, **values: Any) -> Record:
    approval = call.record
    if approval["status"] != "pending":
        raise invalid(status="is not pending")
    if call.user["id"] not in {approval["approver_id"], approval.get("approver2_id")}:
        raise invalid(base="The approval is asked of somebody else")
    return call.store.change(approval, processed_by_id=call.user["id"], decided_at=call.store.now(), **values)
