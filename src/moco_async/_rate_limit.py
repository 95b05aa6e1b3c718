"""Rate limits: how many requests MOCO allows in how much time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from .errors import ConfigurationError

__all__ = ["RateLimit", "rate_limit_from_text"]

MOST_REQUESTS = 1_000_000
SHORTEST = 0.001
LONGEST = 86_400.0


@dataclass(frozen=True)
class RateLimit:
    """At most `requests` in every window of `seconds`.

    Raises:
        ConfigurationError: it permits nothing, or more than anybody can count.
    """

    requests: int
    seconds: float

    DEFAULT: ClassVar[RateLimit]
    """The rate of MOCO's standard plan without its long pauses: 15 requests in 15 seconds."""
    STANDARD: ClassVar[RateLimit]
    """The limit of MOCO's standard plan: 120 requests in two minutes."""
    UNLIMITED_PLAN: ClassVar[RateLimit]
    """The limit of MOCO's unlimited plan: 1200 requests in two minutes."""

    def __post_init__(self) -> None:
        if type(self.requests) is not int or not 1 <= self.requests <= MOST_REQUESTS:
            raise ConfigurationError(f"requests must be a whole number from 1 to 1000000, not {self.requests!r:.80}")
        if type(self.seconds) not in (int, float) or not SHORTEST <= self.seconds <= LONGEST:
            raise ConfigurationError(f"seconds must be a number from 0.001 to 86400, a day, not {self.seconds!r:.80}")


RateLimit.DEFAULT = RateLimit(15, 15)
RateLimit.STANDARD = RateLimit(120, 120)
RateLimit.UNLIMITED_PLAN = RateLimit(1200, 120)


def rate_limit_from_text(text: str) -> RateLimit | None:
    """What an environment variable says: `120/120` is requests and seconds, `off` no limit.

    Raises:
        ConfigurationError: it says something else.
    """
    if text.strip().lower() == "off":
        return None
    if not (parts := re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*", text)):
        raise ConfigurationError(f"MOCO_RATE_LIMIT must look like 120/120 (requests/seconds) or off, not {text!r:.80}")
    return RateLimit(int(parts[1]), float(parts[2]))
