"""The attributes that an example shows: JSON as the docs have it, in a fence or in the call of curl."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from generator.spec.locations import Location

from ..facts import BOOLEAN, LIST, RECORD, Fact, Facts
from . import lenient_json
from .blocks import Block
from .phrases import type_of_number, type_of_text

_BODY = re.compile(r"-d\s+'(?P<json>.*)'", re.DOTALL)
_FORM = re.compile(r"-F\s+'?(?P<name>\w+)=")
_FREE = {"custom_properties", "custom_property_values"}
"""Records whose attributes are the account's."""


def example_in(block: Block) -> lenient_json.Value | None:
    """The JSON of a fence, if it is some."""
    if block.kind != "fence" or block.is_call or block.info not in {"", "json"}:
        return None
    return lenient_json.read(block.text, block.line)


def body_of(call: Block, file: str) -> Iterator[Fact]:
    """The attributes of the body that a call sends."""
    if match := _BODY.search(call.text):
        line = call.line + call.text[: match.start("json")].count("\n")
        if value := lenient_json.read(match["json"], line):
            yield from shown(value, file)
    for form in _FORM.finditer(call.text):
        yield Fact(form["name"], place=Location(file, call.line + call.text[: form.start()].count("\n")))


def shown(value: lenient_json.Value, file: str, name: str = "") -> Iterator[Fact]:
    """The attributes of a value; the rows of a list that is the whole of it stand for it."""
    place = Location(file, value.line)
    if value.kind == "record":
        if name:
            yield Fact(name, frozenset({RECORD}), place=place)
        if name.rpartition(".")[2] not in _FREE:
            for key, inner in value.entries:
                yield from shown(inner, file, f"{name}.{key}" if name else key)
    elif value.kind == "list":
        if name:
            rows = (kind for row in value.rows for kind in _types(row))
            yield Fact(name, frozenset({LIST}), rows=frozenset(rows), place=place)
        for row in value.rows:
            if row.kind == "record":
                yield from _row(row, file, name)
    elif name:
        null = value.text == "null" or value.kind == "nothing"
        yield Fact(name, frozenset(_types(value)), null, place=place)


def _row(row: lenient_json.Value, file: str, name: str) -> Iterator[Fact]:
    for fact in shown(row, file):
        yield replace(fact, name=f"{name}[].{fact.name}") if name else fact


def fragment(value: lenient_json.Value, file: str, body: Facts) -> Iterator[Fact]:
    """The attributes of an example that is only a part of the body: it belongs where most of them are known."""
    facts = list(shown(value, file))
    prefixes = {name.rpartition(".")[0] + "." for name in body if "." in name}
    best = max(["", *sorted(prefixes)], key=lambda prefix: sum(prefix + fact.name in body for fact in facts))
    return (replace(fact, name=best + fact.name) for fact in facts)


def _types(value: lenient_json.Value) -> Iterator[str]:
    if value.kind == "text":
        yield type_of_text(value.text)
    elif value.kind == "number":
        yield type_of_number(value.text)
    elif value.text in {"true", "false"}:
        yield BOOLEAN
