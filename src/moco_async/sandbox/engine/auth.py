"""Authentication and permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from .record import Record
from .spec import Operation
from .store import Store

FULL, READ, NONE = "full", "read", "none"
LEVELS = (NONE, READ, FULL)
AREAS = (
    "calendar",
    "companies",
    "contacts",
    "invoicing",
    "people",
    "projects",
    "purchases",
    "report",
    "sales",
    "settings",
    "time_tracking",
)
"""The areas that roles give permissions for. *Staff* in MOCO's docs is `people` here."""

REQUIRED_PERMISSIONS = {
    "catalog_services": ("settings", FULL),
    "companies": ("companies", READ),
    "contacts": ("contacts", READ),
    "custom_properties": ("settings", NONE),
    "deal_categories": ("sales", FULL),
    "deals": ("sales", FULL),
    "employments": ("people", FULL),
    "expense_templates": ("settings", NONE),
    "fixed_costs": ("settings", FULL),
    "holidays": ("people", FULL),
    "hourly_rates": ("settings", FULL),
    "internal_hourly_rates": ("settings", FULL),
    "invoice_bookkeeping_exports": ("invoicing", FULL),
    "invoice_payments": ("invoicing", FULL),
    "invoice_reminders": ("invoicing", FULL),
    "invoices": ("invoicing", FULL),
    "offer_confirmations": ("sales", FULL),
    "offer_customer_approval": ("sales", FULL),
    "offers": ("sales", FULL),
    "planned_purchases": ("purchases", FULL),
    "project_contracts": ("projects", FULL),
    "project_expenses": ("projects", READ),
    "project_groups": ("projects", READ),
    "project_payment_schedules": ("projects", FULL),
    "project_recurring_expenses": ("projects", FULL),
    "project_tasks": ("projects", FULL),
    "projects": ("projects", READ),
    "purchase_bookkeeping_exports": ("purchases", FULL),
    "purchase_budgets": ("purchases", FULL),
    "purchase_drafts": ("purchases", FULL),
    "purchase_payments": ("purchases", FULL),
    "purchases": ("purchases", FULL),
    "reports": ("report", FULL),
    "revenue_categories": ("settings", FULL),
    "task_templates": ("settings", NONE),
    "units": ("people", NONE),
    "user_roles": ("people", FULL),
    "users": ("people", FULL),
    "web_hooks": ("settings", FULL),
    "work_time_adjustments": ("people", FULL),
}
"""The area of a resource, and the permission that reading requires; writing always requires the full one."""

UNRESTRICTED = {"projects.assigned"}

OWN_ONLY = {
    "absence_requests": "people",
    "activities": "time_tracking",
    "presences": "people",
    "receipts": "purchases",
    "schedules": "people",
}
"""Collections of which a user sees only their own records, unless they have full permission in this area."""


@dataclass(frozen=True)
class Caller:
    """The user that a request acts for, by their own key, by the account's key, or impersonated."""

    user: Record
    role: Record | None
    can_write: bool = True
    impersonator: Record | None = None
    """The user who impersonates this one, if any."""

    def may(self, area: str, level: str = FULL) -> bool:
        """Whether the user's role gives a permission."""
        given = self.role["permission"].get(area, NONE) if self.role else NONE
        return LEVELS.index(given) >= LEVELS.index(level)

    def may_call(self, operation: Operation) -> bool:
        if operation.method != "get" and not self.can_write:
            return False
        if operation.resource not in REQUIRED_PERMISSIONS or operation.id in UNRESTRICTED:
            return True
        area, reading = REQUIRED_PERMISSIONS[operation.resource]
        return self.may(area, reading if operation.method == "get" else FULL)

    def may_see(self, record: Record) -> bool:
        mine = self.user["id"] in {record.get("user_id"), record.get("selected_approver_id")}
        return mine or self.may_see_all(record.collection)

    def may_see_all(self, collection: str) -> bool:
        area = OWN_ONLY.get(collection)
        return area is None or self.may(area)


class Auth:
    """The keys of the account, and the users that they authenticate."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.account_key = derive_key(store, "account")
        self.read_only_key = derive_key(store, "account, read-only")

    def authenticate(self, headers: Mapping[str, str]) -> Caller | None:
        """The caller of a request with these headers; None without a valid key."""
        match = re.fullmatch(r"(?:Token token=|Token |Bearer )\"?([^\"\s]+)\"?", headers.get("authorization", ""))
        key = match[1] if match else ""
        if key in {self.account_key, self.read_only_key}:
            return self._as(next(iter(self._store["users"].values())), key == self.account_key)
        user = next((user for user in self._active() if user["api_key"] == key), None)
        return self._as(user) if user else None

    def impersonate(self, caller: Caller, user_id: str) -> Caller | None:
        """The caller as another user; None if they may not impersonate anybody, or the user does not exist."""
        user = next((user for user in self._active() if str(user["id"]) == user_id), None)
        if user is None or not caller.may("people"):
            return None
        return replace(self._as(user, caller.can_write), impersonator=caller.user)

    def _as(self, user: Record, can_write: bool = True) -> Caller:
        return Caller(user, self._store.find("user_roles", user.get("role_id")), can_write)

    def _active(self) -> list[Record]:
        return self._store.where("users", active=True)


def derive_key(store: Store, name: str) -> str:
    """A key derived from the account and a name, so that it is always the same."""
    return uuid5(NAMESPACE_URL, f"{store.site}/{name}").hex
