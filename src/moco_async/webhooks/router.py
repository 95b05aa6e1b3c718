"""The event router: handlers by target and action, whose names are checked: no handler waits for what never comes."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .._suggest import did_you_mean
from .._values import Unrecognized
from .event import ALIASES, WebhookEvent, target_name
from .runner import describe, run

__all__ = ["Handler", "HandlerT", "Router", "check_names"]

Handler = Callable[[WebhookEvent[Any]], object]
"""An event handler: a coroutine function, or a plain function, which runs in a thread."""

HandlerT = TypeVar("HandlerT", bound=Handler)

ANY = "*"

NOT_SUBSCRIBABLE = ["archive", ANY]  # the first is in MOCO's docs on deliveries alone


class Router:
    """A registry of handlers by target and action, and the seconds that each may take."""

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._handlers: list[tuple[str, str, Handler]] = []

    def on(self, target: str = ANY, action: str = ANY) -> Callable[[HandlerT], HandlerT]:
        """Register a handler for a target, an action, or both; `"*"` matches any."""
        key = check_names(target, action)

        def register(handler: HandlerT) -> HandlerT:
            _check_handler(handler)
            self._handlers.append((*key, handler))
            return handler

        return register

    def handlers(self, event: WebhookEvent[Any]) -> list[Handler]:
        """The handlers of an event, in the order of registration."""
        return [
            handler
            for target, action, handler in self._handlers
            if target in {ANY, event.target} and action in {ANY, event.action}
        ]

    async def call_handlers(self, event: WebhookEvent[Any]) -> BaseExceptionGroup[BaseException] | None:
        """Call all handlers of an event concurrently, wait for them, and return what they raised, if anything."""
        outcomes = await asyncio.gather(*(run(each, event, seconds=self._timeout) for each in self.handlers(event)))
        if failures := [error for _, error in outcomes if error is not None]:
            return BaseExceptionGroup(f"handlers of {event.target} {event.action} failed", failures)
        return None


def _check_handler(handler: Handler) -> None:
    """Refuse with a `TypeError` what would be called in vain."""
    if inspect.isgeneratorfunction(handler) or inspect.isasyncgenfunction(handler):
        raise TypeError(f"the handler {describe(handler)} contains a yield, so that a call would not run it")
    try:
        inspect.signature(handler).bind(None)
    except TypeError as error:
        raise TypeError(f"the handler {describe(handler)} cannot be called with an event alone: {error}") from None
    except ValueError:
        pass  # it is not written in Python


def check_names(target: str, action: str, *, subscribing: bool = False) -> tuple[str, str]:
    """The target and the action that a handler or a subscription names.

    Raises:
        ValueError: MOCO has no such target or action.
        TypeError: one is not a string.
    """
    from ..models import WebHookEvent, WebHookTarget

    targets, actions = [*WebHookTarget, *ALIASES, ANY], [*WebHookEvent, *NOT_SUBSCRIBABLE]
    if subscribing:
        targets, actions = targets[:-1], [*WebHookEvent]
    return target_name(_check("target", target, targets)), _check("action", action, actions)


def _check(kind: str, name: str, known: Iterable[str]) -> str:
    if callable(name):
        raise TypeError("a decorator without parentheses: write @receiver.on(), which is every event")
    if not isinstance(name, str):
        raise TypeError(f"a webhook {kind} is a string, not {name!r:.80}")
    by_lower = {each.lower(): str(each) for each in known}
    near = by_lower.get(name.lower())
    if name == near or isinstance(name, Unrecognized):
        return name
    hint = f"; did you mean {near!r}?" if near else did_you_mean(name, by_lower.values())
    raise ValueError(
        f"MOCO has no webhook {kind} {name!r:.80}{hint or '; there are ' + ', '.join(by_lower.values())}"
        f" (write moco_async.Unrecognized({name!r:.80}) for one that MOCO has added since)"
    )
