"""MOCO's docs as facts: pages of Markdown in the dialect they are written in, with all its irregularities.

A page has a section `Attributes` with an example of the record as JSON, and a section an operation, whose heading is
method and path: a call of curl, a list of parameters or of the body's attributes, and perhaps the answer as JSON.
Where an operation shows no answer of its own, it answers with the page's record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from generator.spec.locations import Location

from ..facts import Fact, Source, add, anonymous, complete
from .operations import Draft, Page
from .phrases import quoted

_ELSEWHERE = re.compile(r"\((?P<names>`\w+`(?:, `\w+`)*)\) can be (?:retrieved|updated|set)(?P<where>.*)")


def read_docs(pages: Mapping[str, str]) -> Source:
    """All pages of the docs, by the names of their files."""
    source = Source("docs")
    drafts = [draft for file, text in sorted(pages.items()) for draft in Page(file, text).operations()]
    for draft in sorted(drafts, key=lambda draft: draft.in_passing):
        known = source.operations.setdefault(draft.operation.key, draft.operation)
        if known is not draft.operation:  # it stands on two pages
            known.take(draft.operation)
    for file, text in sorted(pages.items()):
        _take_from_elsewhere(source, file, text)
    for draft in drafts:
        _take_over(source, draft)
    return source


def _take_from_elsewhere(source: Source, file: str, text: str) -> None:
    """Attributes that a page names for operations of another one."""
    for number, line in enumerate(text.split("\n"), 1):
        if match := _ELSEWHERE.search(line):
            for method, path in re.findall(r"\[(\w+) (/[^\]]*)\]", match["where"]):
                if operation := source.operations.get(f"{method} {anonymous(path)}"):
                    part = operation.parts["answer" if method == "GET" else "body"]
                    add(part, (Fact(name, place=Location(file, number)) for name in quoted(match["names"])))


def _take_over(source: Source, draft: Draft) -> None:
    """What the docs leave to another operation: an update takes what the creation takes, many take what one takes."""
    own = draft.operation.parts["body"]
    if model := source.operations.get(draft.like or ""):
        rows = [name.partition(".")[0] for name in own if "[]." in name] if "bulk" in draft.operation.path else []
        prefix = f"{rows[0]}." if rows else ""
        for name, fact in model.parts["body"].items():
            first = re.split(r"\W", name)[0]
            if first not in draft.but and f"{first}s" not in own:
                add(own, [replace(fact, name=prefix + name, required=False)])
    complete(own)
