"""Users that a record names."""

from __future__ import annotations

from ..engine.context import DENIED, Call, invalid
from ..engine.store import Values


def check_assignee(call: Call, values: Values, area: str) -> None:
    """Check that whoever is named is active, and that the caller may name somebody else."""
    user = call.store.find("users", values.get("user_id"))
    if user and not user["active"]:
        raise invalid(user_id="is not active")
    if user and user is not call.user and not call.caller.may(area):
        raise DENIED
