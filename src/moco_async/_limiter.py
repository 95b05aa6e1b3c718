"""What a rate limiter of one account has to do, wherever it keeps its count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["LONGEST_PAUSE", "Limiter", "OnWait", "Priority", "Refused", "Slot"]

Priority = Literal["normal", "low"]
"""`"low"` takes only slots that nobody else waits for."""

OnWait = Callable[[float, str], None]
"""Is told once, when a wait begins: for about how many seconds, and why."""

LONGEST_PAUSE = 180.0
"""Seconds that a call may be held back: from its first attempt to the last that may still be begun, and by a pause."""


class Slot(Protocol):
    """The right to send one request, to be released when the request has ended."""

    sent: bool
    """Whether MOCO can have received the request; true until said otherwise."""
    server_time: float
    """How many seconds before its answer MOCO had counted the request, by its own word (`X-Runtime`)."""

    async def release(self) -> None:
        """Let the slot's window begin. May be called again, and then does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """No slot in time: for about how many seconds, and why."""

    seconds: float
    reason: str


class Limiter(Protocol):
    """The slots of one account."""

    async def acquire(
        self, *, priority: Priority = "normal", max_wait: float | None = None, on_wait: OnWait | None = None
    ) -> Slot | Refused:
        """Wait for a slot, first come first served. Whoever is cancelled meanwhile has taken none.

        Args:
            priority: Whether everybody else goes first.
            max_wait: Who would have to wait longer is refused at once; `None` waits for as long as others are served,
                but not through a pause of more than `LONGEST_PAUSE`.
            on_wait: Is told when the wait begins.
        """
        ...

    async def pause(self, seconds: float | None) -> None:
        """Hold everybody back after a 429, for as long as MOCO said or else for a whole window."""
        ...
