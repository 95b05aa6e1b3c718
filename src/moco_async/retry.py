"""Whether a failed request is sent again, and when. What may have been done is done once."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from .errors import APIConnectionError, APIError, MocoError, RateLimitError, ServerError
from .messages import Request

__all__ = ["delay_before_retry", "retry_after"]

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
GIVE_UP_AFTER = 180.0
"""Seconds from the first attempt to the last that may still be begun: a window of MOCO's fits in."""


def delay_before_retry(request: Request, error: MocoError, *, attempt: int, elapsed: float) -> float | None:
    """Seconds to wait before the attempt after `attempt` (the first is 0); `None` if there must be none."""
    if not _may_repeat(request, error):
        return None
    asked = error.retry_after if isinstance(error, APIError) else None
    delay = asked if asked is not None else _backoff(attempt)
    return delay if elapsed + delay <= GIVE_UP_AFTER else None


def _may_repeat(request: Request, error: MocoError) -> bool:
    """By what is safe: refused for the rate, never received, or harmless to repeat and likely to pass."""
    if isinstance(error, RateLimitError):
        return True
    if isinstance(error, APIConnectionError):
        return request.idempotent or not error.request_sent
    return request.idempotent and isinstance(error, ServerError)


def _backoff(attempt: int) -> float:
    """Full jitter: callers that failed together do not come back together."""
    return random.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2**attempt))  # noqa: S311  # no secret


def retry_after(value: str | None) -> float | None:
    """The seconds a `Retry-After` header asks for, given as seconds or as a date."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if isfinite(seconds) else None
