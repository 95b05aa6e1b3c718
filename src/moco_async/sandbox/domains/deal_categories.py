"""Deal categories, which are the stages of the pipeline."""

from __future__ import annotations

from ..engine.context import HTTPError, OperationContext
from ..engine.record import Record
from ..engine.registry import before_delete


@before_delete("deal_categories")
def prepare_delete(context: OperationContext, category: Record) -> None:
    if context.store.where("deals", category_id=category["id"]):
        raise HTTPError(403, {"errors": ["The deal category is in use"]})
