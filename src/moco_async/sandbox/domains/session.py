"""Sessions: signing in with a password."""

from __future__ import annotations

from ..engine.context import Call, Refusal
from ..engine.registry import action
from ..engine.store import Record


@action("session.create")
def sign_in(call: Call) -> dict[str, object]:
    for user in call.store.where("users", email=call.body["email"], active=True):
        if user.get("password") == call.body["password"]:
            return {"api_key": user["api_key"], "user_id": user["id"]}
    raise Refusal(401, {"message": "Unauthorized"})


@action("session.get")
def get(call: Call) -> Record:
    return call.user
