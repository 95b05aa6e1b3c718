"""The base class of all models: attrs classes with slots that keep exactly what MOCO sent.

A slot whose attribute did not come stays empty, and an empty slot reads as `None`. Everything that has to tell the two
apart (`model_fields_set`, `to_dict`, comparison, copies) asks the slots themselves.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform, final

import attrs

from ._suggest import did_you_mean
from ._values import UNSET, parse_date, parse_time, to_json

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["ABSENT", "Model", "are_objects", "model", "new_instance", "parse_date", "parse_time"]

T = TypeVar("T")

new_instance = object.__new__

_read_slot = object.__getattribute__  # unlike getattr, raises AttributeError for an empty slot
_ARE_DICTS = frozenset({dict}).issuperset
_CONFIDENTIAL = {"api_key", "password"}  # attributes that no repr shows

ABSENT: Any = attrs.Factory(lambda: None)
"""The default of an attribute that may be absent, but is never null where it comes. It reads as `None`."""


@final
class _Nothing(Mapping[str, Any]):
    """No additional properties: one empty mapping for all records that have none."""

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
        return "_NOTHING"


_NOTHING = _Nothing()


class _ModelSignature:
    """The signature of a model's constructor, for `help()` and notebooks, made when it is asked for."""

    def __get__(self, instance: Model | None, cls: type[Model]) -> Signature:
        from inspect import Parameter, Signature

        parameters = []
        for each in attrs.fields(cls):
            default = (
                Parameter.empty if each.default is attrs.NOTHING else None if each.default is ABSENT else each.default
            )
            parameters.append(Parameter(each.name, Parameter.KEYWORD_ONLY, default=default, annotation=each.type))
        return Signature(parameters)


def _hide_confidential(_cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Leave confidential attributes out of what attrs lets others show, as rich does in a traceback."""
    return [each.evolve(repr=each.name not in _CONFIDENTIAL) for each in fields]


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(attrs.field,))
def model(cls: type[T]) -> type[T]:
    """Make a generated class an attrs class with slots, and prepare what its decoding needs of its fields."""
    inherited: Any = cls
    inherited.__replace__ = inherited.__replace__  # or attrs would put its own here, for which absent means None
    made: Any = attrs.define(
        inherited,
        init=False,
        repr=False,
        eq=False,
        kw_only=True,
        weakref_slot=False,
        getstate_setstate=False,
        field_transformer=_hide_confidential,
    )
    fields = [each for each in attrs.fields(made) if each.name != "additional_properties"]
    made._wire_names = {_wire_name(each.name): each.name for each in fields}
    made._attributes = frozenset(made._wire_names.values())
    made._required = frozenset(each.name for each in fields if each.default is attrs.NOTHING)
    return made  # type: ignore[no-any-return]  # attrs has made it the same class again


def _wire_name(name: str) -> str:
    """The name of an attribute in JSON; it differs only for Python's keywords (`from_`)."""
    return name[:-1] if keyword.iskeyword(name.removesuffix("_")) else name


@model
class Model:  # noqa: PLW1641  # models can be changed, so they have no hash
    """A record of MOCO.

    Attributes hold what the spec says they hold, unless MOCO's answer differed: what cannot be decoded is kept as it
    came, what did not come reads as `None`, and what the spec does not know is in `additional_properties`.
    `Model.from_dict(raw).to_dict() == raw`, whatever `raw` holds.
    """

    if TYPE_CHECKING:  # attrs.asdict and attrs.fields ask for it; the checkers do not see attrs in `model`
        __attrs_attrs__: ClassVar[Any]

    _wire_names: ClassVar[Mapping[str, str]]
    _attributes: ClassVar[frozenset[str]]
    _required: ClassVar[frozenset[str]]
    _only_sent: ClassVar[bool] = False
    """Whether it is in request bodies and in no answer; then what it requires may not be missing when validated."""

    additional_properties: Mapping[str, Any] = _NOTHING

    if TYPE_CHECKING:

        @classmethod
        def from_dict(cls, raw: Mapping[str, Any]) -> Self:
            """The record that a JSON object describes. Anything but an object raises `TypeError`."""
            raise NotImplementedError

    else:  # type checkers derive the constructor from the fields, and refuse attributes that are not among them
        __signature__ = _ModelSignature()

        def __init__(self, **values):
            self.additional_properties = values.pop("additional_properties", _NOTHING)
            for name in values.keys() - self._attributes:
                hint = did_you_mean(name, self._attributes)
                raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {name!r}{hint}")
            if missing := sorted(self._required - values.keys()):
                raise TypeError(f"{type(self).__name__}() missing required keyword arguments: {', '.join(missing)}")
            for name, value in values.items():
                if value is not UNSET:
                    setattr(self, name, value)

        def __getattr__(self, name):
            """The value of an empty slot; Python asks only where there is nothing else."""
            if name in type(self)._attributes:
                return None
            if name == "additional_properties":
                return _NOTHING
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def _present(self) -> dict[str, Any]:
        """The attributes whose slots are filled."""
        present = {}
        for name in self._wire_names.values():
            try:
                present[name] = _read_slot(self, name)
            except AttributeError:
                continue
        return present

    @property
    def model_fields_set(self) -> frozenset[str]:
        """The attributes that came, or were assigned. The others read as `None`, and are not in `to_dict()`."""
        return frozenset(self._present())

    def to_dict(self) -> dict[str, Any]:
        """The JSON object this record came from, or would be sent as."""
        present = self._present()
        plain = {wire: to_json(present[name]) for wire, name in self._wire_names.items() if name in present}
        plain.update(to_json(self.additional_properties))
        return plain

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """The pairs of `to_dict()`, so that `dict(record)` is the JSON object."""
        return iter(self.to_dict().items())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or other.__class__ is not self.__class__:
            return NotImplemented
        return self._present() == other._present() and self.additional_properties == other.additional_properties

    def __repr__(self) -> str:
        present = self._present().items()
        shown = [f"{name}={'***' if name in _CONFIDENTIAL else repr(value)}" for name, value in present]
        if self.additional_properties:
            shown.append(f"additional_properties={self.additional_properties!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getstate__(self) -> dict[str, Any]:
        return self._present() | {"additional_properties": self.additional_properties}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def __replace__(self, /, **changes: Any) -> Self:
        """A copy with changed attributes, as `copy.replace` makes it; what is absent stays absent."""
        twin = new_instance(type(self))
        twin.__setstate__(self.__getstate__())
        for name in changes.keys() - self._attributes - {"additional_properties"}:
            raise TypeError(f"{type(self).__name__} has no attribute {name!r}{did_you_mean(name, self._attributes)}")
        twin.__setstate__(changes)
        return twin


def are_objects(value: Any) -> bool:
    """Whether a JSON value is a list of nothing but objects."""
    return type(value) is list and _ARE_DICTS(map(type, value))
