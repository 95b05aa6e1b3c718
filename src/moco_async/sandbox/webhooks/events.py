"""Events of webhooks: which changes they stand for, and the payload and headers of their deliveries."""

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
"""The targets of webhooks, by the collection of the records."""


def find_targets(record: Record) -> tuple[str, ...]:
    """The targets of a record; none, if its collection has no webhooks."""
    if record.collection == "invoices":
        return ("InvoiceDraft",) if record.get("status") == "draft" else ("Invoice",)
    if record.collection == "approvals":
        return (f"{record['target_type'].capitalize()}::Approval",)
    return TARGETS.get(record.collection, ())


def merge_changes(changes: Iterable[Change]) -> list[Change]:
    """The changes of one request, merged by record: a record that was created and updated was created."""
    merged: dict[tuple[str, int], Change] = {}
    for event, record in changes:
        key = (record.collection, record["id"])
        before = merged.pop(key)[0] if key in merged else None
        if (before, event) == (CREATE, DELETE):
            continue  # it was never seen outside of the request
        merged[key] = (CREATE if before == CREATE else event, record)
    return list(merged.values())


def build_payload(serializer: Serializer, event: str, record: Record) -> dict[str, Any]:
    """The record as its `get` shows it; of a deleted one, the id, and the custom fields if it can have any."""
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
