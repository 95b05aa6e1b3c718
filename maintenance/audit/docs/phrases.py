"""The phrases in an entry of a list: names, whether they are mandatory, an example, or all values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..facts import BOOLEAN, DATE, INTEGER, LIST, NUMBER, RECORD, TEXT, TIME

# The star of a mandatory field may be escaped, and one of the two stars that end bold text may be missing.
_BOLD = r"\*\*(?P<names>[a-z][\w.]*(?:, ?[a-z]\w*)*)(?P<star>\\\*|\*(?=\*\*))?\*{1,2}"
_NAME = re.compile(
    rf"(?:\*?either\*?\s+)?(?:{_BOLD}|`(?P<code>[a-z][\w.]*)`|(?P<plain>[a-z][\w.]*)(?=\s*$|\s+[–—\-(\"/]|:))"
)
_AND = re.compile(r"\s*(?:/|,|\bor\b|\band\b)\s*")
_PHRASE = re.compile(r"(?P<words>[A-Za-z]+(?: [a-z]+)*)(?=\s*$|\s*[(,:–])")

_ITEM = r"(?:\"+[^\"`\n]*[\"`]|`[^`\n]*`)"
_BETWEEN = r"(?:\s*(?:=|for)\s[^,`\"()]*)?\s*(?:\([^)]*\)\s*)?(?:,|/|\||\bor\b|\band\b)\s*(?:or\s+|and\s+)?"
_SEQUENCE = re.compile(rf"{_ITEM}(?:{_BETWEEN}{_ITEM})+")
_WORD = r"[A-Za-z]\w*(?:::\w+)*"
_BARE = re.compile(rf"(?:^|\()\s*(?P<all>{_WORD}(?:\s*[/|]\s*{_WORD})+)(?P<more>\s*[/|,]\s*\.\.\.)?\s*(?:\)|$)")
_ONE_OF = re.compile(r"one of (?P<all>[A-Z]\w*(?:, [A-Z]\w*)+ or [A-Z]\w*)")
_NUMBERS = re.compile(r"^\s*(\d+(?:, \d+){3,})")
_OPEN = re.compile(r"e\.g\.|\blike\b|could be|for example", re.IGNORECASE)
_VALUE = re.compile(r"[A-Za-z][\w.:-]*")


class Mention(NamedTuple):
    """A name at the beginning of an entry."""

    name: str
    required: bool


class Hints(NamedTuple):
    """The hints on a value in the text after its name."""

    types: frozenset[str] = frozenset()
    nullable: bool = False
    values: tuple[str, ...] = ()
    closed: bool = True


def read_names(entry: str) -> tuple[list[Mention], str]:
    """The names an entry begins with, and the rest of the entry."""
    found: list[Mention] = []
    at = 0
    while match := _NAME.match(entry, at):
        names = match["names"] or match["code"] or match["plain"]
        found += [Mention(name.strip(), bool(match["star"])) for name in names.split(",")]
        at = match.end()
        more = _AND.match(entry, at)
        if match["plain"] or not more or not _NAME.match(entry, more.end()):
            break
        at = more.end()
    return found, re.sub(r"^[\s:–—-]+", "", entry[at:])


def read_phrase(entry: str) -> str | None:
    """The name that an entry spells out in English: `custom_properties` for "Custom properties, if set"."""
    match = _PHRASE.match(entry)
    return match["words"].lower().replace(" ", "_") if match else None


def quoted_names(text: str) -> list[str]:
    """The names in a text that are quoted or marked as code."""
    names = (item.strip('"`') for item in re.findall(_ITEM, text))
    return [name for name in names if re.fullmatch(r"[a-z]\w*", name) and name not in {"null", "true", "false"}]


def read_hints(rest: str) -> Hints:
    """The hints in the text after a name."""
    nullable = "null`" in rest or " null" in rest
    if re.match(r"\[|\(\[", rest):
        return Hints(frozenset({LIST}), nullable)
    if rest.startswith("{"):
        return Hints(frozenset({RECORD}), nullable)
    if re.search(r"comma.separated", rest):
        values, closed = _values(rest)
        return Hints(frozenset({LIST}), nullable, values, closed)
    if re.match(r"\W*(?:true|false)\b|Boolean|.*\(`true` / `false`\)", rest):
        return Hints(frozenset({BOOLEAN}), nullable)
    values, closed = _values(rest)
    if values:
        kind = INTEGER if values[0].isdecimal() else TEXT
        return Hints(frozenset({kind}), nullable, values, closed)
    return Hints(frozenset(_example_type(rest)), nullable)


def _values(rest: str) -> tuple[tuple[str, ...], bool]:
    """The values an entry lists, and whether the list is complete."""
    if numbers := _NUMBERS.match(rest):
        return tuple(numbers[1].split(", ")), True
    if one_of := _ONE_OF.search(rest):
        return tuple(re.split(r", | or ", one_of["all"])), True
    for match in _BARE.finditer(rest):
        values = re.split(r"\s*[/|]\s*", match["all"])
        if (len(values) > 2 or "|" in match["all"]) and not {"true", "yes"} & set(values):
            return tuple(values), not match["more"]
    for match in _SEQUENCE.finditer(rest):
        values = [item.strip('"`') for item in re.findall(_ITEM, match[0])]
        values = [value for value in values if value != "null"]
        if len(values) > 1 and all(map(_VALUE.fullmatch, values)) and not {"true", "false"} & set(values):
            around = rest[: match.start()], rest[match.end() : match.end() + 6]
            return tuple(values), not _OPEN.search(around[0]) and "..." not in around[1]
    return (), True


def _example_type(rest: str) -> Iterator[str]:
    """The type of the example after a name, if there is one."""
    if match := re.match(r"\(?(?:e\.g\. )?(?:\"(?P<text>[^\"]*)\"|(?P<number>\d+(?:\.\d+)?)(?=\s*(?:\(|$|,)))", rest):
        yield text_type(match["text"]) if match["text"] is not None else number_type(match["number"])


def text_type(text: str) -> str:
    """The type of a text: text, date or time."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return DATE
    return TIME if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*", text) else TEXT


def number_type(text: str) -> str:
    """The type of a number: integer or number, depending on how it is written."""
    return INTEGER if re.fullmatch(r"-?\d+", text) else NUMBER
