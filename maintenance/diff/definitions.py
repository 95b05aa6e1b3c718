"""What a public thing is: the same for functions, classes, enums, attributes, arguments and options of commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import griffe

from generator.spec.locations import Location

from .annotations import Annotation, Kin

__all__ = ["Definition", "Kind", "Surface"]


class Kind(StrEnum):
    """What a definition is, in the words of the report."""

    MODULE = "module"
    COMMAND = "command"
    OPTION = "option"
    FIXTURE = "fixture"
    CLASS = "class"
    ENUM = "enum"
    VALUE = "value"
    FUNCTION = "function"
    ARGUMENT = "argument"
    ATTRIBUTE = "attribute"
    ALIAS = "type"
    NAME = "name"


@dataclass(frozen=True)
class Definition:
    """Something public."""

    kind: Kind
    place: Location
    identity: str = ""
    """Where it is defined: the same for all public names of a thing."""
    words: str = ""
    is_deprecated: bool = False
    type: Annotation | None = None
    """What an attribute is, a function returns, an argument takes, an alias stands for."""
    default: str | None = None
    """Of an argument or option that may be left out."""
    passing: griffe.ParameterKind | None = None
    is_async: bool = False
    is_protocol: bool = False
    """Whether users write classes of this shape."""
    is_described_inside: bool = False
    """Whether what an attribute holds is public through it; `members` has it then."""
    is_inherited: bool = False
    """Whether it belongs to a base class that is public itself."""
    bases: frozenset[str] = frozenset()
    value: str = ""
    """Of a member of an enum; the rest of what an option of a command says."""
    members: dict[str, Definition] = field(default_factory=dict)
    """Of a class, of a function its arguments (`tags=`), of an attribute what is reached through it."""


@dataclass(frozen=True)
class Surface:
    """Everything public of one tree: modules with their names, and commands."""

    modules: dict[str, Definition]
    kin: Kin
