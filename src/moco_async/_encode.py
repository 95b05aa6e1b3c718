"""Argument encoders: Python values to query parameters, path segments and bodies.

Each takes the argument's name, for its error messages.

MOCO ignores filter values it does not understand and returns the full list, so a value of the wrong type must
fail here. `None` and `UNSET` pass through: in a query neither is sent, in a body `None` is sent as null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date as Date  # noqa: N812  # the functions here are named after what they encode
from datetime import datetime as DateTime  # noqa: N812
from typing import Any, TypeVar
from urllib.parse import quote

from ._values import UNSET, Unset, date_text, parse_date, parse_time, time_text

__all__ = [
    "boolean",
    "brackets",
    "code",
    "csv",
    "date",
    "date_range",
    "integer",
    "joined",
    "number",
    "one_of",
    "segment",
    "text",
    "time",
    "together",
]

T = TypeVar("T")


def _checked(check: Callable[[str, Any], T]) -> Callable[[str, Any], T | Unset | None]:
    """Make an encoder pass `None` and `UNSET` through."""

    def pass_or_check(name: str, value: Any) -> T | Unset | None:
        return value if value is None or value is UNSET else check(name, value)

    pass_or_check.__doc__ = check.__doc__
    return pass_or_check


def _type_error(name: str, value: Any, wanted: str) -> TypeError:
    return TypeError(f"{name} must be {wanted}, not {type(value).__name__}: {value!r:.80}")


@_checked
def integer(name: str, value: Any) -> int:
    """Encode an integer, such as an id."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise _type_error(name, value, "an integer")
    return int(value)


@_checked
def number(name: str, value: Any) -> float:
    """Encode a number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _type_error(name, value, "a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value!r}")
    return value


@_checked
def boolean(name: str, value: Any) -> str:
    """Encode a boolean as `true` or `false`: MOCO does not understand `True`."""
    if not isinstance(value, bool):
        raise _type_error(name, value, "True or False")
    return "true" if value else "false"


@_checked
def text(name: str, value: Any) -> str:
    """Encode a string, or a member of a string enum."""
    if not isinstance(value, str):
        raise _type_error(name, value, "a string")
    return str.__str__(value)  # str() of a member would be its name, unless its enum is a StrEnum


@_checked
def code(name: str, value: Any) -> str | int:
    """Encode a code, which MOCO takes as text or as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        raise _type_error(name, value, "a string or an integer")
    return str.__str__(value)


@_checked
def date(name: str, value: Any) -> str:
    """Encode a date, or a string that is one."""
    if isinstance(value, Date) and not isinstance(value, DateTime):
        return date_text(value)
    if not isinstance(value, str):
        raise _type_error(name, value, "a date (or a string like 2026-01-31)")
    try:
        return date_text(parse_date(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} is not a date (YYYY-MM-DD)") from None


@_checked
def time(name: str, value: Any) -> str:
    """Encode an aware datetime, or a string that is one."""
    if isinstance(value, DateTime):
        try:
            return time_text(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if not isinstance(value, str):
        raise _type_error(name, value, "a datetime (or a string like 2026-01-31T14:30:00Z)")
    try:
        encoded = time_text(parse_time(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} is not a time (2026-01-31T14:30:00Z)") from None
    if not re.search(r"(Z|[+-]\d\d:\d\d)$", encoded):
        raise ValueError(f"{name}: {value!r} has no time zone; MOCO's times are UTC, so write {value}Z")
    return encoded


def csv(name: str, value: Any, item: Callable[[str, Any], Any]) -> str | Unset | None:
    """Encode a list as comma-separated values, each with `item`. A single value stands for a list of one."""
    if value is None or value is UNSET:
        return value
    parts = _encode_items(name, value, item)
    for part in parts:
        if "," in part:
            raise ValueError(f"{name}: {part!r} contains a comma, which MOCO treats as a separator")
    return ",".join(parts)


def date_range(name: str, value: Any, separator: str) -> str | Unset | None:
    """A pair of dates, the first and the last day, as one value."""
    if value is None or value is UNSET:
        return value
    days = value.split(separator) if isinstance(value, str) else value
    if not isinstance(days, Sequence) or len(days) != 2:
        raise ValueError(f"{name}: {value!r:.80} is not a pair of dates")
    first, last = _encode_items(name, days, date)
    if last < first:
        raise ValueError(f"{name}: {last} is before {first}")
    return f"{first}{separator}{last}"


def joined(name: str, value: Any, separator: str) -> str | Unset | None:
    """Encode several strings as one, as MOCO expects e-mail addresses."""
    if value is None or value is UNSET:
        return value
    if isinstance(value, Collection) and not value:
        return ""
    return separator.join(_encode_items(name, value, text))


def _encode_items(name: str, value: Any, item: Callable[[str, Any], Any]) -> list[str]:
    """Encode the items of a list. A single value stands for a list of one."""
    if isinstance(value, Mapping):
        raise _type_error(name, value, "a list")
    parts = [value] if isinstance(value, str | bytes) or not isinstance(value, Collection) else value
    if not parts:
        raise ValueError(f"{name} is an empty list, which MOCO treats as no filter at all")
    for part in parts:
        if part is None or part is UNSET:  # on their own they mean "not sent"; inside a list they mean nothing
            raise TypeError(f"{name} cannot contain {part!r}")
    return [str(item(name, part)) for part in parts]


def brackets(
    name: str, value: Mapping[str, str | bool | Date | Sequence[str]] | Unset | None
) -> dict[str, str | list[str]]:
    """Encode a mapping with brackets: `name[Sector]=Pharma`, and `name[Sector][]=...` for each value of a list."""
    if value is None or value is UNSET:
        return {}
    if not isinstance(value, Mapping):
        raise _type_error(name, value, "a mapping of field names to values")
    encoded: dict[str, str | list[str]] = {}
    for key, wanted in value.items():
        if isinstance(wanted, bool):
            encoded[f"{name}[{key}]"] = "true" if wanted else "false"
        elif isinstance(wanted, Date) and not isinstance(wanted, DateTime):
            encoded[f"{name}[{key}]"] = date_text(wanted)
        elif isinstance(wanted, str):
            encoded[f"{name}[{key}]"] = wanted
        elif isinstance(wanted, Collection):
            encoded[f"{name}[{key}][]"] = _encode_items(f"{name}[{key}]", wanted, text)
        else:
            raise _type_error(f"{name}[{key}]", wanted, "a string or a list of strings")
    return encoded


def one_of(**arguments: Any) -> None:
    """Check that at least one of these arguments is given."""
    if not _given(arguments):
        raise ValueError(f"one of {', '.join(arguments)} is required")


def together(**arguments: Any) -> None:
    """Check that all of these arguments are given, or none."""
    given = _given(arguments)
    missing = [name for name in arguments if name not in given]
    if given and missing:
        raise ValueError(f"{', '.join(given)} can be used only together with {', '.join(missing)}")


def _given(arguments: Mapping[str, Any]) -> list[str]:
    return [name for name, value in arguments.items() if value is not None and value is not UNSET]


def segment(name: str, value: Any, check: Callable[[str, Any], Any] = integer) -> str:
    """Encode a path segment. The result is never empty and never more than one segment."""
    encoded = check(name, value)
    if encoded is None or encoded is UNSET or not re.search(r"[^.]", str(encoded)):
        raise ValueError(f"{name} is part of the URL and cannot be {value!r}")
    return quote(str(encoded), safe="")
