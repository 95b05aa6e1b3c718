"""Tags, and what carries them."""

from __future__ import annotations

import re

from ..engine import crud
from ..engine.context import NOT_FOUND, Call, Refusal, invalid
from ..engine.registry import action, prepares
from ..engine.store import Record, Values
from ..engine.tags import GREY, TAGGABLE, introduce, rename


@prepares("tags")
def prepare(call: Call, tag: Record, values: Values) -> None:
    whole = {**tag, **values}
    if not tag and values.get("color") is None:
        values["color"] = GREY
    elif values.get("color") and not re.fullmatch(r"#[0-9A-Fa-f]{6}", values["color"]):
        raise invalid(color="is invalid")
    others = call.store.where("tags", context=whole["context"], name=whole["name"])
    if any(other is not tag for other in others):
        raise invalid(name="has already been taken")
    if tag and whole["name"] != tag["name"]:
        rename(call.store, tag, whole["name"])


@action("tags.delete")
def delete(call: Call) -> Record:
    tag, text = call.record, call.query.get("merge_tag_id", "")
    heir = call.store.find("tags", int(text)) if text.isdecimal() else None
    if text and (heir is None or heir is tag or heir["context"] != tag["context"]):
        raise invalid(merge_tag_id="must exist")
    rename(call.store, tag, heir["name"] if heir else None)
    return crud.delete(call)


@action("taggings.list")
def tags(call: Call) -> list[str]:
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
