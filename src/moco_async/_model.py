"""What every model is: an attrs class that is decoded without loss and never fails on what MOCO sends."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Self, TypeVar, dataclass_transform, final

import attrs

from ._values import UNSET, Unset, parse_date, parse_time, to_json

__all__ = [
    "DAMAGE",
    "NOTHING",
    "UNSET",
    "Model",
    "Unset",
    "model",
    "new",
    "open_enum",
    "parse_date",
    "parse_time",
    "rows",
    "wire_names",
]

T = TypeVar("T")

new = object.__new__

DAMAGE = (KeyError, TypeError, ValueError, AttributeError)
"""What decoding along the straight line may meet when an answer differs from the spec."""


@final
class _Nothing(Mapping[str, Any]):
    """No additional properties: one empty mapping for all models that have none."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()

CONFIDENTIAL = {"api_key", "password"}
"""Attributes that no repr shows."""


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(attrs.field,))
def model(cls: type[T]) -> type[T]:
    """Make an attrs class with slots of a generated one; repr and comparison come from `Model`."""
    return attrs.define(cls, repr=False, eq=False, kw_only=True, weakref_slot=False)


@model
class Model:  # noqa: PLW1641  # models can be changed, so they have no hash
    """A record of MOCO.

    Attributes hold what the spec says they hold, unless MOCO's answer differed: what cannot be decoded is
    kept as it came, what is missing is `UNSET`, and what the spec does not know is in `additional_properties`.
    """

    additional_properties: Mapping[str, Any] = NOTHING

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """The record that a JSON object describes. Only something else than an object raises (`TypeError`)."""
        return cls._salvage(raw)

    @classmethod
    def _salvage(cls, raw: Mapping[str, Any]) -> Self:
        """Decode an object that differs from the spec, attribute by attribute."""
        from ._lenient import salvage

        return salvage(cls, raw)

    @classmethod
    def _rest(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """The attributes the spec does not know."""
        from ._lenient import rest

        return rest(cls, raw)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object this record came from, or would be sent as."""
        plain: dict[str, Any] = {}
        for wire, attribute in wire_names(type(self)).items():
            if (value := getattr(self, attribute)) is not UNSET:
                plain[wire] = to_json(value)
        plain.update(to_json(self.additional_properties))
        return plain

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        names = (*wire_names(type(self)).values(), "additional_properties")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __repr__(self) -> str:
        present = {name: getattr(self, name) for name in wire_names(type(self)).values()}
        shown = ", ".join(
            f"{name}={'***' if name in CONFIDENTIAL else repr(value)}"
            for name, value in present.items()
            if value is not UNSET
        )
        more = f", additional_properties={self.additional_properties!r}" if self.additional_properties else ""
        return f"{type(self).__name__}({shown}{more})"


_wire_names: dict[type, dict[str, str]] = {}


def wire_names(cls: type[Model]) -> dict[str, str]:
    """The attributes of a model by their names in JSON; they differ only for Python's keywords (`from_`)."""
    if (names := _wire_names.get(cls)) is None:
        fields = attrs.fields(cls)  # type: ignore[arg-type]  # mypy does not see attrs through dataclass_transform
        own = (field.name for field in fields if field.name != "additional_properties")
        names = {name[:-1] if keyword.iskeyword(name.removesuffix("_")) else name: name for name in own}
        _wire_names[cls] = names
    return names


def rows(value: Any) -> list[Any]:
    """A list as it is; an empty object or text is none, although it could be iterated over.

    Raises:
        TypeError: it is something else.
    """
    if type(value) is not list:
        raise TypeError(f"{type(value).__name__} where a list was to come")
    return value


class _Members(dict[Any, Any]):
    """The members of an enum by their values; a value unknown to the spec is remembered and stays plain text."""

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__(enum._value2member_map_)
        self.enum = enum

    def __missing__(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"{type(value).__name__} where a text was to come")
        from ._lenient import remember_value

        remember_value(self.enum, value)
        return value


def open_enum(enum: type[StrEnum]) -> Callable[[Any], Any]:
    """What turns a value into a member of an enum, if it is one."""
    return _Members(enum).__getitem__
