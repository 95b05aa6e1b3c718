"""Limits to what is read: sizes, depth, and the characters that reach a terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import IO, Any

DEPTH = 100
"""The depth of nested lists and objects."""


def escape(text: str) -> str:
    """The text with control characters written out, so that it does nothing but being read: `\\u001b`."""
    return text if text.isascii() and text.isprintable() else "".join(map(_escape, text))


def show(text: object, file: IO[str] | None = None) -> None:
    """Print a report, with everything but its line breaks escaped."""
    print("\n".join(map(escape, str(text).split("\n"))), file=file or sys.stdout)


def check_depth(content: Any) -> None:
    """Check that JSON is not nested too deeply.

    Raises:
        ValueError: it is.
    """
    level = [content]
    for _ in range(DEPTH):
        nodes = [each for each in level if isinstance(each, dict | list)]
        level = [child for each in nodes for child in (each.values() if isinstance(each, dict) else each)]
        if not level:
            return
    raise ValueError("it is nested too deeply")


def _escape(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        units = character.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))  # as in JSON
    return character
