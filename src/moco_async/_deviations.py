"""Deviations: how answers differ from the spec, counted for the process and told to observers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from ._values import UNSET

if TYPE_CHECKING:
    from ._model import Model

__all__ = [
    "JSON_NAMES",
    "Deviation",
    "Difference",
    "Observer",
    "Path",
    "clear_deviations",
    "deviations",
    "note",
    "observe",
    "observer",
]

Path = tuple[Any, ...] | None
"""Where a value is in an answer: `(parent path, key or index)`, and `()` for the answer itself.

`None` where nobody asks, because an object is decoded here only as the straight line gave up. Then the records in it
are decoded along their own straight lines, and checked no further.
"""
Kind = Literal["unknown", "missing", "absent", "null", "type", "value"]

_SEEN_LIMIT = 1_000
_log = logging.getLogger("moco_async.decoding")
_seen: Counter[Deviation] = Counter()


class Difference(NamedTuple):
    """One way in which a JSON value differs from what the spec says."""

    path: Path
    where: str
    """Model and attribute, as `Project.budget` or `Project.tags[]`; the enum, if it lacks a value; `$`, the answer."""
    kind: Kind
    """`absent` is an attribute that did not come and need not: not a deviation, and told to observers alone."""
    found: Any = UNSET
    wanted: str = ""
    """What the spec says, in words."""

    @property
    def place(self) -> str:
        """Where in the document, as `$[3].budget`."""
        path, steps = self.path, ""
        while path:
            path, step = path
            steps = f"[{step}]{steps}" if isinstance(step, int) else f".{step}{steps}"
        return f"${steps}"

    @property
    def reason(self) -> str:
        """What differs, with the beginning of a text."""
        beginning = f" {self.found!r:.40}" if isinstance(self.found, str) else ""
        shown = f"{self.found!r:.80}" if self.kind == "value" else ""
        return _reason(self.kind, f"{json_name(self.found)}{beginning}", self.wanted, shown)


class Deviation(NamedTuple):
    """One way in which MOCO's answers were seen to differ from the spec."""

    where: str
    """Model and attribute, as `Project.budget`."""
    reason: str


def _reason(kind: Kind, found: str, wanted: str, shown: str) -> str:
    match kind:
        case "unknown":
            return "not in the spec"
        case "missing" | "absent":
            return "missing"
        case "null":
            return "null is not allowed"
        case "value":
            return f"{shown} is not a value of {wanted} that the spec knows"
    return f"{found} where the spec says {wanted}"


def deviations() -> dict[Deviation, int]:
    """How MOCO's answers differed from the spec in this process, and how often.

    Missing and unknown attributes, unknown enum values and malformed dates are counted wherever they come. Nulls and
    wrong types of plain attributes are counted in a sample: every single record, and of lists some rows.
    """
    return dict(_seen)


def clear_deviations() -> None:
    """Start counting anew."""
    _seen.clear()


class Observer(Protocol):
    """What is told of everything that lenient decoding comes across."""

    def record(self, cls: type[Model]) -> None:
        """A record of this model is decoded."""

    def difference(self, difference: Difference) -> None:
        """Something differs from the spec. What this raises ends the decoding."""


observer: ContextVar[Observer | None] = ContextVar("observer", default=None)
_counts: ContextVar[bool] = ContextVar("counts", default=True)


@contextmanager
def observe(told: Observer, *, count: bool = True) -> Iterator[None]:
    """Tell an observer of the decoding in this context; not to `count` it is for objects that are not MOCO's."""
    token, counting = observer.set(told), _counts.set(count)
    try:
        yield
    finally:
        observer.reset(token)
        _counts.reset(counting)


def note(path: Path, where: str, kind: Kind, found: Any = UNSET, wanted: str = "") -> None:
    if _counts.get():
        _count(_deviation(where, kind, json_name(found), wanted, f"{found!r:.80}" if kind == "value" else ""))
    if (told := observer.get()) is not None:
        told.difference(Difference(path, where, kind, found, wanted))


def _count(deviation: Deviation) -> None:
    if deviation in _seen:
        _seen[deviation] += 1
    elif len(_seen) < _SEEN_LIMIT:
        _seen[deviation] = 1
        _log.debug("answer differs from the spec: %s: %s", *deviation)


@lru_cache(maxsize=_SEEN_LIMIT)
def _deviation(where: str, kind: Kind, found: str, wanted: str, shown: str) -> Deviation:
    """What a difference is counted as, whatever row it is in; remembered, so that a repeated one is a lookup."""
    return Deviation(where, _reason(kind, found, wanted, shown))


JSON_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}


def json_name(value: Any) -> str:
    return JSON_NAMES.get(type(value), "an object")
