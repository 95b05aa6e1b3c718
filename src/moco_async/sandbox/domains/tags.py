"""Tags."""

from __future__ import annotations

import re

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation
from ..engine.tags import GREY, replace_tag


@before_save("tags")
def prepare(context: OperationContext, tag: Record, values: Values) -> None:
    whole = {**tag, **values}
    if not tag and values.get("color") is None:
        values["color"] = GREY
    elif values.get("color") and not re.fullmatch(r"#[0-9A-Fa-f]{6}", values["color"]):
        raise invalid(color="is invalid")
    others = context.store.where("tags", context=whole["context"], name=whole["name"])
    if any(other is not tag for other in others):
        raise invalid(name="has already been taken")
    if tag and whole["name"] != tag["name"]:
        replace_tag(context.store, tag, whole["name"])


@operation("tags.delete")
def delete(context: OperationContext) -> Record:
    tag, text = context.record, context.query.get("merge_tag_id", "")
    successor = context.store.find("tags", int(text)) if text.isdecimal() else None
    if text and (successor is None or successor is tag or successor["context"] != tag["context"]):
        raise invalid(merge_tag_id="must exist")
    replace_tag(context.store, tag, successor["name"] if successor else None)
    return crud.delete(context)
