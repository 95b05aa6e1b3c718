"""The records of a page: a JSON example below `Attributes`, and a list that describes the attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from generator.spec.locations import Location

from ..facts import BOOLEAN, LIST, RECORD, Fact, Facts, add_parents, merge_facts, nest
from .blocks import Block, Section
from .examples import facts_from_json, read_example
from .phrases import quoted_names, read_hints, read_names, read_phrase

_OF_ROWS = re.compile(r"(?P<row>\w+) attributes:")
_FLAG = re.compile(r"`(?P<name>\w+) = (?:true|false)`")


@dataclass
class Record:
    """A record with the heading above it."""

    title: str
    facts: Facts = field(default_factory=dict)
    entries: list[Block] = field(default_factory=list)
    rows: str = ""
    """The list in the record that the entries are about."""


def read_records(sections: Iterable[Section], file: str) -> list[Record]:
    """The records of a page. A heading without an example adds to the record before it."""
    records: list[Record] = []
    for section in sections:
        for record in _records(section, file):
            target = record if record.facts or not records else records[-1]
            around = record.rows if record.rows in target.facts else ""
            merge_facts(target.facts, _read_entries(record.entries, file, target.facts, around))
            add_parents(target.facts)
            if record.facts and target is record:
                records.append(record)
    return records


def _records(section: Section, file: str) -> Iterator[Record]:
    record = Record(section.heading.text)
    for block in section.blocks:
        if block.kind == "heading":
            yield record
            record = Record(block.text)
        elif value := read_example(block):
            name = ""
            if block.depth and record.entries:  # an example of one attribute within its entry
                entry = record.entries[-1]
                name = (read_phrase(entry.text) or "").partition("_")[0]
                value = replace(value, line=entry.line)
            merge_facts(record.facts, facts_from_json(value, file, name))
        elif match := _OF_ROWS.match(block.text):
            record.rows = match["row"].lower() + "s"
        elif block.kind == "entry":
            record.entries.append(block)
    yield record


def _read_entries(entries: Iterable[Block], file: str, known: Facts, outermost: str) -> Iterator[Fact]:
    """The facts in a list of attributes: it describes those of the example, and adds others."""
    around: list[str] = []
    for entry in entries:
        del around[entry.depth - 1 :]
        prefix = around[-1] if around else outermost
        mentions, rest = read_names(entry.text)
        name = nest(prefix, mentions[0].name, known) if mentions else ""
        if name not in known and not prefix:
            name = _match_phrase(entry, known) or _in_rows(name, known) or name
        is_name = bool(mentions) and (bool(prefix) or bool(re.match(r"[`*]|\w*_", entry.text)))
        if name not in known and not is_name:
            around.append(prefix)  # prose about the attribute around it
            continue
        around.append(name)
        yield from _attribute(name, rest, known, Location(file, entry.line))
        if flag := _FLAG.search(rest):
            yield Fact(nest(prefix, flag["name"], known), frozenset({BOOLEAN}), position=Location(file, entry.line))


def _in_rows(name: str, known: Facts) -> str:
    """The only attribute in the rows of a list that has this name; entries do not always name the list."""
    options = [full for full in known if name and full.endswith(f"[].{name}")]
    return options[0] if len(options) == 1 else ""


def _attribute(name: str, rest: str, known: Facts, position: Location) -> Iterator[Fact]:
    types = known[name].types if name in known else frozenset()
    attributes = quoted_names(rest.partition("(")[2])
    is_record = types & {RECORD, LIST} or (not types and (name.endswith("vat") or attributes[:1] == ["id"]))
    if attributes and is_record:  # names in brackets after a record are its attributes, not its values
        yield from (Fact(nest(name, attribute, known), position=position) for attribute in attributes)
    else:
        said = read_hints(rest)
        yield Fact(name, types or said.types, said.nullable, said.values, said.closed, position=position)


def _match_phrase(entry: Block, known: Facts) -> str:
    """The attribute that prose means: `items` for "positions (items)", `user` for "project leader (user)"."""
    phrase = read_phrase(entry.text) or ""
    bracket = re.search(r"\((\w+)\)", entry.text)
    options = [phrase, bracket[1] if bracket else "", phrase.rpartition("_")[2]]
    return next((name for name in options if name in known), "")
