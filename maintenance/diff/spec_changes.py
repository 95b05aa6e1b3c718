"""The changes of generated code between two bundled specs.

Breaking is whatever can make code that uses the package fail or do something else: a name that is gone, an argument
that is required now or takes less, an attribute or a result that may be more than it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.spec.locations import Pointer

from .change import Change, Weight
from .surface import RETURN, Definition, Member, Surface, union

Locate = Callable[[Pointer], str]
"""Formats the location of a node of the new spec; empty if it has none."""


def compare(old: Surface, new: Surface, locate: Locate) -> Iterator[Change]:
    """Every difference between the surfaces of two specs."""
    for name, definition in old.items():
        if name not in new:
            yield Change(Weight.BREAKING, name, "is gone", definition.owner)
    for name, definition in new.items():
        if name not in old:
            location = locate(definition.pointer)
            yield Change(Weight.ADDITIVE, name, "is new", definition.owner, location, definition.description)
        else:
            enums = {each.name for each in (*old.values(), *new.values()) if each.is_enum}
            yield from _Comparison(old[name], definition, enums, locate).run()


class _Comparison:
    """Compares one definition with its successor."""

    def __init__(self, old: Definition, new: Definition, enums: set[str], locate: Locate) -> None:
        self.old = old
        self.new = new
        self.enums = enums
        self.locate = locate

    def run(self) -> Iterator[Change]:
        for group in self.new.together - self.old.together:
            yield self._change(Weight.BREAKING, self.new, f"raises ValueError if only some of {group} are given")
        if self.old.description != self.new.description:
            yield self._change(Weight.DOCUMENTATION, self.new, "is described anew")
        before, after = self.old.members, self.new.members
        gone = [before[key] for key in before if key not in after]
        come = [after[key] for key in after if key not in before]
        if len(gone) == len(come) == 1 and _signature(gone[0]) == _signature(come[0]):
            name = come[0].name.removeprefix(self.new.name).strip("(.=)")
            yield self._change(Weight.BREAKING, gone[0], f"is called `{name}` now", come[0].pointer)
            gone = come = []
        for member in gone:
            yield self._change(Weight.BREAKING, member, "is gone", self.new.pointer)
        for member in come:
            weight, text = (Weight.BREAKING, ", and required") if member.is_required else (Weight.ADDITIVE, "")
            yield self._change(weight, member, f"is new{text} ({union(member.types)})")
        for key in before.keys() & after.keys():
            yield from self._member(key, before[key], after[key])

    def _member(self, key: str, old: Member, new: Member) -> Iterator[Change]:
        if old.types != new.types:
            wider, narrower = (old, new) if new.is_argument else (new, old)
            weight = Weight.ADDITIVE if self._fits(wider.types, narrower.types) else Weight.BREAKING
            verb = "returns" if key == RETURN else "takes" if new.is_argument else "is"
            yield self._change(weight, new, f"{verb} {union(new.types)}, not {union(old.types)}")
        if old.is_required != new.is_required:
            weight = Weight.BREAKING if new.is_required else Weight.ADDITIVE
            yield self._change(weight, new, "is required" if new.is_required else "may be left out")
        if old.position != new.position:
            yield self._change(Weight.BREAKING, new, "has another position")
        if new.is_deprecated > old.is_deprecated:
            yield self._change(Weight.DOCUMENTATION, new, "is deprecated")
        elif old.description != new.description:
            yield self._change(Weight.DOCUMENTATION, new, "is described anew")

    def _fits(self, types: frozenset[str], others: frozenset[str]) -> bool:
        """Whether each of the types is one of the others: an int is a float too, and an enum a text."""
        wider = {"int": "float", **dict.fromkeys(self.enums, "str")}
        return all(each in others or wider.get(each) in others for each in types)

    def _change(self, weight: Weight, about: Definition | Member, text: str, pointer: Pointer | None = None) -> Change:
        location = self.locate(pointer or about.pointer)
        return Change(weight, about.name, text, self.new.owner, location, about.description)


def _signature(member: Member) -> tuple[object, ...]:
    return member.types, member.is_argument, member.is_required, member.position
