"""What an error tracker would see of an error: texts, notes, the locals of all frames, and what is inside of them."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.socket_server import FAULTS, KEY, Step, answer

HERE = Path(__file__).parent
LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "h11", "anyio"}
DEPTH = 6

FAILURES: dict[str, Step] = {
    **FAULTS,
    "401": answer(401, b'{"message":"Invalid API key."}'),
    "422": answer(422, b'{"name":["missing"]}'),
    "429": answer(429, headers="Retry-After: 0"),
    "500": answer(500),
    "no JSON": answer(200, b"<html>"),
}
"""What can end a call, on the wire."""


def shown(error: BaseException) -> Iterator[str]:
    """Whatever a good error report shows of an error, of its causes, and of what was handled when it was raised."""
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        todo += [each.__cause__, each.__context__, *getattr(each, "exceptions", [])]
        yield from (str(each), repr(each), repr(each.args), *getattr(each, "__notes__", []))
        yield "".join(traceback.format_exception(each))
        yield from inside(vars(each), DEPTH)
        for frame, _ in traceback.walk_tb(each.__traceback__):
            path = Path(frame.f_code.co_filename)
            assert not LIBRARIES & set(path.parts), f"a frame of the HTTP library: {path}"
            if path.parent != HERE:  # a test may know the key
                for name, value in frame.f_locals.items():
                    yield from (f"{frame.f_code.co_qualname}: {name}={text}" for text in inside(value, DEPTH))


def inside(value: Any, depth: int) -> Iterator[str]:
    """The repr of a value and of what it holds; of the HTTP library's objects also what their reprs hide."""
    try:
        yield repr(value)
    except AttributeError:  # half made
        return
    if depth == 0 or isinstance(value, str | bytes):
        return
    held: list[Any] = []
    if isinstance(value, Mapping):
        held = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        held = list(value)
    elif type(value).__module__.partition(".")[0] in LIBRARIES and hasattr(value, "__dict__"):
        held = list(vars(value).values())
    for each in held:
        yield from inside(each, depth - 1)


def check_that_nothing_shows(texts: Iterator[str], *secrets: str) -> None:
    number = 0
    for text in texts:
        number += 1
        for secret in (KEY, *secrets):
            assert secret not in text
    assert number > 3


def logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    for record in caplog.records:
        yield record.getMessage()
        yield repr(vars(record))
