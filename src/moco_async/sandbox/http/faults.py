"""Fault injection: responses that are late, wrong, incomplete, or never come."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from ..engine.serialize import Shape
from ..engine.spec import JSON, Operation, bundled
from .disconnect import NoResponse

HEADER = re.compile(r"[!#-'*+.^_`|~\w-]+:[\t -~\xa0-\xff]*", re.ASCII)
"""What HTTP can send as a header: name and text."""
UNKNOWN_VALUE = "unheard_of"
"""The value that `unknown` attributes get, which no enum of the spec has."""

BODIES: dict[int, Any] = {
    400: {"message": "Invalid payload"},
    401: {"message": "Invalid API key."},
    403: {"errors": ["Access denied"]},
    422: {"message": "Invalid payload"},
    429: {"message": "Too many requests"},
}
"""MOCO's bodies of error responses, by status; others have none, and a sentence from 500 on."""


@dataclass(eq=False, kw_only=True)
class Fault:
    """A fault; the attributes are the arguments of `Faults.add`."""

    number: int
    operation: str
    status: int | None
    body: Any
    headers: Mapping[str, str]
    latency: float
    disconnect: bool
    apply_first: bool
    truncate: bool
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    probability: float
    seed: int
    times: int | None
    count: int = 0
    """How many requests it has been applied to."""
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def check(self) -> None:
        """Check that the fault can apply, and that it changes anything.

        Raises:
            ValueError: it cannot, or does not.
        """
        replaces = self.disconnect or self.status is not None
        alters = bool(self.truncate or self.missing or self.unknown)
        if not (replaces or alters or self.latency):
            raise ValueError("say what goes wrong: status, latency, disconnect, truncate, missing or unknown")
        if self.disconnect and self.status is not None:
            raise ValueError("a connection that is cut has no status")
        if replaces and alters:
            raise ValueError("truncate, missing and unknown alter the regular response, which is not sent here")
        if self.apply_first and not replaces:
            raise ValueError("apply_first goes with status or disconnect; otherwise the operation is performed anyway")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError(f"status has to be from 200 to 599, not {self.status}")
        if not self.latency >= 0 or not 0 <= self.probability <= 1 or (self.times is not None and self.times < 1):
            raise ValueError("latency is 0 or more, probability from 0 to 1, times 1 or more")
        for name, text in self.headers.items():
            if not HEADER.fullmatch(f"{name}:{text}"):
                raise ValueError(f"a response cannot have the header {name!r}: {text!r}")
        _check_target(self.operation, missing=self.missing, unknown=self.unknown)

    def matches(self, operation: str) -> bool:
        """Whether the fault applies to this request; counts it if so."""
        over = self.times is not None and self.count >= self.times
        if over or not fnmatchcase(operation, self.operation) or self._random.random() >= self.probability:
            return False
        self.count += 1
        return True

    def apply(self, respond: Callable[[], Response]) -> Response:
        """The faulty response. The regular one is made only if the operation is to be performed."""
        if self.disconnect or self.status is not None:
            if self.apply_first:
                respond()
            return NoResponse() if self.disconnect else self._build_error()
        response = respond()
        if self.missing or self.unknown:
            response = self._alter(response)
        return _truncate(response) if self.truncate else response

    def _build_error(self) -> Response:
        status = self.status or 500
        body = BODIES.get(status, "We're sorry, but something went wrong." if status >= 500 else None)
        body = body if self.body is None else self.body
        if body is None:
            return Response(status_code=status, headers=self.headers)
        kind = PlainTextResponse if isinstance(body, str) else JSONResponse
        return kind(body, status, self.headers)

    def _alter(self, response: Response) -> Response:
        if response.media_type != JSON or not response.body or response.status_code >= 300:
            return response
        content = json.loads(bytes(response.body))
        for path in self.missing:
            for holder, name in _find_attributes(content, path):
                del holder[name]
        for path in self.unknown:
            for holder, name in _find_attributes(content, path):
                holder[name] = UNKNOWN_VALUE
        return JSONResponse(content, response.status_code, _headers_without_length(response))


class Faults:
    """The faults of a sandbox. At most one applies to a request: the first added one that matches."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._added = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults.values()))

    def __len__(self) -> int:
        return len(self._faults)

    def add(
        self,
        operation: str = "*",
        *,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        latency: float = 0.0,
        disconnect: bool = False,
        apply_first: bool = False,
        truncate: bool = False,
        missing: str | tuple[str, ...] | list[str] = (),
        unknown: str | tuple[str, ...] | list[str] = (),
        probability: float = 1.0,
        seed: int = 0,
        times: int | None = None,
    ) -> Fault:
        """Inject a fault from now on.

        Args:
            operation: The operations that it applies to, as `invoices.pdf`, `activities.*` or `*.create`.
            status: The status of an error response in place of the regular one: 423 is a document that is not ready.
            body: The body of that response, text or JSON; MOCO's own if left out.
            headers: The headers of that response, as `{"Retry-After": "2"}`.
            latency: The delay in seconds before anything else happens.
            disconnect: Whether the connection is cut, without a response.
            apply_first: Whether the operation is performed before a status or a disconnect.
            truncate: Whether the second half of the body is lost.
            missing: Attributes to remove from the response, those of embedded records as `customer.name`.
            unknown: Attributes whose value becomes `unheard_of`, which the spec does not have.
            probability: The share of requests that it applies to, from 0 to 1.
            seed: The seed of that choice; the same requests with the same seed.
            times: How many requests it applies to; without it, there is no end.

        Raises:
            ValueError: it would never apply, or not change anything.
        """
        fault = Fault(
            number=self._added + 1,
            operation=operation,
            status=status,
            body=body,
            headers=dict(headers or {}),
            latency=latency,
            disconnect=disconnect,
            apply_first=apply_first,
            truncate=truncate,
            missing=(missing,) if isinstance(missing, str) else tuple(missing),
            unknown=(unknown,) if isinstance(unknown, str) else tuple(unknown),
            probability=probability,
            seed=seed,
            times=times,
        )
        fault.check()
        self._added = fault.number
        self._faults[fault.number] = fault
        return fault

    def remove(self, fault: Fault) -> None:
        """Remove a fault."""
        self._faults.pop(fault.number, None)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    async def intercept(self, operation: Operation | None, respond: Callable[[], Response]) -> Response:
        """The response to a request: the regular one, or that of a fault."""
        fault = next((fault for fault in self if operation and fault.matches(operation.id)), None)
        if fault is None:
            return respond()
        await asyncio.sleep(fault.latency)
        return fault.apply(respond)


def _check_target(pattern: str, **attributes: tuple[str, ...]) -> None:
    """Refuse a misspelt fault, which would never match, and whose test would show nothing."""
    operations = [operation for operation in bundled().operations if fnmatchcase(operation.id, pattern)]
    if not operations:
        raise ValueError(f"{pattern!r} does not match any operation{_suggest(pattern, bundled().by_id)}")
    for argument, paths in attributes.items():
        for path in paths:
            *parents, name = path.split(".")
            known = {found for operation in operations for found in _list_attributes(operation, parents)}
            if name not in known:
                hint = _suggest(name, known)
                if path == UNKNOWN_VALUE:
                    hint = f"; it takes names of attributes, and {UNKNOWN_VALUE!r} is the value that they get"
                raise ValueError(f"{argument}={path!r}: no response of {pattern!r} has this attribute{hint}")


def _suggest(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _list_attributes(operation: Operation, parents: list[str]) -> Iterable[str]:
    """The attributes of a response, or of what a path in it leads to."""
    if operation.response_schema is None:
        return ()
    shape = _skip_lists(Shape(operation.spec, operation.response_schema))
    for name in parents:
        if name not in shape.attributes:
            return ()
        shape = _skip_lists(shape.attributes[name])
    return shape.attributes


def _skip_lists(shape: Shape) -> Shape:
    while shape.items:
        shape = shape.items
    return shape


def _find_attributes(content: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects that have an attribute, in a response and in each row of a list, and the attribute's own name."""
    if isinstance(content, list):
        for row in content:
            yield from _find_attributes(row, path)
    elif isinstance(content, dict):
        name, _, rest = path.partition(".")
        if name in content and rest:
            yield from _find_attributes(content[name], rest)
        elif name in content:
            yield content, name


def _truncate(response: Response) -> Response:
    body = bytes(response.body)
    return Response(body[: len(body) // 2], response.status_code, _headers_without_length(response))


def _headers_without_length(response: Response) -> dict[str, str]:
    return {name: text for name, text in response.headers.items() if name != "content-length"}
