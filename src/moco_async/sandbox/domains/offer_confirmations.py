"""Offer confirmations."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares
from ..engine.store import Record, Store, Values
from ._documents import document


@action("offer_confirmations.create")
def create(call: Call) -> Record:
    confirmation = crud.create(call)
    offer = call.store["offers"][confirmation["offer_id"]]
    if offer["status"] in {"created", "sent"}:
        call.store.change(offer, status="accepted")
    return confirmation


@prepares("offer_confirmations")
def prepare(call: Call, confirmation: Record, values: Values) -> None:
    if confirmation:
        return
    offer_id = values["offer_id"]
    if call.store.where("offer_confirmations", offer_id=offer_id):
        raise invalid(offer_id="has already been taken")
    title = f"Auftragsbestätigung {call.store['offers'][offer_id]['title']}"
    default = {"title": title, "date": call.today.isoformat(), "salutation_raw": "", "footer_raw": ""}
    values.update(default | values, user_id=call.user["id"])


@computed("offer_confirmations", "file_url")
def file_url(store: Store, confirmation: Record) -> Any:
    return f"{store.site}/api/v1/offer_confirmations/{confirmation['id']}.pdf"


@action("offer_confirmations.pdf")
def pdf(call: Call) -> Response:
    offer = call.store["offers"][call.record["offer_id"]]
    return document(call.record["title"], [call.record["date"], "", f"{offer['identifier']} {offer['title']}"])
