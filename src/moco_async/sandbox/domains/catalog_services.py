"""Catalog services and their items."""

from __future__ import annotations

from ..engine import crud
from ..engine.context import Call
from ..engine.registry import action, prepares, releases
from ..engine.store import Record, Values

ITEMS = "account/catalog_services/items"


@action("catalog_services.create")
def create(call: Call) -> Record:
    items = call.body.pop("items", [])
    service = crud.create(call)
    crud.create_from(call, ITEMS, *({**item, "catalog_service_id": service["id"]} for item in items))
    return service


@prepares(ITEMS)
def prepare_item(call: Call, item: Record, values: Values) -> None:
    values.pop("id", None)
    whole = {**item, **values}
    quantity, price = whole.get("quantity"), whole.get("unit_price")
    if quantity is not None and price is not None:
        values["net_total"] = round(quantity * price, 2)


@action("catalog_services.update_item")
def update_item(call: Call) -> Record:
    return crud.delete(call) if call.body.pop("destroyed", False) else crud.update(call)


action("catalog_services.create_item")(crud.create)


action("catalog_services.get_item")(crud.get)


action("catalog_services.delete_item")(crud.delete)


@releases("catalog_services")
def release(call: Call, service: Record) -> None:
    for item in call.store.where(ITEMS, catalog_service_id=service["id"]):
        call.store.remove(item)
