"""Inputs of every operation: the body, and the record in the path, that make it succeed in the seeded sandbox.

A new operation is added to the `operation_inputs_*` module that its resource belongs to: its body to `bodies`, if the
spec requires one, and to `RECORDS` the record it is performed on, if the first one of its collection will not do.
"""

from __future__ import annotations

from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation
from tests.sandbox import (
    operation_inputs_account,
    operation_inputs_invoices,
    operation_inputs_people,
    operation_inputs_projects,
    operation_inputs_purchases,
    operation_inputs_sales,
)

PARTS = [
    operation_inputs_account,
    operation_inputs_invoices,
    operation_inputs_people,
    operation_inputs_projects,
    operation_inputs_purchases,
    operation_inputs_sales,
]
RECORDS = {name: find for part in PARTS for name, find in part.RECORDS.items()}
FILES = operation_inputs_purchases.FILES
"""The files of multipart bodies."""


def body_for(sandbox: Sandbox, operation: Operation) -> dict[str, Any] | None:
    """The body of an operation; an empty one if it takes a body and none is needed."""
    bodies = {name: body for part in PARTS for name, body in part.bodies(sandbox).items()}
    return bodies.get(operation.id, {} if operation.body_schema else None)


def path_for(sandbox: Sandbox, operation: Operation) -> str:
    """The path of an operation, with the ids of records that it can be performed on."""
    store = sandbox.store
    record = RECORDS.get(operation.id, first)(sandbox, operation) if "{id}" in operation.path else {}
    ids = {
        "id": record.get("id"),
        "project_id": record.get("project_id") or next(iter(store["projects"])),
        "invoice_id": record.get("invoice_id") or next(iter(store["invoices"])),
        "offer_id": record.get("offer_id") or list(store["offers"])[-1],
        "catalog_service_id": next(iter(store["catalog_services"])),
        "taggable_type": "Project",
        "taggable_id": next(iter(store["projects"])),
    }
    return operation.path.format(**ids)


def first(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return next(iter(sandbox.store[operation.collection].values()))
