"""Drafts of purchases."""

from __future__ import annotations

from starlette.responses import Response

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, operation
from ._documents import download_response, file_url, store_upload


@before_save("purchase_drafts")
def prepare(context: OperationContext, draft: Record, values: Values) -> None:
    values["user_id"] = context.user["id"]
    if "file" in values:
        values["file"] = store_upload(context.store, "file", values["file"])


computed("purchase_drafts", "file_url")(file_url)


@operation("purchase_drafts.pdf")
def pdf(context: OperationContext) -> Response:
    file = context.record.get("file")
    if not file or not file["content"].startswith(b"%PDF-"):
        return Response(status_code=204)
    return download_response(file["filename"], file["content"])
