"""Inputs of operations on companies, contacts, deals, offers and the catalog; see `operation_inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation

UPLOAD = {"filename": "a.pdf", "base64": "JVBERi0xLjQK"}


def unreferenced(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """A record that nothing refers to."""
    values: dict[str, dict[str, Any]] = {
        "companies": {"type": "supplier"},
        "deals": {"category_id": next(iter(sandbox.store["deal_categories"]))},
    }
    return sandbox.store.add(operation.collection, name="Leer", **values.get(operation.collection, {}))


def fresh(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.where("offers", status="created")[0]


def attachment(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.add(operation.collection, offer_id=next(iter(sandbox.store["offers"])), title="a.pdf")


def item(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    service = next(iter(sandbox.store["catalog_services"]))
    return sandbox.store.add(operation.collection, catalog_service_id=service, type="item", title="Neu")


RECORDS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {
    "catalog_services.update_item": item,
    "companies.delete": unreferenced,
    "deal_categories.delete": unreferenced,
    "deals.delete": unreferenced,
    "offers.delete": fresh,
    "offers.delete_attachment": attachment,
    "offers.update": fresh,
    "revenue_categories.delete": unreferenced,
}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return _deal_bodies(sandbox) | _offer_bodies(sandbox)


def _deal_bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return {
        "catalog_services.create": {"title": "Neu", "items": [{"type": "item", "title": "Eins", "net_total": 100}]},
        "catalog_services.create_item": {"type": "item", "title": "Zwei", "quantity": 2, "unit_price": 50},
        "companies.create": {"name": "Neu GmbH", "type": "customer", "currency": "EUR"},
        "contacts.create": {"lastname": "Neu", "gender": "F", "avatar": UPLOAD},
        "deal_categories.create": {"name": "Neu", "probability": 5},
        "deals.create": {
            "name": "Neu",
            "currency": "EUR",
            "money": 1000,
            "reminder_date": None,
            "user_id": 1,
            "deal_category_id": next(iter(sandbox.store["deal_categories"])),
        },
        "revenue_categories.create": {"name": "Neu"},
    }


def _offer_bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    store = sandbox.store
    unconfirmed = store.where("offers", status="created")[0]
    return {
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
        "offers.send_email": {"subject": "Ihr Angebot", "text": "Hallo"},
        "offers.update": {"title": "Neu", "discount": 10},
        "offers.update_status": {"status": "archived"},
    }
