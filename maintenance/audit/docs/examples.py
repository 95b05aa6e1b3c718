"""The attributes in examples: JSON in a fenced block, or in a call of curl."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from generator.spec.locations import Location

from ..facts import BOOLEAN, LIST, RECORD, Fact, Facts
from . import lenient_json
from .blocks import Block
from .phrases import number_type, text_type

_BODY = re.compile(r"-d\s+'(?P<json>.*)'", re.DOTALL)
_FORM = re.compile(r"-F\s+'?(?P<name>\w+)=")
_FREE = {"custom_properties", "custom_property_values"}
"""Records whose attributes differ between accounts."""


def read_example(block: Block) -> lenient_json.Value | None:
    """The JSON in a fenced block, if it is JSON."""
    if block.kind != "fence" or block.is_call or block.info not in {"", "json"}:
        return None
    return lenient_json.read(block.text, block.line)


def read_body(call: Block, file: str) -> Iterator[Fact]:
    """The attributes of the body of a call."""
    if match := _BODY.search(call.text):
        line = call.line + call.text[: match.start("json")].count("\n")
        if value := lenient_json.read(match["json"], line):
            yield from facts_from_json(value, file)
    for form in _FORM.finditer(call.text):
        yield Fact(form["name"], position=Location(file, call.line + call.text[: form.start()].count("\n")))


def facts_from_json(value: lenient_json.Value, file: str, name: str = "") -> Iterator[Fact]:
    """The attributes of a value; of a list at the top level, those of its rows."""
    position = Location(file, value.line)
    if value.kind == "record":
        if name:
            yield Fact(name, frozenset({RECORD}), position=position)
        if name.rpartition(".")[2] not in _FREE:
            for key, inner in value.entries:
                yield from facts_from_json(inner, file, f"{name}.{key}" if name else key)
    elif value.kind == "list":
        if name:
            rows = (kind for row in value.rows for kind in _value_types(row))
            yield Fact(name, frozenset({LIST}), rows=frozenset(rows), position=position)
        for row in value.rows:
            if row.kind == "record":
                yield from _row(row, file, name)
    elif name:
        null = value.text == "null" or value.kind == "nothing"
        yield Fact(name, frozenset(_value_types(value)), null, position=position)


def _row(row: lenient_json.Value, file: str, name: str) -> Iterator[Fact]:
    for fact in facts_from_json(row, file):
        yield replace(fact, name=f"{name}[].{fact.name}") if name else fact


def facts_from_fragment(value: lenient_json.Value, file: str, body: Facts) -> Iterator[Fact]:
    """The attributes of an example that shows only part of a body; it belongs where most of them are known."""
    facts = list(facts_from_json(value, file))
    prefixes = {name.rpartition(".")[0] + "." for name in body if "." in name}
    best = max(["", *sorted(prefixes)], key=lambda prefix: sum(prefix + fact.name in body for fact in facts))
    return (replace(fact, name=best + fact.name) for fact in facts)


def _value_types(value: lenient_json.Value) -> Iterator[str]:
    if value.kind == "text":
        yield text_type(value.text)
    elif value.kind == "number":
        yield number_type(value.text)
    elif value.text in {"true", "false"}:
        yield BOOLEAN
