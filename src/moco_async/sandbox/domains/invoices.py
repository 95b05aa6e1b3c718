"""Invoices: their totals, status, documents, and payments."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from .. import crud
from ..calls import NOT_FOUND, Call, invalid
from ..filters import select
from ..hooks import action, computed, prepares, releases, value
from ..store import Record, Store, Values
from .approvals import withdraw
from .documents import billing_addresses, document, email
from .positions import LINKED, position, sale_vat, totals

NEW = {
    "activity_hours_modified": False,
    "cash_discount": 0.0,
    "cash_discount_days": 0.0,
    "custom_properties": {},
    "discount": 0.0,
    "footer": "",
    "locked": False,
    "reversal": False,
    "reversed": False,
    "salutation": "",
    "status": "created",
    "without_letter_paper": False,
}


@action("invoices.create")
def create(call: Call) -> Record:
    invoice = crud.create(call)
    for item in invoice["items"]:
        for name, collection in LINKED.items():
            for number in item.get(name) or ():
                call.store.change(call.store[collection][number], billed=True, invoice_id=invoice["id"])
    return invoice


@prepares("invoices")
def prepare(call: Call, invoice: Record, values: Values) -> None:
    """Complete a new invoice; there is no changing one afterwards."""
    values.update({**NEW, "tags": [], "user_id": call.user["id"]} | values)
    if values["due_date"] < values["date"]:
        raise invalid(due_date="must not be before the date")
    code = sale_vat(call, values)
    if code is None and values.get("tax") is None:
        raise invalid(vat_code_id="can't be blank")
    values.update(vat_id=code and code["id"], tax=code["tax"] if code else values["tax"])
    values["items"] = [position(call, "invoices", {**item, "id": None}) for item in values["items"]]
    values.update(totals(values))
    if values["status"] != "draft" and not values.get("identifier"):
        values["identifier"] = f"R{values['date'][2:4]}{call.store.number('invoices'):04}"


@computed("invoices", "status")
def status(store: Store, invoice: Record) -> Any:
    """The status that was set, unless payments say otherwise."""
    paid = sum(payment["paid_total"] for payment in store.where("invoice_payments", invoice_id=invoice["id"]))
    if not paid or invoice["status"] in {"draft", "ignored", "disregarded"}:
        return invoice["status"]
    return "paid" if paid >= invoice["gross_total"] else "partially_paid"


@computed("invoices", "created_on")
@computed("invoice_reminders", "created_on")
@computed("offers", "created_on")
@computed("invoice_payments", "created_on")
def created_on(store: Store, record: Record) -> Any:
    return record["created_at"][:10]


@computed("invoices", "updated_on")
@computed("invoice_reminders", "updated_on")
@computed("offers", "updated_on")
@computed("invoice_payments", "updated_on")
def updated_on(store: Store, record: Record) -> Any:
    return record["updated_at"][:10]


@computed("invoices", "debit_number")
def debit_number(store: Store, invoice: Record) -> Any:
    return store["companies"][invoice["customer_id"]].get("debit_number")


@action("invoices.locked")
def locked(call: Call) -> list[Record]:
    return select(call, call.store.where("invoices", locked=True))


@releases("invoices")
def release(call: Call, invoice: Record) -> None:
    if invoice["status"] != "draft" and not call.body.get("reason"):
        raise invalid(reason="can't be blank")
    if invoice.get("locked") or call.store.where("invoice_payments", invoice_id=invoice["id"]):
        raise invalid(base="The invoice is locked or has payments")
    withdraw(call.store, "invoice", invoice)
    for collection in LINKED.values():
        for record in call.store.where(collection, invoice_id=invoice["id"]):
            call.store.change(record, billed=False, invoice_id=None)
    for collection in ("invoice_reminders", "invoices/attachments"):
        for record in call.store.where(collection, invoice_id=invoice["id"]):
            call.store.remove(record)


@action("invoices.update_status")
def update_status(call: Call) -> None:
    invoice = _real(call)
    if invoice["status"] == "draft":
        raise invalid(status="cannot be set on a draft")
    call.store.change(invoice, status=call.body["status"])


def _real(call: Call) -> Record:
    """The invoice, unless it only stands for time that was marked as billed without one."""
    if call.record["status"] == "disregarded":
        raise NOT_FOUND
    return call.record


@action("invoices.timesheet")
def timesheet(call: Call) -> list[Record]:
    return call.store.where("activities", invoice_id=call.record["id"])


@action("invoices.expenses")
def expenses(call: Call) -> list[Record]:
    return call.store.where("project_expenses", invoice_id=call.record["id"])


@action("invoices.pdf")
def pdf(call: Call) -> Response:
    invoice = _real(call)
    lines = [f"{item['title'] or ''}   {item['net_total']:.2f}" for item in invoice["items"] if item["type"] == "item"]
    total = f"Total   {invoice['gross_total']:.2f} {invoice['currency']}"
    return document(_name(invoice), [*invoice["recipient_address"].split("\n"), "", *lines, "", total])


@action("invoices.timesheet_pdf")
def timesheet_pdf(call: Call) -> Response:
    activities = timesheet(call)
    if not activities:
        raise NOT_FOUND
    lines = [f"{row['date']}   {value(call.store, row, 'hours'):5.2f} h   {row['description']}" for row in activities]
    return document(f"{_name(call.record)} Timesheet", lines)


def _name(invoice: Record) -> str:
    return f"{invoice.get('identifier') or 'Draft'} {invoice['title']}"


@action("invoices.send_email")
def send_email(call: Call) -> dict[str, Any]:
    invoice = _real(call)
    sent = email(call, *billing_addresses(call.store, invoice["customer_id"], invoice.get("project_id")))
    if invoice["status"] == "created":
        call.store.change(invoice, status="sent")
    return sent


@prepares("invoice_payments")
def prepare_payment(call: Call, payment: Record, values: Values) -> None:
    whole = {**payment, **values}
    if whole.get("invoice_id") is None and not whole.get("description"):
        raise invalid(description="can't be blank")
    invoice = call.store.find("invoices", whole.get("invoice_id"))
    if not payment:
        values.setdefault("currency", invoice["currency"] if invoice else "EUR")
    if "paid_total" in values:
        values["paid_total_in_account_currency"] = values["paid_total"]  # as if all currencies were worth the same


@action("invoice_payments.create_bulk")
def create_payments(call: Call) -> list[Record]:
    return crud.create_from(call, "invoice_payments", *call.body["bulk_data"])
