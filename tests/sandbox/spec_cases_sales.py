"""What the tests of the sandbox send to offers, invoices and purchases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation

FILES = {"purchases.store_document": {"file": ("Beleg.pdf", b"%PDF-1.4\r\n\x00\xff\r\n", "application/pdf")}}
"""The forms that operations take, with their files."""

UPLOAD = {"filename": "a.pdf", "base64": "JVBERi0xLjQK"}


def alone(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """A record that nothing refers to, and that keeps nothing from being deleted."""
    values: dict[str, dict[str, Any]] = {
        "deals": {"category_id": next(iter(sandbox.store["deal_categories"]))},
        "planned_purchases": {"frequency": "once", "net_total": 10, "date": "2026-01-07"},
        "purchase_budgets": {"title": "Leer", "targets": {}},
        "purchases": {"status": "pending", "items": []},
    }
    collection = operation.collection
    return sandbox.store.add(collection, name="Leer", **values.get(collection, {}))


def fresh(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.where("offers", status="created")[0]


def attachment(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.add(operation.collection, offer_id=next(iter(sandbox.store["offers"])), title="a.pdf")


def pending(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.where("receipts", refund_request_id=None)[0]


def item(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    service = next(iter(sandbox.store["catalog_services"]))
    return sandbox.store.add(operation.collection, catalog_service_id=service, type="item", title="Neu")


TARGETS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "catalog_services.update_item": item,
    "deal_categories.delete": alone,
    "deals.delete": alone,
    "offers.delete": fresh,
    "offers.delete_attachment": attachment,
    "offers.update": fresh,
    "planned_purchases.delete": alone,
    "purchase_budgets.delete": alone,
    "purchases.delete": alone,
    "receipts.delete": pending,
    "revenue_categories.delete": alone,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Bodies by operation, out of what the seeded sandbox holds."""
    store = sandbox.store
    purchase = next(iter(store["purchases"].values()))
    expenses = next(iter(store["vat_code_purchases"]))
    unconfirmed = store.where("offers", status="created")[0]
    email = {"subject": "Ihr Angebot", "text": "Hallo"}
    payment = {"date": "2026-01-07", "purchase_id": purchase["id"], "total": 10}
    return {
        "catalog_services.create": {"title": "Neu", "items": [{"type": "item", "title": "Eins", "net_total": 100}]},
        "catalog_services.create_item": {"type": "item", "title": "Zwei", "quantity": 2, "unit_price": 50},
        "contacts.create": {"lastname": "Neu", "gender": "F", "avatar": UPLOAD},
        "deal_categories.create": {"name": "Neu", "probability": 5},
        "deals.create": {
            "name": "Neu",
            "currency": "EUR",
            "money": 1000,
            "reminder_date": None,
            "user_id": 1,
            "deal_category_id": next(iter(store["deal_categories"])),
        },
        "invoice_bookkeeping_exports.create": {"invoice_ids": list(store["invoices"])[:2]},
        "invoice_reminders.create": {"invoice_id": next(iter(store["invoices"]))},
        "invoice_reminders.send_email": email,
        "offer_confirmations.create": {"offer_id": unconfirmed["id"]},
        "offers.assign": {"project_id": store.where("projects", currency="EUR")[0]["id"]},
        "offers.create": {
            "recipient_address": "Bern",
            "date": "2026-01-07",
            "due_date": "2026-02-07",
            "title": "Angebot",
            "company_id": unconfirmed["company_id"],
            "vat_code_id": next(iter(store["vat_code_sales"])),
            "items": [{"type": "title", "title": "Leistungen"}, {"type": "item", "title": "Eins", "net_total": 100}],
        },
        "offers.create_attachment": {"attachment": UPLOAD},
        "offers.send_email": email,
        "offers.update": {"title": "Neu", "discount": 10},
        "offers.update_status": {"status": "archived"},
        "planned_purchases.create": {
            "date": "2026-01-07",
            "title": "Neu",
            "net_total": 100,
            "currency": "EUR",
            "user_id": 1,
            "frequency": "quarterly",
        },
        "purchase_bookkeeping_exports.create": {"purchase_ids": [purchase["id"]]},
        "purchase_budgets.create": {"title": "Neu"},
        "purchase_budgets.target": {"target_amount": 100},
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
            "items": [{"title": "Papier", "total": 11.9, "vat_code_id": expenses, "tax_included": True}],
        },
        "purchases.update_status": {"status": "archived"},
        "receipts.create": {
            "date": "2026-01-07",
            "title": "Neu",
            "items": [{"vat_code_id": expenses, "gross_total": 99.9}],
            "attachment": UPLOAD,
        },
        "revenue_categories.create": {"name": "Neu"},
    }
