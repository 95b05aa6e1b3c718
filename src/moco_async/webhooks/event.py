"""Webhook events, parsed from the body and the headers of a delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import attrs

from .._model import Model
from .._values import parse_time
from ..errors import WebhookError

__all__ = ["ALIASES", "Deleted", "WebhookEvent", "parse_event", "subdomain", "target_name"]

T = TypeVar("T")

ALIASES = {"Customer": "Company"}  # what MOCO's docs call a target of subscriptions in deliveries

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# fmt: off
MODELS = {
    "Activity": "Activity", "Comment": "Comment", "Company": "Company", "Contact": "Contact",
    "Contract": "ProjectContract", "Deal": "Deal", "Expense": "ProjectExpense", "Invoice": "Invoice",
    "Invoice::Approval": "Approval", "Invoice::BookkeepingExport": "InvoiceBookkeepingExport",
    "Invoice::Payment": "InvoicePayment", "InvoiceDraft": "Invoice", "InvoiceReminder": "InvoiceReminder",
    "Offer": "Offer", "PlanningEntry": "PlanningEntry", "Presence": "Presence", "Project": "Project",
    "Project::PaymentSchedule": "ProjectPaymentSchedule", "ProjectGroup": "ProjectGroup", "Purchase": "Purchase",
    "Purchase::Approval": "Approval", "Purchase::BookkeepingExport": "PurchaseBookkeepingExport",
    "Purchase::Draft": "PurchaseDraft", "Purchase::Order": "PlannedPurchase", "Purchase::Payment": "PurchasePayment",
    "RecurringExpense": "ProjectRecurringExpense", "Schedule": "Schedule", "Task": "ProjectTask", "User": "User",
    "User::AbsenceRequest": "AbsenceRequest", "User::HolidayRequest": "AbsenceRequest",
    "User::WorkTimeAdjustment": "WorkTimeAdjustment",
}
# fmt: on
"""The model of each target, by name, so that it is imported at its first event. Other targets have no model."""


@attrs.frozen
class Deleted:
    """The payload of a deletion."""

    id: int
    custom_properties: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class WebhookEvent(Generic[T]):
    """A webhook event: something happened to a record.

    Only `body` is signed by MOCO, and with it `payload`, `raw`, `id` and `updated_at`. The other attributes come from
    headers, and are only as trustworthy as the sender.

    Attributes:
        target: The type of record, such as `Activity` or `Invoice::Payment`.
        action: What happened to it: `create`, `update`, `delete`, `archive`, or a new one of MOCO's.
        timestamp: When it happened (UTC), in milliseconds; `None` if the header cannot be parsed.
        user_id: The user who did it, if MOCO says so.
        account: The subdomain of the account, if MOCO says so.
        origin: `"api"` for a change made through the API, otherwise `""`.
        payload: The record: a model if the target is known, `Deleted` if it was deleted, otherwise the same as `raw`.
        raw: The body as JSON; `None` if it is not JSON.
        body: The raw body.
        updated_at: When the record was last changed, as signed by MOCO; `None` for a deletion.
    """

    target: str
    action: str
    timestamp: datetime | None
    user_id: int | None
    account: str | None
    origin: str
    payload: T = attrs.field(repr=False)
    raw: Any = attrs.field(repr=False)
    body: bytes = attrs.field(repr=lambda body: f"<{len(body)} bytes>")
    updated_at: datetime | None = attrs.field(
        init=False, repr=False, default=attrs.Factory(lambda event: _parse_updated_at(event.raw), takes_self=True)
    )

    @property
    def id(self) -> int | None:
        """The id of the record."""
        found = self.raw.get("id") if isinstance(self.raw, dict) else None
        return found if type(found) is int else None

    @property
    def from_api(self) -> bool:
        """Whether the change was made through the API: perhaps by this program, so avoid loops."""
        return self.origin.lower() == "api"

    def supersedes(self, other: WebhookEvent[Any]) -> bool:
        """Whether this event is newer than another one about the same record.

        A deletion is the last event of a record. Otherwise the signed `updated_at` decides, or the time in the header
        if that is missing or, being in whole seconds, equal.
        """
        if (self.target, self.id) != (other.target, other.id):
            return False
        if (gone := self.action == "delete") != (other.action == "delete"):
            return gone
        mine, theirs = self.updated_at, other.updated_at
        if mine is None or theirs is None or mine == theirs:
            mine, theirs = self.timestamp, other.timestamp
        return mine is not None and theirs is not None and mine > theirs


def parse_event(body: bytes, headers: Mapping[str, str]) -> WebhookEvent[Any]:
    """Parse an event from a body and its headers, whose names are in lower case.

    Raises:
        WebhookError: the target or the event is missing, so it is not a delivery.
    """
    for name in ("X-Moco-Target", "X-Moco-Event"):
        if not headers.get(name.lower()):
            raise WebhookError(f"the delivery has no {name} header; check whether a proxy drops it")
    target, action = target_name(headers["x-moco-target"]), headers["x-moco-event"]
    raw = _parse_json(body)
    return WebhookEvent(
        target=target,
        action=action,
        timestamp=_parse_timestamp(headers.get("x-moco-timestamp", "")),
        user_id=_parse_integer(headers.get("x-moco-user-id", "")),
        account=subdomain(headers.get("x-moco-account-url", "")),
        origin=headers.get("x-moco-origin", ""),
        payload=_decode_payload(target, action, raw),
        raw=raw,
        body=body,
    )


def target_name(name: str) -> str:
    """The target as subscriptions name it."""
    return ALIASES.get(name, name)


def subdomain(address: str) -> str | None:
    """The subdomain in an account URL, which MOCO sends with or without scheme and domain."""
    host = address.lower().rpartition("://")[2]
    return host.partition("/")[0].partition(".")[0] or None


def _parse_updated_at(raw: Any) -> datetime | None:
    with suppress(ValueError, TypeError, KeyError):
        return parse_time(raw["updated_at"])
    return None


def _parse_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _decode_payload(target: str, action: str, raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    if action == "delete" and "id" in raw and raw.keys() <= {"id", "custom_properties"}:
        return Deleted(**raw)
    model = _find_model(target)
    return raw if model is None else model.from_dict(raw)


def _find_model(target: str) -> type[Model] | None:
    if target not in MODELS:
        return None
    from .. import models

    found: type[Model] = getattr(models, MODELS[target])
    return found


def _parse_integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _parse_timestamp(text: str) -> datetime | None:
    milliseconds = _parse_integer(text)
    if milliseconds is None:
        return None
    with suppress(OverflowError):
        return EPOCH + timedelta(milliseconds=milliseconds)
    return None
