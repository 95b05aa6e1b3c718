"""Rate limits: how many requests MOCO allows in how much time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .errors import ConfigurationError

__all__ = ["RateLimit"]


@dataclass(frozen=True)
class RateLimit:
    """A rate limit: at most `requests` in every window of `seconds`."""

    requests: int
    seconds: float

    DEFAULT: ClassVar[RateLimit]
    """The rate of MOCO's standard plan without its long pauses: 15 requests in 15 seconds."""
    STANDARD: ClassVar[RateLimit]
    """The limit of MOCO's standard plan: 120 requests in two minutes."""
    UNLIMITED_PLAN: ClassVar[RateLimit]
    """The limit of MOCO's unlimited plan: 1200 requests in two minutes."""

    def __post_init__(self) -> None:
        if not isinstance(self.requests, int) or self.requests < 1 or not self.seconds > 0:
            raise ConfigurationError(f"{self!r} needs at least one request in more than 0 seconds")


RateLimit.DEFAULT = RateLimit(15, 15)
RateLimit.STANDARD = RateLimit(120, 120)
RateLimit.UNLIMITED_PLAN = RateLimit(1200, 120)
