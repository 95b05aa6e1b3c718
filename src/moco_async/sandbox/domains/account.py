"""Signing in, tags, and web hooks."""

from __future__ import annotations

from ..calls import NOT_FOUND, Call, Refusal, invalid
from ..hooks import action, prepares
from ..store import Record, Values

TAGGABLE = {
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "Purchase": "purchases",
    "User": "users",
}


@action("session.create")
def sign_in(call: Call) -> dict[str, object]:
    for user in call.store.where("users", email=call.body["email"], active=True):
        if user.get("password") == call.body["password"]:
            return {"api_key": user["api_key"], "user_id": user["id"]}
    raise Refusal(401, {"message": "Unauthorized"})


@action("session.get", "profile.get")
def whoami(call: Call) -> Record:
    return call.user


@action("taggings.list")
def tags(call: Call) -> list[str]:
    return list(_tagged(call)["tags"])


@action("taggings.add")
def add_tags(call: Call) -> list[str]:
    record = _tagged(call)
    return _tag(call, record, [*record["tags"], *call.body["tags"]])


@action("taggings.replace")
def replace_tags(call: Call) -> list[str]:
    return _tag(call, _tagged(call), call.body["tags"])


@action("taggings.remove")
def remove_tags(call: Call) -> list[str]:
    record = _tagged(call)
    return _tag(call, record, [tag for tag in record["tags"] if tag not in call.body["tags"]])


def _tagged(call: Call) -> Record:
    kind = call.path["taggable_type"]
    if kind not in TAGGABLE:
        raise Refusal(400, {"message": f"'{kind}' cannot be tagged"})
    record = call.store.find(TAGGABLE[kind], call.path["taggable_id"])
    if record is None:
        raise NOT_FOUND
    record.setdefault("tags", [])
    return record


def _tag(call: Call, record: Record, tags: list[str]) -> list[str]:
    unique = list(dict.fromkeys(tags))
    call.store.change(record, tags=unique)
    return unique


@prepares("web_hooks")
def prepare_web_hook(call: Call, hook: Record, values: Values) -> None:
    if not str(values.get("hook", hook.get("hook"))).startswith(("http://", "https://")):
        raise invalid(hook="is invalid")
    if not hook:
        values.update(disabled=False, disabled_at=None)


@action("web_hooks.enable")
def enable(call: Call) -> Record:
    return _switch(call, disabled=False)


@action("web_hooks.disable")
def disable(call: Call) -> Record:
    return _switch(call, disabled=True)


def _switch(call: Call, disabled: bool) -> Record:
    hook = call.record
    if hook["disabled"] is not disabled:
        call.store.change(hook, disabled=disabled, disabled_at=call.store.now() if disabled else None)
    return hook
