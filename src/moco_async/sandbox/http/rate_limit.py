"""MOCO's rate limit: so many requests in any window of so many seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Window:
    """A sliding window over the requests that were let in; those refused do not count."""

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._arrivals: deque[float] = deque(maxlen=requests)

    def admit(self) -> bool:
        """Whether one more request may pass now."""
        now = self._clock()
        full = len(self._arrivals) == self._arrivals.maxlen
        if full and now - self._arrivals[0] < self.seconds:
            return False
        self._arrivals.append(now)  # and forget the oldest, which has left the window
        return True
