"""Drafts of purchases."""

from __future__ import annotations

from starlette.responses import Response

from ..engine.context import Call
from ..engine.registry import action, computed, prepares
from ..engine.store import Record, Values
from ._documents import download, file_url, handed_in


@prepares("purchase_drafts")
def prepare(call: Call, draft: Record, values: Values) -> None:
    values["user_id"] = call.user["id"]
    if "file" in values:
        values["file"] = handed_in(call.store, "file", values["file"])


computed("purchase_drafts", "file_url")(file_url)


@action("purchase_drafts.pdf")
def pdf(call: Call) -> Response:
    file = call.record.get("file")
    if not file or not file["content"].startswith(b"%PDF-"):
        return Response(status_code=204)
    return download(file["filename"], file["content"])
