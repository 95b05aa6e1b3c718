"""Parsing of multipart bodies (`multipart/form-data`)."""

from __future__ import annotations

from email import message_from_string

from ..engine.context import HTTPError, invalid
from ..engine.record import Values
from ..engine.spec import FORM, Schema


def parse_form(schema: Schema, content_type: str, raw: bytes) -> Values:
    """The fields of a form that the schema has: files as `{filename, content}`, others as text."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise HTTPError(415)
    # A form has the format of an e-mail with attachments, which the standard library parses. In Latin-1 every byte is
    # a character, and survives the round trip.
    try:
        message = message_from_string(f"Content-Type: {content_type}\r\n\r\n{raw.decode('latin-1')}")
    except RecursionError:
        raise HTTPError(400, {"message": "Invalid payload"}) from None
    if not message.is_multipart():
        raise HTTPError(400, {"message": "Invalid payload"})
    fields: Values = {}
    for part in message.walk():
        name, payload = str(part.get_param("name", header="content-disposition")), part.get_payload()
        if name in schema["properties"] and isinstance(payload, str):
            content, filename = payload.encode("latin-1"), part.get_filename()
            file = {"filename": _unicode(filename or ""), "content": content}
            fields[name] = file if filename else content.decode(errors="replace")
    for name in schema.get("required", ()):
        if not fields.get(name):
            raise invalid(**{name: "can't be blank"})
    return fields


def _unicode(text: str) -> str:
    """A header's text, which is UTF-8 unless it was escaped."""
    try:
        return text.encode("latin-1").decode()
    except ValueError:
        return text
