"""Values of custom fields, by the account's own definitions.

MOCO keeps every value as text: yes is `"1"`, a date is `"2026-01-31"`, a multiple choice is a list of texts. What it
does not understand it ignores without a word: unknown names, and choices that are no option.

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
"""Bytes that the values of one record may take together."""

LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:")


class Definition(Protocol):
    """What is needed of a `CustomProperty`."""

    @property
    def name(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def defaults(self) -> Sequence[str]: ...


class CustomFields:
    """The custom fields of one kind of record."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_name = {definition.name: definition for definition in definitions}

    @classmethod
    def of(cls, definitions: Iterable[Definition], entity: str) -> Self:
        """Of all definitions of an account those for one kind of record, such as `Project` or `Customer`."""
        return cls(definition for definition in definitions if definition.entity == entity)

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        return list(self._by_name)

    def encode(self, values: Mapping[str, Any]) -> dict[str, str | list[str]]:
        """Values as MOCO keeps them, for `custom_properties=...`. Those of other fields stay as they are.

        Args:
            values: `bool` for yes/no, `date` for dates, a sequence of texts for multiple choice, otherwise text.

        Raises:
            TypeError, ValueError: a value does not fit its field, or all together are more than 12 kB.
        """
        encoded: dict[str, str | list[str]] = {}
        for name, value in values.items():
            definition = self._by_name.get(name)
            if definition is None:
                self._warn(name)
                continue
            write = _WRITERS.get(definition.kind, _write_text)
            encoded[name] = write(definition, value)
        size = sum(len(text.encode()) for value in encoded.values() for text in _texts(value))
        if size > LIMIT:
            raise ValueError(f"the values of one record may take {LIMIT} bytes, these take {size}")
        return encoded

    def decode(self, values: Mapping[str, str | list[str] | None]) -> dict[str, Any]:
        """Values as one wants them in Python: `bool`, `date`, `list[str]` or `str`.

        What does not fit its field, or has none, stays as it is.
        """
        return {name: self._decoded(name, value) for name, value in values.items()}

    def _decoded(self, name: str, value: str | list[str] | None) -> Any:
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
        message = f"no custom field is called {name!r}, so MOCO would ignore it{did_you_mean(name, self._by_name)}"
        warnings.warn(message, UnknownCustomFieldWarning, stacklevel=3)


def _refused(definition: Definition, value: Any, wanted: str) -> TypeError:
    return TypeError(f"custom field {definition.name!r} ({definition.kind}) takes {wanted}, not {value!r:.80}")


def _write_text(definition: Definition, value: Any) -> str:
    if not isinstance(value, str):
        raise _refused(definition, value, "text")
    return value


def _write_boolean(definition: Definition, value: Any) -> str:
    if not isinstance(value, bool):
        raise _refused(definition, value, "True or False")
    return "1" if value else "0"


def _write_date(definition: Definition, value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_text(value)
    if not isinstance(value, str):
        raise _refused(definition, value, "a date")
    return date_text(parse_date(value))


def _write_link(definition: Definition, value: Any) -> str:
    text = _write_text(definition, value)
    if text and not text.lower().startswith(LINK_SCHEMES):
        raise ValueError(f"custom field {definition.name!r} takes a link (http, https, mailto, tel), not {text!r:.80}")
    return text


def _write_choice(definition: Definition, value: Any) -> str:
    text = _write_text(definition, value)
    if text and text not in definition.defaults:
        raise ValueError(f"custom field {definition.name!r} has no option {text!r}, only {list(definition.defaults)}")
    return text


def _write_choices(definition: Definition, value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _refused(definition, value, "a list of texts")
    return [_write_choice(definition, each) for each in value]


_WRITERS: dict[str, Callable[[Definition, Any], str | list[str]]] = {
    "Boolean": _write_boolean,
    "Date": _write_date,
    "Link": _write_link,
    "Select": _write_choice,
    "MultiSelect": _write_choices,
}


def _texts(value: str | list[str]) -> Iterable[str]:
    return value if isinstance(value, list) else [value]
