"""Offer confirmations."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..engine import crud
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, operation
from ..engine.store import Store
from ._documents import pdf_response


@operation("offer_confirmations.create")
def create(context: OperationContext) -> Record:
    confirmation = crud.create(context)
    offer = context.store["offers"][confirmation["offer_id"]]
    if offer["status"] in {"created", "sent"}:
        context.store.change(offer, status="accepted")
    return confirmation


@before_save("offer_confirmations")
def prepare(context: OperationContext, confirmation: Record, values: Values) -> None:
    if confirmation:
        return
    offer_id = values["offer_id"]
    if context.store.where("offer_confirmations", offer_id=offer_id):
        raise invalid(offer_id="has already been taken")
    title = f"Auftragsbestätigung {context.store['offers'][offer_id]['title']}"
    default = {"title": title, "date": context.today.isoformat(), "salutation_raw": "", "footer_raw": ""}
    values.update(default | values, user_id=context.user["id"])


@computed("offer_confirmations", "file_url")
def file_url(store: Store, confirmation: Record) -> Any:
    return f"{store.site}/api/v1/offer_confirmations/{confirmation['id']}.pdf"


@operation("offer_confirmations.pdf")
def pdf(context: OperationContext) -> Response:
    offer = context.store["offers"][context.record["offer_id"]]
    return pdf_response(
        context.record["title"], [context.record["date"], "", f"{offer['identifier']} {offer['title']}"]
    )
