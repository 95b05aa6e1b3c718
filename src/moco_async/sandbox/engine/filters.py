"""Filtering and sorting of lists.

As in MOCO, what cannot be understood is ignored: unknown parameters, malformed values, booleans in capitals.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from .context import OperationContext
from .dates import normalize_timestamp
from .record import Record
from .registry import FILTERS, Filter, get_value
from .relations import ALIASES, SEARCHED_ATTRIBUTES
from .spec import Operation, Schema
from .store import Store

PAGING = {"page", "per_page", "sort_by"}


def select(context: OperationContext, records: list[Record]) -> list[Record]:
    """The records that pass the query's filters, in the query's order."""
    for matches, wanted in _requested_filters(context):
        records = [record for record in records if matches(context.store, record, wanted)]
    return _sort(context, records)


def _requested_filters(context: OperationContext) -> list[tuple[Filter, Any]]:
    found: list[tuple[Filter, Any]] = []
    for name, schema in context.operation.filters.items():
        partner = REQUIRED_COMPANIONS.get((context.operation.resource, name))
        if partner and partner not in context.query:
            continue
        if name == "custom_properties":
            found += [(_has_property, wanted) for wanted in _custom_property_values(context)]
        elif name.startswith("include_"):
            if name in HIDDEN_BY_DEFAULT and context.query.get(name) != "true":
                found.append((HIDDEN_BY_DEFAULT[name], None))
        elif name in context.query and name not in PAGING:
            try:
                wanted = _parse(schema, context.query[name])
            except ValueError:
                continue
            found.append((_find_filter(context.operation, name), wanted))
    return found


def _parse(schema: Schema, text: str) -> Any:
    """The value of a parameter by its schema.

    Raises:
        ValueError: the text does not fit the schema.
    """
    if schema.get("type") == "array":
        values = [_parse(schema["items"], part.strip()) for part in text.split(",") if part.strip()]
        if not values:
            raise ValueError(text)
        return values
    if schema.get("type") == "integer":
        return int(text)
    if schema.get("type") == "boolean":
        if text not in {"true", "false"}:
            raise ValueError(text)
        return text == "true"
    if separator := schema.get("x-range"):
        first, last = (date.fromisoformat(day).isoformat() for day in text.split(separator))
        return first, last
    if schema.get("format") == "date":
        return date.fromisoformat(text).isoformat()
    if schema.get("format") == "date-time":
        return normalize_timestamp(text)
    if text not in schema.get("enum", [text]):
        raise ValueError(text)
    return text


def _find_filter(operation: Operation, name: str) -> Filter:
    """The filter of a parameter: a registered or common one, or else equality of the attribute of its name."""
    if matches := FILTERS.get((operation.resource, name)) or COMMON_FILTERS.get(name):
        return matches
    attribute = ALIASES.get(operation.resource, {}).get(name, name)
    if attribute.removesuffix("_id") in operation.attributes or attribute in operation.attributes:
        return _equals(attribute)
    return lambda store, record, wanted: True


def _equals(attribute: str) -> Filter:
    def matches(store: Store, record: Record, wanted: Any) -> bool:
        found = get_value(store, record, attribute)
        return found in wanted if isinstance(wanted, list) else bool(found == wanted)

    return matches


def _on_or_after(attribute: str) -> Filter:
    return lambda store, record, day: str(get_value(store, record, attribute) or "")[:10] >= day


def _on_or_before(attribute: str) -> Filter:
    return lambda store, record, day: "" < str(get_value(store, record, attribute) or "")[:10] <= day


def _matches_term(store: Store, record: Record, wanted: str) -> bool:
    texts = (get_value(store, record, name) for name in SEARCHED_ATTRIBUTES.get(record.collection, ("name",)))
    return any(wanted.casefold() in str(text).casefold() for text in texts if text)


def _has_tags(store: Store, record: Record, wanted: list[str]) -> bool:
    return bool({tag.casefold() for tag in wanted} & {tag.casefold() for tag in record.get("tags", ())})


def _has_property(store: Store, record: Record, wanted: tuple[str, list[str]]) -> bool:
    """Whether a custom field has all of the values; `true` and `false` also match `"1"` and `"0"`."""
    name, values = wanted
    found = record.get("custom_properties", {}).get(name)
    texts = found if isinstance(found, list) else [found]
    flags = {"true": "1", "false": "0"}
    return all(text in texts or flags.get(text, text) in texts for text in values)


def _custom_property_values(context: OperationContext) -> list[tuple[str, list[str]]]:
    """The values of `custom_properties[Name]=v` and `custom_properties[Name][]=v`, by the name."""
    found: dict[str, list[str]] = {}
    for key, text in context.query.multi_items():
        if match := re.fullmatch(r"custom_properties\[(.+?)\](?:\[\])?", key):
            found.setdefault(match[1], []).append(text)
    return list(found.items())


HIDDEN_BY_DEFAULT: dict[str, Filter] = {
    "include_archived": lambda store, record, _: bool(record.get("active", True)),
    "include_disregarded": lambda store, record, _: get_value(store, record, "status") != "disregarded",
}
"""The filters of lists, unless the parameter is `true`."""

COMMON_FILTERS: dict[str, Filter] = {
    "ids": lambda store, record, wanted: record["id"] in wanted,
    "updated_after": lambda store, record, moment: record["updated_at"] > moment,
    "from": _on_or_after("date"),
    "to": _on_or_before("date"),
    "date_from": _on_or_after("date"),
    "date_to": _on_or_before("date"),
    "created_from": _on_or_after("created_at"),
    "created_to": _on_or_before("created_at"),
    "updated_from": _on_or_after("updated_at"),
    "updated_to": _on_or_before("updated_at"),
    "service_period_from": _on_or_after("service_period_from"),
    "service_period_to": _on_or_before("service_period_to"),
    "tags": _has_tags,
    "term": _matches_term,
}
"""The filters of parameters in every list that has them."""

REQUIRED_COMPANIONS = {
    ("companies", "custom_properties"): "type",
    ("employments", "to"): "from",
    ("presences", "from"): "to",
    ("presences", "to"): "from",
    ("project_expenses", "from"): "to",
    ("project_expenses", "to"): "from",
}
"""Parameters that are ignored unless another one is given."""


def _sort(context: OperationContext, records: list[Record]) -> list[Record]:
    attribute, _, direction = context.query.get("sort_by", "").strip().partition(" ")
    if not attribute or "sort_by" not in context.operation.filters:
        return records
    keyed = [(get_value(context.store, record, attribute), record) for record in records]
    known = [(key, record) for key, record in keyed if isinstance(key, (str, int, float))]
    known.sort(key=lambda pair: pair[0], reverse=direction.strip().lower() == "desc")
    # Records without a value come last, whatever the direction.
    return [record for _, record in known] + [record for key, record in keyed if not isinstance(key, (str, int, float))]
