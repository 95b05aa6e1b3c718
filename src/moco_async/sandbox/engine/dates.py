"""Reckoning with days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month if it is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days(first: date, last: date) -> Iterator[date]:
    """All days from the first to the last."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
