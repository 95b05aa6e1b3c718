"""The records of a page: what stands under `Attributes`, an example as JSON and a list of what is to be said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from generator.spec.locations import Location

from ..facts import BOOLEAN, LIST, RECORD, Fact, Facts, add, complete, inside
from .blocks import Block, Section
from .examples import example_in, shown
from .phrases import hints, names_of, phrase_of, quoted

_OF_ROWS = re.compile(r"(?P<row>\w+) attributes:")
_FLAG = re.compile(r"`(?P<name>\w+) = (?:true|false)`")


@dataclass
class Record:
    """A record by the heading it stands under."""

    title: str
    facts: Facts = field(default_factory=dict)
    entries: list[Block] = field(default_factory=list)
    rows: str = ""
    """The list of the record that its entries speak of."""


def records_in(sections: Iterable[Section], file: str) -> list[Record]:
    """The records of a page. What has a heading but no example speaks of the record before it."""
    records: list[Record] = []
    for section in sections:
        for record in _records(section, file):
            target = record if record.facts or not records else records[-1]
            around = record.rows if record.rows in target.facts else ""
            add(target.facts, _said(record.entries, file, target.facts, around))
            complete(target.facts)
            if record.facts and target is record:
                records.append(record)
    return records


def _records(section: Section, file: str) -> Iterator[Record]:
    record = Record(section.heading.text)
    for block in section.blocks:
        if block.kind == "heading":
            yield record
            record = Record(block.text)
        elif value := example_in(block):
            name = ""
            if block.depth and record.entries:  # an example of one attribute, inside its entry
                entry = record.entries[-1]
                name = (phrase_of(entry.text) or "").partition("_")[0]
                value = replace(value, line=entry.line)
            add(record.facts, shown(value, file, name))
        elif match := _OF_ROWS.match(block.text):
            record.rows = match["row"].lower() + "s"
        elif block.kind == "entry":
            record.entries.append(block)
    yield record


def _said(entries: Iterable[Block], file: str, known: Facts, outermost: str) -> Iterator[Fact]:
    """What a list of attributes says: what the example has is described, other names are added."""
    around: list[str] = []
    for entry in entries:
        del around[entry.depth - 1 :]
        prefix = around[-1] if around else outermost
        mentions, rest = names_of(entry.text)
        name = inside(prefix, mentions[0].name, known) if mentions else ""
        if name not in known and not prefix:
            name = _meant(entry, known) or _in_rows(name, known) or name
        is_name = bool(mentions) and (bool(prefix) or bool(re.match(r"[`*]|\w*_", entry.text)))
        if name not in known and not is_name:
            around.append(prefix)  # plain words, about what is around them
            continue
        around.append(name)
        yield from _attribute(name, rest, known, Location(file, entry.line))
        if flag := _FLAG.search(rest):
            yield Fact(inside(prefix, flag["name"], known), frozenset({BOOLEAN}), place=Location(file, entry.line))


def _in_rows(name: str, known: Facts) -> str:
    """The attribute of a list's rows that has this name, if there is one: the list itself is not always named."""
    options = [full for full in known if name and full.endswith(f"[].{name}")]
    return options[0] if len(options) == 1 else ""


def _attribute(name: str, rest: str, known: Facts, place: Location) -> Iterator[Fact]:
    types = known[name].types if name in known else frozenset()
    attributes = quoted(rest.partition("(")[2])
    is_record = types & {RECORD, LIST} or (not types and (name.endswith("vat") or attributes[:1] == ["id"]))
    if attributes and is_record:  # names in brackets behind a record are its attributes, not its values
        yield from (Fact(inside(name, attribute, known), place=place) for attribute in attributes)
    else:
        said = hints(rest)
        yield Fact(name, types or said.types, said.nullable, said.values, said.closed, place=place)


def _meant(entry: Block, known: Facts) -> str:
    """The attribute that plain words mean: `items` by "positions (items)", `user` by "project leader (user)"."""
    phrase = phrase_of(entry.text) or ""
    bracket = re.search(r"\((\w+)\)", entry.text)
    options = [phrase, bracket[1] if bracket else "", phrase.rpartition("_")[2]]
    return next((name for name in options if name in known), "")
