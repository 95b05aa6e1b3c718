"""Webhooks, which subscribe to events."""

from __future__ import annotations

from ..engine.context import OperationContext, invalid
from ..engine.record import Record, Values
from ..engine.registry import before_save, operation


@before_save("web_hooks")
def prepare(context: OperationContext, hook: Record, values: Values) -> None:
    if not str(values.get("hook", hook.get("hook"))).startswith(("http://", "https://")):
        raise invalid(hook="is invalid")
    if not hook:
        values.update(disabled=False, disabled_at=None)


@operation("web_hooks.enable")
def enable(context: OperationContext) -> Record:
    return _switch(context, disabled=False)


@operation("web_hooks.disable")
def disable(context: OperationContext) -> Record:
    return _switch(context, disabled=True)


def _switch(context: OperationContext, disabled: bool) -> Record:
    hook = context.record
    if hook["disabled"] is not disabled:
        context.store.change(hook, disabled=disabled, disabled_at=context.store.now() if disabled else None)
    return hook
