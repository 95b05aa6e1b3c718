"""Inputs of operations on purchases, what belongs to them, and receipts; see `operation_inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation

FILES = {"purchases.store_document": {"file": ("Beleg.pdf", b"%PDF-1.4\r\n\x00\xff\r\n", "application/pdf")}}
UPLOAD = {"filename": "a.pdf", "base64": "JVBERi0xLjQK"}


def unreferenced(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """A record that nothing refers to."""
    values: dict[str, dict[str, Any]] = {
        "planned_purchases": {"frequency": "once", "net_total": 10, "date": "2026-01-07"},
        "purchase_budgets": {"title": "Leer", "targets": {}},
        "purchases": {"status": "pending", "items": []},
    }
    return sandbox.store.add(operation.collection, name="Leer", **values[operation.collection])


def pending(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.where("receipts", refund_request_id=None)[0]


RECORDS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "planned_purchases.delete": unreferenced,
    "purchase_budgets.delete": unreferenced,
    "purchases.delete": unreferenced,
    "receipts.delete": pending,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return _purchase_bodies(sandbox) | _planning_bodies() | _receipt_bodies(sandbox)


def _purchase_bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    store = sandbox.store
    purchase = next(iter(store["purchases"].values()))
    item = {"title": "Papier", "total": 11.9, "vat_code_id": next(iter(store["vat_code_purchases"]))}
    payment = {"date": "2026-01-07", "purchase_id": purchase["id"], "total": 10}
    return {
        "purchase_bookkeeping_exports.create": {"purchase_ids": [purchase["id"]]},
        "purchase_drafts.create": {"title": "Neu", "file": UPLOAD},
        "purchase_payments.create": payment,
        "purchase_payments.create_bulk": {"bulk_data": [payment, payment]},
        "purchases.assign_to_project": {
            "item_id": purchase["items"][0]["id"],
            "project_id": next(iter(store["projects"])),
        },
        "purchases.create": {
            "date": "2026-01-07",
            "currency": "EUR",
            "payment_method": "cash",
            "items": [{**item, "tax_included": True}],
        },
        "purchases.update_status": {"status": "archived"},
    }


def _planning_bodies() -> dict[str, dict[str, Any]]:
    return {
        "planned_purchases.create": {
            "date": "2026-01-07",
            "title": "Neu",
            "net_total": 100,
            "currency": "EUR",
            "user_id": 1,
            "frequency": "quarterly",
        },
        "purchase_budgets.create": {"title": "Neu"},
        "purchase_budgets.target": {"target_amount": 100},
    }


def _receipt_bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    item = {"vat_code_id": next(iter(sandbox.store["vat_code_purchases"])), "gross_total": 99.9}
    return {
        "receipts.create": {"date": "2026-01-07", "title": "Neu", "items": [item], "attachment": UPLOAD},
    }
