"""The history of MOCO's docs, commit by commit: does the audit see what a reader sees?

`docs/history.yaml` lists what each commit changed, as its difference reads; it is the yardstick. A line of it is
a hit if the audit's report of that commit has it, else a miss.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ruamel.yaml import YAML

from .changes import ADDED, REMOVED, Change, changes
from .facts import Source, twin
from .sources import AuditError, Commit, Repository

_LINE = re.compile(r"(?P<sign>[+~-]) (?P<kind>\w+) (?P<place>[^:]+?)(?:: (?:(?:query|body|answer) )?(?P<name>\S+).*)?")
_SIGNS = {"+": {ADDED}, "-": {REMOVED}}
_WHAT = {"query": "query parameter", "body": "body attribute", "answer": "answer attribute", "value": "value"}


@dataclass
class Step:
    """One commit: what the audit reports, and what a reader says of it."""

    commit: Commit
    reported: list[Change]
    summary: str = ""
    seen: list[str] = field(default_factory=list)
    explained: dict[str, str] = field(default_factory=dict)
    """Lines the audit does not find, and why."""
    more: str = ""
    """Why it reports more than the reader saw."""

    def misses(self) -> list[str]:
        """What a reader saw and the audit does not report."""
        return [line for line in self.seen if not any(is_hit(line, change) for change in self.reported)]

    def beyond(self) -> list[Change]:
        """What the audit reports and no reader saw, neither there nor elsewhere on the page."""
        new = {change.operation for change in self.reported if change.what == "operation"}
        names = {(match["name"] or "").partition("=")[0] for line in self.seen if (match := _LINE.fullmatch(line))}
        return [
            change
            for change in self.reported
            if change.kind in {ADDED, REMOVED} and change.operation not in new
            if change.name.partition("=")[0] not in names
        ]


def span_of(text: str) -> tuple[str, str]:
    """The days of `2025-01..2026-05`: the first, and the one after the last.

    Raises:
        AuditError: it is no span.
    """
    match = re.fullmatch(r"(\d{4}-\d\d)(-\d\d)?\.\.(\d{4}-\d\d)(-\d\d)?", text)
    try:
        assert match is not None
        begin = date.fromisoformat(match[1] + (match[2] or "-01"))
        year, month = map(int, match[3].split("-"))
        end = date.fromisoformat(match[3] + (match[4] or f"-{monthrange(year, month)[1]}"))
    except (AssertionError, ValueError):
        raise AuditError(f"a span is written like 2025-01..2026-05, not {text!r}") from None
    return begin.isoformat(), (end + timedelta(1)).isoformat()


def walk(repository: Repository, span: str, expected: Path | None, spec: Source) -> Iterator[Step]:
    """Every commit of a span, compared with the one before it.

    Raises:
        AuditError: a revision cannot be read.
    """
    told = {entry["commit"]: entry for entry in YAML(typ="safe").load(expected)} if expected else {}
    old = None
    for commit in repository.commits(*span_of(span)):
        old = old or repository.before(commit)
        new = repository.docs(commit.name, may_be_empty=True)
        entry = told.get(commit.name, {})
        reported = changes(old, new, spec)
        told_of = (
            entry.get(key, empty) for key, empty in (("summary", ""), ("changes", []), ("misses", {}), ("more", ""))
        )
        yield Step(commit, reported, *told_of)
        old = new  # commits in between touched no page


def is_hit(line: str, change: Change) -> bool:
    """Whether a change is what a line of the yardstick says."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise AuditError(f"docs/history.yaml: {line!r} is no change")
    if change.kind not in _SIGNS.get(match["sign"], {change.kind}):
        return False
    kind, place, name = match["kind"], match["place"], match["name"]
    if kind == "operation":
        return change.what == "operation" and change.operation in {place, twin(place)}
    here = change.page == place if place.endswith(".md") else change.operation in {place, twin(place)}
    if not here or change.name != name:
        return False
    if kind == "body" and change.part == "answer":  # a body whose rows are described with the record
        return "[]." in name
    return match["sign"] == "~" or change.what == _WHAT.get(kind, kind)


SHOWN = 6
"""As many changes of a commit stand in the table."""


def table(steps: Iterable[Step]) -> str:
    """The walk as a table in Markdown: commit, what changed, hit or miss."""
    lines = ["| commit | day | what changed, as it reads | hits | misses, and what more is reported |"]
    lines += ["|---|---|---|---|---|"]
    for step in steps:
        missed = step.misses()
        told = [f"miss `{line}`: {step.explained.get(line, 'not explained')}" for line in missed]
        if beyond := len({(change.what, change.name) for change in step.beyond()}):
            told.append(f"{beyond} more: {step.more or 'not explained'}")
        seen = [f"`{line}`" for line in step.seen[:SHOWN]]
        if len(step.seen) > SHOWN:
            seen.append(f"and {len(step.seen) - SHOWN} more")
        hits = f"{len(step.seen) - len(missed)} of {len(step.seen)}" if step.seen else "–"
        cells = [f"`{step.commit.name}`", step.commit.day, "<br>".join([step.summary, *seen]), hits, "<br>".join(told)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def total(steps: Sequence[Step]) -> str:
    """The walk in one sentence."""
    seen = sum(len(step.seen) for step in steps)
    missed = sum(len(step.misses()) for step in steps)
    return f"{len(steps)} commits, {seen} changes: {seen - missed} found, {missed} missed"
