"""Days, months, and timestamps as MOCO writes them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def format_timestamp(moment: datetime) -> str:
    """A moment in UTC as MOCO writes it, in whole seconds."""
    return f"{moment.isoformat()[:19]}Z"


def normalize_timestamp(text: str) -> str:
    """A timestamp in ISO 8601 as MOCO writes it; without a time zone, it is UTC.

    Raises:
        ValueError: the text is not a timestamp.
    """
    moment = datetime.fromisoformat(text)
    return format_timestamp(moment.astimezone(UTC) if moment.tzinfo else moment)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month if it is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def iterate_days(first: date, last: date) -> Iterator[date]:
    """All days from the first to the last."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
