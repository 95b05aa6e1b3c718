"""Two surfaces compared: what is gone, new or different, and what that means for code that uses the package.

Breaking is what can make such code fail or do something else: something gone, an argument that is required now or takes
less, an attribute or answer that may be more than it was. Additive is everything that lets it do more, or lets it rely
on more. Documentation is what only a reader notices; a mark as deprecated is of that kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from griffe import ParameterKind

from generator.spec.locations import Location

from .annotations import NONE, UNSET, Annotation, Kin, Option
from .definitions import Definition, Kind, Surface
from .names import Entry, Name, anchor_of, entries_of, names_of, options_of, renames

__all__ = ["Change", "Weight", "compare"]


class Weight(StrEnum):
    """What a change means for users."""

    BREAKING = "breaking"
    ADDITIVE = "additive"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True)
class Change:
    """One difference of two surfaces."""

    weight: Weight
    what: str
    """`removed`, `added`, `renamed`, or what of it is different: `type`, `default`, `required`, ..."""
    kind: Kind
    """What has changed: an argument, an attribute, ..."""
    name: str
    """As users write it: `client.deals.list(tags=...)`, `Deal.money`."""
    place: Location
    text: str
    """What is to be said after the name."""
    owner: str = ""
    """The resource, class or module it belongs to."""
    is_old: bool = False
    """Whether the place is in the old tree."""
    words: str = ""
    """What the documentation says of it now; of something gone, what it said."""
    renamed_to: str = ""

    @property
    def leaf(self) -> str:
        """The name without what it belongs to: `tags=...`, `money`."""
        return self.name[:-1].rpartition("(")[2] if self.name.endswith(")") else self.below

    @property
    def below(self) -> str:
        """The name as it is written under the owner's."""
        prefixes = [prefix for prefix in (f"{self.owner}.", f"{self.owner} ") if self.name.startswith(prefix)]
        return self.name.removeprefix(prefixes[0]) if prefixes else self.name


def compare(old: Surface, new: Surface) -> list[Change]:
    """Every change of the surface, the graver ones first, then by name."""
    found = _Comparison(old, new).run()
    weights = list(Weight)
    return sorted(found, key=lambda change: (weights.index(change.weight), change.owner, change.name, change.what))


_EITHER = ParameterKind.positional_or_keyword
_KEYWORD = ParameterKind.keyword_only
_VARIADIC = {ParameterKind.var_positional, ParameterKind.var_keyword}


class _Comparison:
    def __init__(self, old: Surface, new: Surface) -> None:
        self.old = old
        self.new = new
        ancestors = {**old.kin.ancestors}
        for name, bases in new.kin.ancestors.items():
            ancestors[name] = {*bases, *ancestors.get(name, ())}
        self.kin = Kin(ancestors)

    def run(self) -> Iterator[Change]:
        old, new = self.old.modules, self.new.modules
        for path in old.keys() - new.keys():
            yield _removed(Entry(path, Name(path, path), old[path]))
        for path in new.keys() - old.keys():
            yield _added(Entry(path, Name(path, path), new[path]))
        shared = [path for path in new if path in old]
        for path in shared:
            name = Name(path, path)
            yield from self._words(name, old[path], new[path])
            if new[path].kind is Kind.COMMAND:
                yield from self._members(name, old[path], new[path])
        yield from self._exports([path for path in shared if new[path].kind is Kind.MODULE])

    def _exports(self, modules: list[str]) -> Iterator[Change]:
        """What the modules of both trees export: a thing of several names is told of once."""
        before, after = (
            {(path, key): each for path in modules for key, each in side.modules[path].members.items()}
            for side in (self.old, self.new)
        )
        names = names_of(before, after)
        told: dict[tuple[str, str], str] = {}
        for at in (at for at in before if at in after):
            pair = (before[at].identity, after[at].identity)
            if pair not in told:
                told[pair] = at[0]
                yield from self._changed(names[at], before[at], after[at])
        kept_before = {old: module for (old, _), module in told.items()}
        kept_after = {new: module for (_, new), module in told.items()}
        gone = {at: each for at, each in before.items() if at not in after}
        come = {at: each for at, each in after.items() if at not in before}
        for at, each in gone.items():
            if module := kept_before.get(each.identity):
                name = replace(names[at], text=".".join(at))
                yield _change(Weight.BREAKING, "removed", name, each, f"is gone; {module} still has it", is_old=True)
        for at, each in come.items():
            if module := kept_after.get(each.identity):
                name = replace(names[at], text=".".join(at))
                yield _change(Weight.ADDITIVE, "added", name, each, f"is new; {module} has it, too")
        lost = entries_of({at: each for at, each in gone.items() if each.identity not in kept_before}, names, after)
        won = entries_of({at: each for at, each in come.items() if each.identity not in kept_after}, names, before)
        for entry, successor in renames(lost, won):
            lost.remove(entry)
            won.remove(successor)
            yield _renamed(entry, successor)
        yield from map(_removed, lost)
        yield from map(_added, won)

    def _changed(self, name: Name, old: Definition, new: Definition) -> Iterator[Change]:
        if old.kind is not new.kind:
            yield _change(Weight.BREAKING, "kind", name, new, f"was {_a(old.kind)}, and is {_a(new.kind)} now")
            return
        yield from self._words(name, old, new)
        match new.kind:
            case Kind.FUNCTION:
                yield from self._calls(name, old, new)
            case Kind.CLASS | Kind.ENUM:
                yield from _bases(name, old, new)
                yield from _order(name, old, new)
            case Kind.ARGUMENT:
                yield from self._argument(name, old, new)
            case Kind.ATTRIBUTE | Kind.FIXTURE:
                yield from self._given(name, old.type, new, "may be")
            case Kind.ALIAS if old.type and new.type and old.type.meant != new.type.meant:
                yield _change(Weight.BREAKING, "type", name, new, f"stands for something else: {_turn(old, new)}")
            case Kind.VALUE if old.value != new.value:
                yield _change(Weight.BREAKING, "value", name, new, f"was {old.value}, and is {new.value} now")
            case Kind.OPTION:
                yield from _option(name, old, new)
        yield from self._members(name, old, new)

    def _members(self, name: Name, old: Definition, new: Definition) -> Iterator[Change]:
        before, after = old.members, new.members
        if old.is_described_inside is not new.is_described_inside:
            return  # whether it is promised has changed, not what it is
        shared = before.keys() & after.keys()
        for key in (key for key in before if key in shared):
            if not (before[key].is_inherited and after[key].is_inherited):
                yield from self._changed(name.member(key, after[key]), before[key], after[key])
        gone, come = (
            [
                Entry(key, name.member(key, each), each, anchor_of(key, side, shared))
                for key, each in side.items()
                if key not in shared and not each.is_inherited
            ]
            for side in (before, after)
        )
        for entry, successor in renames(gone, come):
            gone.remove(entry)
            come.remove(successor)
            yield _renamed(entry, successor)
        yield from map(_removed, gone)
        for entry in come:
            yield _joined(entry, old, new)

    def _calls(self, name: Name, old: Definition, new: Definition) -> Iterator[Change]:
        """What a function returns, and how its arguments stand."""
        if _pages(new) and not _pages(old):
            yield _change(Weight.BREAKING, "type", name, new, f"comes in pages now: {_turn(old, new)}")
        elif old.is_async is not new.is_async:
            way = "has to be awaited now" if new.is_async else "is not a coroutine any more"
            yield _change(Weight.BREAKING, "async", name, new, f"{way}: {_turn(old, new)}")
        else:
            yield from self._given(name, old.type, new, "may return")
        yield from _order(name, old, new)

    def _given(self, name: Name, old: Annotation | None, new: Definition, may: str) -> Iterator[Change]:
        """The type of something that users receive."""
        if old is None or new.type is None or old.options == new.type.options:
            return
        before, after = old.meant, new.type.meant
        turn = _turn_of(old, new.type)
        more = self.kin.outside(after, before)
        if before == {NONE}:
            yield _change(Weight.ADDITIVE, "type", name, new, f"returns something now: {turn}")
        elif more == {NONE}:
            yield _change(Weight.BREAKING, "type", name, new, f"{may} `None` now: {turn}")
        elif more == {UNSET}:
            yield _change(Weight.BREAKING, "type", name, new, f"may be absent now: {turn}")
        elif more:
            yield _change(Weight.BREAKING, "type", name, new, f"{may} something else now: {turn}")
        elif any(option not in after and self._is_blurred(option, after) for option in before):
            yield _change(Weight.BREAKING, "type", name, new, f"is told apart no longer: {turn}")
        elif before != after:
            yield _change(Weight.ADDITIVE, "type", name, new, f"is narrowed: {turn}")

    def _is_blurred(self, option: Option, after: frozenset[Option]) -> bool:
        """Whether a type is gone from a union and its values come as a more general one of the union."""
        same_name = {other.name for other in after}
        return option.name not in same_name and any(self.kin.fits(option, other) for other in after)

    def _argument(self, name: Name, old: Definition, new: Definition) -> Iterator[Change]:
        if old.default is None and new.default is not None:
            yield _change(Weight.ADDITIVE, "optional", name, new, f"may be left out now; it is {new.default} then")
        elif old.default is not None and new.default is None:
            yield _change(Weight.BREAKING, "required", name, new, f"is required now ({_type(new)})")
        elif old.default != new.default:
            text = f"is {new.default} when left out, no longer {old.default}"
            yield _change(Weight.BREAKING, "default", name, new, text)
        yield from _passing(name, old, new)
        if old.type is None or new.type is None or old.type.options == new.type.options:
            return
        before, after = _to_be_given(old.type, old, new.type), _to_be_given(new.type, new, old.type)
        less, more = self.kin.outside(before, after), self.kin.outside(after, before)
        if less:
            yield _change(
                Weight.BREAKING, "type", name, new, f"takes {'other' if more else 'fewer'} types: {_turn(old, new)}"
            )
        elif more:
            yield _change(Weight.ADDITIVE, "type", name, new, f"takes more types: {_turn(old, new)}")
        elif before != after:
            yield _change(Weight.ADDITIVE, "type", name, new, f"takes the same, by another name: {_turn(old, new)}")

    def _words(self, name: Name, old: Definition, new: Definition) -> Iterator[Change]:
        if new.is_deprecated and not old.is_deprecated:
            yield _change(Weight.DOCUMENTATION, "deprecated", name, new, "is deprecated")
        elif old.is_deprecated and not new.is_deprecated:
            yield _change(Weight.DOCUMENTATION, "words", name, new, "is deprecated no longer")
        elif old.words.split() != new.words.split():
            yield _change(Weight.DOCUMENTATION, "words", name, new, "is described anew")


def _pages(each: Definition) -> bool:
    return "moco_async.Pager" in {option.name for option in options_of(each)}


def _to_be_given(type_: Annotation, argument: Definition, other: Annotation) -> frozenset[Option]:
    """What an argument takes, but for what only says that it is left out where the other cannot be left out so."""
    mark = {"None": NONE, "UNSET": UNSET}.get(argument.default or "")
    return type_.meant - {mark} if mark and mark not in other.meant else type_.meant


def _change(
    weight: Weight, what: str, name: Name, each: Definition, text: str, *, is_old: bool = False, renamed_to: str = ""
) -> Change:
    return Change(weight, what, each.kind, name.text, each.place, text, name.owner, is_old, each.words, renamed_to)


def _removed(entry: Entry) -> Change:
    return _change(Weight.BREAKING, "removed", entry.name, entry.definition, "is gone", is_old=True)


def _added(entry: Entry) -> Change:
    each = entry.definition
    detail = _size(each) or (_type(each) if each.kind in {Kind.ARGUMENT, Kind.ATTRIBUTE} else "")
    return _change(Weight.ADDITIVE, "added", entry.name, each, f"is new{f' ({detail})' if detail else ''}")


def _joined(entry: Entry, old: Definition, new: Definition) -> Change:
    """An addition to something that was there: breaking where it asks something of users, to give or to write."""
    change, each = _added(entry), entry.definition
    if each.kind is Kind.ARGUMENT and each.default is None:
        return replace(change, weight=Weight.BREAKING, text=f"is new, and required ({_type(each)})")
    if follower := _pushed(entry.key, old, new):
        text = f"{change.text}; it stands before {_keys([follower])}, which may have been given by position"
        return replace(change, weight=Weight.BREAKING, text=text)
    if new.is_protocol and old.is_protocol:
        return replace(change, weight=Weight.BREAKING, text=f"{change.text}, and classes of yours have to have it")
    return change


def _renamed(entry: Entry, successor: Entry) -> Change:
    new = successor.name.text
    text = f"is called `{new}` now"
    return _change(Weight.BREAKING, "renamed", entry.name, successor.definition, text, renamed_to=new)


def _size(each: Definition) -> str:
    """How much comes with something new."""
    counted = [
        (Kind.FUNCTION, "method", "methods"),
        (Kind.ATTRIBUTE, "attribute", "attributes"),
        (Kind.VALUE, "value", "values"),
        (Kind.OPTION, "option", "options"),
    ]
    if each.kind is Kind.FUNCTION:
        return ""
    if each.kind is Kind.MODULE:
        return f"{len(each.members)} names"
    found = [(sum(member.kind is kind for member in each.members.values()), *words) for kind, *words in counted]
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in found if number)


def _type(each: Definition) -> str:
    return each.type.text if each.type else ""


def _turn(old: Definition, new: Definition) -> str:
    return _turn_of(old.type, new.type)


def _turn_of(old: Annotation | None, new: Annotation | None) -> str:
    """How a type has changed, in full where its text does not show it."""
    if old and new and old.text == new.text:
        return f"`{old.spelled_out()} → {new.spelled_out()}`"
    return f"`{old.text if old else 'anything'} → {new.text if new else 'anything'}`"


def _a(kind: Kind) -> str:
    return f"{'an' if kind[0] in 'aeo' else 'a'} {kind}"


def _bases(name: Name, old: Definition, new: Definition) -> Iterator[Change]:
    if lost := old.bases - new.bases:
        yield _change(Weight.BREAKING, "bases", name, new, f"is not {_listed(lost)} any more")
    if won := new.bases - old.bases:
        yield _change(Weight.ADDITIVE, "bases", name, new, f"is {_listed(won)}, too")


def _listed(names: frozenset[str]) -> str:
    return " or ".join(sorted(name.removeprefix("moco_async.") for name in names))


def _positional(definition: Definition) -> list[str]:
    by_position = {ParameterKind.positional_only, _EITHER}
    return [key for key, each in definition.members.items() if each.passing in by_position]


def _order(name: Name, old: Definition, new: Definition) -> Iterator[Change]:
    before, after = _positional(old), _positional(new)
    before, after = [key for key in before if key in after], [key for key in after if key in old.members]
    if before != after[: len(before)]:
        text = f"takes its arguments in another order: {_keys(before)} → {_keys(after)}"
        yield _change(Weight.BREAKING, "order", name, new, text)


def _keys(keys: list[str]) -> str:
    return ", ".join(key.removesuffix("=") for key in keys)


def _pushed(key: str, old: Definition, new: Definition) -> str:
    """The argument of old that a new one has moved to the next position."""
    positional = _positional(new)
    if key not in positional:
        return ""
    return next((each for each in positional[positional.index(key) :] if each in _positional(old)), "")


def _passing(name: Name, old: Definition, new: Definition) -> Iterator[Change]:
    if old.passing is new.passing:
        return
    if old.passing in _VARIADIC or new.passing in _VARIADIC:
        yield _change(Weight.BREAKING, "passing", name, new, f"is {_way(new)} now, no longer {_way(old)}")
    elif new.passing is _EITHER:
        yield _change(Weight.ADDITIVE, "passing", name, new, f"may be given by {_other_way(old)}, too")
    else:
        yield _change(Weight.BREAKING, "passing", name, new, f"may be given by {_way(new)} alone")


def _way(argument: Definition) -> str:
    ways = {ParameterKind.positional_only: "position", _KEYWORD: "keyword", _EITHER: "position or keyword"}
    return ways.get(argument.passing or _EITHER, "any number of them")


def _other_way(argument: Definition) -> str:
    return "position" if argument.passing is _KEYWORD else "keyword"


def _option(name: Name, old: Definition, new: Definition) -> Iterator[Change]:
    if old.default != new.default:
        yield _change(Weight.BREAKING, "default", name, new, f"is {new.default} when left out, no longer {old.default}")
    if old.value != new.value:
        yield _change(Weight.BREAKING, "value", name, new, f"takes something else: {old.value} → {new.value}")
