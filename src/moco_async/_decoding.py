"""From an answer's body to models."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._request import Request, Response
from .errors import ResponseError

if TYPE_CHECKING:
    from .drift import DriftRecorder

__all__ = ["document", "one", "several"]

T = TypeVar("T")


def document(request: Request, response: Response) -> Any:
    """The body as JSON, `None` if it is empty.

    Raises:
        ResponseError: it is something else.
    """
    try:
        return response.json()
    except (ValueError, RecursionError) as error:  # json, unlike orjson, runs out of stack on what is nested too deeply
        start = response.content[:60].decode("utf-8", "replace")
        message = f"answered what is no JSON ({error}): {start!r}"
        raise ResponseError(message, request=request, response=response) from None


def one(kind: type[T], request: Request, response: Response, *, strict: bool, drift: DriftRecorder | None = None) -> T:
    """The body as `kind`. What is no object stays as it came, and an empty body is `None`, unless `strict`."""
    if drift is not None:
        raw = _noted_document(request, response, drift)
        return drift.observe(kind, raw, request, response, partial(_one, kind, raw, request, response, strict))
    return _one(kind, document(request, response), request, response, strict)


def several(
    kind: type[T], request: Request, response: Response, *, strict: bool, drift: DriftRecorder | None = None
) -> list[T]:
    """The body as a list of `kind`, an empty one for an empty body.

    Raises:
        ResponseError: it is no list.
    """
    if drift is not None:
        raw = _noted_document(request, response, drift)
        decode = partial(_several, kind, raw, request, response, strict)
        return drift.observe(kind, raw, request, response, decode, many=True)
    return _several(kind, document(request, response), request, response, strict)


def _one(kind: type[T], raw: Any, request: Request, response: Response, strict: bool) -> T:
    if strict:
        _insist(kind, raw, request, response)
    decode: Callable[[dict[str, Any]], T] | None = getattr(kind, "from_dict", None)
    return decode(raw) if decode is not None and type(raw) is dict else cast(T, raw)


def _several(kind: type[T], raw: Any, request: Request, response: Response, strict: bool) -> list[T]:
    if strict:
        _insist(list[kind], raw, request, response)  # type: ignore[valid-type]  # a type made at run time
    if raw is None:
        return []
    if not isinstance(raw, list):
        message = f"answered {type(raw).__name__} where a list was to come"
        raise ResponseError(message, request=request, response=response)
    decode: Callable[[dict[str, Any]], T] | None = getattr(kind, "from_dict", None)
    if decode is None:
        return raw
    return [decode(row) if type(row) is dict else row for row in raw]


def _noted_document(request: Request, response: Response, drift: DriftRecorder) -> Any:
    try:
        return document(request, response)
    except ResponseError:
        drift.refused(request, response)
        raise


def _insist(hint: Any, raw: Any, request: Request, response: Response) -> None:
    from ._lenient import differences

    for difference in differences(hint, raw):
        where = f"answer of {request.operation} differs from the spec at {difference.place}"
        raise ResponseError(f"{where}: {difference.reason}", request=request, response=response)
