"""The report of the audit: as text, as an issue in Markdown, as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, NamedTuple

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

Locate = Callable[[str, Position | None], str]
"""Formats a position in a source as file and line."""


class _Line(NamedTuple):
    """The same difference in one or several operations."""

    kind: str
    what: str
    name: str
    detail: str
    values: list[str]
    operations: list[str]
    theirs: str
    ours: str


def as_text(result: SortedDifferences, comparison: Comparison, locate: Locate, *, known: bool = False) -> str:
    """The report as text: grouped by page, with one line for the same difference in several operations."""
    blocks = []
    for reason, differences in result.explained.items() if known else ():
        blocks.append("\n".join([reason, *(f"  {difference}" for difference in differences)]))
    for page, kinds in _group_by_page(result.new, locate):
        lines = [page]
        for kind, rows in kinds:
            lines.append(f"  {TITLES[kind]}")
            for row in rows:
                lines += _wrap(
                    f"    {_describe_subject(row.what, row.name, row.values)}{row.detail and f' ({row.detail})'}"
                )
                lines += [f"      {line}" for line in (_list_operations(row.operations), _positions(row)) if line]
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
    for page, kinds in _group_by_page(result.new, locate):
        lines += [f"### `{page}`", ""]
        for kind, rows in kinds:
            lines += [f"**{TITLES[kind][0].upper()}{TITLES[kind][1:]}**", ""]
            for row in rows:
                detail = f" ({row.detail})" if row.detail else ""
                named = _describe_subject(row.what, row.name, row.values, "`")
                lines.append(f"- [ ] {named}{detail} – {_list_operations(row.operations)}<br>{_positions(row)}")
            lines.append("")
    lines += [f"- [ ] {_describe_stale(each)}" for each in result.stale]
    return _shorten("\n".join(lines).replace("\n\n\n", "\n\n")) + (
        "\n\nFor each: correct the section and run `make generate`, or give the reason in "
        "`openapi/differences.yaml`. Then record what MOCO publishes now with "
        "`python -m maintenance audit --docs ... --openapi ... --record`."
    )


LONGEST = 60_000
"""The longest issue in characters; GitHub accepts 65,536."""


def _shorten(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition("\n")[0] + "\n\nThere is more: run `python -m maintenance audit`."


def as_json(result: SortedDifferences, comparison: Comparison, locate: Locate, revisions: dict[str, str]) -> str:
    """The report as JSON."""

    def plain(difference: Difference) -> dict[str, Any]:
        theirs, ours = locate(difference.source, difference.theirs), locate("spec", difference.ours)
        return difference._asdict() | {"key": str(difference), "theirs": theirs, "ours": ours}

    counts = [
        {"source": source, "what": what, "found": count.found, "total": count.total}
        for (source, what), count in comparison.counts.items()
    ]
    known = [
        {"reason": reason, "differences": list(map(str, differences))}
        for reason, differences in result.explained.items()
    ]
    stale = [asdict(known) for known in result.stale]
    report = {
        "revisions": revisions,
        "new": list(map(plain, result.new)),
        "known": known,
        "stale": stale,
        "counts": counts,
    }
    return json.dumps(report, ensure_ascii=False, indent=1)


def _group_by_page(
    differences: Iterable[Difference], locate: Locate
) -> list[tuple[str, list[tuple[str, list[_Line]]]]]:
    """The differences by page and kind; the same difference in several operations is one line."""
    order = {kind: index for index, kind in enumerate(TITLES)}
    by_page = sorted(differences, key=lambda each: (each.page, order[each.kind], KINDS.index(each.what)))
    return [
        (
            page,
            [(kind, _lines(list(rows), locate)) for kind, rows in groupby(of_page, key=lambda each: each.kind)],
        )
        for page, of_page in groupby(by_page, key=lambda each: each.page)
    ]


def _lines(differences: Sequence[Difference], locate: Locate) -> list[_Line]:
    merged: dict[tuple[str, ...], _Line] = {}
    for each in differences:
        operation, _, rest = each.fact.partition(": ")
        part, _, name = rest.partition(" ")
        name, _, value = (name or part or operation).partition("=")
        key = (each.source, each.what, part, name, each.detail)
        if key not in merged:
            positions = locate(each.source, each.theirs), locate("spec", each.ours)
            merged[key] = _Line(each.kind, each.what, name, each.detail, [], [], *positions)
        _add_once(merged[key].values, value)
        _add_once(merged[key].operations, operation if operation != name else "")
    return list(merged.values())


def _wrap(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _add_once(noted: list[str], name: str) -> None:
    if name and name not in noted:
        noted.append(name)


def _describe_subject(what: str, name: str, values: Sequence[str], mark: str = "") -> str:
    """The subject of a line: an attribute, or values of one."""
    if not values:
        return f"{what} {mark}{name}{mark}"
    listed = ", ".join(f"{mark}{value}{mark}" for value in values)
    return f"value{'s' * (len(values) > 1)} of {mark}{name}{mark}: {listed}"


def _list_operations(operations: Sequence[str]) -> str:
    shown = ", ".join(operations[:3])
    return f"{shown} and {len(operations) - 3} more" if len(operations) > 3 else shown


def _positions(line: _Line) -> str:
    return " ↔ ".join(filter(None, (line.theirs, line.ours)))


def _describe_stale(known: KnownDifference) -> str:
    return f"openapi/differences.yaml: {known.pattern!r} is not a difference (any more)"


def _table(counts: dict[tuple[str, str], Count]) -> str:
    names = [name for name in SOURCES if any(source == name for source, _ in counts)]
    lines = [f"{'the spec covers':20}" + "".join(f"{SOURCES[name]:>20}" for name in names)]
    for kind in KINDS:
        cells = ["{}/{}".format(*counts.get((name, kind), Count())) for name in names]
        lines.append(f"{kind:20}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)


# --- the changes since a revision


def changes_as_text(found: Sequence[Change], locate: Locate) -> str:
    """The changes of the docs by page, as text."""
    blocks = []
    for page, of_page in groupby(sorted(found, key=lambda each: each.page), key=lambda each: each.page):
        lines = [page]
        for row in _merge_alike(list(of_page)):
            lines += _wrap(f"  {row.sign} {row.named()}{row.detail and f' {row.detail}'}: {row.state}")
            lines.append(
                "      " + "  ".join(filter(None, (_list_operations(row.operations), locate("docs", row.position))))
            )
        blocks.append("\n".join(lines))
    todo = sum(not each.done for each in found)
    many = f"{len(found)} change{'s' * (len(found) > 1)}"
    blocks.append(f"{many}, {todo or 'none'} of them still to be made in the spec" if found else "nothing changed")
    return "\n\n".join(blocks)


def changes_as_markdown(found: Sequence[Change], locate: Locate) -> str:
    """The changes as an issue, with a box to tick for everything the spec does not have yet."""
    lines = []
    for page, of_page in groupby(sorted(found, key=lambda each: each.page), key=lambda each: each.page):
        lines += [f"### `{page}`", ""]
        for row in _merge_alike(list(of_page)):
            box = "x" if row.done else " "
            detail = f" {row.detail}" if row.detail else ""
            where = f" – {_list_operations(row.operations)}" if row.operations else ""
            lines.append(f"- [{box}] {row.kind} {row.named('`')}{detail}{where} ({locate('docs', row.position)})")
        lines.append("")
    return "\n".join(lines) or "Nothing changed."


def changes_as_json(found: Sequence[Change], locate: Locate) -> str:
    """The changes as JSON."""
    return json.dumps(
        [each._asdict() | {"position": locate("docs", each.position)} for each in found], ensure_ascii=False, indent=1
    )


_SIGNS = {ADDED: "+", REMOVED: "−", CHANGED: "~", "renamed": "~"}


class _Row(NamedTuple):
    kind: str
    what: str
    name: str
    detail: str
    done: bool
    position: Position
    values: list[str]
    operations: list[str]

    @property
    def sign(self) -> str:
        return _SIGNS[self.kind]

    def named(self, mark: str = "") -> str:
        return _describe_subject(self.what, self.name, self.values, mark)

    @property
    def state(self) -> str:
        if self.done:
            return "as in the spec"
        return "still in the spec" if self.kind == "removed" else "not in the spec"


def _merge_alike(found: Sequence[Change]) -> list[_Row]:
    """The rows of a report: the same change in several operations is one, and of a new or removed operation
    only what is left to do is listed.
    """
    whole = {each.operation for each in found if each.what == "operation"}
    rows: dict[tuple[object, ...], _Row] = {}
    for each in found:
        if each.what != "operation" and each.operation in whole and each.done:
            continue
        name, _, value = (each.name or each.operation).partition("=")
        key = (each.kind, each.what, name, each.detail, each.done)
        row = rows.setdefault(key, _Row(each.kind, each.what, name, each.detail, each.done, each.position, [], []))
        _add_once(row.values, value)
        _add_once(row.operations, each.operation if each.name else "")
    return _join_renames(list(rows.values()))


def _join_renames(rows: list[_Row]) -> list[_Row]:
    """Turn one removed and one added name at the same position into a rename."""

    def position(row: _Row) -> tuple[object, ...]:
        return row.what, row.name.rpartition(".")[0], tuple(row.operations)

    positions = [position(row) for row in rows if row.kind == REMOVED]
    for pair in [[row for row in rows if position(row) == each] for each in dict.fromkeys(positions)]:
        if sorted(row.kind for row in pair) == [ADDED, REMOVED] and not any(row.values for row in pair):
            new, old = sorted(pair, key=lambda row: row.kind)
            done = new.done and old.done
            rows[rows.index(new)] = new._replace(kind="renamed", name=f"{old.name} → {new.name}", done=done)
            rows.remove(old)
    return rows
