"""Payment reminders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine.context import Call
from ..engine.registry import action, computed, prepares
from ..engine.store import Record, Store, Values
from ._documents import billing_addresses, email
from ._timestamps import created_on, updated_on
from .invoices import dunning_level

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


@computed("invoice_reminders", "file_url")
def file_url(store: Store, reminder: Record) -> Any:
    return f"{store.site}/invoice_reminders/{reminder['id']}.pdf"


@action("invoice_reminders.send_email")
def send_email(call: Call) -> dict[str, Any]:
    invoice = call.store["invoices"][call.record["invoice_id"]]
    sent = email(call, *billing_addresses(call.store, invoice["customer_id"], invoice.get("project_id")))
    call.store.change(call.record, status="sent")
    return sent


computed("invoice_reminders", "created_on")(created_on)
computed("invoice_reminders", "updated_on")(updated_on)
