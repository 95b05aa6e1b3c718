"""Approvals of invoices and purchases."""

from __future__ import annotations

from typing import Any

from ..engine.context import NOT_FOUND, OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, get_value, list_filter, operation
from ..engine.store import Store

TARGETS = {"invoice": "invoices", "purchase": "purchases"}


@before_save("approvals")
def prepare(context: OperationContext, approval: Record, values: Values) -> None:
    if context.store.find(TARGETS[values["target_type"]], values["target_id"]) is None:
        raise NOT_FOUND
    values.update(
        status="pending", creator_id=context.user["id"], decided_at=None, deny_note=None, processed_by_id=None
    )


@computed("approvals", "target")
def target(store: Store, approval: Record) -> Any:
    found = store[TARGETS[approval["target_type"]]][approval["target_id"]]
    names = ("id", "title", "date", "net_total", "currency")
    return {name: get_value(store, found, name) for name in names}


def remove_approvals(store: Store, kind: str, record: Record) -> None:
    """Delete the approvals of a record that is about to be deleted."""
    for approval in store.where("approvals", target_type=kind, target_id=record["id"]):
        store.remove(approval)


@list_filter("approvals", "type")
def has_type(store: Store, approval: Record, kind: Any) -> bool:
    return bool(approval["target_type"] == kind)


@list_filter("approvals", "approval_status")
def has_status(store: Store, approval: Record, status: Any) -> bool:
    return bool(approval["status"] == status)


@list_filter("approvals", "approver_user_id")
def has_approver(store: Store, approval: Record, user_id: Any) -> bool:
    return user_id in {approval["approver_id"], approval.get("approver2_id")}


@list_filter("approvals", "creator_user_id")
def has_creator(store: Store, approval: Record, user_id: Any) -> bool:
    return bool(approval["creator_id"] == user_id)


@operation("approvals.approve")
def approve(context: OperationContext) -> Record:
    return _decide(context, status="approved")


@operation("approvals.deny")
def deny(context: OperationContext) -> Record:
    return _decide(context, status="denied", deny_note=context.body.get("note"))


def _decide(context: OperationContext, **values: Any) -> Record:
    approval = context.record
    if approval["status"] != "pending":
        raise invalid(status="is not pending")
    if context.user["id"] not in {approval["approver_id"], approval.get("approver2_id")}:
        raise invalid(base="The approver is another user")
    return context.store.change(approval, processed_by_id=context.user["id"], decided_at=context.store.now(), **values)
