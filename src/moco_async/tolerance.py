"""Answers that differ from the spec: decoded as far as they go, named exactly, and remembered.

The annotations of a model are its schema here, so the slow path needs no second description of it.
"""

from __future__ import annotations

import logging
import types
import typing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

from .model import DAMAGE, NOTHING, Model, wire_names
from .values import UNSET, Unset, parse_date, parse_time

__all__ = ["Deviation", "deviations", "differences", "forget_deviations", "remember_value", "rest", "salvage"]

ModelT = TypeVar("ModelT", bound=Model)

_log = logging.getLogger("moco_async.decoding")
_SEEN_LIMIT = 1_000
UNKNOWN = "not in the spec"
_seen: Counter[Deviation] = Counter()
_hints_of: dict[type, dict[str, Any]] = {}


class Deviation(NamedTuple):
    """One way in which MOCO's answers were seen to differ from the spec."""

    where: str
    """Model and attribute, as `Project.budget`."""
    reason: str


def deviations() -> dict[Deviation, int]:
    """How MOCO's answers differed from the spec in this process, and how often."""
    return dict(_seen)


def forget_deviations() -> None:
    """Begin to count anew."""
    _seen.clear()


def salvage(cls: type[ModelT], raw: Mapping[str, Any]) -> ModelT:
    """Decode an object attribute by attribute: what fits is decoded, the rest kept as it came."""
    if not isinstance(raw, Mapping):
        raise TypeError(f"{cls.__name__}.from_dict takes a JSON object, not {type(raw).__name__}")
    made = cls.__new__(cls)
    hints = _hints(cls)
    for wire, attribute in wire_names(cls).items():
        setattr(made, attribute, _decode(hints[attribute], raw[wire]) if wire in raw else UNSET)
    made.additional_properties = {key: raw[key] for key in raw if key not in wire_names(cls)} or NOTHING
    _remember(cls, raw)
    return made


def rest(cls: type[Model], raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attributes of an object that its model does not know."""
    unknown = {key: raw[key] for key in raw if key not in wire_names(cls)}
    for key in unknown:
        _note(Deviation(f"{cls.__name__}.{key}", UNKNOWN))
    return unknown


def differences(hint: Any, value: Any, path: str = "$", *, deep: bool = True) -> Iterator[tuple[str, str]]:
    """How a decoded JSON document differs from what the spec says, as places (`$[3].budget`) and reasons.

    If not `deep`, records inside are left out, and places and reasons name no rows and values: they are to be counted.
    """
    options = _options(hint)
    if value is None:
        if type(None) not in options and Any not in options:
            yield path, "null is not allowed"
        return
    options = [option for option in options if option not in (Unset, type(None))]
    if Any in options:
        return
    enums = [option for option in options if isinstance(option, type) and issubclass(option, StrEnum)]
    if enums and isinstance(value, str):
        if value not in enums[0]._value2member_map_:
            yield path, f"{value!r:.80} is no {enums[0].__name__} the spec knows"
        return
    fitting = [option for option in options if _has_shape(option, value)]
    if fitting:
        yield from _inside(_variant(fitting, value), value, path, deep=deep)
    else:
        found = f"{_json_type(value)} {value!r:.40}" if deep and isinstance(value, str) else _json_type(value)
        yield path, f"{found} where the spec says {' or '.join(map(_spec_type, options))}"


def _inside(hint: Any, value: Any, path: str, *, deep: bool) -> Iterator[tuple[str, str]]:
    if get_origin(hint) is list:
        for index, item in enumerate(value):
            yield from differences(get_args(hint)[0], item, f"{path}[{index if deep else ''}]", deep=deep)
    elif get_origin(hint) is dict:
        for key, item in value.items():
            yield from differences(get_args(hint)[1], item, f"{path}.{key if deep else '*'}", deep=deep)
    elif deep and isinstance(hint, type) and issubclass(hint, Model):
        yield from _in_record(hint, value, path, deep=deep)


def _in_record(cls: type[Model], raw: Mapping[str, Any], path: str, *, deep: bool) -> Iterator[tuple[str, str]]:
    hints = _hints(cls)
    for wire, attribute in wire_names(cls).items():
        if wire in raw:
            yield from differences(hints[attribute], raw[wire], f"{path}.{wire}", deep=deep)
        elif Unset not in _options(hints[attribute]):
            yield f"{path}.{wire}", "missing"
    for unknown in sorted(raw.keys() - wire_names(cls).keys()):
        yield f"{path}.{unknown}", UNKNOWN


def remember_value(enum: type[StrEnum], value: Any) -> None:
    """Note a value that an enum of the spec does not have."""
    _note(Deviation(enum.__name__, f"{value!r:.80} is no value the spec knows"))


def _remember(cls: type[Model], raw: Mapping[str, Any]) -> None:
    for path, reason in _in_record(cls, raw, cls.__name__, deep=False):
        _note(Deviation(path, reason))


def _note(deviation: Deviation) -> None:
    if deviation not in _seen:
        if len(_seen) >= _SEEN_LIMIT:
            return
        _log.debug("answer differs from the spec: %s: %s", *deviation)
    _seen[deviation] += 1


def _hints(cls: type[Model]) -> dict[str, Any]:
    if (hints := _hints_of.get(cls)) is None:
        hints = _hints_of[cls] = typing.get_type_hints(cls)
    return hints


def _options(hint: Any) -> list[Any]:
    return list(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else [hint]


def _decode(hint: Any, value: Any) -> Any:
    """The value as its annotation says if it can be, otherwise as it came."""
    fitting = [option for option in _options(hint) if option is not Any and _has_shape(option, value)]
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
    except DAMAGE:  # not of that form after all (issubclass: dict[str, str] and the like)
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
