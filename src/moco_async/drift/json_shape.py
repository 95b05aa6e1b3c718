"""JSON shapes: the types and the names in a JSON value, never the value itself.

A shape is a tree of counts by type, so that two merge by adding: `{"text": 5, "null": 2}`, and for lists and objects
also what is inside, `{"object": 3, "attributes": {"id": {"integer": 3}}}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .._request import Response
from .._values import parse_date, parse_time

__all__ = [
    "INSIDE",
    "OTHER",
    "Shape",
    "add_value",
    "attribute_name",
    "enum_value",
    "is_account_specific",
    "merge",
    "refusal",
    "times",
]

Shape = dict[str, Any]

INSIDE = ("attributes", "items", "values")
"""The keys of a shape that are not counts: attributes of objects, items of lists, enum values of texts."""

OTHER = "*"
"""Stands for a name that may be confidential."""

_DEPTH, _MOST_NAMES, _MOST_ITEMS = 5, 40, 50
_TYPES = {bool: "boolean", int: "integer", float: "number", type(None): "null"}
_MEDIA = {"text/html", "text/plain", "text/xml", "application/xml", "application/pdf", "application/json"}

_ATTRIBUTE = re.compile(r"[A-Za-z]+([_.:-]+[A-Za-z]+)*_?[0-9]{0,2}")
_INNER_ATTRIBUTE = re.compile(r"[a-z]+(_[a-z]+)*")
_VALUE = re.compile(r"([a-z]+[0-9]?([_-][a-z]+[0-9]?)*)?|[A-Z][A-Za-z]*(::[A-Z][A-Za-z]*)*|[a-z]{2}-[A-Z]{2}")


def attribute_name(name: str) -> str:
    """The name of an attribute, if it looks like one of the API's."""
    return name if len(name) <= 50 and _ATTRIBUTE.fullmatch(name) else OTHER


def enum_value(value: str) -> str:
    """The value of an enum, if it looks like one of the API's."""
    return value if len(value) <= 40 and _VALUE.fullmatch(value) else OTHER


def merge(shape: Shape, other: Mapping[str, Any]) -> None:
    """Add one shape to another."""
    for name, counted in other.items():
        if isinstance(counted, int):
            shape[name] = shape.get(name, 0) + counted
        else:
            merge(shape.setdefault(name, {}), counted)


def times(shape: Mapping[str, Any]) -> int:
    """The number of values in a shape."""
    return sum(count for name, count in shape.items() if name not in INSIDE)


def is_account_specific(name: str) -> bool:
    """Whether the names inside an attribute belong to the account, as those of custom fields do."""
    return any(part in name for part in ("custom", "propert", "field", OTHER))


def add_value(shape: Shape, value: Any, *, named: bool = True, depth: int = 0) -> None:
    """Add the shape of a value. With `named` it keeps lower-case names, unless there are too many."""
    kind = _type(value)
    shape[kind] = shape.get(kind, 0) + 1
    if depth >= _DEPTH:
        return
    if kind == "list":
        items = shape.setdefault("items", {})
        for item in value[:_MOST_ITEMS]:
            add_value(items, item, named=named, depth=depth + 1)
    elif kind == "object":
        attributes = shape.setdefault("attributes", {})
        for key, item in value.items():
            kept = named and len(key) <= 40 and len(value) <= _MOST_NAMES and _INNER_ATTRIBUTE.fullmatch(key)
            name = key if kept and (key in attributes or len(attributes) < _MOST_NAMES) else OTHER
            add_value(
                attributes.setdefault(name, {}), item, named=named and not is_account_specific(name), depth=depth + 1
            )


def _type(value: Any) -> str:
    if isinstance(value, str):
        return _format(value)
    return _TYPES.get(type(value)) or ("list" if isinstance(value, list) else "object")


def _format(text: str) -> str:
    if not text:
        return "empty text"
    for name, at, mark, parse in (("date", 4, "-", parse_date), ("date-time", 10, "T", parse_time)):
        if text[at : at + 1] == mark:
            try:
                parse(text)
            except ValueError:
                continue
            return name
    return "text"


def refusal(response: Response) -> Shape:
    """The shape of an error body, or its content type if it is not JSON; empty if it is one of the known shapes.

    Those are plain text, `message` or `error` with a sentence, `errors` with several, and messages by attribute.
    """
    shape: Shape = {}
    try:
        body = json.loads(response.content) if response.content.strip() else {}
    except (ValueError, RecursionError):
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media == "text/plain" and response.status >= 300:
            return {}
        return {media if media in _MEDIA else "another type": 1}
    if not isinstance(body, dict) or not all(_is_reason(name, said) for name, said in body.items()):
        add_value(shape, _unnamed(body))
    return shape


def _is_reason(name: str, said: Any) -> bool:
    if name in ("message", "error"):
        return isinstance(said, str)
    if name == "errors" and isinstance(said, dict):
        return all(map(_is_list_of_text, said.values()))
    return _is_list_of_text(said)


def _is_list_of_text(said: Any) -> bool:
    return isinstance(said, list) and all(isinstance(sentence, str) for sentence in said)


def _unnamed(body: Any) -> Any:
    """The body without the names in `errors`, which may be those of custom fields."""
    if isinstance(body, dict) and isinstance(errors := body.get("errors"), dict):
        return {**body, "errors": {f"{OTHER}{number}": said for number, said in enumerate(errors.values())}}
    return body
