"""Which records a list shows, and in which order.

As in MOCO, what cannot be understood is ignored: unknown parameters, malformed values, booleans in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from .context import Call
from .registry import value
from .relations import OTHER_NAMES, SEARCHED
from .spec import Operation, Schema
from .store import Record, Store, timestamp_of

Test = Callable[[Store, Record, Any], bool]
PAGING = {"page", "per_page", "sort_by"}


def select(call: Call, records: list[Record]) -> list[Record]:
    """The records that the query asks for, in the order it asks for."""
    for test, wanted in _tests(call):
        records = [record for record in records if test(call.store, record, wanted)]
    return _sorted(call, records)


def _tests(call: Call) -> list[tuple[Test, Any]]:
    tests: list[tuple[Test, Any]] = []
    for name, schema in call.operation.filters.items():
        partner = COUNTS_WITH.get((call.operation.resource, name))
        if partner and partner not in call.query:
            continue
        if name == "custom_properties":
            tests += [(_has_property, wanted) for wanted in _bracketed(call)]
        elif name.startswith("include_"):
            if name in HIDDEN and call.query.get(name) != "true":
                tests.append((HIDDEN[name], None))
        elif name in call.query and name not in PAGING:
            try:
                wanted = _parse(schema, call.query[name])
            except ValueError:
                continue
            tests.append((_test(call.operation, name), wanted))
    return tests


def _parse(schema: Schema, text: str) -> Any:
    """The value of a parameter by its schema; a list, if it is one.

    Raises:
        ValueError: it is none.
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
        return timestamp_of(text)
    if text not in schema.get("enum", [text]):
        raise ValueError(text)
    return text


def _test(operation: Operation, name: str) -> Test:
    """What a parameter means: what the tables say, or else that the attribute of its name has the value."""
    if test := PECULIAR.get((operation.resource, name)) or NAMED.get(name):
        return test
    attribute = OTHER_NAMES.get(operation.resource, {}).get(name, name)
    if attribute.removesuffix("_id") in operation.attributes or attribute in operation.attributes:
        return _equals(attribute)
    return lambda store, record, wanted: True


def _equals(attribute: str) -> Test:
    def test(store: Store, record: Record, wanted: Any) -> bool:
        found = value(store, record, attribute)
        return found in wanted if isinstance(wanted, list) else bool(found == wanted)

    return test


def _from(attribute: str) -> Test:
    return lambda store, record, day: str(value(store, record, attribute) or "")[:10] >= day


def _to(attribute: str) -> Test:
    return lambda store, record, day: "" < str(value(store, record, attribute) or "")[:10] <= day


def _term(store: Store, record: Record, wanted: str) -> bool:
    texts = (value(store, record, name) for name in SEARCHED.get(record.collection, ("name",)))
    return any(wanted.casefold() in str(text).casefold() for text in texts if text)


def _tags(store: Store, record: Record, wanted: list[str]) -> bool:
    return bool({tag.casefold() for tag in wanted} & {tag.casefold() for tag in record.get("tags", ())})


def _leads(store: Store, record: Record, wanted: list[int]) -> bool:
    return record.get("leader_id") in wanted or record.get("co_leader_id") in wanted


def _has_property(store: Store, record: Record, wanted: tuple[str, list[str]]) -> bool:
    """A custom field has the value, or all of the values, which may be `true` and `false` for `"1"` and `"0"`."""
    name, values = wanted
    found = record.get("custom_properties", {}).get(name)
    texts = found if isinstance(found, list) else [found]
    flags = {"true": "1", "false": "0"}
    return all(text in texts or flags.get(text, text) in texts for text in values)


def _bracketed(call: Call) -> list[tuple[str, list[str]]]:
    """`custom_properties[Name]=v` and `custom_properties[Name][]=v`, by the name."""
    found: dict[str, list[str]] = {}
    for key, text in call.query.multi_items():
        if match := re.fullmatch(r"custom_properties\[(.+?)\](?:\[\])?", key):
            found.setdefault(match[1], []).append(text)
    return list(found.items())


HIDDEN: dict[str, Test] = {
    "include_archived": lambda store, record, _: bool(record.get("active", True)),
    "include_disregarded": lambda store, record, _: value(store, record, "status") != "disregarded",
}
"""What a list hides unless the parameter is `true`."""

NAMED: dict[str, Test] = {
    "ids": lambda store, record, wanted: record["id"] in wanted,
    "updated_after": lambda store, record, moment: record["updated_at"] > moment,
    "from": _from("date"),
    "to": _to("date"),
    "date_from": _from("date"),
    "date_to": _to("date"),
    "created_from": _from("created_at"),
    "created_to": _to("created_at"),
    "updated_from": _from("updated_at"),
    "updated_to": _to("updated_at"),
    "service_period_from": _from("service_period_from"),
    "service_period_to": _to("service_period_to"),
    "tags": _tags,
    "term": _term,
}
"""What parameters mean in every list that has them."""

COUNTS_WITH = {
    ("companies", "custom_properties"): "type",
    ("employments", "to"): "from",
    ("presences", "from"): "to",
    ("presences", "to"): "from",
    ("project_expenses", "from"): "to",
    ("project_expenses", "to"): "from",
}
"""Parameters that are ignored without another one."""

PECULIAR: dict[tuple[str, str], Test] = {
    ("projects", "leader_id"): _leads,
}
"""What parameters mean in the list of one resource; the domains add theirs."""


def filters(resource: str, *parameters: str) -> Callable[[Test], Test]:
    """Register what parameters of a list mean."""

    def register(test: Test) -> Test:
        PECULIAR.update({(resource, parameter): test for parameter in parameters})
        return test

    return register


def _sorted(call: Call, records: list[Record]) -> list[Record]:
    attribute, _, direction = call.query.get("sort_by", "").strip().partition(" ")
    if not attribute or "sort_by" not in call.operation.filters:
        return records
    keyed = [(value(call.store, record, attribute), record) for record in records]
    known = [(key, record) for key, record in keyed if isinstance(key, (str, int, float))]
    known.sort(key=lambda pair: pair[0], reverse=direction.strip().lower() == "desc")
    # What has no value comes last, whatever the direction.
    return [record for _, record in known] + [record for key, record in keyed if not isinstance(key, (str, int, float))]
