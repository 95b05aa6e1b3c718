"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """The end of an error message that names the option nearest to a mistyped name; empty if none is near."""
    from difflib import get_close_matches  # only once something is wrong

    close = get_close_matches(name, options, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
