"""Webhooks, as the API manages them."""

from __future__ import annotations

from ..engine.context import Call, invalid
from ..engine.registry import action, prepares
from ..engine.store import Record, Values


@prepares("web_hooks")
def prepare(call: Call, hook: Record, values: Values) -> None:
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
