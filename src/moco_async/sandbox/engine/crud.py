"""What every resource can do: list, get, create, update, delete."""

from __future__ import annotations

from functools import cache

from .context import Call, Refusal, invalid
from .custom_fields import merged
from .filters import select
from .registry import ACTIONS, PREPARE, RELEASE, Action
from .relations import OTHER_NAMES, REFERENCES
from .store import Record, Values
from .tags import introduce


def list_(call: Call) -> list[Record]:
    rows = call.store.where(call.operation.collection, **call.parents)
    if not call.caller.may_see_all(call.operation.collection):
        rows = [row for row in rows if call.caller.may_see(row)]
    return select(call, rows)


def get(call: Call) -> Record:
    return call.record


def create(call: Call) -> Record:
    return create_from(call, call.operation.collection, call.body)[0]


def create_from(call: Call, collection: str, *bodies: Values) -> list[Record]:
    """Create records from bodies of their own: all of them, or none if one is refused."""
    prepared = [_prepared(call, Record(collection, {}), {**call.parents, **body}) for body in bodies]
    return [call.store.add(collection, **values) for values in prepared]


def update(call: Call) -> Record:
    record = call.record
    return call.store.change(record, **_prepared(call, record, call.body))


def delete(call: Call) -> Record:
    record = call.record
    if release := RELEASE.get(record.collection):
        release(call, record)
    call.store.remove(record)
    return record


GENERIC: dict[str, Action] = {
    "list": list_,
    "list_all": list_,
    "get": get,
    "create": create,
    "update": update,
    "delete": delete,
}


def action_of(call: Call) -> Action:
    """What the operation does: what a domain says or, by its last word, what every resource can do."""
    operation = call.operation
    if operation.id in ACTIONS:
        return ACTIONS[operation.id]
    of_one = operation.verb in {"get", "update", "delete"}
    if operation.verb in GENERIC and of_one == ("{id}" in operation.path):
        return GENERIC[operation.verb]
    raise Refusal(501, {"message": f"{operation.id} is not modelled"})


def _prepared(call: Call, record: Record, body: Values) -> Values:
    """What a body writes to a record, under the names that records keep, completed and checked."""
    values: Values = {}
    for given, value in body.items():
        name, target = _meaning(record.collection, given)
        values[name] = value
        if target and value is not None and call.store.find(target, value) is None:
            raise invalid(**{given: "must exist"})
    if "custom_properties" in values:
        values["custom_properties"] = merged(call.store, record, values)
    if prepare := PREPARE.get(record.collection):
        prepare(call, record, values)
    introduce(call.store, record.collection, values.get("tags") or ())
    return values


@cache
def _meaning(collection: str, given: str) -> tuple[str, str | None]:
    """The name that records of a collection keep an attribute of a body under, and what it refers to, if it does."""
    name = OTHER_NAMES.get(collection, {}).get(given, given)
    return name, REFERENCES.get(name.removesuffix("_id")) if name.endswith("_id") else None
