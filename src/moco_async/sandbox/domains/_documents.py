"""Documents of records: PDFs, e-mails, and uploaded files."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from ..engine.auth import derive_key
from ..engine.context import OperationContext, invalid
from ..engine.pdf import one_page
from ..engine.record import Record, Values
from ..engine.store import Store


def pdf_response(title: str, lines: list[str]) -> Response:
    """A PDF to download, named after its title."""
    return download_response(f"{title}.pdf", one_page(title, lines))


def download_response(filename: str, content: bytes) -> Response:
    plain = filename.encode("ascii", "replace").decode().replace('"', "'")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": disposition})


def compose_email(context: OperationContext, default_to: str | None, default_cc: str | None = None) -> dict[str, Any]:
    """The e-mail that is sent: to the default recipients, unless the body names any."""
    sent: dict[str, Any] = {name: context.body.get(name) for name in ("emails_to", "emails_cc", "emails_bcc")}
    if not any(sent.values()):
        sent |= {"emails_to": default_to, "emails_cc": default_cc}
    if not any(sent.values()):
        raise invalid(emails_to="can't be blank")
    return {**sent, "subject": context.body["subject"], "text": context.body["text"]}


def find_billing_addresses(store: Store, customer_id: int | None, project_id: int | None) -> tuple[Any, Any]:
    """The recipients of bills and of their copies: those of the project, or else of the customer."""
    company: Values = store.find("companies", customer_id) or {}
    project: Values = store.find("projects", project_id) or {}
    to = project.get("billing_email_to") or company.get("email")
    return to, project.get("billing_email_cc") or company.get("billing_email_cc")


def store_upload(store: Store, name: str, file: Values) -> Values:
    """A file from a body, as records store it."""
    if "content" in file:  # it came in a multipart form
        return _store_file(store, file["filename"], file["content"])
    try:
        return _store_file(store, file["filename"], b64decode(file["base64"], validate=True))
    except ValueError:
        raise invalid(**{name: "is invalid"}) from None


def _store_file(store: Store, filename: str, content: bytes) -> Values:
    key = derive_key(store, f"file {store.new_id()}")
    return {"filename": filename, "content": content, "url": f"{store.site}/system/documents/{key}/{quote(filename)}"}


def save_attachment(context: OperationContext, attachment: Record, values: Values) -> None:
    file = store_upload(context.store, "attachment", values.pop("attachment"))
    if not file["content"].startswith(b"%PDF-"):
        raise invalid(attachment="must be a PDF")
    values.update(title=file["filename"], file=file)


def file_url(store: Store, record: Record) -> Any:
    file = record.get("file")
    return file and file["url"]
