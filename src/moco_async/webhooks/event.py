"""What a delivery tells."""

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

__all__ = ["Deleted", "WebhookEvent", "parse_event", "target_name"]

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MODELS = {
    "Activity": "Activity",
    "Comment": "Comment",
    "Company": "Company",
    "Contact": "Contact",
    "Contract": "ProjectContract",
    "Deal": "Deal",
    "Expense": "ProjectExpense",
    "Invoice": "Invoice",
    "Invoice::Approval": "Approval",
    "Invoice::BookkeepingExport": "InvoiceBookkeepingExport",
    "Invoice::Payment": "InvoicePayment",
    "InvoiceDraft": "Invoice",
    "InvoiceReminder": "InvoiceReminder",
    "Offer": "Offer",
    "PlanningEntry": "PlanningEntry",
    "Presence": "Presence",
    "Project": "Project",
    "Project::PaymentSchedule": "ProjectPaymentSchedule",
    "ProjectGroup": "ProjectGroup",
    "Purchase": "Purchase",
    "Purchase::Approval": "Approval",
    "Purchase::BookkeepingExport": "PurchaseBookkeepingExport",
    "Purchase::Draft": "PurchaseDraft",
    "Purchase::Order": "PlannedPurchase",
    "Purchase::Payment": "PurchasePayment",
    "RecurringExpense": "ProjectRecurringExpense",
    "Schedule": "Schedule",
    "Task": "ProjectTask",
    "User": "User",
    "User::AbsenceRequest": "AbsenceRequest",
    "User::HolidayRequest": "AbsenceRequest",
    "User::WorkTimeAdjustment": "WorkTimeAdjustment",
}
"""The model of each target, by name, as none is imported before it comes. Of the others the API has no record."""


@attrs.frozen
class Deleted:
    """What is told of a record that is gone."""

    id: int
    custom_properties: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class WebhookEvent(Generic[T]):
    """Something happened to a record.

    Only `body`, and so `payload`, `raw`, `id` and `updated_at`, is what MOCO signed. The other attributes come from
    headers, and are as trustworthy as the way they came.

    Attributes:
        target: The kind of record, as `Activity` or `Invoice::Payment`.
        action: What happened to it: `create`, `update`, `delete`, or what MOCO adds.
        timestamp: When it happened (UTC), to the millisecond; `None` if the header cannot be read.
        user_id: Who did it, if MOCO says so.
        account: The subdomain of the account, if MOCO says so.
        origin: `"api"` for a change that was made through the API, otherwise `""`.
        payload: The record: a model where the target is known, `Deleted` if it is gone, otherwise the same as `raw`.
        raw: The body as JSON; `None` if it is none.
        body: The body as it came.
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

    @property
    def id(self) -> int | None:
        """The id of the record."""
        found = self.raw.get("id") if isinstance(self.raw, dict) else None
        return found if type(found) is int else None

    @property
    def updated_at(self) -> datetime | None:
        """When the record was last changed, as MOCO signed it. A deletion does not say."""
        with suppress(ValueError, TypeError, KeyError):
            return parse_time(self.raw["updated_at"])
        return None

    @property
    def from_api(self) -> bool:
        """Whether the change was made through the API: perhaps by yourself, so mind the loop."""
        return self.origin.lower() == "api"

    def supersedes(self, other: WebhookEvent[Any]) -> bool:
        """Whether this tells something newer about the same record than another event.

        A deletion is the last thing that happens to a record. Otherwise the signed `updated_at` decides, and the time
        in the header where that is missing or, being of whole seconds, the same.
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
    """The event that a body and its headers, in lower case, tell of.

    Raises:
        WebhookError: the headers do not say what happened, so it is no delivery.
    """
    for name in ("X-Moco-Target", "X-Moco-Event"):
        if not headers.get(name.lower()):
            raise WebhookError(f"the delivery has no {name}; perhaps a proxy on its way drops the header")
    target, action = target_name(headers["x-moco-target"]), headers["x-moco-event"]
    raw = _parsed(body)
    return WebhookEvent(
        target=target,
        action=action,
        timestamp=_moment(headers.get("x-moco-timestamp", "")),
        user_id=_integer(headers.get("x-moco-user-id", "")),
        account=subdomain(headers.get("x-moco-account-url", "")),
        origin=headers.get("x-moco-origin", ""),
        payload=_payload(target, action, raw),
        raw=raw,
        body=body,
    )


def target_name(name: str) -> str:
    """What a subscription calls a target. MOCO's docs call the target of a delivery `Customer` as well."""
    return "Company" if name == "Customer" else name


def subdomain(address: str) -> str | None:
    """The account in an address, which MOCO gives with or without its scheme and domain."""
    host = address.lower().rpartition("://")[2]
    return host.partition("/")[0].partition(".")[0] or None


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _payload(target: str, action: str, raw: Any) -> Any:
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


def _integer(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _moment(text: str) -> datetime | None:
    milliseconds = _integer(text)
    if milliseconds is None:
        return None
    with suppress(OverflowError):
        return EPOCH + timedelta(milliseconds=milliseconds)
    return None
