"""How arguments look on the wire. Each function takes the argument's name for the error it may have to raise.

MOCO ignores filter values it does not understand and answers with the full list, so a value of the wrong type
has to fail here. `None` and `UNSET` pass through: in a query neither is sent, in a body `None` is sent as null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date as Date  # noqa: N812  # the functions here are named after what they write
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
    """Let `None` and `UNSET` pass."""

    def pass_or_check(name: str, value: Any) -> T | Unset | None:
        return value if value is None or value is UNSET else check(name, value)

    pass_or_check.__doc__ = check.__doc__
    return pass_or_check


def _refuse(name: str, value: Any, wanted: str) -> TypeError:
    return TypeError(f"{name} has to be {wanted}, not {type(value).__name__}: {value!r:.80}")


@_checked
def integer(name: str, value: Any) -> int:
    """A whole number, as ids are."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refuse(name, value, "an integer")
    return int(value)


@_checked
def number(name: str, value: Any) -> float:
    """A number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _refuse(name, value, "a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} has to be a number that JSON knows, not {value!r}")
    return value


@_checked
def boolean(name: str, value: Any) -> str:
    """`true` or `false`, in lower case: MOCO does not know Python's spelling."""
    if not isinstance(value, bool):
        raise _refuse(name, value, "True or False")
    return "true" if value else "false"


@_checked
def text(name: str, value: Any) -> str:
    """Text, or a member of an enum of texts."""
    if not isinstance(value, str):
        raise _refuse(name, value, "text")
    return str.__str__(value)  # of an enum that is not a StrEnum, str() would be the member's name


@_checked
def code(name: str, value: Any) -> str | int:
    """A number, or text that stands for it: MOCO takes both."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        raise _refuse(name, value, "text or an integer")
    return str.__str__(value)


@_checked
def date(name: str, value: Any) -> str:
    """A date, or text that is one."""
    if isinstance(value, Date) and not isinstance(value, DateTime):
        return date_text(value)
    if not isinstance(value, str):
        raise _refuse(name, value, "a date (or text like 2026-01-31)")
    try:
        return date_text(parse_date(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} is not a date (YYYY-MM-DD)") from None


@_checked
def time(name: str, value: Any) -> str:
    """An aware datetime, or text that is one."""
    if isinstance(value, DateTime):
        try:
            return time_text(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if not isinstance(value, str):
        raise _refuse(name, value, "a datetime (or text like 2026-01-31T14:30:00Z)")
    try:
        written = time_text(parse_time(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} is not a time (2026-01-31T14:30:00Z)") from None
    if not re.search(r"(Z|[+-]\d\d:\d\d)$", written):
        raise ValueError(f"{name}: {value!r} has no time zone; MOCO's times are UTC, say {value}Z")
    return written


def csv(name: str, value: Any, item: Callable[[str, Any], Any]) -> str | Unset | None:
    """A comma-separated list; `item` writes one of its values. A single value stands for a list of one."""
    if value is None or value is UNSET:
        return value
    parts = _several(name, value, item)
    for part in parts:
        if "," in part:
            raise ValueError(f"{name}: {part!r} holds a comma, which MOCO takes for the end of a value")
    return ",".join(parts)


def date_range(name: str, value: Any, separator: str) -> str | Unset | None:
    """A pair of dates, the first and the last day, in one value."""
    if value is None or value is UNSET:
        return value
    days = value.split(separator) if isinstance(value, str) else value
    if not isinstance(days, Sequence) or len(days) != 2:
        raise ValueError(f"{name}: {value!r:.80} is not a pair of dates")
    first, last = _several(name, days, date)
    if last < first:
        raise ValueError(f"{name}: {last} is before {first}")
    return f"{first}{separator}{last}"


def joined(name: str, value: Any, separator: str) -> str | Unset | None:
    """Several texts in one, as MOCO wants e-mail addresses."""
    if value is None or value is UNSET:
        return value
    if isinstance(value, Collection) and not value:
        return ""
    return separator.join(_several(name, value, text))


def _several(name: str, value: Any, item: Callable[[str, Any], Any]) -> list[str]:
    """The values of a list as they are written. A single value stands for a list of one."""
    if isinstance(value, Mapping):
        raise _refuse(name, value, "a list")
    parts = [value] if isinstance(value, str | bytes) or not isinstance(value, Collection) else value
    if not parts:
        raise ValueError(f"{name} is an empty list, which MOCO takes for no filter at all")
    for part in parts:
        if part is None or part is UNSET:  # alone they mean that nothing is sent; in a list they mean nothing
            raise TypeError(f"{name} cannot hold {part!r}")
    return [str(item(name, part)) for part in parts]


def brackets(
    name: str, value: Mapping[str, str | bool | Date | Sequence[str]] | Unset | None
) -> dict[str, str | list[str]]:
    """Values by name: `name[Sector]=Pharma`, and `name[Sector][]=...` once for each value of a list."""
    if value is None or value is UNSET:
        return {}
    if not isinstance(value, Mapping):
        raise _refuse(name, value, "a mapping of field names to values")
    written: dict[str, str | list[str]] = {}
    for key, wanted in value.items():
        if isinstance(wanted, bool):
            written[f"{name}[{key}]"] = "true" if wanted else "false"
        elif isinstance(wanted, Date) and not isinstance(wanted, DateTime):
            written[f"{name}[{key}]"] = date_text(wanted)
        elif isinstance(wanted, str):
            written[f"{name}[{key}]"] = wanted
        elif isinstance(wanted, Collection):
            written[f"{name}[{key}][]"] = _several(f"{name}[{key}]", wanted, text)
        else:
            raise _refuse(f"{name}[{key}]", wanted, "text or a list of texts")
    return written


def one_of(**arguments: Any) -> None:
    """At least one of these has to be given."""
    if not _given(arguments):
        raise ValueError(f"one of {', '.join(arguments)} is needed")


def together(**arguments: Any) -> None:
    """All of these have to be given, or none."""
    given = _given(arguments)
    missing = [name for name in arguments if name not in given]
    if given and missing:
        raise ValueError(f"{', '.join(given)} is of use only together with {', '.join(missing)}")


def _given(arguments: Mapping[str, Any]) -> list[str]:
    return [name for name, value in arguments.items() if value is not None and value is not UNSET]


def segment(name: str, value: Any, check: Callable[[str, Any], Any] = integer) -> str:
    """One segment of a path. It is never empty and never more than one segment."""
    written = check(name, value)
    if written is None or written is UNSET or not re.search(r"[^.]", str(written)):
        raise ValueError(f"{name} is part of the address and cannot be {value!r}")
    return quote(str(written), safe="")
