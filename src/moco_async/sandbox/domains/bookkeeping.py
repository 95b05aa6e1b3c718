"""What follows invoices: payment reminders, and the exports to bookkeeping, of purchases as well."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine import crud
from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares
from ..engine.store import Record, Store, Values
from .documents import billing_addresses, email

TEXT = "Sicher ist unsere Rechnung Ihrer Aufmerksamkeit entgangen."
GRACE = timedelta(days=14)


@prepares("invoice_reminders")
def prepare(call: Call, reminder: Record, values: Values) -> None:
    level = dunning_level(call.store, call.store["invoices"][values["invoice_id"]]) + 1
    day = values.setdefault("date", call.today.isoformat())
    values.setdefault("title", "Zahlungserinnerung" if level == 1 else f"{level - 1}. Mahnung")
    values.setdefault("text", TEXT)
    if values.get("due_date") is None:
        values["due_date"] = (date.fromisoformat(day) + GRACE).isoformat()
    values.update(status="created")


@computed("invoices", "dunning_level")
def dunning_level(store: Store, invoice: Record) -> int:
    return len(store.where("invoice_reminders", invoice_id=invoice["id"]))


@computed("invoice_reminders", "file_url")
def file_url(store: Store, reminder: Record) -> Any:
    return f"{store.site}/invoice_reminders/{reminder['id']}.pdf"


@action("invoice_reminders.send_email")
def send_email(call: Call) -> dict[str, Any]:
    invoice = call.store["invoices"][call.record["invoice_id"]]
    sent = email(call, *billing_addresses(call.store, invoice["customer_id"], invoice.get("project_id")))
    call.store.change(call.record, status="sent")
    return sent


@prepares("invoice_bookkeeping_exports")
def prepare_invoices(call: Call, export: Record, values: Values) -> None:
    _export(call, "invoices", "invoice_ids", values)


@action("purchase_bookkeeping_exports.create")
def create(call: Call) -> Record:
    archive = call.body.pop("archive_after_export", False)
    export = crud.create(call)
    for number in export["purchase_ids"] if archive else ():
        call.store.change(call.store["purchases"][number], status="archived")
    return export


@prepares("purchase_bookkeeping_exports")
def prepare_purchases(call: Call, export: Record, values: Values) -> None:
    _export(call, "purchases", "purchase_ids", values)


def _export(call: Call, collection: str, name: str, values: Values) -> None:
    """Complete an export: it spans the days of what it holds, and is submitted unless that is declined."""
    exported = [call.store.find(collection, number) for number in values[name]]
    days = sorted(record["date"] for record in exported if record)
    if not days or len(days) < len(exported):
        raise invalid(**{name: "must exist" if exported else "can't be blank"})
    submitted = values.pop("with_direct_online_submission", True)
    values["from"], values["to"] = days[0], days[-1]
    values.update(user_id=call.user["id"], status="pending" if submitted else "manual")
