"""What web hooks tell of: which change of which record is which event, and what a delivery of it holds."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from typing import Any

from ..engine.record import Record
from ..engine.serialize import Serializer
from ..engine.spec import bundled
from ..engine.store import Store

CREATE, UPDATE, DELETE = "create", "update", "delete"
Change = tuple[str, Record]

TARGETS: dict[str, tuple[str, ...]] = {
    "absence_requests": ("User::AbsenceRequest", "User::HolidayRequest"),
    "activities": ("Activity",),
    "comments": ("Comment",),
    "companies": ("Company",),
    "contacts": ("Contact",),
    "deals": ("Deal",),
    "invoice_bookkeeping_exports": ("Invoice::BookkeepingExport",),
    "invoice_payments": ("Invoice::Payment",),
    "invoice_reminders": ("InvoiceReminder",),
    "offers": ("Offer",),
    "planned_purchases": ("Purchase::Order",),
    "planning_entries": ("PlanningEntry",),
    "presences": ("Presence",),
    "project_contracts": ("Contract",),
    "project_expenses": ("Expense",),
    "project_groups": ("ProjectGroup",),
    "project_payment_schedules": ("Project::PaymentSchedule",),
    "project_recurring_expenses": ("RecurringExpense",),
    "project_tasks": ("Task",),
    "projects": ("Project",),
    "purchase_bookkeeping_exports": ("Purchase::BookkeepingExport",),
    "purchase_drafts": ("Purchase::Draft",),
    "purchase_payments": ("Purchase::Payment",),
    "purchases": ("Purchase",),
    "schedules": ("Schedule",),
    "users": ("User",),
    "work_time_adjustments": ("User::WorkTimeAdjustment",),
}
"""What the records of a collection are called in web hooks."""


def find_targets(record: Record) -> tuple[str, ...]:
    """What a record is called in web hooks; there are none of the others."""
    if record.collection == "invoices":
        return ("InvoiceDraft",) if record.get("status") == "draft" else ("Invoice",)
    if record.collection == "approvals":
        return (f"{record['target_type'].capitalize()}::Approval",)
    return TARGETS.get(record.collection, ())


def merge_changes(changes: Iterable[Change]) -> list[Change]:
    """What is left of the changes of one call, once for each record: what is created and changed is created."""
    left: dict[tuple[str, int], Change] = {}
    for event, record in changes:
        place = (record.collection, record["id"])
        before = left.pop(place)[0] if place in left else None
        if (before, event) == (CREATE, DELETE):
            continue  # it has come and gone, and nobody saw it
        left[place] = (CREATE if before == CREATE else event, record)
    return list(left.values())


def build_payload(serializer: Serializer, event: str, record: Record) -> dict[str, Any]:
    """The record as it is read one by one; of what is gone, the id and the custom fields if its kind has any."""
    schema = bundled().operation(f"{record.collection}.get").response_schema or {}
    if event != DELETE:
        shown: dict[str, Any] = serializer.serialize(schema, record)
        return shown
    gone: dict[str, Any] = {"id": record["id"]}
    if "custom_properties" in bundled().merged(schema)["properties"]:
        gone["custom_properties"] = record.get("custom_properties") or {}
    return gone


def encode_body(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def build_headers(
    store: Store, key: str, body: bytes, *, target: str, event: str, origin: str, user_id: int | None
) -> dict[str, str]:
    """The headers of a delivery. Only the body is signed."""
    return {
        "Content-Type": "application/json",
        "X-Moco-Account-Url": store.subdomain,
        "X-Moco-Event": event,
        "X-Moco-Origin": origin,
        "X-Moco-Signature": hmac.digest(key.encode(), body, "sha256").hex(),
        "X-Moco-Target": target,
        "X-Moco-Timestamp": str(int(store.clock().timestamp() * 1000)),
        "X-Moco-User-Id": "" if user_id is None else str(user_id),
    }
