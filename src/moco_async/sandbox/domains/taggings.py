"""Taggings: the tags that a record carries."""

from __future__ import annotations

from ..engine.context import NOT_FOUND, Call, Refusal
from ..engine.registry import action
from ..engine.store import Record
from ..engine.tags import TAGGABLE, introduce


@action("taggings.list")
def list_tags(call: Call) -> list[str]:
    return list(_tagged(call)["tags"])


@action("taggings.add")
def add(call: Call) -> list[str]:
    record = _tagged(call)
    return _tag(call, record, [*record["tags"], *call.body["tags"]])


@action("taggings.replace")
def replace(call: Call) -> list[str]:
    return _tag(call, _tagged(call), call.body["tags"])


@action("taggings.remove")
def remove(call: Call) -> list[str]:
    record = _tagged(call)
    return _tag(call, record, [tag for tag in record["tags"] if tag not in call.body["tags"]])


def _tagged(call: Call) -> Record:
    kind = call.path["taggable_type"]
    if kind not in TAGGABLE:
        raise Refusal(400, {"message": f"'{kind}' cannot be tagged"})
    record = call.store.find(TAGGABLE[kind], call.path["taggable_id"])
    if record is None:
        raise NOT_FOUND
    record.setdefault("tags", [])
    return record


def _tag(call: Call, record: Record, tags: list[str]) -> list[str]:
    unique = list(dict.fromkeys(tags))
    introduce(call.store, record.collection, unique)
    call.store.change(record, tags=unique)
    return unique
