"""The breaking changes of hand-written code between two source trees, as griffe finds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import griffe
from griffe import BreakageKind

from ..errors import InputError
from .attrs_init import AttrsExtension
from .change import Change, Weight

PACKAGE = "moco_async"
FACES = [
    PACKAGE,
    *(f"{PACKAGE}.{name}" for name in ("custom_fields", "drift", "errors", "files", "sandbox", "webhooks")),
    *(f"{PACKAGE}.integrations.{name}" for name in ("fastapi", "pytest")),
]
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
    BreakageKind.RETURN_CHANGED_TYPE: "no longer says what it returns",
    BreakageKind.OBJECT_REMOVED: "is gone",
    BreakageKind.OBJECT_CHANGED_KIND: "is something else",
    BreakageKind.CLASS_REMOVED_BASE: "has fewer base classes",
}


class Tree:
    """The package in a folder of sources.

    Args:
        source: The folder that holds the package.
        label: The prefix of its locations.

    Raises:
        InputError: the package cannot be read.
    """

    def __init__(self, source: Path, label: str) -> None:
        self.source = source
        self.label = label
        extensions = griffe.load_extensions(AttrsExtension)
        try:
            package = griffe.load(PACKAGE, search_paths=[source], extensions=extensions, allow_inspection=False)
        except (griffe.GriffeError, ImportError, SyntaxError, ValueError, RecursionError) as error:
            raise InputError(f"{label}{PACKAGE} cannot be read: {error}") from None
        self.modules = package.modules_collection

    def face(self, path: str) -> griffe.Module | None:
        """A module that holds nothing but what a public module exports; `None` if the tree lacks that module."""
        try:
            module = self.modules[path]
        except KeyError:
            return None
        exported = module.exports
        if exported is None:
            exported = [key for key, each in module.members.items() if each.is_public and not each.is_module]
        face = griffe.Module(path, filepath=module.filepath)
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
    """The breaking changes of public modules, and their new exports."""
    seen = set()
    for path in FACES:
        before, after = old.face(path), new.face(path)
        if before and not after:
            yield Change(Weight.BREAKING, path, "is gone", path, old.locate(before))
        elif after and not before:
            yield Change(Weight.ADDITIVE, path, "is new", path, new.locate(after))
        elif before and after:
            for change in _compare_faces(before, after, old, new):
                key = change.location, change.leaf, change.text
                if key not in seen:  # else another module exports the same
                    seen.add(key)
                    yield change


def _compare_faces(before: griffe.Module, after: griffe.Module, old: Tree, new: Tree) -> Iterator[Change]:
    for breakage in griffe.find_breaking_changes(before, after):
        thing = breakage.obj
        if thing.canonical_path.startswith(_GENERATED) or thing.name in _NOT_CALLED or _is_computed(breakage):
            continue
        module = (thing.parent or thing).module  # of an inherited member the module of the heir
        inside = thing.path.removeprefix(f"{module.path}.").removesuffix(".__init__")
        name, owner = _name(after, inside), _name(after, inside.rpartition(".")[0] or inside)
        if breakage.kind.name.startswith("PARAMETER"):
            name = f"{name}({(breakage.new_value or breakage.old_value).name}=...)"
        tree = old if breakage.kind is BreakageKind.OBJECT_REMOVED else new
        yield Change(Weight.BREAKING, name, _TEXTS[breakage.kind], owner, tree.locate(thing))
    for key, member in after.members.items():
        if key not in before.members:
            yield Change(Weight.ADDITIVE, _name(after, key), "is new", _name(after, key), new.locate(member))


def _is_computed(breakage: griffe.Breakage) -> bool:
    """Whether a default differs in how it is computed, which says nothing about its value."""
    pair = (breakage.old_value, breakage.new_value)
    is_default = breakage.kind is BreakageKind.PARAMETER_CHANGED_DEFAULT
    return is_default and any(isinstance(each.default, griffe.ExprCall) for each in pair)


def _name(face: griffe.Module, inside: str) -> str:
    """The name of something in a face as users write it: `webhooks.Deleted`."""
    return f"{face.name.removeprefix(PACKAGE)}.{inside}".removeprefix(".")
