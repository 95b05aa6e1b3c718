"""Whether a failed request is sent again, and when. What may have been done is done once."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from ._limiter import LONGEST_PAUSE
from ._request import Request
from .errors import APIConnectionError, APIError, LockedError, MocoError, RateLimitError, ServerError

__all__ = ["delay_before_retry", "is_document_pending", "retry_after"]

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
DOCUMENT_DELAY = 1.0
GIVE_UP_AFTER = LONGEST_PAUSE
"""Seconds from the first attempt to the last that may still be begun; a window of MOCO's fits in."""


def delay_before_retry(
    request: Request, error: MocoError, *, retries: int, max_retries: int, elapsed: float
) -> float | None:
    """Seconds to wait before another attempt; `None` if there must be none.

    Args:
        request: What was asked.
        error: How it failed.
        retries: How often it was repeated already.
        max_retries: How often it may be.
        elapsed: Seconds since the first attempt was sent.
    """
    if max_retries == 0 or not _may_repeat(request, error):
        return None
    if is_document_pending(request, error):
        delay = min(max(DOCUMENT_DELAY, elapsed / 2), 5.0)
    elif retries >= max_retries:
        return None
    else:
        asked = error.retry_after if isinstance(error, APIError) else None
        delay = _backoff(retries) if asked is None else asked
    return delay if elapsed + delay <= GIVE_UP_AFTER else None


def _may_repeat(request: Request, error: MocoError) -> bool:
    """By what is safe: refused for the rate, never received, or harmless to repeat and likely to pass."""
    if isinstance(error, RateLimitError):
        return True
    if isinstance(error, APIConnectionError):
        return not error.permanent and (request.idempotent or not error.request_sent)
    return (request.idempotent and isinstance(error, ServerError)) or is_document_pending(request, error)


def is_document_pending(request: Request, error: MocoError) -> bool:
    """Whether it is no failure: MOCO answers 423 for a document that will be there in a moment."""
    return request.method == "GET" and isinstance(error, LockedError)


def _backoff(retries: int) -> float:
    """Full jitter: callers that failed together do not come back together."""
    return random.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2**retries))  # noqa: S311  # no secret


def retry_after(value: str | None) -> float | None:
    """The seconds a `Retry-After` header asks for, given as seconds or as a date."""
    if value is None or len(value) > 100:  # no number of seconds and no date is as long
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
            if moment.tzinfo is None:  # the old forms of HTTP's dates name no zone; all are in UTC
                moment = moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError, TypeError, LookupError):
            return None
        seconds = (moment - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if isfinite(seconds) else None
