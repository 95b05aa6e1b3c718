"""The runner of foreign code: handlers, guards and callbacks that may hang, raise anything, or ignore cancellation."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

__all__ = ["GRACE", "describe", "run"]

GRACE = 1.0
"""Seconds in which a cancelled function has to end; then it is left to itself."""

_left: set[asyncio.Task[Any]] = set()  # the event loop itself holds tasks weakly


async def run(function: Callable[..., Any], *args: object, seconds: float | None) -> tuple[Any, BaseException | None]:
    """Run a function within a time, and return its result and what it raised.

    It runs in a thread, where it may block, unless it is a coroutine function. Nothing is raised here, except if the
    caller is cancelled: then so is the function.
    """
    task = asyncio.create_task(_attempt(function, *args))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        await _cancel(task)
        raise
    if done:
        return (None, asyncio.CancelledError()) if task.cancelled() else task.result()
    await _cancel(task)
    ending = "" if task.done() else ", and does not end when it is cancelled"
    return None, TimeoutError(f"{describe(function)} did not finish within {seconds:g} seconds{ending}")


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _left.add(task)
    task.add_done_callback(_left.discard)
    await asyncio.wait({task}, timeout=GRACE)


async def _attempt(function: Callable[..., Any], *args: object) -> tuple[Any, BaseException | None]:
    # Whatever is raised is returned: asyncio lets SystemExit and KeyboardInterrupt of a task end the event loop.
    try:
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
            result = function(*args)
        else:
            result = await _in_thread(function, *args)
        return (await result if inspect.isawaitable(result) else result), None
    except BaseException as error:
        return None, error


async def _in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Call a function in a thread of its own: one that hangs keeps no pool busy, and no process alive."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((result, error))
        elif inspect.iscoroutine(result):
            result.close()  # nobody waits anymore

    def work() -> None:
        result, error = None, None
        try:
            result = context.run(function, *args)
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):  # the event loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name=f"moco webhook {describe(function)}", daemon=True).start()
    result, error = await outcome
    if error is not None:
        raise error  # a StopIteration becomes a RuntimeError, as in every coroutine
    return result


def describe(function: object) -> str:
    """The name of a function, for messages."""
    return str(getattr(function, "__qualname__", None) or type(function).__qualname__)
