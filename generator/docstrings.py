"""The words of the spec as docstrings: wrapped, indented, safe inside triple quotes."""

from __future__ import annotations

import textwrap

__all__ = ["docstring"]

WIDTH = 112


def docstring(
    summary: str,
    *sections: tuple[str, list[tuple[str, str]]],
    description: str = "",
    after: str = "",
    indent: int = 4,
) -> str:
    """The text of a docstring, wrapped and indented, without its quotes."""
    width = WIDTH - indent
    paragraphs = [textwrap.fill(" ".join(summary.split()), width - 3, break_on_hyphens=False)]
    paragraphs += [
        textwrap.fill(" ".join(part.split()), width, break_on_hyphens=False)
        for part in description.split("\n\n")
        if part
    ]
    for title, entries in sections:
        if entries:
            lines = [_entry(name, words, width) for name, words in entries]
            paragraphs.append("\n".join([f"{title}:", *lines]))
    if after:
        paragraphs.append(after)
    text = "\n\n".join(paragraphs).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if "\n" in text:
        text += "\n"
    return textwrap.indent(text, " " * indent).strip(" ") + (" " * indent if "\n" in text else "")


def _entry(name: str, words: str, width: int) -> str:
    text = f"{name}: {words}" if name else words
    return textwrap.fill(
        " ".join(text.split()), width, initial_indent="    ", subsequent_indent="        " if name else "    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
