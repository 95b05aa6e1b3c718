"""A slow, obvious decoder to compare the real one with: it reads the bundled spec, not the models."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from moco_async._deviations import Difference
from moco_async._model import Model

from .spec_records import SCHEMAS, Place, Schema, parts_of, resolved

JSON_TYPES = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


class Expected(NamedTuple):
    """A difference between a value and the spec."""

    place: str
    where: str
    kind: str
    sampled: bool
    """Whether the straight line does not notice it, so that it is counted in a sample alone."""


class ReferenceDecoder:
    """Decodes a document into its parts by their places, and lists how it differs from the spec."""

    def __init__(self, schema: Schema, document: Any) -> None:
        self.parts: dict[Place, str] = {}
        self.differences: list[Expected] = []
        self.records: Counter[str] = Counter()
        self._decode(schema, document, (), "$")

    @property
    def deviations(self) -> list[Expected]:
        """The differences without attributes that need not come and did not."""
        return [each for each in self.differences if each.kind != "absent"]

    def _decode(self, schema: Schema, value: Any, place: Place, where: str) -> None:
        kind = JSON_TYPES.get(type(value), "object")
        options = alternatives(schema)
        if any("const" in option and option["const"] == value for option in options):
            self._keep(value, place)
            return
        options = [option for option in options if "const" not in option]
        for option in options:
            if option["type"] == kind or (option["type"], kind) == ("number", "integer"):
                break
        else:
            self._keep(value, place)
            self._note(place, where, "null" if value is None else "type", sampled=all(map(is_plain, options)))
            return
        match option:
            case {"type": "array", "items": items}:
                self.parts[place] = "list"
                for index, item in enumerate(value):
                    self._decode(items, item, (*place, index), f"{where}[]")
            case {"type": "object", "additionalProperties": items}:
                self.parts[place] = "dict"
                for key, item in value.items():
                    self._decode(items, item, (*place, key), f"{where}.*")
            case {"type": "object"}:
                self._decode_record([each for each in options if each["type"] == "object"], value, place)
            case {"type": "string"}:
                self._decode_text(option, value, place, where)
            case _:
                self._keep(value, place)

    def _decode_record(self, options: list[Schema], raw: dict[str, Any], place: Place) -> None:
        # The only record of two kinds is the customer of a project: a company, or its id and name alone.
        option = options[0] if len(options) == 1 or "type" in raw else options[1]
        model, properties = option["name"], option["properties"]
        self.parts[place] = model
        self.records[model] += 1
        for key, value in raw.items():
            if key in properties:
                self._decode(properties[key], value, (*place, key), f"{model}.{key}")
            else:
                self._keep(value, (*place, key))
                self._note((*place, key), f"{model}.{key}", "unknown")
        for key in properties:
            if key not in raw:
                self._note((*place, key), f"{model}.{key}", "missing" if key in option["required"] else "absent")

    def _decode_text(self, option: Schema, text: str, place: Place, where: str) -> None:
        match option:
            case {"enum": members, "name": name}:
                self.parts[place] = f"{name if text in members else 'Unrecognized'} {text!r}"
                if text not in members:
                    self._note(place, name, "value")
                return
            case {"format": "date"}:
                decoded = read_date(text)
            case {"format": "date-time"}:
                decoded = read_time(text)
            case _:
                self._keep(text, place)
                return
        if decoded is None:
            self._keep(text, place)
            self._note(place, where, "type")
        else:
            self.parts[place] = decoded

    def _keep(self, value: Any, place: Place) -> None:
        self.parts.update(parts_of(value, place))

    def _note(self, place: Place, where: str, kind: str, *, sampled: bool = False) -> None:
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
        self.differences.append(Expected("$" + "".join(steps), where, kind, sampled))


def alternatives(schema: Schema, name: str = "") -> list[dict[str, Any]]:
    """What a value may be: schemas of one type each, with the name of the schema in the spec."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return alternatives(SCHEMAS[name], name)
    if options := schema.get("oneOf") or schema.get("anyOf"):
        return [each for option in options for each in alternatives(option)]
    if "allOf" in schema and "type" not in schema:  # a reference with a description of its own
        return alternatives(schema["allOf"][0])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return [{**resolved(schema), "type": kind, "name": name} for kind in kinds]


def is_plain(option: Schema) -> bool:
    """Whether a value is taken as it comes, so that decoding it does not show what it is."""
    match option:
        case {"enum": _} | {"format": "date" | "date-time"}:
            return False
        case {"type": "array", "items": items}:
            return all(map(is_plain, alternatives(items)))
        case {"type": "object"}:
            return "additionalProperties" in option
    return True


def read_date(text: str) -> str | None:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    try:
        return found and f"date {date(*map(int, found.groups())).isoformat()}"
    except ValueError:
        return None


def read_time(text: str) -> str | None:
    """A time written as MOCO does: whole seconds, milliseconds or microseconds; `-00:00` could not go back."""
    found = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}|[0-9]{6}))?"
        r"(Z|(?!-00:00)[+-]([0-9]{2}):([0-5][0-9])|)",
        text,
    )
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone, hours, minutes = found.groups()
    micro = int((fraction or "0").ljust(6, "0"))
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if zone[:1] == "-" else 1)
    try:
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro, timezone(offset))
    except ValueError:
        return None
    return f"datetime {at.isoformat()}"


class Collector:
    """An observer that collects what lenient decoding tells it."""

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self.differences: list[tuple[str, str, str]] = []

    def record(self, cls: type[Model]) -> None:
        self.records[cls.__name__] += 1

    def difference(self, difference: Difference) -> None:
        self.differences.append((difference.place, difference.where, difference.kind))
