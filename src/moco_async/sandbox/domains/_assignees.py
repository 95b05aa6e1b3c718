"""The check of users that records are assigned to."""

from __future__ import annotations

from ..engine.context import DENIED, OperationContext, invalid
from ..engine.record import Values


def check_assignee(context: OperationContext, values: Values, area: str) -> None:
    """Check that the assigned user is active, and that the caller may assign a user other than themselves."""
    user = context.store.find("users", values.get("user_id"))
    if user and not user["active"]:
        raise invalid(user_id="is not active")
    if user and user is not context.user and not context.caller.may(area):
        raise DENIED
