"""The reader of the docs: all pages together as one source.

A page has a section `Attributes` with an example of the record as JSON, and a section for each operation, headed by
method and path: a call of curl, a list of parameters or of the body's attributes, and perhaps the answer as JSON.
An operation without an answer of its own returns the record of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from generator.spec.locations import Location

from ..facts import Fact, Source, add_parents, anonymize_path, merge_facts
from .operations import Draft, Page
from .phrases import quoted_names

_ELSEWHERE = re.compile(r"\((?P<names>`\w+`(?:, `\w+`)*)\) can be (?:retrieved|updated|set)(?P<where>.*)")


def read_docs(pages: Mapping[str, str]) -> Source:
    """The facts in the pages of the docs, given by file name."""
    source = Source("docs")
    drafts = [draft for file, text in sorted(pages.items()) for draft in Page(file, text).operations()]
    for draft in sorted(drafts, key=lambda draft: draft.is_only_called):
        known = source.operations.setdefault(draft.operation.key, draft.operation)
        if known is not draft.operation:  # two pages describe it
            known.merge(draft.operation)
    for file, text in sorted(pages.items()):
        _merge_from_other_pages(source, file, text)
    for draft in drafts:
        _copy_body(source, draft)
    return source


def _merge_from_other_pages(source: Source, file: str, text: str) -> None:
    """Add the attributes that a page names for operations of another page."""
    for number, line in enumerate(text.split("\n"), 1):
        if match := _ELSEWHERE.search(line):
            for method, path in re.findall(r"\[(\w+) (/[^\]]*)\]", match["where"]):
                if operation := source.operations.get(f"{method} {anonymize_path(path)}"):
                    part = operation.parts["answer" if method == "GET" else "body"]
                    merge_facts(
                        part, (Fact(name, position=Location(file, number)) for name in quoted_names(match["names"]))
                    )


def _copy_body(source: Source, draft: Draft) -> None:
    """Copy the body the docs refer to: an update takes what a creation takes, a bulk call what a single one does."""
    own = draft.operation.parts["body"]
    if model := source.operations.get(draft.same_body_as or ""):
        rows = [name.partition(".")[0] for name in own if "[]." in name] if "bulk" in draft.operation.path else []
        prefix = f"{rows[0]}." if rows else ""
        for name, fact in model.parts["body"].items():
            first = re.split(r"\W", name)[0]
            if first not in draft.except_for and f"{first}s" not in own:
                merge_facts(own, [replace(fact, name=prefix + name, required=False)])
    add_parents(own)
