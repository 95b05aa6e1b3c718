"""`python -m maintenance audit`: our spec compared with what MOCO publishes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ruamel.yaml.error import YAMLError

from generator.spec.locations import LineIndex, Location, Locator
from generator.spec.schema import Bundle

from ..limits import show
from . import report
from .changes import find_changes, no_longer_published
from .compare import compare
from .exceptions import is_intended, read_exceptions, sort_differences
from .facts import Position, Source
from .inventory import read_inventory, write_inventory
from .sources import AuditError, facts_from_spec, fetch_openapi, load_docs, open_repository, parse_openapi, read_docs_at

LARGEST_INDEXED = 4_000_000
"""The characters of a document whose lines are looked up."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("--docs", metavar="PATH_OR_GIT", help="MOCO's docs: a folder, a git repository or its URL")
    add("--openapi", metavar="FILE_OR_URL", help="MOCO's OpenAPI document")
    add("--since", metavar="REV[..REV]", help="only the changes of the docs since a revision")
    add("--known", action="store_true", help="print the intended differences and their reasons, too")
    add("--record", action="store_true", help="record the sources in openapi/inventory.json")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="for machines")
    shown.add_argument("--markdown", action="store_true", help="as the body of an issue")


def run(spec: Bundle, folder: Path, options: argparse.Namespace) -> int:
    """Print the report; the exit status is 0 if there is nothing to do, 1 if there is.

    Args:
        spec: The bundled spec.
        folder: The folder of `moco.yaml`, with `inventory.json` and `differences.yaml`.
        options: The command line.

    Raises:
        AuditError: a source cannot be read.
    """
    _check_options(options)
    audit = _Audit(spec, folder, options)
    return audit.since() if options.since else audit.compare()


def _check_options(options: argparse.Namespace) -> None:
    for other in ("openapi", "known", "record"):
        if options.since and getattr(options, other):
            raise AuditError(f"--since and --{other} do not go together")
    if options.known and (options.json or options.markdown):
        raise AuditError("--known is for text only; --json has the known differences anyway")


class _Audit:
    def __init__(self, spec: Bundle, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.ours = facts_from_spec(spec)
        self.locator = Locator(spec, folder)
        self.known = read_exceptions(folder / "differences.yaml")
        self.openapi = ""
        self._lines = cache(lambda: _index(self.openapi))

    def compare(self) -> int:
        inventory = self.folder / "inventory.json"
        read = {source.name: source for source in self._read_sources()}
        recorded = {source.name: source for source in read_inventory(inventory)} if inventory.exists() else {}
        if self.options.record:
            write_inventory(read.values(), inventory)
        sources = recorded | read
        comparison = compare(self.ours, sources.values())
        result = sort_differences(comparison.differences, self.known)
        for name, before in recorded.items():
            result.new += no_longer_published(before, sources[name], self.ours)
        revisions = {name: source.revision for name, source in sources.items()}
        if self.options.json:
            show(report.as_json(result, comparison, self._locate, revisions))
        elif self.options.markdown:
            show(report.as_markdown(result, self._locate, revisions))
        else:
            show(report.as_text(result, comparison, self._locate, known=self.options.known))
        return int(bool(result.new or result.stale))

    def _read_sources(self) -> Sequence[Source]:
        sources = []
        if self.options.docs:
            sources.append(load_docs(self.options.docs))
        if self.options.openapi:
            self.openapi = fetch_openapi(self.options.openapi)
            sources.append(parse_openapi(self.openapi))
        if self.options.record and not sources:
            raise AuditError("--record needs --docs or --openapi")
        return sources

    def since(self) -> int:
        if not self.options.docs:
            raise AuditError("--since needs --docs, a git repository")
        old, _, new = self.options.since.partition("..")
        with open_repository(self.options.docs) as repository:
            before, after = (read_docs_at(repository, revision) for revision in (old, new or "HEAD"))
        found = find_changes(before, after, self.ours)
        found = [each._replace(done=each.done or is_intended(each.fact, self.known)) for each in found]
        if self.options.json:
            show(report.changes_as_json(found, self._locate))
        elif self.options.markdown:
            show(report.changes_as_markdown(found, self._locate))
        else:
            show(report.changes_as_text(found, self._locate))
        return int(any(not each.done for each in found))

    def _locate(self, source: str, where: Position | None) -> str:
        if where is None:
            return ""
        if isinstance(where, Location):
            return str(where)
        if source == "spec":
            return str(self.locator.find(*where))
        lines = self._lines()
        return str(Location(Path(self.options.openapi).name, lines.find(where) if lines else 0))


def _index(text: str) -> LineIndex | None:
    """The lines of a document, unless it is no YAML, as some JSON is not, or so large that it would take minutes."""
    try:
        return LineIndex(text) if len(text) <= LARGEST_INDEXED else None
    except (YAMLError, ValueError, RecursionError):
        return None
