"""Which functions handle which events."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from .event import WebhookEvent, target_name

__all__ = ["Handler", "Router", "call"]

Handler = Callable[[WebhookEvent[Any]], object]
"""Handles an event: a coroutine function, or an ordinary one, which runs in a thread."""

HandlerT = TypeVar("HandlerT", bound=Handler)

ANY = "*"


class Router:
    """Functions by target and action."""

    def __init__(self) -> None:
        self._handlers: list[tuple[str, str, Handler]] = []

    def on(self, target: str = ANY, action: str = ANY) -> Callable[[HandlerT], HandlerT]:
        """Register a function for the events of a target, an action, or both; `"*"` is any."""

        def register(handler: HandlerT) -> HandlerT:
            self._handlers.append((target_name(target), action, handler))
            return handler

        return register

    def handlers(self, event: WebhookEvent[Any]) -> list[Handler]:
        """The functions for an event, in the order they were registered."""
        return [
            handler
            for target, action, handler in self._handlers
            if target in {ANY, event.target} and action in {ANY, event.action}
        ]

    async def dispatch(self, event: WebhookEvent[Any]) -> None:
        """Call every function for an event, side by side, and wait for all of them.

        Raises:
            ExceptionGroup: some failed. The others were not disturbed.
        """
        outcomes = await asyncio.gather(*(call(each, event) for each in self.handlers(event)), return_exceptions=True)
        if failures := [outcome for outcome in outcomes if isinstance(outcome, BaseException)]:
            raise BaseExceptionGroup(f"handlers of {event.target} {event.action} failed", failures)


async def call(function: Callable[..., object], *args: object) -> None:
    """Call a function: in a thread, where it may take its time, unless it is a coroutine function."""
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        result = function(*args)
    else:
        result = await asyncio.to_thread(_in_thread, function, *args)
    if inspect.isawaitable(result):
        await result


def _in_thread(function: Callable[..., object], *args: object) -> object:
    try:
        return function(*args)
    except StopIteration as error:  # a future cannot hold it, and would never be done
        raise RuntimeError("a handler raised StopIteration") from error
