"""To-dos, which the API can only read."""

from __future__ import annotations

from typing import Any

from ..engine.record import Record
from ..engine.registry import computed, get_value, list_filter
from ..engine.store import Store

TODOABLE = {
    "Assignment": "projects",
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "ProjectGroup": "project_groups",
    "PurchaseDraft": "purchase_drafts",
    "Purchase": "purchases",
    "User": "users",
}


@computed("todos", "completed")
def completed(store: Store, todo: Record) -> bool:
    return todo["completed_at"] is not None


@computed("todos", "todoable_description")
def todoable_description(store: Store, todo: Record) -> Any:
    record = store.find(TODOABLE[todo["todoable_type"]], todo["todoable_id"])
    if record is None:
        return ""
    names = ("name", "title", "full_name")
    return next((text for name in names if (text := get_value(store, record, name))), "")


@list_filter("todos", "responsible_user_id")
def is_responsible(store: Store, todo: Record, user_id: Any) -> bool:
    """Whether a user is responsible: the one it is assigned to, or else its creator."""
    return bool((todo["assigned_to_id"] or todo["created_by_id"]) == user_id)


@list_filter("todos", "assigned_to_user_id")
def is_assigned_to(store: Store, todo: Record, user_id: Any) -> bool:
    return bool(todo["assigned_to_id"] == user_id)


@list_filter("todos", "created_by_user_id")
def is_created_by(store: Store, todo: Record, user_id: Any) -> bool:
    return bool(todo["created_by_id"] == user_id)
