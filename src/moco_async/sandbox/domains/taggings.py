"""Taggings: the tags that a record carries."""

from __future__ import annotations

from ..engine.context import NOT_FOUND, HTTPError, OperationContext
from ..engine.record import Record
from ..engine.registry import operation
from ..engine.tags import TAGGABLE, create_missing_tags


@operation("taggings.list")
def list_tags(context: OperationContext) -> list[str]:
    return list(_find_record(context).get("tags", ()))


@operation("taggings.add")
def add(context: OperationContext) -> list[str]:
    record = _find_record(context)
    return _set_tags(context, record, [*record.get("tags", ()), *context.body["tags"]])


@operation("taggings.replace")
def replace(context: OperationContext) -> list[str]:
    return _set_tags(context, _find_record(context), context.body["tags"])


@operation("taggings.remove")
def remove(context: OperationContext) -> list[str]:
    record = _find_record(context)
    return _set_tags(context, record, [tag for tag in record.get("tags", ()) if tag not in context.body["tags"]])


def _find_record(context: OperationContext) -> Record:
    kind = context.path["taggable_type"]
    if kind not in TAGGABLE:
        raise HTTPError(400, {"message": f"'{kind}' cannot be tagged"})
    record = context.store.find(TAGGABLE[kind], context.path["taggable_id"])
    if record is None:
        raise NOT_FOUND
    return record


def _set_tags(context: OperationContext, record: Record, tags: list[str]) -> list[str]:
    unique = list(dict.fromkeys(tags))
    create_missing_tags(context.store, record.collection, unique)
    context.store.change(record, tags=unique)
    return unique
