"""Payment reminders."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..engine.context import OperationContext
from ..engine.record import Record, Values
from ..engine.registry import before_save, computed, operation
from ..engine.store import Store
from ._documents import compose_email, find_billing_addresses
from ._timestamps import created_on, updated_on
from .invoices import dunning_level

TEXT = "Sicher ist unsere Rechnung Ihrer Aufmerksamkeit entgangen."

GRACE = timedelta(days=14)


@before_save("invoice_reminders")
def prepare(context: OperationContext, reminder: Record, values: Values) -> None:
    level = dunning_level(context.store, context.store["invoices"][values["invoice_id"]]) + 1
    day = values.setdefault("date", context.today.isoformat())
    values.setdefault("title", "Zahlungserinnerung" if level == 1 else f"{level - 1}. Mahnung")
    values.setdefault("text", TEXT)
    if values.get("due_date") is None:
        values["due_date"] = (date.fromisoformat(day) + GRACE).isoformat()
    values.update(status="created")


@computed("invoice_reminders", "file_url")
def file_url(store: Store, reminder: Record) -> Any:
    return f"{store.site}/invoice_reminders/{reminder['id']}.pdf"


@operation("invoice_reminders.send_email")
def send_email(context: OperationContext) -> dict[str, Any]:
    invoice = context.store["invoices"][context.record["invoice_id"]]
    sent = compose_email(
        context, *find_billing_addresses(context.store, invoice["customer_id"], invoice.get("project_id"))
    )
    context.store.change(context.record, status="sent")
    return sent


computed("invoice_reminders", "created_on")(created_on)
computed("invoice_reminders", "updated_on")(updated_on)
