"""Types as sets of what a value may be, and what fits into what. Order and spelling of a union do not matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["NONE", "UNSET", "Annotation", "Kin", "Option", "named"]


@dataclass(frozen=True)
class Option:
    """One of the types of a union, as `list[int | str]`: a name and what stands in its brackets."""

    name: str
    arguments: tuple[frozenset[Option], ...] = ()


NONE = Option("None")
UNSET = Option("moco_async.Unset")
ANYTHING = {"Any", "object"}


@dataclass(frozen=True)
class Annotation:
    """A type as it is written, and what it means."""

    text: str = field(compare=False)
    options: frozenset[Option]
    """With the names of the public aliases that it uses."""
    meant: frozenset[Option]
    """The same with what these aliases stand for."""

    def spelled_out(self) -> str:
        """What is meant, for where the text does not show it."""
        return _shown(self.meant)


def _shown(options: frozenset[Option]) -> str:
    shown = []
    for option in options:
        inside = ", ".join(map(_shown, option.arguments))
        name = re.sub(r"^moco_async\.(\w+\.)*", "", option.name)
        shown.append(f"[{inside}]" if name == "[]" else f"{name}[{inside}]" if inside else name)
    return " | ".join(sorted(shown, key=lambda text: (text == "None", text)))


_GENERAL = {
    "AsyncGenerator": "AsyncIterator",
    "AsyncIterator": "AsyncIterable",
    "Collection": "Iterable",
    "Coroutine": "Awaitable",
    "Generator": "Iterator",
    "Iterator": "Iterable",
    "MutableMapping": "Mapping",
    "MutableSequence": "Sequence",
    "Sequence": "Collection",
    "bool": "int",
    "dict": "MutableMapping",
    "float": "complex",
    "frozenset": "Set",
    "int": "float",
    "list": "MutableSequence",
    "set": "MutableSet",
    "MutableSet": "Set",
    "Set": "Collection",
}
"""The next more general type of what comes with Python. Where it differs in its brackets, it has no entry; nor has
`datetime`, which is a `date` that cannot be compared with one."""


def named(path: str) -> str:
    """A type of Python's by one name, wherever it was imported from: `typing.List`, `builtins.list`, `list`."""
    module, _, name = path.rpartition(".")
    if module == "typing" and name in {"List", "Dict", "Set", "FrozenSet", "Tuple", "Type"}:
        return name.lower()
    if module == "typing" and name == "AbstractSet":
        return "Set"
    return name if module in {"builtins", "typing", "typing_extensions", "collections.abc"} else path


class Kin:
    """Knows which type fits into which.

    Args:
        ancestors: The base classes of the package's own classes, near and far, by name.
    """

    def __init__(self, ancestors: Mapping[str, Iterable[str]]) -> None:
        self.ancestors = ancestors

    def outside(self, options: frozenset[Option], others: frozenset[Option]) -> frozenset[Option]:
        """Those options that fit into none of the others."""
        return frozenset(option for option in options if not any(self.fits(option, other) for other in others))

    def fits(self, option: Option, other: Option) -> bool:
        """Whether every value of one type is a value of the other, too."""
        if other.name in ANYTHING:
            return True
        if option.name == other.name:
            return self._arguments_fit(option, other)
        if literal := re.match(r"Literal\[(['\"\d-]|True|False)?", option.name):
            start = literal[1] or "."
            base = "str" if start in "'\"" else "bool" if start in {"True", "False"} else "int"
            return start != "." and self.fits(Option(base), other)
        if more_general := _GENERAL.get(option.name):
            return self.fits(Option(more_general, option.arguments), other)
        return other.name in self.ancestors.get(option.name, ())

    def _arguments_fit(self, option: Option, other: Option) -> bool:
        if option.name == "Callable" and len(option.arguments) == len(other.arguments) == 2:
            # What it is called with goes in, so it has to be the same; what it returns comes out.
            return option.arguments[0] == other.arguments[0] and not self.outside(
                option.arguments[1], other.arguments[1]
            )
        if not other.arguments or option.arguments == other.arguments:
            return True
        if len(option.arguments) != len(other.arguments):
            return False
        return not any(self.outside(*pair) for pair in zip(option.arguments, other.arguments, strict=True))
