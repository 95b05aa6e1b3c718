"""The retry policy: whether a failed request is retried, and when. Only idempotent requests may be applied twice."""

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
    """Seconds to wait before the next attempt; `None` if the request must not be retried.

    Args:
        request: The request that failed.
        error: The error it failed with.
        retries: How often it has been retried already.
        max_retries: How often it may be retried.
        elapsed: Seconds since the first attempt.
    """
    if max_retries == 0 or not _may_retry(request, error):
        return None
    if is_document_pending(request, error):
        delay = min(max(DOCUMENT_DELAY, elapsed / 2), 5.0)
    elif retries >= max_retries:
        return None
    else:
        requested = error.retry_after if isinstance(error, APIError) else None
        delay = _backoff(retries) if requested is None else requested
    return delay if elapsed + delay <= GIVE_UP_AFTER else None


def _may_retry(request: Request, error: MocoError) -> bool:
    """Whether a retry is safe: rate limited, never received, or idempotent and likely to succeed."""
    if isinstance(error, RateLimitError):
        return True
    if isinstance(error, APIConnectionError):
        return not error.permanent and (request.idempotent or not error.request_sent)
    return (request.idempotent and isinstance(error, ServerError)) or is_document_pending(request, error)


def is_document_pending(request: Request, error: MocoError) -> bool:
    """Whether MOCO is still rendering the document, which it reports as 423. That is not a failure."""
    return request.method == "GET" and isinstance(error, LockedError)


def _backoff(retries: int) -> float:
    """Exponential backoff with full jitter, so that calls that failed together are not retried together."""
    return random.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2**retries))  # noqa: S311  # not a secret


def retry_after(value: str | None) -> float | None:
    """The seconds a `Retry-After` header asks for, given as seconds or as a date."""
    if value is None or len(value) > 100:  # no number of seconds and no date is as long
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
            if moment.tzinfo is None:  # the obsolete formats of HTTP dates have no zone; all are UTC
                moment = moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError, TypeError, LookupError):
            return None
        seconds = (moment - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if isfinite(seconds) else None
