"""Users."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..engine.auth import derive_key
from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_delete, before_save, computed, operation
from ..engine.store import Store
from ._performance_report import build_performance_report


@before_save("users")
def prepare(context: OperationContext, user: Record, values: Values) -> None:
    email = values.get("email", user.get("email"))
    if any(other["id"] != user.get("id") for other in context.store.where("users", email=email)):
        raise invalid(email="has already been taken")
    if picture := values.pop("avatar", None):
        values["avatar_url"] = f"{context.store.site}/avatars/{picture['filename']}"
    if not user:
        role = context.store.where("user_roles", is_admin=False)
        defaults = build_new_user(context.store, str(email)) | {"role_id": role[0]["id"] if role else None}
        values.update({name: value for name, value in defaults.items() if name not in values})


def build_new_user(store: Store, email: str) -> dict[str, Any]:
    """The initial attributes of a user, including the API key."""
    texts = dict.fromkeys(["mobile_phone", "work_phone", "home_address", "info"], "")
    identity = {"uuid": str(uuid5(NAMESPACE_URL, f"{store.site}/{email}")), "api_key": derive_key(store, email)}
    return {"active": True, "extern": False, "tags": [], "custom_properties": {}, **texts, **identity}


DEPENDENTS = (
    "absence_requests",
    "activities",
    "employments",
    "holidays",
    "planning_entries",
    "presences",
    "project_contracts",
    "schedules",
    "work_time_adjustments",
)
"""The collections whose records are deleted along with their user."""


@before_delete("users")
def prepare_delete(context: OperationContext, user: Record) -> None:
    if user is context.user:
        raise invalid(base="Users cannot delete themselves")
    if context.store.where("activities", user_id=user["id"], billed=True):
        raise invalid(base="The user has billed hours")
    for approval in list(context.store["approvals"].values()):
        if user["id"] in {approval["creator_id"], approval["approver_id"]}:
            context.store.remove(approval)
    for collection in DEPENDENTS:
        for record in context.store.where(collection, user_id=user["id"]):
            context.store.remove(record)


@computed("users", "first_name")
def first_name(store: Store, user: Record) -> Any:
    return user["firstname"]


@computed("users", "last_name")
def last_name(store: Store, user: Record) -> Any:
    return user["lastname"]


@computed("users", "full_name")
def full_name(store: Store, user: Record) -> str:
    return f"{user['firstname']} {user['lastname']}"


@computed("users", "external")
def external(store: Store, user: Record) -> Any:
    return user["extern"]


@operation("users.performance_report")
def report(context: OperationContext) -> dict[str, Any]:
    return build_performance_report(context, context.record)
