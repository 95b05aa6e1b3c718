"""Parsing of JSON bodies, without what Python takes and neither JSON nor MOCO does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, TypeVar

MOST = sys.float_info.max
"""The largest number; what an attribute takes is less, and is checked with it."""
DEPTH = 100
"""The depth of nested lists and objects, which is that of Ruby."""

Number = TypeVar("Number", int, float)


def parse_json(raw: bytes) -> Any:
    """The value of a body.

    Raises:
        ValueError: it is not UTF-8 or JSON, is nested too deeply, names an attribute twice, or has a number or half a
            character that nothing can be done with.
    """
    try:
        content = json.loads(
            raw.decode(),
            parse_constant=_reject,
            parse_int=lambda digits: _bounded(int(digits)),
            parse_float=lambda digits: _bounded(float(digits)),
            object_pairs_hook=_unique,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check_depth(content)
    json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair cannot be encoded
    return content


def _reject(constant: str) -> None:
    """Refuse `NaN` and `Infinity`.

    Raises:
        ValueError: always.
    """
    raise ValueError(constant)


def _bounded(number: Number) -> Number:
    if not -MOST <= number <= MOST:
        raise ValueError("a number is too large")
    return number


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an attribute is given twice")
    return found


def _check_depth(content: Any) -> None:
    level = [content]
    for _ in range(DEPTH):
        level = [child for each in level if isinstance(each, dict | list) for child in _children(each)]
        if not level:
            return
    raise ValueError("nested too deeply")


def _children(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node
