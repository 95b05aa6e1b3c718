"""Inputs of operations on invoices, what belongs to them, and their approvals; see `operation_inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation


def draft(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    drafts = sandbox.store.where("invoices", status="draft")
    return (drafts or sandbox.store.where("invoices"))[0]


def attachment(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.add(operation.collection, invoice_id=next(iter(sandbox.store["invoices"])), title="a.pdf")


RECORDS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "invoices.delete": draft,
    "invoices.delete_attachment": attachment,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    invoice = next(iter(sandbox.store["invoices"].values()))
    item = {"type": "item", "title": "Konzept", "quantity": 2, "unit_price": 120}
    payment = {"date": "2026-01-07", "invoice_id": invoice["id"], "paid_total": 10}
    return {
        "approvals.create": {"target_type": "invoice", "target_id": invoice["id"], "approver_id": 1},
        "approvals.deny": {"note": "Zu hoch"},
        "invoice_bookkeeping_exports.create": {"invoice_ids": list(sandbox.store["invoices"])[:2]},
        "invoice_payments.create": payment,
        "invoice_payments.create_bulk": {"bulk_data": [payment]},
        "invoice_reminders.create": {"invoice_id": invoice["id"]},
        "invoice_reminders.send_email": {"subject": "Mahnung", "text": "Hallo"},
        "invoices.create": {
            "customer_id": invoice["customer_id"],
            "recipient_address": "Bern",
            "date": "2026-01-07",
            "due_date": "2026-02-07",
            "title": "Rechnung",
            "currency": "EUR",
            "tax": 19,
            "items": [{"type": "title", "title": "Leistungen"}, item],
        },
        "invoices.create_attachment": {"attachment": {"filename": "a.pdf", "base64": "JVBERi0xLjQK"}},
        "invoices.delete": {"reason": "Irrtum"},
        "invoices.send_email": {"subject": "Rechnung", "text": "Hallo"},
        "invoices.update_status": {"status": "ignored"},
    }
