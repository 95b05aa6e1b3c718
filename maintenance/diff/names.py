"""What users call the things of two surfaces, and which of them plainly are the same under another name."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from griffe import ParameterKind

from .annotations import Option
from .definitions import Definition, Kind

__all__ = ["Entry", "Exports", "Name", "anchor_of", "entries_of", "names_of", "options_of", "renames"]

INSTANCES = {"MocoClient": "client"}
"""What the README calls an instance."""


@dataclass(frozen=True)
class Name:
    """How users write something, and under which heading it is told."""

    text: str
    owner: str
    instance: str = ""
    """What stands before its members, if that is not its own name."""

    def member(self, key: str, each: Definition) -> Name:
        """The name of something inside."""
        if each.kind is Kind.ARGUMENT:
            name = key.removesuffix("=")
            match each.passing:
                case ParameterKind.var_positional:
                    name = f"*{name}"
                case ParameterKind.var_keyword:
                    name = f"**{name}"
                case ParameterKind.positional_only:
                    pass
                case _:
                    name = f"{name}=..."
            return Name(f"{self.text}({name})", self.owner)
        if each.kind is Kind.OPTION:
            return Name(f"{self.text} {key}", self.owner)
        text = f"{self.instance or self.text}.{key}"
        return Name(text, text if each.is_described_inside else self.owner)


@dataclass(frozen=True)
class Entry:
    """Something that one of two surfaces has."""

    key: str
    name: Name
    definition: Definition
    anchor: str = ""
    """What stands before it: where it is."""


Exports = dict[tuple[str, str], Definition]
"""By module and name."""


def names_of(*sides: Exports) -> dict[tuple[str, str], Name]:
    """What users call each export: its bare name, unless a module before has something else of that name."""
    names = {}
    ambiguous = set()
    for side in sides:
        first: dict[str, str] = {}
        for (module, key), each in side.items():
            if first.setdefault(key, each.identity) != each.identity:
                ambiguous.add((module, key))
    for side in sides:
        for (module, key), each in side.items():
            text = f"{module}.{key}" if (module, key) in ambiguous else key
            owner = text if each.kind in {Kind.CLASS, Kind.ENUM} else module
            names[module, key] = Name(text, owner, INSTANCES.get(text, ""))
    return names


def entries_of(exports: Exports, names: dict[tuple[str, str], Name], other: Exports) -> list[Entry]:
    """What one side alone exports, by its first name; in full where the other side has that name in another module."""
    seen: dict[str, Entry] = {}
    elsewhere = {key for _, key in other}
    for at, each in exports.items():
        name = replace(names[at], text=".".join(at)) if at[1] in elsewhere else names[at]
        seen.setdefault(each.identity, Entry(at[1], name, each))
    return list(seen.values())


def renames(gone: list[Entry], come: list[Entry]) -> list[tuple[Entry, Entry]]:
    """What plainly is the same under another name: in the same place, and nobody else like it."""
    pairs = [(entry, other) for entry in gone for other in come if _is_same(entry, other)]
    olds, news = [id(old) for old, _ in pairs], [id(new) for _, new in pairs]
    return [(old, new) for old, new in pairs if olds.count(id(old)) == news.count(id(new)) == 1]


def _is_same(entry: Entry, other: Entry) -> bool:
    """Whether two entries differ in nothing but their names, and say enough for that to mean something."""
    old, new = entry.definition, other.definition
    if not (old.words or old.value) or entry.anchor != other.anchor:
        return False
    facts = [
        (
            each.kind,
            each.words,
            each.default,
            each.value,
            each.passing,
            each.is_async,
            options_of(each),
            list(each.members),
        )
        for each in (old, new)
    ]
    return facts[0] == facts[1] and all(
        options_of(old.members[key]) == options_of(new.members[key]) for key in old.members
    )


def anchor_of(key: str, side: dict[str, Definition], shared: Set[str]) -> str:
    """The last member before this one that both sides have: where it stands."""
    before = list(side)[: list(side).index(key)]
    return next((each for each in reversed(before) if each in shared), "")


def options_of(each: Definition) -> frozenset[Option]:
    """What it may be, if it says so."""
    return each.type.options if each.type else frozenset()
