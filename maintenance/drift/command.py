"""`python -m maintenance drift`: a report on the records of a `DriftRecorder`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from generator.spec.schema import Bundle
from moco_async.drift.storage import Record, read

from ..errors import InputError
from ..limits import show
from .findings import Finding, find_absences, find_differences
from .report import as_json, as_text
from .spec_index import SpecIndex
from .suggest import Suggestions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file that a DriftRecorder has written")
    parser.add_argument("--json", action="store_true", help="report for machines")


def run(bundle: Bundle, root: Path, options: argparse.Namespace) -> int:
    """Print the report; the exit status is 0 if nothing differs, 1 if something does.

    Args:
        bundle: The bundled spec.
        root: The folder of `moco.yaml`.
        options: The command line.

    Raises:
        InputError: a file is not a drift record.
    """
    record, unreadable = read_records(options.files)
    findings, settled = compare(record, bundle, root)
    show((as_json if options.json else as_text)(findings, find_absences(record), settled, unreadable))
    return int(bool(findings))


def compare(record: Record, bundle: Bundle, root: Path) -> tuple[list[Finding], int]:
    """The differences that are left, with the changes that they suggest, and the number of those that are settled."""
    spec = SpecIndex(bundle, root)
    findings, settled = find_differences(record, spec)
    suggestions = Suggestions(spec, record)
    for finding in findings:
        suggestions.take(finding)
    suggestions.write_snippets()
    return findings, settled


def read_records(files: Iterable[Path]) -> tuple[Record, list[str]]:
    """The sum of all files, and their unreadable lines.

    Raises:
        InputError: nothing of a file can be read.
    """
    whole, unreadable = Record(), []
    for file in files:
        try:
            record, wrong = read(file)
        except OSError as error:
            raise InputError(str(error)) from None
        if wrong and not record.records:
            raise InputError(f"{file} is not a drift record")
        whole.add(record)
        unreadable += [f"{file}:{line}: {reason}" for line, reason in wrong.items()]
    return whole, unreadable
