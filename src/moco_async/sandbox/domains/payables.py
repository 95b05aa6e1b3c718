"""What comes before purchases and after them: drafts, and payments."""

from __future__ import annotations

from starlette.responses import Response

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.registry import action, prepares
from ..engine.store import Record, Values
from .documents import download, handed_in


@prepares("purchase_payments")
def prepare_payment(call: Call, payment: Record, values: Values) -> None:
    if payment:
        values.pop("purchase_id", None)  # it stays what it was on creation
        return
    purchase = call.store.find("purchases", values.get("purchase_id"))
    if purchase is None and not values.get("description"):
        raise invalid(description="can't be blank")
    values.setdefault("currency", purchase["currency"] if purchase else "EUR")
    values["user_id"] = call.user["id"]


@action("purchase_payments.create_bulk")
def create_payments(call: Call) -> list[Record]:
    return crud.create_from(call, "purchase_payments", *call.body["bulk_data"])


@prepares("purchase_drafts")
def prepare_draft(call: Call, draft: Record, values: Values) -> None:
    values["user_id"] = call.user["id"]
    if "file" in values:
        values["file"] = handed_in(call.store, "file", values["file"])


@action("purchase_drafts.pdf")
def draft_pdf(call: Call) -> Response:
    file = call.record.get("file")
    if not file or not file["content"].startswith(b"%PDF-"):
        return Response(status_code=204)
    return download(file["filename"], file["content"])
