"""Docstrings from descriptions of the spec: wrapped, indented, and safe within triple quotes."""

from __future__ import annotations

import textwrap

WIDTH = 112


def docstring(
    summary: str, *sections: tuple[str, list[tuple[str, str]]], description: str = "", after: str = "", indent: int = 4
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
            lines = [_entry(name, text, width) for name, text in entries]
            paragraphs.append("\n".join([f"{title}:", *lines]))
    if after:
        paragraphs.append(after)
    text = "\n\n".join(paragraphs).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if "\n" in text:
        text += "\n"
    return textwrap.indent(text, " " * indent).strip(" ") + (" " * indent if "\n" in text else "")


def _entry(name: str, description: str, width: int) -> str:
    text = f"{name}: {description}" if name else description
    return textwrap.fill(
        " ".join(text.split()), width, initial_indent="    ", subsequent_indent="        " if name else "    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
