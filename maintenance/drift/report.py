"""The report on drift, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from textwrap import wrap

from .findings import Finding

Absences = Mapping[str, tuple[int, int]]


def as_text(
    findings: Sequence[Finding], absences: Absences, settled: int, unreadable: Sequence[str], width: int = 118
) -> str:
    """The report, by the file of the spec."""
    lines = list(unreadable)
    for file, group in groupby(findings, key=lambda each: each.file):
        lines += ["", file or "Not in the spec"]
        for finding in group:
            lines += _lines(finding)
    suggested = sum(bool(finding.change) for finding in findings)
    if findings:
        lines += ["", f"{_number(len(findings), 'difference')} from the spec, {suggested} of them with a suggestion"]
    else:
        lines.append("nothing differs from the spec")
    if settled:
        lines.append(
            f"{_number(settled, 'difference')} of the record {'is' if settled == 1 else 'are'} in the spec by now"
        )
    if absences:
        names = ", ".join(f"{where} {seen}/{of}" for where, (seen, of) in absences.items())
        lines += ["", *wrap(f"Absent, as the spec allows: {names}", width, break_long_words=False)]
    return "\n".join(lines).strip("\n")


def _lines(finding: Finding) -> list[str]:
    where = f"{finding.location}: " if finding.location else ""
    about = "" if finding.where == "$" else f"{finding.where}: "
    lines = [f"  {where}{about}{finding.describe()}", f"      {_seen(finding)}"]
    if finding.change:
        lines.append(f"      suggested: {finding.change}{f'; {finding.remark}' if finding.remark else ''}")
        for snippet in finding.snippets:
            lines += [f"      {snippet.action} {snippet.location}:", *snippet.yaml.splitlines()]
    if finding.reason:
        lines.append(f"      no suggestion: {finding.reason}")
    return lines


def _seen(finding: Finding) -> str:
    often = f"in {finding.checked} of {finding.total} {'answers' if finding.where[0] == '$' else 'records'}"
    if finding.kind == "value" or not finding.checked or finding.where.endswith(("[]", ".*")):
        often = _number(max(finding.noticed, finding.checked), "time")
    elif finding.noticed > finding.checked:
        often += f" checked, noticed {_number(finding.noticed, 'time')} in all"
    days = finding.first if finding.first == finding.last else f"{finding.first} to {finding.last}"
    return f"{often}; {', '.join(sorted(finding.operations))}; {days}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def as_json(findings: Sequence[Finding], absences: Absences, settled: int, unreadable: Sequence[str]) -> str:
    """The same for machines."""
    return json.dumps(as_document(findings, absences, settled, unreadable), indent=2, ensure_ascii=False)


def as_document(
    findings: Sequence[Finding], absences: Absences, settled: int, unreadable: Sequence[str]
) -> dict[str, object]:
    """What the report for machines says."""
    return {
        "findings": [_as_json(finding) for finding in findings],
        "absent": {where: {"times": seen, "of": of} for where, (seen, of) in absences.items()},
        "settled": settled,
        "unreadable": list(unreadable),
    }


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "where": finding.where,
        "kind": finding.kind,
        "what": finding.describe(),
        "file": finding.file or None,
        "line": finding.location.line if finding.location else None,
        "operations": {name: {"times": times, "of": of} for name, (times, of) in sorted(finding.operations.items())},
        "noticed": finding.noticed,
        "statuses": sorted(finding.statuses),
        "shape": finding.shape,
        "first": finding.first,
        "last": finding.last,
        "change": finding.change or None,
        "snippets": [
            {"action": action, "file": location.file, "line": location.line, "yaml": yaml}
            for location, action, yaml in finding.snippets
        ],
        "reason": finding.reason or None,
        "remark": finding.remark or None,
    }
