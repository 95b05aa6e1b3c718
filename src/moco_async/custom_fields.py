"""Encoder and decoder for custom fields, by the account's own definitions.

MOCO stores every value as text: yes is `"1"`, a date is `"2026-01-31"`, a multiple choice is a list of strings. What
it does not understand it silently ignores: unknown names, and choices that are not options.

    fields = CustomFields.of(await client.custom_properties.list().all(), "Project")
    await client.projects.update(7, custom_properties=fields.encode({"Signed": True, "Sectors": ["Pharma"]}))
    fields.decode((await client.projects.get(7)).custom_properties)["Signed"]  # True
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, Self

from ._suggest import did_you_mean
from ._values import date_text, parse_date
from .errors import UnknownCustomFieldWarning

__all__ = ["CustomFields", "Definition", "UnknownCustomFieldWarning"]

LIMIT = 12 * 1024
"""The size limit for all values of one record, in bytes."""

LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:")


class Definition(Protocol):
    """The definition of a custom field, such as a `CustomProperty`."""

    @property
    def name(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def defaults(self) -> Sequence[str]: ...


class CustomFields:
    """The custom fields of one type of record."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_name = {definition.name: definition for definition in definitions}

    @classmethod
    def of(cls, definitions: Iterable[Definition], entity: str) -> Self:
        """Create from all definitions of an account, for one type of record, such as `Project` or `Customer`."""
        return cls(definition for definition in definitions if definition.entity == entity)

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return list(self._by_name)

    def encode(self, values: Mapping[str, Any]) -> dict[str, str | list[str]]:
        """Encode values for `custom_properties=...`. Fields not given keep their values.

        Args:
            values: `bool` for yes/no, `date` for dates, a sequence of strings for multiple choice, otherwise strings.

        Raises:
            TypeError, ValueError: a value does not fit its field, or together they exceed 12 kB.
        """
        encoded: dict[str, str | list[str]] = {}
        for name, value in values.items():
            definition = self._by_name.get(name)
            if definition is None:
                self._warn(name)
                continue
            encode = _ENCODERS.get(definition.kind, _encode_text)
            encoded[name] = encode(definition, value)
        size = sum(len(text.encode()) for value in encoded.values() for text in _as_list(value))
        if size > LIMIT:
            raise ValueError(f"the values of one record may take up to {LIMIT} bytes; these take {size}")
        return encoded

    def decode(self, values: Mapping[str, str | list[str] | None]) -> dict[str, Any]:
        """Decode values to `bool`, `date`, `list[str]` or `str`.

        A value without a field, or that does not fit its field, is left as it is.
        """
        return {name: self._decode(name, value) for name, value in values.items()}

    def _decode(self, name: str, value: str | list[str] | None) -> Any:
        definition = self._by_name.get(name)
        if definition is None or not isinstance(value, str):
            return value
        if definition.kind == "Boolean":
            return {"1": True, "0": False}.get(value, value)
        if definition.kind == "Date":
            try:
                return parse_date(value)
            except ValueError:
                return value
        return value

    def _warn(self, name: str) -> None:
        message = f"there is no custom field {name!r}, so MOCO would ignore it{did_you_mean(name, self._by_name)}"
        warnings.warn(message, UnknownCustomFieldWarning, stacklevel=3)


def _type_error(definition: Definition, value: Any, wanted: str) -> TypeError:
    return TypeError(f"custom field {definition.name!r} ({definition.kind}) takes {wanted}, not {value!r:.80}")


def _encode_text(definition: Definition, value: Any) -> str:
    if not isinstance(value, str):
        raise _type_error(definition, value, "a string")
    return value


def _encode_boolean(definition: Definition, value: Any) -> str:
    if not isinstance(value, bool):
        raise _type_error(definition, value, "True or False")
    return "1" if value else "0"


def _encode_date(definition: Definition, value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_text(value)
    if not isinstance(value, str):
        raise _type_error(definition, value, "a date")
    return date_text(parse_date(value))


def _encode_link(definition: Definition, value: Any) -> str:
    text = _encode_text(definition, value)
    if text and not text.lower().startswith(LINK_SCHEMES):
        raise ValueError(f"custom field {definition.name!r} takes a link (http, https, mailto, tel), not {text!r:.80}")
    return text


def _encode_choice(definition: Definition, value: Any) -> str:
    text = _encode_text(definition, value)
    if text and text not in definition.defaults:
        raise ValueError(f"custom field {definition.name!r} has no option {text!r}, only {list(definition.defaults)}")
    return text


def _encode_choices(definition: Definition, value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _type_error(definition, value, "a list of strings")
    return [_encode_choice(definition, each) for each in value]


_ENCODERS: dict[str, Callable[[Definition, Any], str | list[str]]] = {
    "Boolean": _encode_boolean,
    "Date": _encode_date,
    "Link": _encode_link,
    "Select": _encode_choice,
    "MultiSelect": _encode_choices,
}


def _as_list(value: str | list[str]) -> Iterable[str]:
    return value if isinstance(value, list) else [value]
