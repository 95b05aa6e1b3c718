"""What is to happen when an event loop ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

__all__ = ["at_loop_end"]


def at_loop_end(callback: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    """Have something done in the running event loop before it is closed, or when the returned object is forgotten.

    A loop tells nobody that it ends, except the asynchronous generators it has seen: `asyncio.run` and its like close
    these while the loop still runs. So this is one, which does nothing until it is closed.
    """
    generator = _closing(callback)
    with suppress(StopIteration):  # yields at once, so there is nothing to wait for
        generator.__anext__().send(None)
    return generator


async def _closing(callback: Callable[[], Awaitable[None]]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await callback()
