"""The report of the audit: as text, as an issue in Markdown, as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from .changes import ADDED, CHANGED, REMOVED, Change
from .compare import EXTRA, GONE, KINDS, MISSING, TYPE, Comparison, Count, Difference
from .exceptions import KnownDifference, SortedDifferences
from .facts import Position

SOURCES = {"docs": "docs", "openapi": "OpenAPI document"}
TITLES = {
    MISSING: "MOCO has it, the spec does not",
    TYPE: "the spec has it with another type",
    EXTRA: "the spec has it, MOCO does not publish it",
    GONE: "MOCO no longer publishes it",
}
LONGEST = 60_000
"""The longest issue in characters; GitHub accepts 65,536."""

_RENAMED = "renamed"
_SIGNS = {ADDED: "+", REMOVED: "−", CHANGED: "~", _RENAMED: "~"}

Locate = Callable[[str, Position | None], str]
"""Formats a position in a source as file and line."""


@dataclass
class _Row:
    """The same difference or change in one or several operations."""

    page: str
    kind: str
    what: str
    name: str
    detail: str
    location: str
    done: bool = False
    values: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)

    def add(self, value: str, operation: str) -> None:
        """Add a value and an operation, each once."""
        for known, name in ((self.values, value), (self.operations, operation)):
            if name and name not in known:
                known.append(name)

    def subject(self, mark: str = "") -> str:
        """The attribute, or values of one."""
        if not self.values:
            return f"{self.what} {mark}{self.name}{mark}"
        listed = ", ".join(f"{mark}{value}{mark}" for value in self.values)
        return f"value{'s' * (len(self.values) > 1)} of {mark}{self.name}{mark}: {listed}"

    def listed_operations(self) -> str:
        """The first operations, and the number of the others."""
        shown = ", ".join(self.operations[:3])
        return f"{shown} and {len(self.operations) - 3} more" if len(self.operations) > 3 else shown

    def state(self) -> str:
        """Whether the spec has a change already."""
        if self.done:
            return "as in the spec"
        return "still in the spec" if self.kind == REMOVED else "not in the spec"


def as_text(result: SortedDifferences, comparison: Comparison, locate: Locate, *, known: bool = False) -> str:
    """The report as text: grouped by page, with one line for the same difference in several operations."""
    blocks = []
    for reason, differences in result.explained.items() if known else ():
        blocks.append("\n".join([reason, *(f"  {difference}" for difference in differences)]))
    for page, rows in _by_page(_merge_differences(result.new, locate)):
        lines = [page]
        for kind, of_kind in groupby(rows, key=lambda row: row.kind):
            lines.append(f"  {TITLES[kind]}")
            for row in of_kind:
                lines += _wrap(f"    {row.subject()}{row.detail and f' ({row.detail})'}")
                lines += [f"      {line}" for line in (row.listed_operations(), row.location) if line]
        blocks.append("\n".join(lines))
    blocks.append(_table(comparison.counts))
    explained = sum(map(len, result.explained.values()))
    blocks.append(f"{len(result.new)} new differences; {explained} known ones, for {len(result.explained)} reasons")
    blocks += [_describe_stale(each) for each in result.stale]
    return "\n\n".join(blocks)


def as_markdown(result: SortedDifferences, locate: Locate, revisions: dict[str, str]) -> str:
    """The body of an issue: the decisions to take, page by page."""
    read = ", ".join(f"{SOURCES.get(name, name)} {revision}".strip() for name, revision in revisions.items())
    lines = [f"What MOCO publishes and the spec differ ({read}).", ""]
    for page, rows in _by_page(_merge_differences(result.new, locate)):
        lines += [f"### `{page}`", ""]
        for kind, of_kind in groupby(rows, key=lambda row: row.kind):
            lines += [f"**{TITLES[kind][0].upper()}{TITLES[kind][1:]}**", ""]
            for row in of_kind:
                detail = f" ({row.detail})" if row.detail else ""
                lines.append(f"- [ ] {row.subject('`')}{detail} – {row.listed_operations()}<br>{row.location}")
            lines.append("")
    lines += [f"- [ ] {_describe_stale(each)}" for each in result.stale]
    text = "\n".join(lines).replace("\n\n\n", "\n\n")
    if len(text) > LONGEST:
        text = text[:LONGEST].rpartition("\n")[0] + "\n\nThere is more: run `python -m maintenance audit`."
    return (
        f"{text}\n\nFor each: correct the section and run `make generate`, or give the reason in "
        "`openapi/differences.yaml`. Then record what MOCO publishes now with "
        "`python -m maintenance audit --docs ... --openapi ... --record`."
    )


def as_json(result: SortedDifferences, comparison: Comparison, locate: Locate, revisions: dict[str, str]) -> str:
    """The report as JSON."""

    def plain(difference: Difference) -> dict[str, Any]:
        theirs, ours = locate(difference.source, difference.theirs), locate("spec", difference.ours)
        return difference._asdict() | {"key": str(difference), "theirs": theirs, "ours": ours}

    report = {
        "revisions": revisions,
        "new": list(map(plain, result.new)),
        "known": [
            {"reason": reason, "differences": list(map(str, found))} for reason, found in result.explained.items()
        ],
        "stale": list(map(asdict, result.stale)),
        "counts": [
            {"source": source, "what": what, "found": count.found, "total": count.total}
            for (source, what), count in comparison.counts.items()
        ],
    }
    return json.dumps(report, ensure_ascii=False, indent=1)


def changes_as_text(found: Sequence[Change], locate: Locate) -> str:
    """The changes of the docs by page, as text."""
    blocks = []
    for page, rows in _by_page(_merge_changes(found, locate)):
        lines = [page]
        for row in rows:
            lines += _wrap(f"  {_SIGNS[row.kind]} {row.subject()}{row.detail and f' {row.detail}'}: {row.state()}")
            lines.append("      " + "  ".join(filter(None, (row.listed_operations(), row.location))))
        blocks.append("\n".join(lines))
    todo = sum(not each.done for each in found)
    many = f"{len(found)} change{'s' * (len(found) > 1)}"
    blocks.append(f"{many}, {todo or 'none'} of them still to be made in the spec" if found else "nothing changed")
    return "\n\n".join(blocks)


def changes_as_markdown(found: Sequence[Change], locate: Locate) -> str:
    """The changes as an issue, with a box to tick for everything the spec does not have yet."""
    lines = []
    for page, rows in _by_page(_merge_changes(found, locate)):
        lines += [f"### `{page}`", ""]
        for row in rows:
            detail = f" {row.detail}" if row.detail else ""
            operations = f" – {row.listed_operations()}" if row.operations else ""
            box = "x" if row.done else " "
            lines.append(f"- [{box}] {row.kind} {row.subject('`')}{detail}{operations} ({row.location})")
        lines.append("")
    return "\n".join(lines) or "Nothing changed."


def changes_as_json(found: Sequence[Change], locate: Locate) -> str:
    """The changes as JSON."""
    plain = [each._asdict() | {"position": locate("docs", each.position)} for each in found]
    return json.dumps(plain, ensure_ascii=False, indent=1)


def _by_page(rows: Iterable[_Row]) -> Iterator[tuple[str, list[_Row]]]:
    for page, of_page in groupby(rows, key=lambda row: row.page):
        yield page, list(of_page)


def _merge_differences(differences: Iterable[Difference], locate: Locate) -> list[_Row]:
    order = {kind: index for index, kind in enumerate(TITLES)}
    rows: dict[tuple[str, ...], _Row] = {}
    for each in sorted(differences, key=lambda each: (each.page, order[each.kind], KINDS.index(each.what))):
        operation, _, rest = each.fact.partition(": ")
        part, _, name = rest.partition(" ")
        name, _, value = (name or part or operation).partition("=")
        positions = locate(each.source, each.theirs), locate("spec", each.ours)
        row = _Row(each.page, each.kind, each.what, name, each.detail, " ↔ ".join(filter(None, positions)))
        key = (each.page, each.kind, each.source, each.what, part, name, each.detail)
        rows.setdefault(key, row).add(value, operation if operation != name else "")
    return list(rows.values())


def _merge_changes(found: Iterable[Change], locate: Locate) -> list[_Row]:
    """The rows of changes; of a new or removed operation only what is left to do is listed."""
    found = sorted(found, key=lambda each: each.page)
    whole = {each.operation for each in found if each.what == "operation"}
    rows: dict[tuple[object, ...], _Row] = {}
    for each in found:
        if each.what == "operation" or each.operation not in whole or not each.done:
            name, _, value = (each.name or each.operation).partition("=")
            key = (each.page, each.kind, each.what, name, each.detail, each.done)
            row = _Row(*key[:5], locate("docs", each.position), each.done)
            rows.setdefault(key, row).add(value, each.operation if each.name else "")
    return _join_renames(list(rows.values()))


def _join_renames(rows: list[_Row]) -> list[_Row]:
    """Turn one removed and one added name of the same record into a rename."""

    def position(row: _Row) -> tuple[object, ...]:
        return row.page, row.what, row.name.rpartition(".")[0], tuple(row.operations)

    positions = dict.fromkeys(position(row) for row in rows if row.kind == REMOVED)
    for pair in [[row for row in rows if position(row) == each] for each in positions]:
        if sorted(row.kind for row in pair) == [ADDED, REMOVED] and not any(row.values for row in pair):
            new, old = sorted(pair, key=lambda row: row.kind)
            new.kind, new.name, new.done = _RENAMED, f"{old.name} → {new.name}", new.done and old.done
            rows.remove(old)
    return rows


def _wrap(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _describe_stale(known: KnownDifference) -> str:
    return f"openapi/differences.yaml: {known.pattern!r} is not a difference (any more)"


def _table(counts: dict[tuple[str, str], Count]) -> str:
    names = [name for name in SOURCES if any(source == name for source, _ in counts)]
    lines = [f"{'the spec covers':20}" + "".join(f"{SOURCES[name]:>20}" for name in names)]
    for kind in KINDS:
        cells = ["{}/{}".format(*counts.get((name, kind), Count())) for name in names]
        lines.append(f"{kind:20}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)
