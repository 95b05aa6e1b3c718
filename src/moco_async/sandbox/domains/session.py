"""Sessions: signing in with a password."""

from __future__ import annotations

from ..engine.context import HTTPError, OperationContext
from ..engine.record import Record
from ..engine.registry import operation


@operation("session.create")
def sign_in(context: OperationContext) -> dict[str, object]:
    for user in context.store.where("users", email=context.body["email"], active=True):
        if user.get("password") == context.body["password"]:
            return {"api_key": user["api_key"], "user_id": user["id"]}
    raise HTTPError(401, {"message": "Unauthorized"})


@operation("session.get")
def get(context: OperationContext) -> Record:
    return context.user
