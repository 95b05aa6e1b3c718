"""The event router: handlers by target and action."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from .event import WebhookEvent, target_name

__all__ = ["Handler", "Router", "call"]

Handler = Callable[[WebhookEvent[Any]], object]
"""An event handler: a coroutine function, or a plain function, which runs in a thread."""

HandlerT = TypeVar("HandlerT", bound=Handler)

ANY = "*"


class Router:
    """A registry of handlers by target and action."""

    def __init__(self) -> None:
        self._handlers: list[tuple[str, str, Handler]] = []

    def on(self, target: str = ANY, action: str = ANY) -> Callable[[HandlerT], HandlerT]:
        """Register a handler for a target, an action, or both; `"*"` matches any."""

        def register(handler: HandlerT) -> HandlerT:
            self._handlers.append((target_name(target), action, handler))
            return handler

        return register

    def handlers(self, event: WebhookEvent[Any]) -> list[Handler]:
        """The handlers of an event, in the order of registration."""
        return [
            handler
            for target, action, handler in self._handlers
            if target in {ANY, event.target} and action in {ANY, event.action}
        ]

    async def dispatch(self, event: WebhookEvent[Any]) -> None:
        """Call all handlers of an event concurrently, and wait for them.

        Raises:
            ExceptionGroup: some handlers failed. The others ran to completion.
        """
        outcomes = await asyncio.gather(*(call(each, event) for each in self.handlers(event)), return_exceptions=True)
        if failures := [outcome for outcome in outcomes if isinstance(outcome, BaseException)]:
            raise BaseExceptionGroup(f"handlers of {event.target} {event.action} failed", failures)


async def call(function: Callable[..., object], *args: object) -> None:
    """Call a function: in a thread, where it may block, unless it is a coroutine function."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        result = function(*args)
    else:
        result = await asyncio.to_thread(_in_thread, function, *args)
    if inspect.isawaitable(result):
        await result


def _in_thread(function: Callable[..., object], *args: object) -> object:
    try:
        return function(*args)
    except StopIteration as error:  # a future cannot hold it, and would never complete
        raise RuntimeError("a handler raised StopIteration") from error
