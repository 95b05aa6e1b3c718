"""Catalog services and their items."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, operation

ITEMS = "account/catalog_services/items"


@operation("catalog_services.create")
def create(context: OperationContext) -> Record:
    items = context.body.pop("items", [])
    service = crud.create(context)
    crud.create_many(context, ITEMS, *({**item, "catalog_service_id": service["id"]} for item in items))
    return service


@before_save("account/catalog_services/items")
def prepare_item(context: OperationContext, item: Record, values: Values) -> None:
    values.pop("id", None)
    whole = {**item, **values}
    quantity, price = whole.get("quantity"), whole.get("unit_price")
    if quantity is not None and price is not None:
        values["net_total"] = round(quantity * price, 2)


@operation("catalog_services.update_item")
def update_item(context: OperationContext) -> Record:
    return crud.delete(context) if context.body.pop("destroyed", False) else crud.update(context)


operation("catalog_services.create_item")(crud.create)


operation("catalog_services.get_item")(crud.get)


operation("catalog_services.delete_item")(crud.delete)


@before_delete("catalog_services")
def prepare_delete(context: OperationContext, service: Record) -> None:
    for item in context.store.where(ITEMS, catalog_service_id=service["id"]):
        context.store.remove(item)
