"""Answers that differ from the spec: decoded as far as they go, named exactly, and remembered.

The annotations of a model are its schema here, so the slow path needs no second description of it.
"""

from __future__ import annotations

import logging
import types
import typing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from ._model import NOTHING, Model, wire_names
from ._values import UNSET, Unset, parse_date, parse_time

__all__ = [
    "DECODE_ERRORS",
    "Deviation",
    "Difference",
    "clear_deviations",
    "decode_leniently",
    "deviations",
    "differences",
    "get_hints",
    "nested_records",
    "note_unknown_value",
    "on_deviation",
    "open_enum",
    "record_differences",
    "union_members",
    "unknown_attributes",
]

ModelT = TypeVar("ModelT", bound=Model)

_log = logging.getLogger("moco_async.decoding")
_SEEN_LIMIT = 1_000
UNKNOWN = "not in the spec"
DECODE_ERRORS = (KeyError, TypeError, ValueError, AttributeError)
"""The exceptions by which straight-line decoding notices that an answer differs from the spec."""

_seen: Counter[Deviation] = Counter()
_hints: dict[type, dict[str, Any]] = {}

Kind = Literal["unknown", "missing", "null", "type", "value"]


class Difference(NamedTuple):
    """One way in which a JSON value differs from what the spec says."""

    place: str
    """Where in the document, as `$[3].budget`."""
    where: str
    """Model and attribute, as `Project.budget` or `Project.tags[]`; the enum, if it lacks a value; `$`, the answer."""
    kind: Kind
    found: Any = UNSET
    wanted: str = ""
    """What the spec says, in words."""

    @property
    def reason(self) -> str:
        """What differs, with the beginning of a text."""
        return self._reason(shown=True)

    def counted(self) -> Deviation:
        """What it is counted as, whatever row it is in."""
        if self.kind == "value":
            return Deviation(self.where, f"{self.found!r:.80} is no value the spec knows")
        return Deviation(self.where, self._reason(shown=False))

    def _reason(self, *, shown: bool) -> str:
        match self.kind:
            case "unknown":
                return UNKNOWN
            case "missing":
                return "missing"
            case "null":
                return "null is not allowed"
            case "value":
                return f"{self.found!r:.80} is no {self.wanted} the spec knows"
        beginning = f" {self.found!r:.40}" if shown and isinstance(self.found, str) else ""
        return f"{_json_type(self.found)}{beginning} where the spec says {self.wanted}"


on_deviation: ContextVar[Callable[[Difference], None] | None] = ContextVar("on_deviation", default=None)
"""Who is told, besides, of what decoding notices in this context; decoding is never interrupted."""


class Deviation(NamedTuple):
    """One way in which MOCO's answers were seen to differ from the spec."""

    where: str
    """Model and attribute, as `Project.budget`."""
    reason: str


def deviations() -> dict[Deviation, int]:
    """How MOCO's answers differed from the spec in this process, and how often."""
    return dict(_seen)


def clear_deviations() -> None:
    """Begin to count anew."""
    _seen.clear()


def decode_leniently(cls: type[ModelT], raw: Mapping[str, Any]) -> ModelT:
    """Decode an object attribute by attribute: what fits is decoded, the rest kept as it came."""
    if not isinstance(raw, Mapping):
        raise TypeError(f"{cls.__name__}.from_dict takes a JSON object, not {type(raw).__name__}")
    made = cls.__new__(cls)
    hints = get_hints(cls)
    for wire, attribute in wire_names(cls).items():
        setattr(made, attribute, _decode(hints[attribute], raw[wire]) if wire in raw else UNSET)
    made.additional_properties = {key: raw[key] for key in raw if key not in wire_names(cls)} or NOTHING
    for difference in record_differences(cls, raw, nested=False):
        _note(difference)
    return made


def unknown_attributes(cls: type[Model], raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attributes of an object that its model does not know."""
    known = wire_names(cls)
    unknown = {key: raw[key] for key in raw if key not in known}
    for key, value in unknown.items():
        _note(Difference("$", f"{cls.__name__}.{key}", "unknown", value))
    return unknown


def differences(
    hint: Any, value: Any, place: str = "$", where: str = "$", *, nested: bool = True
) -> Iterator[Difference]:
    """How a decoded JSON document differs from what the spec says. If not `nested`, records in it are left out."""
    options = union_members(hint)
    if value is None:
        if type(None) not in options and Any not in options:
            yield Difference(place, where, "null", value)
        return
    options = [option for option in options if option not in (Unset, type(None))]
    if Any in options:
        return
    enums = [option for option in options if isinstance(option, type) and issubclass(option, StrEnum)]
    if enums and isinstance(value, str):
        if value not in enums[0]._value2member_map_:
            yield Difference(place, enums[0].__name__, "value", value, enums[0].__name__)
        return
    fitting = [option for option in options if _has_shape(option, value)]
    if not fitting:
        yield Difference(place, where, "type", value, " or ".join(map(_spec_type, options)))
        return
    fits = _variant(fitting, value)
    if get_origin(fits) is list:
        for index, item in enumerate(value):
            yield from differences(get_args(fits)[0], item, f"{place}[{index}]", f"{where}[]", nested=nested)
    elif get_origin(fits) is dict:
        for key, item in value.items():
            yield from differences(get_args(fits)[1], item, f"{place}.{key}", f"{where}.*", nested=nested)
    elif nested and isinstance(fits, type) and issubclass(fits, Model):
        yield from record_differences(fits, value, place)


def record_differences(
    cls: type[Model], raw: Mapping[str, Any], place: str = "$", *, nested: bool = True
) -> Iterator[Difference]:
    """How an object differs from its model."""
    hints, names = get_hints(cls), wire_names(cls)
    for wire, attribute in names.items():
        where = f"{cls.__name__}.{wire}"
        if wire in raw:
            yield from differences(hints[attribute], raw[wire], f"{place}.{wire}", where, nested=nested)
        elif Unset not in union_members(hints[attribute]):
            yield Difference(f"{place}.{wire}", where, "missing")
    for unknown in sorted(raw.keys() - names.keys()):
        yield Difference(f"{place}.{unknown}", f"{cls.__name__}.{unknown}", "unknown", raw[unknown])


def nested_records(hint: Any, value: Any) -> Iterator[tuple[type[Model], Mapping[str, Any]]]:
    """The records in a value, each with its model, but not those inside of these."""
    if fitting := [option for option in union_members(hint) if option is not Any and _has_shape(option, value)]:
        fits = _variant(fitting, value)
        if get_origin(fits) is list:
            for item in value:
                yield from nested_records(get_args(fits)[0], item)
        elif get_origin(fits) is dict:
            for item in value.values():
                yield from nested_records(get_args(fits)[1], item)
        elif issubclass(fits, Model):
            yield fits, value


class _Members(dict[Any, Any]):
    """The members of an enum by their values; a value unknown to the spec is noted and stays plain text."""

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__(enum._value2member_map_)
        self.enum = enum

    def __missing__(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"expected text, not {type(value).__name__}")
        note_unknown_value(self.enum, value)
        return value


def open_enum(enum: type[StrEnum]) -> Callable[[Any], Any]:
    """A function that turns a value into a member of an enum, if it is one."""
    return _Members(enum).__getitem__


def note_unknown_value(enum: type[StrEnum], value: Any) -> None:
    """Note a value that an enum of the spec does not have."""
    _note(Difference("$", enum.__name__, "value", value, enum.__name__))


def _note(difference: Difference) -> None:
    if (watch := on_deviation.get()) is not None:
        watch(difference)
    deviation = difference.counted()
    if deviation not in _seen:
        if len(_seen) >= _SEEN_LIMIT:
            return
        _log.debug("answer differs from the spec: %s: %s", *deviation)
    _seen[deviation] += 1


def get_hints(cls: type[Model]) -> dict[str, Any]:
    """What the attributes of a model may be."""
    if (hints := _hints.get(cls)) is None:
        hints = _hints[cls] = typing.get_type_hints(cls)
    return hints


def union_members(hint: Any) -> list[Any]:
    """The types of which a value is one."""
    return list(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else [hint]


def _decode(hint: Any, value: Any) -> Any:
    """The value as its annotation says if it can be, otherwise as it came."""
    fitting = [option for option in union_members(hint) if option is not Any and _has_shape(option, value)]
    if not fitting:
        return value
    option = _variant(fitting, value)
    try:
        if get_origin(option) is list:
            return [_decode(get_args(option)[0], item) for item in value]
        if issubclass(option, Model):
            return option.from_dict(value)
        if issubclass(option, StrEnum):
            return option._value2member_map_.get(value, value)
        if issubclass(option, datetime):
            return parse_time(value)
        if issubclass(option, date):
            return parse_date(value)
    except DECODE_ERRORS:  # not of that form after all (issubclass: dict[str, str] and the like)
        return value
    return value


def _has_shape(hint: Any, value: Any) -> bool:
    """Whether the JSON type fits, and for dates and times the text too."""
    origin = get_origin(hint) or hint
    if isinstance(value, Mapping):
        return origin is dict or (isinstance(origin, type) and issubclass(origin, Model))
    if isinstance(value, list):
        return origin is list
    if isinstance(value, bool):
        return origin is bool
    if isinstance(value, int | float):
        return origin is float or (origin is int and isinstance(value, int))
    if not isinstance(value, str) or not isinstance(origin, type):
        return False
    if issubclass(origin, date):
        try:
            parse_time(value) if issubclass(origin, datetime) else parse_date(value)
        except ValueError:
            return False
        return True
    return issubclass(origin, str)


def _variant(fitting: Sequence[Any], value: Any) -> Any:
    """Of several models the first that the object shows an attribute of which the last one lacks."""
    for option in fitting[:-1]:
        if not (isinstance(option, type) and issubclass(option, Model)):
            return option
        own = [name for name in wire_names(option) if name not in wire_names(fitting[-1])]
        if own[0] in value:
            return option
    return fitting[-1]


_JSON_TYPES = {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}


def _json_type(value: Any) -> str:
    return _JSON_TYPES.get(type(value), "an object")


def _spec_type(hint: Any) -> str:
    origin = get_origin(hint) or hint
    names = _JSON_TYPES | {int: "an integer", datetime: "a time", date: "a date"}
    return names.get(origin) or ("an object" if origin is dict else origin.__name__)
