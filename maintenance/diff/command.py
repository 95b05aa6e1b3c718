"""`python -m maintenance diff`: what has changed for users since a revision, and whether CHANGELOG.md says so."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .changelog import draft, sections, unnamed
from .changes import Change, Weight, compare
from .definitions import Surface
from .report import WORK_TREE, as_json, as_text
from .revisions import has_tag, last_release, read_file, unpack
from .surface import read_surface

__all__ = ["add_arguments", "run"]

SOURCE = "src"
PACKAGE = "moco_async"
CHANGELOG = "CHANGELOG.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("revision", metavar="REV", nargs="?", help="since when; by default since the last release")
    parser.add_argument("--to", metavar="REV2", help="until when; by default the work tree as it is")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="for machines")
    shown.add_argument("--changelog", action="store_true", help=f"draft the entry of {CHANGELOG}")
    parser.add_argument("--check", action="store_true", help=f"fail where {CHANGELOG} does not name a breaking change")


def run(root: Path, given: argparse.Namespace) -> int:
    """Print what has changed in a checkout, and return the exit status; with `--check` alone, what is not named.

    Raises:
        GitError: there is no such revision, or no repository.
        SurfaceError: a tree cannot be read.
    """
    log = _changelog(root, given.to)
    old = given.revision or last_release(root)
    if old is None:
        return _nothing_released(log)
    changes = compare(_surface(root, old), _surface(root, given.to))
    new = given.to or WORK_TREE
    if given.json:
        print(as_json(changes, old, new))
    elif given.changelog:
        print(draft(changes))
    elif not given.check:
        print(as_text(changes, old, new))
    return _check(root, changes, log, old) if given.check else 0


def _nothing_released(log: str) -> int:
    if earlier := [section.version for section in sections(log)[1:] if section.version]:
        print(
            f"{CHANGELOG} tells of {earlier[0]}, but there is no tag of a release here: git fetch --tags, and "
            "--unshallow if the clone is shallow",
            file=sys.stderr,
        )
        return 1
    print("Nothing has been released yet: there is no tag v* to compare with. Name a revision.")
    return 0


def _changelog(root: Path, revision: str | None) -> str:
    if revision is not None:
        return read_file(root, revision, CHANGELOG)
    file = root / CHANGELOG
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _surface(root: Path, revision: str | None) -> Surface:
    if revision is None:
        return read_surface(root / SOURCE, PACKAGE, SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        unpack(root, revision, f"{SOURCE}/{PACKAGE}", Path(folder))
        return read_surface(Path(folder) / SOURCE, PACKAGE, SOURCE)


def _check(root: Path, changes: list[Change], log: str, old: str) -> int:
    """Complain of every breaking change that the entry of the next version does not name."""
    breaking = [change for change in changes if change.weight is Weight.BREAKING]
    if not breaking:
        print(f"Nothing is breaking since {old}.")
        return 0
    problem, missing = _missing(root, breaking, log)
    if not missing:
        print(f"{len(breaking)} breaking since {old}, all of them named in {CHANGELOG}.")
        return 0
    print(problem, *(_line(change, old) for change in missing), sep="\n", file=sys.stderr)
    print(f"Draft the entry: python -m maintenance diff {old} --changelog", file=sys.stderr)
    return 1


def _missing(root: Path, breaking: list[Change], log: str) -> tuple[str, list[Change]]:
    """What is wrong with the entry, and the changes it should name."""
    section = next(iter(sections(log)), None)
    begin = "begin a section at its top, as `## 1.2.0 (unreleased)`. Breaking:"
    if section is None or not (section.version or section.says_unreleased):
        return f"{CHANGELOG} has no section for what is not released yet; {begin}", breaking
    if section.version and has_tag(root, f"v{section.version}"):
        return f"{CHANGELOG}, {section.title}: that is released, as v{section.version}; {begin}", breaking
    if section.breaking is None:
        return f"{CHANGELOG}, {section.title}: there is no heading `### Breaking`. It is to name:", breaking
    return f"{CHANGELOG}, {section.title}: `### Breaking` does not name:", unnamed(breaking, section.breaking)


def _line(change: Change, old: str) -> str:
    place = f"{old}:{change.place}" if change.is_old else str(change.place)
    return f"  {place}: `{change.name}` {change.text.replace('`', '')}"
