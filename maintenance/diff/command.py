"""`python -m maintenance diff`: the changes for users since a revision, and whether CHANGELOG.md names them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from generator.spec.bundle import bundle
from generator.spec.locations import Locator, Pointer

from ..errors import InputError
from ..limits import show
from . import python_changes, spec_changes, typing_tests
from .change import Change, Weight
from .changelog import draft, find_unnamed, parse_sections
from .report import as_text
from .revisions import checkout, find_last_release, has_tag
from .surface import Surface, read_surface

CHANGELOG = "CHANGELOG.md"
SPEC = "openapi/moco.yaml"
BUNDLED = "src/moco_async/sandbox/openapi.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("revision", metavar="REV", nargs="?", help="the revision to compare with; by default the last release")
    add("--to", metavar="REV", help="the revision to compare; by default the work tree")
    add("--changelog", action="store_true", help=f"draft the entry of {CHANGELOG}")
    add("--check", action="store_true", help=f"fail if {CHANGELOG} does not name a breaking change")


def run(root: Path, options: argparse.Namespace) -> int:
    """Print the changes in a checkout and return the exit status.

    Raises:
        InputError: a revision does not exist, or cannot be read.
    """
    with checkout(root, options.to) as tree:
        file = tree / CHANGELOG
        log = file.read_text("utf-8") if file.is_file() else ""
        old = options.revision or find_last_release(root)
        if old is None:
            return _without_release(log)
        with checkout(root, old) as old_tree:
            changes = _compare(old_tree, tree, old, options.to)
    if options.changelog:
        show(draft(changes))
    elif not options.check:
        show(as_text(changes, old, options.to or "the work tree"))
    return _check(root, changes, log, old) if options.check else 0


def _without_release(log: str) -> int:
    if earlier := [section.version for section in parse_sections(log)[1:] if section.version]:
        problem = f"{CHANGELOG} has a section on {earlier[0]}, but no tag of a release is here"
        show(f"{problem}: git fetch --tags, and --unshallow if the clone is shallow", file=sys.stderr)
        return 1
    show("There is no release yet to compare with.")
    return 0


def _compare(old_tree: Path, tree: Path, old: str, new: str | None) -> list[Change]:
    old_surface, surface = _read_surface(old_tree, old), _read_surface(tree, new or "the work tree")
    old_code = python_changes.Tree(old_tree / "src", f"{old}:src/")
    code = python_changes.Tree(tree / "src", f"{new}:src/" if new else "src/")
    locator = None if new else Locator(bundle(tree / SPEC), (tree / SPEC).parent)

    def locate(pointer: Pointer) -> str:
        return str(locator.find(*pointer)) if locator else ""

    found = [
        *spec_changes.compare(old_surface, surface, locate),
        *python_changes.compare(old_code, code),
        *typing_tests.check(old_tree / typing_tests.TESTS, tree / "src", old),
    ]
    return sorted(found, key=lambda change: (list(Weight).index(change.weight), change.owner, change.name, change.text))


def _read_surface(tree: Path, label: str) -> Surface:
    try:
        return read_surface(json.loads((tree / BUNDLED).read_text("utf-8")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{label} has no bundled spec: {type(error).__name__}: {error}") from None


def _check(root: Path, changes: list[Change], log: str, old: str) -> int:
    breaking = [change for change in changes if change.weight is Weight.BREAKING]
    if not breaking:
        show(f"Nothing breaks since {old}.")
        return 0
    problem, missing = _find_missing(root, breaking, log)
    if not missing:
        show(f"{len(breaking)} breaking since {old}, each named in {CHANGELOG}.")
        return 0
    lines = [f"  `{change.name}` {change.text.replace('`', '')}  {change.location}".rstrip() for change in missing]
    show("\n".join([problem, *lines]), file=sys.stderr)
    show(f"Draft the entry: python -m maintenance diff {old} --changelog", file=sys.stderr)
    return 1


def _find_missing(root: Path, breaking: list[Change], log: str) -> tuple[str, list[Change]]:
    """The problem of the newest section, and the changes it should name."""
    section = next(iter(parse_sections(log)), None)
    begin = "begin a section at its top, as `## 1.2.0 (unreleased)`. Breaking:"
    if section is None or not section.is_open:
        return f"{CHANGELOG} has no section on what is not released yet; {begin}", breaking
    if section.version and has_tag(root, f"v{section.version}"):
        return f"{CHANGELOG}, {section.title}: v{section.version} is released; {begin}", breaking
    if section.breaking is None:
        return f"{CHANGELOG}, {section.title}: the heading `### Breaking` is missing. It has to name:", breaking
    return f"{CHANGELOG}, {section.title}: `### Breaking` does not name:", find_unnamed(breaking, section.breaking)
