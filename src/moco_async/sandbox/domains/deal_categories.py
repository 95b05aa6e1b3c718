"""Deal categories, which are the stages of the pipeline."""

from __future__ import annotations

from ..engine.context import Call, Refusal
from ..engine.registry import releases
from ..engine.store import Record


@releases("deal_categories")
def release(call: Call, category: Record) -> None:
    if call.store.where("deals", category_id=category["id"]):
        raise Refusal(403, {"errors": ["The deal category is in use"]})
