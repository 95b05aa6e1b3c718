"""The changes of generated code between two bundled specs.

Breaking is whatever can make code that uses the package fail or do something else: a name that is gone, an argument
that is required now or takes less, an attribute or a result that may be more than it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.spec.locations import Pointer

from .change import Change, Weight
from .surface import RETURN, Definition, Member, Surface, written

Locate = Callable[[Pointer], str]
"""The location of a node of the new spec, as it is printed; empty where there is none."""


def compare(old: Surface, new: Surface, locate: Locate) -> Iterator[Change]:
    """Every difference between the surfaces of two specs."""
    return _Comparison(old, new, locate).run()


class _Comparison:
    def __init__(self, old: Surface, new: Surface, locate: Locate) -> None:
        self.old = old
        self.new = new
        self.locate = locate

    def run(self) -> Iterator[Change]:
        gone = {name: each for name, each in self.old.items() if name not in self.new}
        come = {name: each for name, each in self.new.items() if name not in self.old}
        for name, each in list(gone.items()):
            alike = [other for other in come.values() if _is_renamed(each, other)]
            if len(alike) == 1:
                del gone[name], come[alike[0].name]
                yield self._change(Weight.BREAKING, alike[0], f"is called `{alike[0].name}` now", name=name)
        for name, each in gone.items():
            yield Change(Weight.BREAKING, name, "is gone", each.owner, description=each.description)
        for each in come.values():
            yield self._change(Weight.ADDITIVE, each, "is new")
        for name in self.old.keys() & self.new.keys():
            yield from self._definition(self.old[name], self.new[name])

    def _definition(self, old: Definition, new: Definition) -> Iterator[Change]:
        for group in new.needs_one - old.needs_one:  # MOCO refused the call already
            yield self._change(Weight.ADDITIVE, new, f"raises ValueError if none of {group} is given")
        for group in new.needs_all - old.needs_all:
            yield self._change(Weight.BREAKING, new, f"raises ValueError if some of {group} are given and some not")
        if old.description != new.description:
            yield self._change(Weight.DOCUMENTATION, new, "is described anew")
        gone = [member for key, member in old.members.items() if key not in new.members]
        come = [member for key, member in new.members.items() if key not in old.members]
        if len(gone) == len(come) == 1 and _signature(gone[0]) == _signature(come[0]):
            text = f"is called `{come[0].name.removeprefix(new.name).strip('(.=)')}` now"
            yield self._change(Weight.BREAKING, new, text, gone[0], come[0].pointer)
            gone = come = []
        for member in gone:
            yield self._change(Weight.BREAKING, new, "is gone", member)
        for member in come:
            weight = Weight.BREAKING if member.is_required else Weight.ADDITIVE
            text = "is new, and required" if member.is_required else "is new"
            yield self._change(weight, new, f"{text} ({written(member.types)})", member)
        for key in old.members.keys() & new.members.keys():
            yield from self._member(new, key, old.members[key], new.members[key])

    def _member(self, owner: Definition, key: str, old: Member, new: Member) -> Iterator[Change]:
        lost, won = self._beyond(old.types, new.types), self._beyond(new.types, old.types)
        if old.types != new.types:
            weight = Weight.BREAKING if (lost if new.is_argument else won) else Weight.ADDITIVE
            verb = "returns" if key == RETURN else "takes" if new.is_argument else "is"
            yield self._change(weight, owner, f"{verb} {written(new.types)}, not {written(old.types)}", new)
        if old.is_required != new.is_required:
            weight = Weight.BREAKING if new.is_required else Weight.ADDITIVE
            yield self._change(weight, owner, "is required" if new.is_required else "may be left out", new)
        if old.position != new.position:
            yield self._change(Weight.BREAKING, owner, "has another position", new)
        if new.is_deprecated > old.is_deprecated:
            yield self._change(Weight.DOCUMENTATION, owner, "is deprecated", new)
        elif old.description != new.description:
            yield self._change(Weight.DOCUMENTATION, owner, "is described anew", new)

    def _beyond(self, types: frozenset[str], others: frozenset[str]) -> set[str]:
        """The types that fit into none of the others: an int is a float, an enum of texts a text."""
        known = self.old | self.new
        wider = {"int": "float"} | {name: "str" for name in types if name in known and known[name].is_enum}
        return {each for each in types if each not in others and wider.get(each) not in others}

    def _change(
        self, weight: Weight, owner: Definition, text: str, member: Member | None = None,
        pointer: Pointer | None = None, *, name: str = "",
    ) -> Change:  # fmt: skip
        about = member or owner
        location = self.locate(pointer or about.pointer)
        return Change(weight, name or about.name, text, owner.owner, location, about.description)


def _signature(member: Member) -> tuple[object, ...]:
    return member.types, member.is_argument, member.is_required, member.position


def _is_renamed(old: Definition, new: Definition) -> bool:
    """Whether two definitions differ in nothing but their names."""
    members = [{key: _signature(each) for key, each in definition.members.items()} for definition in (old, new)]
    return bool(old.members) and members[0] == members[1] and old.description == new.description
