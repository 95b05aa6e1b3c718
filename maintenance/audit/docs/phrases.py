"""What an entry of a list in the docs says: a name, whether it is mandatory, an example or the values there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..facts import BOOLEAN, DATE, INTEGER, LIST, NUMBER, RECORD, TEXT, TIME

# The star of a mandatory field is escaped or not, and sometimes one of the two that end the bold is missing.
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
    """What the words behind a name say about its value."""

    types: frozenset[str] = frozenset()
    nullable: bool = False
    values: tuple[str, ...] = ()
    closed: bool = True


def names_of(entry: str) -> tuple[list[Mention], str]:
    """The names an entry begins with, and the rest of it."""
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


def phrase_of(entry: str) -> str | None:
    """The name that is meant by an entry in plain English: `custom_properties` by "Custom properties, if set"."""
    match = _PHRASE.match(entry)
    return match["words"].lower().replace(" ", "_") if match else None


def quoted(text: str) -> list[str]:
    """The names in quotes or as code in a text."""
    names = (item.strip('"`') for item in re.findall(_ITEM, text))
    return [name for name in names if re.fullmatch(r"[a-z]\w*", name) and name not in {"null", "true", "false"}]


def hints(rest: str) -> Hints:
    """What the words behind a name say."""
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
    return Hints(frozenset(_type_of_example(rest)), nullable)


def _values(rest: str) -> tuple[tuple[str, ...], bool]:
    """The values an entry lists, and whether they are all there are."""
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


def _type_of_example(rest: str) -> Iterator[str]:
    """The type of the example that follows a name, if one does."""
    if match := re.match(r"\(?(?:e\.g\. )?(?:\"(?P<text>[^\"]*)\"|(?P<number>\d+(?:\.\d+)?)(?=\s*(?:\(|$|,)))", rest):
        yield type_of_text(match["text"]) if match["text"] is not None else type_of_number(match["number"])


def type_of_text(text: str) -> str:
    """Plain text, a date or a time."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return DATE
    return TIME if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*", text) else TEXT


def type_of_number(text: str) -> str:
    """Integer or number, by how it is written."""
    return INTEGER if re.fullmatch(r"-?\d+", text) else NUMBER
