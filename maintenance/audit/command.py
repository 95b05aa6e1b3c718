"""`python -m maintenance audit`: what MOCO publishes, against our spec."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from generator.spec.locations import LineIndex, Location, Locator
from generator.spec.schema import Bundle

from . import report
from .changes import changes, gone
from .compare import compare
from .exceptions import is_meant, read_known, sort_out
from .facts import Source, Where
from .inventory import read_inventory, write_inventory
from .sources import AuditError, docs_in, openapi_of, openapi_text, repository, spec_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add = parser.add_argument
    add("--docs", metavar="PATH_OR_GIT", help="MOCO's docs: a folder, a git repository, or the address of one")
    add("--openapi", metavar="FILE_OR_URL", help="MOCO's OpenAPI document")
    add(
        "--since", metavar="REV[..REV]", help="only what the docs changed since a revision, and whether the spec has it"
    )
    add("--known", action="store_true", help="tell what differs on purpose, too, with the reasons")
    add("--record", action="store_true", help="write what was read into openapi/inventory.json")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="for machines")
    shown.add_argument("--markdown", action="store_true", help="as the body of an issue")


def run(spec: Bundle, folder: Path, given: argparse.Namespace) -> int:
    """Do what the command line says; 0 where there is nothing to do, 1 where there is.

    Args:
        spec: The bundled spec.
        folder: The folder of `moco.yaml`, with `inventory.json` and `differences.yaml`.
        given: What the command line says.

    Raises:
        AuditError: a source cannot be read.
    """
    _refuse_what_would_be_ignored(given)
    audit = _Audit(spec, folder, given)
    return audit.since() if given.since else audit.compare()


def _refuse_what_would_be_ignored(given: argparse.Namespace) -> None:
    for other in ("openapi", "known", "record"):
        if given.since and getattr(given, other):
            raise AuditError(f"--since and --{other} do not go together")
    if given.known and (given.json or given.markdown):
        raise AuditError("--known is for the text alone; --json tells the known differences anyway")


class _Audit:
    def __init__(self, spec: Bundle, folder: Path, given: argparse.Namespace) -> None:
        self.folder = folder
        self.given = given
        self.ours = spec_of(spec)
        self.places = Locator(spec, folder)
        self.known = read_known(folder / "differences.yaml")
        self.openapi = ""
        self._lines = cache(lambda: LineIndex(self.openapi))

    def compare(self) -> int:
        inventory = self.folder / "inventory.json"
        read = {source.name: source for source in self._given()}
        recorded = {source.name: source for source in read_inventory(inventory)} if inventory.exists() else {}
        if self.given.record:
            write_inventory(read.values(), inventory)
        sources = recorded | read
        comparison = compare(self.ours, sources.values())
        done = sort_out(comparison.differences, self.known)
        done.new += (lost for name in recorded for lost in gone(recorded[name], sources[name], self.ours))
        revisions = {name: source.revision for name, source in sources.items()}
        if self.given.json:
            print(report.as_json(done, comparison, self._locate, revisions))
        elif self.given.markdown:
            print(report.as_markdown(done, self._locate, revisions))
        else:
            print(report.as_text(done, comparison, self._locate, known=self.given.known))
        return int(bool(done.new or done.stale))

    def _given(self) -> Sequence[Source]:
        sources = []
        if self.given.docs:
            sources.append(docs_in(self.given.docs))
        if self.given.openapi:
            self.openapi = openapi_text(self.given.openapi)
            sources.append(openapi_of(self.openapi))
        if self.given.record and not sources:
            raise AuditError("--record needs --docs or --openapi: what is to be recorded?")
        return sources

    def since(self) -> int:
        if not self.given.docs:
            raise AuditError("--since needs --docs, a git repository")
        with repository(self.given.docs) as docs:
            old, _, new = self.given.since.partition("..")
            found = changes(docs.docs(old), docs.docs(new or "HEAD"), self.ours)
        found = [each._replace(done=each.done or is_meant(each.fact, self.known)) for each in found]
        if self.given.json:
            print(report.changes_as_json(found, self._locate))
        elif self.given.markdown:
            print(report.changes_as_markdown(found, self._locate))
        else:
            print(report.changes_as_text(found, self._locate))
        return int(any(not each.done for each in found))

    def _locate(self, source: str, where: Where | None) -> str:
        if where is None:
            return ""
        if isinstance(where, Location):
            return str(where)
        if source == "spec":
            return str(self.places.find(*where))
        return str(Location(Path(self.given.openapi).name, self._lines().find(where)))
