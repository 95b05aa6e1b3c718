"""Values shared by models and requests: `UNSET`, and dates, times and JSON in MOCO's format."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, final

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

__all__ = [
    "UNSET",
    "Unrecognized",
    "Unset",
    "date_text",
    "parse_date",
    "parse_time",
    "time_text",
    "to_json",
]


@final
class Unset:
    """The type of `UNSET`: an attribute MOCO did not send, an argument that is not sent."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        # The name of a module global, so that copying and unpickling give the one instance.
        return "UNSET"


UNSET: Final = Unset()


class Unrecognized(str):
    """A value that the spec's enum does not have: equal to its text, and taken wherever the enum is.

    MOCO adds values before the spec has them. An unknown one in an answer is an `Unrecognized`; given as an argument
    it is sent as it is.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Unrecognized({str.__repr__(self)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        # Pydantic tries the members of a union strictly first. Text is not a strict match, so the enum comes first.
        from pydantic_core import core_schema

        text = core_schema.str_schema()
        lax, strict = core_schema.no_info_after_validator_function(cls, text), core_schema.is_instance_schema(cls)
        plain = core_schema.plain_serializer_function_ser_schema(str, return_schema=text)
        return core_schema.lax_or_strict_schema(lax, strict, serialization=plain)


class _Dates(dict[str, date]):
    """A cache of parsed dates: a page repeats few of them, and a lookup is cheaper than parsing."""

    limit = 4096

    def __missing__(self, text: str) -> date:
        parsed = date.fromisoformat(text)
        if parsed.isoformat() != text:
            raise ValueError(f"{text!r} is not a date (YYYY-MM-DD)")
        if len(self) >= self.limit:
            self.clear()
        self[text] = parsed
        return parsed


parse_date = _Dates().__getitem__
"""Parse a date like `"2026-01-31"`.

Raises:
    ValueError, TypeError: anything else.
"""


def date_text(value: date) -> str:
    """Format a date as MOCO does, `2026-01-31`."""
    return value.isoformat()


class _Written(tzinfo):
    """A UTC offset that remembers how a time was written, so that formatting restores it."""

    def __init__(self, offset: timedelta, digits: int, suffix: str) -> None:
        self.offset = offset
        self.digits = digits
        self.suffix = suffix

    def utcoffset(self, _: datetime | None) -> timedelta:
        return self.offset

    def dst(self, _: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, _: datetime | None) -> str:
        return timezone(self.offset).tzname(None)

    def __repr__(self) -> str:
        return self.tzname(None)

    def __reduce__(self) -> tuple[Any, ...]:
        return _written, (self.offset, self.digits, self.suffix)


@cache
def _written(offset: timedelta, digits: int, suffix: str) -> _Written:
    return _Written(offset, digits, suffix)


if sys.version_info < (3, 14):
    _from_iso = datetime.fromisoformat
else:

    def _from_iso(text: str) -> datetime:
        if text[11:13] == "24":  # midnight of the next day, which would be formatted as 00:00
            raise ValueError(f"{text!r} is not a time as MOCO writes them")
        return datetime.fromisoformat(text)


_TIMESPECS = {0: "seconds", 3: "milliseconds", 6: "microseconds"}


def parse_time(text: str) -> datetime:
    """Parse a time like `"2026-01-31T14:30:00Z"` into an aware datetime, which `time_text` formats the same way.

    Raises:
        ValueError, TypeError: it is not a time, or formatting would not restore it exactly.
    """
    moment = _from_iso(text)
    if len(text) == 20 and text[4::3] == "--T::Z":  # the usual format: whole seconds, Z, and no NUL after it
        return moment
    offset = moment.utcoffset()
    suffix = "" if offset is None else "Z" if text.endswith("Z") else moment.isoformat()[-6:]
    _, _, fraction = text.removesuffix(suffix).partition(".")
    if len(fraction) in _TIMESPECS:
        moment = moment.replace(tzinfo=_written(offset or timedelta(0), len(fraction), suffix))
        if time_text(moment) == text:
            return moment
    raise ValueError(f"{text!r} is not a time as MOCO writes them")


def time_text(value: datetime) -> str:
    """Format an aware datetime as MOCO does, `2026-01-31T14:30:00Z`.

    Raises:
        ValueError: it has no time zone, so the moment is ambiguous.
    """
    zone = value.tzinfo
    if isinstance(zone, _Written):
        lost = value.microsecond % 10 ** (6 - zone.digits)
        timespec = "microseconds" if lost else _TIMESPECS[zone.digits]
        return value.replace(tzinfo=None).isoformat(timespec=timespec) + zone.suffix
    if zone is UTC or (offset := value.utcoffset()) == timedelta(0):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if offset is None:
        raise ValueError(f"{value.isoformat()} has no time zone; MOCO's times are UTC, so pass tzinfo=datetime.UTC")
    return value.isoformat()


def to_json(value: Any) -> Any:
    """Convert a model or an argument to what `json.dumps` accepts, leaving out `UNSET`.

    Raises:
        TypeError: a value cannot be represented in JSON.
        ValueError: a time has no time zone.
    """
    match value:
        case StrEnum() | Unrecognized():
            return str(value)
        case None | str() | bool() | int() | float():
            return value
        case datetime():
            return time_text(value)
        case date():
            return date_text(value)
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items() if item is not UNSET}
        case list() | tuple() | set() | frozenset():
            return [to_json(item) for item in value]
        case _ if hasattr(value, "to_dict"):  # a model
            return value.to_dict()
        case _ if hasattr(value, "to_json"):  # a file
            return value.to_json()
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON: {value!r:.80}")
