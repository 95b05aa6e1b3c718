"""What every model is: an attrs class that is decoded without loss and never fails on what MOCO sends."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, dataclass_transform, final

import attrs

from ._values import UNSET, Unset, parse_date, parse_time, to_json

__all__ = [
    "NOTHING",
    "UNSET",
    "Model",
    "Unset",
    "expect_list",
    "model",
    "new_instance",
    "parse_date",
    "parse_time",
    "wire_names",
]

T = TypeVar("T")

new_instance = object.__new__


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

    if TYPE_CHECKING:

        @classmethod
        def from_dict(cls, raw: Mapping[str, Any]) -> Self:
            """The record that a JSON object describes. Anything but an object raises `TypeError`."""

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


def expect_list(value: Any) -> list[Any]:
    """A list as it is; an empty object or text is none, although it could be iterated over.

    Raises:
        TypeError: it is something else.
    """
    if type(value) is not list:
        raise TypeError(f"expected a list, not {type(value).__name__}")
    return value
