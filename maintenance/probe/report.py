"""The report of a probe: what could be read, and what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import fill

from moco_async.drift.storage import Record

from ..drift import report as drift
from ..drift.findings import Finding, find_absences
from .walk import Outcome

WIDTH = 79
KINDS = {
    "answered": "answered with records",
    "no rows": "answered with an empty list",
    "no record": "nothing to look at, no list has shown a record",
    "403": "refused (403), the key's user may not",
    "404": "not found (404)",
    "skipped": "skipped, {}",
    "failed": "failed, {}",
    "stopped": "not called, stopped before",
}
"""What to say of each kind of outcome, in this order."""


def as_text(outcomes: Sequence[Outcome], record: Record, findings: Sequence[Finding], settled: int) -> str:
    """The report for people."""
    drifted = drift.as_text(findings, find_absences(record), settled, (), WIDTH)
    return "\n".join([drifted, "", f"{len(outcomes)} operations that read:", *_summary(outcomes)])


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for kind, words in KINDS.items():
        of_kind = [each for each in outcomes if each.kind == kind]
        for detail in dict.fromkeys(each.detail for each in of_kind):
            names = [each.operation for each in of_kind if each.detail == detail]
            listed = "" if kind in ("answered", "stopped") else f": {', '.join(names)}"
            line = f"{len(names):5}  {words.format(detail)}{listed}"
            yield fill(line, WIDTH, subsequent_indent=" " * 7, break_long_words=False, break_on_hyphens=False)


def as_json(outcomes: Sequence[Outcome], record: Record, findings: Sequence[Finding], settled: int) -> str:
    """The report for machines: that of `drift`, and the outcomes."""
    drifted = drift.as_document(findings, find_absences(record), settled, ())
    return json.dumps({**drifted, "outcomes": [vars(each) for each in outcomes]}, indent=2, ensure_ascii=False)
