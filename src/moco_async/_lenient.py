"""Lenient decoding: an object attribute by attribute, whatever it holds.

A generated model decodes along a straight line, which notes nothing and gives up at the first surprise. Then an object
is decoded here by a table made once from the model's annotations: what fits is decoded, the rest is kept as it came,
and every difference is noted. Checking answers (`strict`, a drift recorder, the sample that `deviations()` counts) is
decoding by the same table.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

import attrs

from ._deviations import JSON_NAMES, Difference, Path, note, observer
from ._model import ABSENT, Model, new_instance
from ._values import Unrecognized, parse_date, parse_time

__all__ = ["DECODE_ERRORS", "decode_enum", "decode_leniently", "decode_value", "union_members"]

ModelT = TypeVar("ModelT", bound=Model)

Decode = Callable[..., Any]

DECODE_ERRORS = (KeyError, TypeError, ValueError, AttributeError)
"""The exceptions by which straight-line decoding notices that an answer differs from the spec."""


def _step(path: Path, key: str | int) -> Path:
    return None if path is None else (path, key)


class Value:
    """What the spec says of one value, as a table: the JSON types it may have, and how each is decoded."""

    __slots__ = ("decoders", "wanted", "where")

    def __init__(self, where: str, hint: Any) -> None:
        self.where = where
        options = union_members(hint)
        self.decoders = _decoders(where, options)
        self.wanted = " or ".join(_spec_name(option) for option in options if option is not NoneType)

    def decode(self, value: Any, path: Path) -> Any:
        """The value as the spec says if it can be, otherwise as it came."""
        kind = _json_type(value)
        decode: Decode | None = self.decoders.get(kind, _refuse)
        if decode is None:
            return value
        try:
            return decode(value, path)
        except DECODE_ERRORS:
            note(path, self.where, "null" if value is None else "type", value, self.wanted)
            return value


def _refuse(_value: Any, _path: Path) -> Any:
    raise TypeError


_Attribute = tuple[Callable[[Any, Any], None], Mapping[type, Decode | None], Decode]
"""What fills the slot, the decoders by JSON type, and the decoder of what has none of these types."""


class _Table(NamedTuple):
    """How the attributes of a model are decoded, by their names in JSON."""

    attributes: Mapping[str, _Attribute]
    required: frozenset[str]
    optional: frozenset[str]


_tables: dict[type[Model], _Table] = {}


def _table(cls: type[Model]) -> _Table:
    if (table := _tables.get(cls)) is None:
        table = _tables[cls] = _make_table(cls)
    return table


def _make_table(cls: type[Model]) -> _Table:
    hints = typing.get_type_hints(cls)
    never_null = {each.name for each in attrs.fields(cls) if each.default is ABSENT}
    attributes = {}
    for wire, name in cls._wire_names.items():
        hint = _without_null(hints[name]) if name in never_null else hints[name]
        value = Value(f"{cls.__name__}.{wire}", hint)
        attributes[wire] = (getattr(cls, name).__set__, value.decoders, value.decode)
    required = frozenset(wire for wire, name in cls._wire_names.items() if name in cls._required)
    return _Table(attributes, required, frozenset(attributes) - required)


def decode_leniently(cls: type[ModelT], raw: Mapping[str, Any], path: Path = None) -> ModelT:
    """Decode an object attribute by attribute, and note what differs from the spec.

    Args:
        cls: The model.
        raw: The object.
        path: Where it is, to check the records in it as well.

    Raises:
        TypeError: it is not an object.
    """
    if type(raw) is not dict and not isinstance(raw, Mapping):
        raise TypeError(f"{cls.__name__}.from_dict takes a JSON object, not {type(raw).__name__}")
    table = _table(cls)
    known = table.attributes.get
    record = new_instance(cls)
    unknown = None
    for key, found in raw.items():
        value = found
        if (attribute := known(key)) is None:
            unknown = unknown or {}
            unknown[key] = value
            note(_step(path, key), f"{cls.__name__}.{key}", "unknown", value)
            continue
        put, decoders, decode = attribute
        decoder: Decode | None = decoders.get(type(value), _refuse)
        if decoder is not None:
            step = None if path is None else (path, key)
            try:
                value = decoder(value, step)
            except DECODE_ERRORS:
                value = decode(value, step)
        put(record, value)
    if unknown is not None:
        record.additional_properties = unknown
    if not table.required <= raw.keys():
        for key in sorted(table.required - raw.keys()):
            note(_step(path, key), f"{cls.__name__}.{key}", "missing")
    if (told := observer.get()) is not None:
        told.record(cls)
        for key in sorted(table.optional - raw.keys()):
            told.difference(Difference(_step(path, key), f"{cls.__name__}.{key}", "absent"))
    return record


_values: dict[tuple[Any, str], Value] = {}


def decode_value(hint: Any, value: Any, path: Path = ()) -> Any:
    """Decode a whole answer, or one of its rows, and note everything in it that differs from the spec."""
    where = "$" if path == () else "$[]"
    if (known := _values.get((hint, where))) is None:
        known = _values[hint, where] = Value(where, hint)
    return known.decode(value, path)


def decode_enum(enum: type[StrEnum]) -> Callable[[Any], Any]:
    """A straight-line decoder for an enum: raises `KeyError` or `TypeError` for what is not a value of it."""
    return enum._value2member_map_.__getitem__


def _decoders(where: str, options: list[Any]) -> dict[type, Decode | None]:
    """How each JSON type is decoded: `None` as it is, otherwise by a function of the value and its path."""
    found: dict[type, Decode | None] = {}
    models = [option for option in options if isinstance(option, type) and issubclass(option, Model)]
    for option in sorted(options, key=_is_literal):  # an exception from another text comes after it
        kind = get_origin(option) or option
        if kind is Any:
            return dict.fromkeys(JSON_NAMES)
        if kind is Literal:
            found |= {str: _literal_decoder(get_args(option), found.get(str))}
        elif kind is float:
            found |= {float: None, int: None}
        elif kind is list:
            found[list] = _list_decoder(Value(f"{where}[]", get_args(option)[0]))
        elif kind is dict:
            found[dict] = _map_decoder(Value(f"{where}.*", get_args(option)[1]))
        elif issubclass(kind, Model):
            found[dict] = _model_decoder(models)
        elif issubclass(kind, StrEnum):
            found[str] = _enum_decoder(kind)
        elif issubclass(kind, datetime):
            found[str] = lambda value, _: parse_time(value)
        elif issubclass(kind, date):
            found[str] = lambda value, _: parse_date(value)
        elif kind is not Unrecognized:
            found[kind] = None
    return found


def _list_decoder(item: Value) -> Decode | None:
    def decode(values: list[Any], path: Path) -> list[Any]:
        if path is None:
            return [item.decode(value, None) for value in values]
        return [item.decode(value, (path, index)) for index, value in enumerate(values)]

    return decode


def _map_decoder(item: Value) -> Decode | None:
    def decode(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
        return {key: item.decode(value, _step(path, key)) for key, value in values.items()}

    return decode


def _model_decoder(models: list[type[Model]]) -> Decode:
    """The decoder of a record, or of two that are told apart by the first attribute which only the richer one has."""
    first, last = models[0], models[-1]
    own = next((name for name in first._wire_names if name not in last._wire_names), None)

    def decode(raw: Mapping[str, Any], path: Path) -> Model:
        cls = first if own in raw else last
        return cls.from_dict(raw) if path is None else decode_leniently(cls, raw, path)

    return decode


def _enum_decoder(enum: type[StrEnum]) -> Decode:
    members = enum._value2member_map_

    def decode(value: str, path: Path) -> Any:
        if (member := members.get(value)) is None:
            note(path, enum.__name__, "value", value, enum.__name__)
            return Unrecognized(value)
        return member

    return decode


def _literal_decoder(values: tuple[str, ...], other: Decode | None) -> Decode:
    def decode(value: str, path: Path) -> Any:
        if value in values:
            return value
        return _refuse(value, path) if other is None else other(value, path)

    return decode


def _json_type(value: Any) -> type:
    """The JSON type of a value; parsers and YAML loaders may have classes of their own for it."""
    kind = type(value)
    if kind in JSON_NAMES:
        return kind
    bases = [base for base in JSON_NAMES if isinstance(value, base)]
    return bases[0] if bases else dict if isinstance(value, Mapping) else kind


def _spec_name(hint: Any) -> str:
    kind = get_origin(hint) or hint
    names = JSON_NAMES | {int: "an integer", datetime: "a time", date: "a date", Literal: "empty text"}
    return names.get(kind) or kind.__name__


def union_members(hint: Any) -> list[Any]:
    """The types that a value may have by its annotation; any enum also allows `Unrecognized`, which is left out."""
    members = list(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else [hint]
    return [member for member in members if member is not Unrecognized]


def _is_literal(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin is Literal


def _without_null(hint: Any) -> Any:
    return Union[tuple(option for option in union_members(hint) if option is not NoneType)]  # noqa: UP007  # made at run time
