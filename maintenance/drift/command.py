"""`python -m maintenance drift`: a report of what a `DriftRecorder` has noted, and a patch of the spec."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from generator.spec.schema import Bundle
from moco_async.drift.file import Record, read

from ..errors import InputError
from .findings import findings
from .patch import Patch
from .report import as_json, as_text
from .spec_index import Spec

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="what a DriftRecorder has written")
    parser.add_argument("--json", action="store_true", help="report for machines")
    patched = parser.add_mutually_exclusive_group()
    patched.add_argument("--patch", action="store_true", help="print a patch of the spec, as git apply takes it")
    patched.add_argument("--apply", action="store_true", help="change the files of the spec")


def run(bundled: Bundle, root: Path, given: argparse.Namespace) -> int:
    """Report what differs, and change the spec if that is asked for.

    Returns:
        0 if nothing differs, 1 if something does. With `--patch` alone the patch is all that is printed, and the report
        goes to the standard error.

    Raises:
        InputError: a file is no drift record.
    """
    record, bad = _read(given.files)
    spec = Spec(bundled, root)
    found, settled = findings(record, spec)
    patch = Patch(spec, record)
    for finding in found:
        patch.take(finding)
    changed = patch.sections()
    diff = patch.diff(changed) if given.patch else None
    if given.apply:
        for section in changed:
            section.path.write_text(section.after, encoding="utf-8")
    if given.json:
        print(as_json(found, settled, bad, diff))
    else:
        print(as_text(found, settled, bad), file=sys.stderr if given.patch else sys.stdout)
        print(diff or "", end="")
    return int(bool(found))


def _read(files: Iterable[Path]) -> tuple[Record, list[str]]:
    """All files together, and their lines that cannot be read.

    Raises:
        InputError: of a file nothing can be read.
    """
    whole, bad = Record(), []
    for file in files:
        try:
            record, wrong = read(file)
        except OSError as error:
            raise InputError(str(error)) from None
        if wrong and not record.records:
            raise InputError(f"{file} is no drift record")
        whole.add(record)
        bad += [f"{file}:{line}: {reason}" for line, reason in wrong.items()]
    return whole, bad
