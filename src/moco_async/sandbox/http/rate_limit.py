"""MOCO's rate limit: a sliding window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Window:
    """A sliding window over accepted requests; refused ones do not count."""

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._arrivals: deque[float] = deque(maxlen=requests)

    def admit(self) -> bool:
        """Whether one more request is accepted now."""
        now = self._clock()
        full = len(self._arrivals) == self._arrivals.maxlen
        if full and now - self._arrivals[0] < self.seconds:
            return False
        self._arrivals.append(now)  # the oldest one, which has left the window, falls out
        return True
