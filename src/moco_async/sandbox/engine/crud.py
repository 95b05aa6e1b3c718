"""The operations that all resources have in common: list, get, create, update, delete."""

from __future__ import annotations

from functools import cache

from .context import HTTPError, OperationContext, invalid
from .custom_fields import merge_values
from .filters import select
from .record import Record, Values
from .registry import BEFORE_DELETE, BEFORE_SAVE, OPERATIONS, Handler
from .relations import ALIASES, REFERENCES
from .tags import create_missing_tags


def list_(context: OperationContext) -> list[Record]:
    rows = context.store.where(context.operation.collection, **context.parents)
    if not context.caller.may_see_all(context.operation.collection):
        rows = [row for row in rows if context.caller.may_see(row)]
    return select(context, rows)


def get(context: OperationContext) -> Record:
    return context.record


def create(context: OperationContext) -> Record:
    return create_many(context, context.operation.collection, context.body)[0]


def create_many(context: OperationContext, collection: str, *bodies: Values) -> list[Record]:
    """Create a record from each body: all of them, or none if one is invalid."""
    prepared = [_prepare_values(context, Record(collection, {}), {**context.parents, **body}) for body in bodies]
    return [context.store.add(collection, **values) for values in prepared]


def update(context: OperationContext) -> Record:
    record = context.record
    return context.store.change(record, **_prepare_values(context, record, context.body))


def delete(context: OperationContext) -> Record:
    record = context.record
    if hook := BEFORE_DELETE.get(record.collection):
        hook(context, record)
    context.store.remove(record)
    return record


GENERIC: dict[str, Handler] = {
    "list": list_,
    "list_all": list_,
    "get": get,
    "create": create,
    "update": update,
    "delete": delete,
}


def find_handler(context: OperationContext) -> Handler:
    """The handler of an operation: the registered one, or the generic one of its verb."""
    operation = context.operation
    if operation.id in OPERATIONS:
        return OPERATIONS[operation.id]
    single = operation.verb in {"get", "update", "delete"}
    if operation.verb in GENERIC and single == ("{id}" in operation.path):
        return GENERIC[operation.verb]
    raise HTTPError(501, {"message": f"{operation.id} is not modelled"})


def _prepare_values(context: OperationContext, record: Record, body: Values) -> Values:
    """The values that a body writes to a record, under their stored names, completed and checked."""
    values: Values = {}
    for given, value in body.items():
        name, target = _resolve_name(record.collection, given)
        values[name] = value
        if target and value is not None and context.store.find(target, value) is None:
            raise invalid(**{given: "must exist"})
    if "custom_properties" in values:
        values["custom_properties"] = merge_values(context.store, record, values)
    if hook := BEFORE_SAVE.get(record.collection):
        hook(context, record, values)
    create_missing_tags(context.store, record.collection, values.get("tags") or ())
    return values


@cache
def _resolve_name(collection: str, given: str) -> tuple[str, str | None]:
    """The stored name of an attribute of a body, and the collection that it refers to, if any."""
    name = ALIASES.get(collection, {}).get(given, given)
    return name, REFERENCES.get(name.removesuffix("_id")) if name.endswith("_id") else None
