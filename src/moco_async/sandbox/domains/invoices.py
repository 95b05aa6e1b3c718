"""Invoices: their totals, status, documents, attachments, and payments."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from .. import crud
from ..calls import NOT_FOUND, Call, invalid
from ..filters import select
from ..hooks import action, computed, prepares, releases, value
from ..pdf import one_page
from ..store import Record, Store, Values
from .companies import vat_code

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
        for activity_id in item.pop("activity_ids"):
            activity = call.store["activities"][activity_id]
            call.store.change(activity, billed=True, invoice_id=invoice["id"])
    return invoice


@prepares("invoices")
def prepare(call: Call, invoice: Record, values: Values) -> None:
    """Complete a new invoice; there is no changing one afterwards."""
    values.update({**NEW, "tags": [], "user_id": call.user["id"]} | values)
    if values["due_date"] < values["date"]:
        raise invalid(due_date="must not be before the date")
    code = _vat_code(call, values)
    values.update(vat_id=code and code["id"], tax=code["tax"] if code else values.get("tax") or 0.0)
    values["items"] = [_item(call, item) for item in values["items"]]
    values.update(totals(values))
    if values["status"] != "draft" and not values.get("identifier"):
        values["identifier"] = f"R{values['date'][2:4]}{call.store.number('invoices'):04}"


def _vat_code(call: Call, values: Values) -> Record | None:
    """The VAT code that is named, that has the given rate, or that is the customer's."""
    if values.get("vat_id") is not None:
        return call.store.find("vat_code_sales", values["vat_id"])
    if values.get("tax") is not None:
        return vat_code(call.store, "vat_code_sales", values["tax"])
    return call.store.find("vat_code_sales", call.store["companies"][values["customer_id"]].get("customer_vat_id"))


def _item(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    activity_ids = item.get("activity_ids", [])
    if not call.store["activities"].keys() >= set(activity_ids):
        raise invalid(items="activity_ids must exist")
    quantity, unit_price = item.get("quantity"), item.get("unit_price")
    total = item.get("net_total", 0.0)
    if quantity is not None and unit_price is not None:
        total = round(quantity * unit_price, 2)
    optional = item.get("optional", False)
    return {**item, "id": call.store.new_id(), "net_total": total, "optional": optional, "activity_ids": activity_ids}


def totals(invoice: dict[str, Any]) -> dict[str, float]:
    """What an invoice sums up to: optional positions aside, less the discount, with and without VAT."""
    counted = (item for item in invoice["items"] if item["type"] == "item" and not item["optional"])
    net = sum(item["net_total"] for item in counted) * (1 - (invoice.get("discount") or 0) / 100)
    return {"net_total": round(net, 2), "gross_total": round(net * (1 + invoice["tax"] / 100), 2)}


@computed("invoices", "status")
def status(store: Store, invoice: Record) -> Any:
    """The status that was set, unless payments say otherwise."""
    paid = sum(payment["paid_total"] for payment in store.where("invoice_payments", invoice_id=invoice["id"]))
    if not paid or invoice["status"] in {"draft", "ignored", "disregarded"}:
        return invoice["status"]
    return "paid" if paid >= invoice["gross_total"] else "partially_paid"


@computed("invoices", "created_on")
@computed("invoice_payments", "created_on")
def created_on(store: Store, record: Record) -> Any:
    return record["created_at"][:10]


@computed("invoices", "updated_on")
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
    for activity in call.store.where("activities", invoice_id=invoice["id"]):
        call.store.change(activity, billed=False, invoice_id=None)


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
    return _document(_name(invoice), [*invoice["recipient_address"].split("\n"), "", *lines, "", total])


@action("invoices.timesheet_pdf")
def timesheet_pdf(call: Call) -> Response:
    activities = timesheet(call)
    if not activities:
        raise NOT_FOUND
    lines = [f"{row['date']}   {value(call.store, row, 'hours'):5.2f} h   {row['description']}" for row in activities]
    return _document(f"{_name(call.record)} Timesheet", lines)


def _name(invoice: Record) -> str:
    return f"{invoice.get('identifier') or 'Draft'} {invoice['title']}"


def _document(title: str, lines: list[str]) -> Response:
    plain = title.encode("ascii", "replace").decode().replace('"', "'")
    disposition = f"attachment; filename=\"{plain}.pdf\"; filename*=UTF-8''{quote(title)}.pdf"
    return Response(one_page(title, lines), media_type="application/pdf", headers={"Content-Disposition": disposition})


@action("invoices.send_email")
def send_email(call: Call) -> dict[str, Any]:
    invoice, names = _real(call), ("emails_to", "emails_cc", "emails_bcc")
    email: dict[str, Any] = {name: call.body.get(name) for name in names}
    if not any(email.values()):
        company = call.store["companies"][invoice["customer_id"]]
        project = call.store.find("projects", invoice.get("project_id")) or company
        email["emails_to"] = project.get("billing_email_to") or company.get("email")
        email["emails_cc"] = project.get("billing_email_cc") or company.get("billing_email_cc")
    if not any(email.values()):
        raise invalid(emails_to="can't be blank")
    if invoice["status"] == "created":
        call.store.change(invoice, status="sent")
    return {**email, "subject": call.body["subject"], "text": call.body["text"]}


action("invoices.attachments")(crud.list_)
action("invoices.create_attachment")(crud.create)
action("invoices.delete_attachment")(crud.delete)


@prepares("invoices/attachments")
def prepare_attachment(call: Call, attachment: Record, values: Values) -> None:
    file = values.pop("attachment")
    try:
        content = b64decode(file["base64"], validate=True)
    except ValueError:
        content = b""
    if not content.startswith(b"%PDF-"):
        raise invalid(attachment="must be a PDF")
    values.update(title=file["filename"], content=content)


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
