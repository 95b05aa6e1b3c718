"""Users, as the account and their colleagues see them."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..engine.auth import secret
from ..engine.context import Call, invalid
from ..engine.registry import action, computed, prepares, releases
from ..engine.store import Record, Store, Values
from ._performance_report import performance_report


@prepares("users")
def prepare(call: Call, user: Record, values: Values) -> None:
    email = values.get("email", user.get("email"))
    if any(other["id"] != user.get("id") for other in call.store.where("users", email=email)):
        raise invalid(email="has already been taken")
    if picture := values.pop("avatar", None):
        values["avatar_url"] = f"{call.store.site}/avatars/{picture['filename']}"
    if not user:
        role = call.store.where("user_roles", is_admin=False)
        defaults = new_user(call.store, str(email)) | {"role_id": role[0]["id"] if role else None}
        values.update({name: value for name, value in defaults.items() if name not in values})


def new_user(store: Store, email: str) -> dict[str, Any]:
    """What a user has from the start, the key included."""
    texts = dict.fromkeys(["mobile_phone", "work_phone", "home_address", "info"], "")
    identity = {"uuid": str(uuid5(NAMESPACE_URL, f"{store.site}/{email}")), "api_key": secret(store, email)}
    return {"active": True, "extern": False, "tags": [], "custom_properties": {}, **texts, **identity}


THEIRS = (
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
"""What goes with a user."""


@releases("users")
def release(call: Call, user: Record) -> None:
    if user is call.user:
        raise invalid(base="Users cannot delete themselves")
    if call.store.where("activities", user_id=user["id"], billed=True):
        raise invalid(base="The user has billed hours")
    for approval in list(call.store["approvals"].values()):
        if user["id"] in {approval["creator_id"], approval["approver_id"]}:
            call.store.remove(approval)
    for collection in THEIRS:
        for record in call.store.where(collection, user_id=user["id"]):
            call.store.remove(record)


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


@action("users.performance_report")
def report(call: Call) -> dict[str, Any]:
    return performance_report(call, call.record)
