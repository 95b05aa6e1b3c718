"""What the audit found: for people in a terminal, as an issue in Markdown, as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, NamedTuple

from .changes import ADDED, CHANGED, REMOVED, Change
from .compare import EXTRA, GONE, KINDS, MISSING, TYPE, Comparison, Count, Difference
from .exceptions import Known, Sorted
from .facts import Where

SOURCES = {"docs": "docs", "openapi": "OpenAPI document"}
TITLES = {
    MISSING: "MOCO has it, the spec has not",
    TYPE: "the spec has it as something else",
    EXTRA: "the spec has it, MOCO does not publish it",
    GONE: "MOCO published it when we last looked, and does no more",
}

Locate = Callable[[str, Where | None], str]
"""File and line of a place in a source, as people write them."""


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


def as_text(sorted_out: Sorted, comparison: Comparison, locate: Locate, *, known: bool = False) -> str:
    """The report for people: grouped by page, one line for what is the same in several operations."""
    blocks = []
    for reason, differences in sorted_out.explained.items() if known else ():
        blocks.append("\n".join([reason, *(f"  {difference}" for difference in differences)]))
    for page, kinds in _grouped(sorted_out.new, locate):
        lines = [page]
        for kind, rows in kinds:
            lines.append(f"  {TITLES[kind]}")
            for row in rows:
                lines += _wrapped(f"    {_named(row.what, row.name, row.values)}{row.detail and f' ({row.detail})'}")
                lines += [f"      {line}" for line in (_told(row.operations), _where(row)) if line]
        blocks.append("\n".join(lines))
    blocks.append(_table(comparison.counts))
    explained = sum(map(len, sorted_out.explained.values()))
    blocks.append(
        f"{len(sorted_out.new)} new differences; {explained} known ones, for {len(sorted_out.explained)} reasons"
    )
    blocks += [_stale(each) for each in sorted_out.stale]
    return "\n\n".join(blocks)


def as_markdown(sorted_out: Sorted, locate: Locate, revisions: dict[str, str]) -> str:
    """The body of an issue: what has to be decided, page by page, and how."""
    told = ", ".join(f"{SOURCES.get(name, name)} {revision}".strip() for name, revision in revisions.items())
    lines = [f"MOCO publishes what the spec has not, or no longer what it has ({told}).", ""]
    for page, kinds in _grouped(sorted_out.new, locate):
        lines += [f"### `{page}`", ""]
        for kind, rows in kinds:
            lines += [f"**{TITLES[kind][0].upper()}{TITLES[kind][1:]}**", ""]
            for row in rows:
                detail = f" ({row.detail})" if row.detail else ""
                named = _named(row.what, row.name, row.values, "`")
                lines.append(f"- [ ] {named}{detail} – {_told(row.operations)}<br>{_where(row)}")
            lines.append("")
    lines += [f"- [ ] {_stale(each)}" for each in sorted_out.stale]
    return _short("\n".join(lines).replace("\n\n\n", "\n\n")) + (
        "\n\nFor each: mend the section and run `make generate`, or say in `openapi/differences.yaml` why not. Then "
        "record what MOCO publishes now with `python -m maintenance audit --docs ... --openapi ... --record`."
    )


LONGEST = 60_000
"""Characters of an issue; GitHub takes 65,536."""


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition("\n")[0] + "\n\nAnd more, which `python -m maintenance audit` tells."


def as_json(sorted_out: Sorted, comparison: Comparison, locate: Locate, revisions: dict[str, str]) -> str:
    """The report for programs."""

    def plain(difference: Difference) -> dict[str, Any]:
        told = difference._asdict() | {"key": str(difference)}
        return told | {"theirs": locate(difference.source, difference.theirs), "ours": locate("spec", difference.ours)}

    counts = [
        {"source": source, "what": what, "found": count.found, "total": count.total}
        for (source, what), count in comparison.counts.items()
    ]
    known = [
        {"reason": reason, "differences": list(map(str, differences))}
        for reason, differences in sorted_out.explained.items()
    ]
    stale = [asdict(known) for known in sorted_out.stale]
    report = {
        "revisions": revisions,
        "new": list(map(plain, sorted_out.new)),
        "known": known,
        "stale": stale,
        "counts": counts,
    }
    return json.dumps(report, ensure_ascii=False, indent=1)


def _grouped(differences: Iterable[Difference], locate: Locate) -> list[tuple[str, list[tuple[str, list[_Line]]]]]:
    """Differences by page and kind, those that are the same in several operations as one."""
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
            places = locate(each.source, each.theirs), locate("spec", each.ours)
            merged[key] = _Line(each.kind, each.what, name, each.detail, [], [], *places)
        _note(merged[key].values, value)
        _note(merged[key].operations, operation if operation != name else "")
    return list(merged.values())


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _note(noted: list[str], name: str) -> None:
    if name and name not in noted:
        noted.append(name)


def _named(what: str, name: str, values: Sequence[str], mark: str = "") -> str:
    """What a line is about: an attribute, or values of one."""
    if not values:
        return f"{what} {mark}{name}{mark}"
    told = ", ".join(f"{mark}{value}{mark}" for value in values)
    return f"value{'s' * (len(values) > 1)} of {mark}{name}{mark}: {told}"


def _told(operations: Sequence[str]) -> str:
    shown = ", ".join(operations[:3])
    return f"{shown} and {len(operations) - 3} more" if len(operations) > 3 else shown


def _where(line: _Line) -> str:
    return " ↔ ".join(filter(None, (line.theirs, line.ours)))


def _stale(known: Known) -> str:
    return f"openapi/differences.yaml: {known.pattern!r} is no difference (any more)"


def _table(counts: dict[tuple[str, str], Count]) -> str:
    names = [name for name in SOURCES if any(source == name for source, _ in counts)]
    lines = [f"{'the spec has of':20}" + "".join(f"{SOURCES[name]:>20}" for name in names)]
    for kind in KINDS:
        cells = ["{}/{}".format(*counts.get((name, kind), Count())) for name in names]
        lines.append(f"{kind:20}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)


# --- what changed since a revision


def changes_as_text(found: Sequence[Change], locate: Locate) -> str:
    """What a change of the docs brought, by page."""
    blocks = []
    for page, of_page in groupby(sorted(found, key=lambda each: each.page), key=lambda each: each.page):
        lines = [page]
        for row in _merged(list(of_page)):
            lines += _wrapped(f"  {row.sign} {row.named()}{row.detail and f' {row.detail}'}: {row.state}")
            lines.append("      " + "  ".join(filter(None, (_told(row.operations), locate("docs", row.place)))))
        blocks.append("\n".join(lines))
    todo = sum(not each.done for each in found)
    many = f"{len(found)} change{'s' * (len(found) > 1)}"
    blocks.append(f"{many}, {todo or 'none'} of them still to be made in the spec" if found else "nothing changed")
    return "\n\n".join(blocks)


def changes_as_markdown(found: Sequence[Change], locate: Locate) -> str:
    """The same as an issue: a box to tick for everything that is not in the spec yet."""
    lines = []
    for page, of_page in groupby(sorted(found, key=lambda each: each.page), key=lambda each: each.page):
        lines += [f"### `{page}`", ""]
        for row in _merged(list(of_page)):
            box = "x" if row.done else " "
            detail = f" {row.detail}" if row.detail else ""
            where = f" – {_told(row.operations)}" if row.operations else ""
            lines.append(f"- [{box}] {row.kind} {row.named('`')}{detail}{where} ({locate('docs', row.place)})")
        lines.append("")
    return "\n".join(lines) or "Nothing changed."


def changes_as_json(found: Sequence[Change], locate: Locate) -> str:
    """The same for programs."""
    return json.dumps(
        [each._asdict() | {"place": locate("docs", each.place)} for each in found], ensure_ascii=False, indent=1
    )


_SIGNS = {ADDED: "+", REMOVED: "−", CHANGED: "~", "renamed": "~"}


class _Row(NamedTuple):
    kind: str
    what: str
    name: str
    detail: str
    done: bool
    place: Where
    values: list[str]
    operations: list[str]

    @property
    def sign(self) -> str:
        return _SIGNS[self.kind]

    def named(self, mark: str = "") -> str:
        return _named(self.what, self.name, self.values, mark)

    @property
    def state(self) -> str:
        if self.done:
            return "as in the spec"
        return "still in the spec" if self.kind == "removed" else "not in the spec"


def _merged(found: Sequence[Change]) -> list[_Row]:
    """The same change of several operations as one; of a new or a gone operation only what is to be done for it."""
    whole = {each.operation for each in found if each.what == "operation"}
    rows: dict[tuple[object, ...], _Row] = {}
    for each in found:
        if each.what != "operation" and each.operation in whole and each.done:
            continue
        name, _, value = (each.name or each.operation).partition("=")
        key = (each.kind, each.what, name, each.detail, each.done)
        row = rows.setdefault(key, _Row(each.kind, each.what, name, each.detail, each.done, each.place, [], []))
        _note(row.values, value)
        _note(row.operations, each.operation if each.name else "")
    return _with_renames(list(rows.values()))


def _with_renames(rows: list[_Row]) -> list[_Row]:
    """One that went and one that came in the same place are one that has another name now."""

    def place(row: _Row) -> tuple[object, ...]:
        return row.what, row.name.rpartition(".")[0], tuple(row.operations)

    gone = {place(row): [each for each in rows if place(each) == place(row)] for row in rows if row.kind == REMOVED}
    for pair in gone.values():
        if sorted(row.kind for row in pair) == [ADDED, REMOVED] and not any(row.values for row in pair):
            new, old = sorted(pair, key=lambda row: row.kind)
            done = new.done and old.done
            rows[rows.index(new)] = new._replace(kind="renamed", name=f"{old.name} → {new.name}", done=done)
            rows.remove(old)
    return rows
