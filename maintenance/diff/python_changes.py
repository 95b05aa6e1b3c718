"""The breaking changes of hand-written code between two source trees, as griffe finds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import griffe
from griffe import BreakageKind, ExprName

from ..errors import InputError
from .attrs_init import AttrsExtension
from .change import Change, Weight

PACKAGE = "moco_async"
FACES = (
    "",
    "custom_fields",
    "drift",
    "errors",
    "files",
    "integrations.fastapi",
    "integrations.pytest",
    "sandbox",
    "webhooks",
)
"""The public modules that are written by hand; models and resources are compared by the spec."""

_GENERATED = (f"{PACKAGE}.models.", f"{PACKAGE}.resources.")
_NOT_CALLED = {"__attrs_post_init__", "__post_init__", "__slots__"}
_TEXTS = {
    BreakageKind.PARAMETER_MOVED: "has another position",
    BreakageKind.PARAMETER_REMOVED: "is gone",
    BreakageKind.PARAMETER_CHANGED_KIND: "is passed in another way",
    BreakageKind.PARAMETER_CHANGED_DEFAULT: "has another default",
    BreakageKind.PARAMETER_CHANGED_REQUIRED: "is required",
    BreakageKind.PARAMETER_ADDED_REQUIRED: "is new, and required",
    BreakageKind.RETURN_CHANGED_TYPE: "does not say any more what it returns",
    BreakageKind.OBJECT_REMOVED: "is gone",
    BreakageKind.OBJECT_CHANGED_KIND: "is something else",
    BreakageKind.CLASS_REMOVED_BASE: "has a base class less",
}


class Tree:
    """The package in a folder of sources.

    Args:
        source: The folder that holds the package.
        label: The prefix of its locations.

    Raises:
        InputError: a module cannot be parsed.
    """

    def __init__(self, source: Path, label: str) -> None:
        self.source = source
        self.label = label
        extensions = griffe.load_extensions(AttrsExtension)
        try:
            package = griffe.load(PACKAGE, search_paths=[source], extensions=extensions, allow_inspection=False)
        except (griffe.GriffeError, ImportError, SyntaxError) as error:
            raise InputError(f"{label}{PACKAGE} cannot be read: {error}") from None
        self.package = package

    def face(self, name: str) -> griffe.Module | None:
        """A module with nothing in it but what a public module exports; `None` if the tree lacks that module."""
        try:
            module = self.package[name] if name else self.package
        except KeyError:
            return None
        exported = module.exports
        if exported is None:
            exported = [key for key, each in module.members.items() if each.is_public and not each.is_module]
        face = griffe.Module(module.path, filepath=module.filepath)
        for key in map(str, exported):
            with suppress(griffe.AliasResolutionError, KeyError):
                member = module.members[key]
                face.members[key] = member.final_target if isinstance(member, griffe.Alias) else member
                face.members[key].public = True
        return face

    def locate(self, thing: griffe.Object | griffe.Alias) -> str:
        """File and line of something in the tree."""
        assert isinstance(thing.filepath, Path)
        line = thing.lineno or (thing.parent and thing.parent.lineno) or 1  # a constructor may not be written out
        return f"{self.label}{thing.filepath.relative_to(self.source).as_posix()}:{line}"


def compare(old: Tree, new: Tree) -> Iterator[Change]:
    """What of the public modules is gone or has to be called in another way, and what they export anew."""
    seen: set[tuple[str, ...]] = set()
    for name in FACES:
        before, after = old.face(name), new.face(name)
        path = f"{PACKAGE}.{name}".rstrip(".")
        if before and not after:
            yield Change(Weight.BREAKING, path, "is gone", path, old.locate(before))
        elif after and not before:
            yield Change(Weight.ADDITIVE, path, "is new", path, new.locate(after))
        elif before and after:
            for change in (*_breaking(before, after, old, new), *_exported(before, after, new)):
                key = change.location, change.leaf, change.text
                if key not in seen:  # else another module exports the same
                    seen.add(key)
                    yield change


def _breaking(before: griffe.Module, after: griffe.Module, old: Tree, new: Tree) -> Iterator[Change]:
    for breakage in griffe.find_breaking_changes(before, after):
        thing = breakage.obj
        if thing.canonical_path.startswith(_GENERATED) or thing.name in _NOT_CALLED or _is_unclear(breakage):
            continue
        tree = old if breakage.kind is BreakageKind.OBJECT_REMOVED else new
        name, owner = _name(before, breakage)
        yield Change(Weight.BREAKING, name, _TEXTS[breakage.kind], owner, tree.locate(thing))


def _is_unclear(breakage: griffe.Breakage) -> bool:
    """Whether defaults differ in how they are computed, which need not be in what comes out."""
    if breakage.kind is not BreakageKind.PARAMETER_CHANGED_DEFAULT:
        return False
    return any(not isinstance(each.default, str | ExprName) for each in (breakage.old_value, breakage.new_value))


def _name(face: griffe.Module, breakage: griffe.Breakage) -> tuple[str, str]:
    """The name of something as users write it, and that of what it belongs to."""
    thing = breakage.obj
    module = (thing.parent or thing).module  # of an inherited member the module of the heir
    inside = thing.path.removeprefix(f"{module.path}.").removesuffix(".__init__")
    name = _in_face(face, inside)
    owner = name if "." not in inside else name.rpartition(".")[0]
    if breakage.kind.name.startswith("PARAMETER"):
        parameter = breakage.new_value or breakage.old_value
        return f"{name}({parameter.name}=...)", owner
    return name, owner


def _in_face(face: griffe.Module, name: str) -> str:
    return f"{face.name.removeprefix(PACKAGE)}.{name}".removeprefix(".")


def _exported(before: griffe.Module, after: griffe.Module, new: Tree) -> Iterator[Change]:
    for name, member in after.members.items():
        if name not in before.members:
            full = _in_face(after, name)
            yield Change(Weight.ADDITIVE, full, "is new", full, new.locate(member))
