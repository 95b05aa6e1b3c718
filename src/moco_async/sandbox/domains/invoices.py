"""Invoices: their totals, status and documents."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..engine import crud
from ..engine.context import NOT_FOUND, OperationContext, invalid
from ..engine.filters import select
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, get_value, operation
from ..engine.store import Store
from ._documents import compose_email, find_billing_addresses, pdf_response, save_attachment
from ._line_items import BILLED_BY_ITEM, build_line_item, compute_totals, find_sale_vat
from ._timestamps import created_on, updated_on
from .approvals import remove_approvals

DEFAULTS = {
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


@operation("invoices.create")
def create(context: OperationContext) -> Record:
    invoice = crud.create(context)
    for item in invoice["items"]:
        for name, collection in BILLED_BY_ITEM.items():
            for number in item.get(name) or ():
                context.store.change(context.store[collection][number], billed=True, invoice_id=invoice["id"])
    return invoice


@before_save("invoices")
def prepare(context: OperationContext, invoice: Record, values: Values) -> None:
    """Complete a new invoice; invoices cannot be changed."""
    values.update({**DEFAULTS, "tags": [], "user_id": context.user["id"]} | values)
    if values["due_date"] < values["date"]:
        raise invalid(due_date="must not be before the date")
    code = find_sale_vat(context, values)
    if code is None and values.get("tax") is None:
        raise invalid(vat_code_id="can't be blank")
    values.update(vat_id=code and code["id"], tax=code["tax"] if code else values["tax"])
    values["items"] = [build_line_item(context, "invoices", {**item, "id": None}) for item in values["items"]]
    values.update(compute_totals(values))
    if values["status"] != "draft" and not values.get("identifier"):
        values["identifier"] = f"R{values['date'][2:4]}{context.store.next_number('invoices'):04}"


@computed("invoices", "status")
def status(store: Store, invoice: Record) -> Any:
    """The status that was set, unless the invoice has payments."""
    paid = sum(payment["paid_total"] for payment in store.where("invoice_payments", invoice_id=invoice["id"]))
    if not paid or invoice["status"] in {"draft", "ignored", "disregarded"}:
        return invoice["status"]
    return "paid" if paid >= invoice["gross_total"] else "partially_paid"


computed("invoices", "created_on")(created_on)
computed("invoices", "updated_on")(updated_on)


@computed("invoices", "dunning_level")
def dunning_level(store: Store, invoice: Record) -> int:
    return len(store.where("invoice_reminders", invoice_id=invoice["id"]))


@computed("invoices", "debit_number")
def debit_number(store: Store, invoice: Record) -> Any:
    return store["companies"][invoice["customer_id"]].get("debit_number")


@operation("invoices.locked")
def locked(context: OperationContext) -> list[Record]:
    return select(context, context.store.where("invoices", locked=True))


@before_delete("invoices")
def prepare_delete(context: OperationContext, invoice: Record) -> None:
    if invoice["status"] != "draft" and not context.body.get("reason"):
        raise invalid(reason="can't be blank")
    if invoice.get("locked") or context.store.where("invoice_payments", invoice_id=invoice["id"]):
        raise invalid(base="The invoice is locked or has payments")
    remove_approvals(context.store, "invoice", invoice)
    for collection in BILLED_BY_ITEM.values():
        for record in context.store.where(collection, invoice_id=invoice["id"]):
            context.store.change(record, billed=False, invoice_id=None)
    for collection in ("invoice_reminders", "invoices/attachments"):
        for record in context.store.where(collection, invoice_id=invoice["id"]):
            context.store.remove(record)


@operation("invoices.update_status")
def update_status(context: OperationContext) -> None:
    invoice = _find_real_invoice(context)
    if invoice["status"] == "draft":
        raise invalid(status="cannot be set on a draft")
    context.store.change(invoice, status=context.body["status"])


def _find_real_invoice(context: OperationContext) -> Record:
    """The invoice; one of status `disregarded` only stands for activities that were marked as billed."""
    if context.record["status"] == "disregarded":
        raise NOT_FOUND
    return context.record


@operation("invoices.timesheet")
def timesheet(context: OperationContext) -> list[Record]:
    return context.store.where("activities", invoice_id=context.record["id"])


@operation("invoices.expenses")
def expenses(context: OperationContext) -> list[Record]:
    return context.store.where("project_expenses", invoice_id=context.record["id"])


@operation("invoices.pdf")
def pdf(context: OperationContext) -> Response:
    invoice = _find_real_invoice(context)
    lines = [f"{item['title'] or ''}   {item['net_total']:.2f}" for item in invoice["items"] if item["type"] == "item"]
    total = f"Total   {invoice['gross_total']:.2f} {invoice['currency']}"
    return pdf_response(_build_title(invoice), [*invoice["recipient_address"].split("\n"), "", *lines, "", total])


@operation("invoices.timesheet_pdf")
def timesheet_pdf(context: OperationContext) -> Response:
    activities = timesheet(context)
    if not activities:
        raise NOT_FOUND
    lines = [
        f"{row['date']}   {get_value(context.store, row, 'hours'):5.2f} h   {row['description']}" for row in activities
    ]
    return pdf_response(f"{_build_title(context.record)} Timesheet", lines)


def _build_title(invoice: Record) -> str:
    return f"{invoice.get('identifier') or 'Draft'} {invoice['title']}"


@operation("invoices.send_email")
def send_email(context: OperationContext) -> dict[str, Any]:
    invoice = _find_real_invoice(context)
    sent = compose_email(
        context, *find_billing_addresses(context.store, invoice["customer_id"], invoice.get("project_id"))
    )
    if invoice["status"] == "created":
        context.store.change(invoice, status="sent")
    return sent


before_save("invoices/attachments")(save_attachment)
operation("invoices.attachments")(crud.list_)
operation("invoices.create_attachment")(crud.create)
operation("invoices.delete_attachment")(crud.delete)
