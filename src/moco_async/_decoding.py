"""Response decoding: from the body of an answer to models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._request import Request, Response
from .errors import ConfigurationError, ResponseError

if TYPE_CHECKING:
    from .drift import DriftRecorder

__all__ = ["Decoder"]

T = TypeVar("T")


@dataclass(frozen=True)
class Decoder:
    """Decodes answers, and treats what differs from the spec as the client was told to.

    Attributes:
        strict: Raise `ResponseError` for the first deviation instead of passing it on.
        drift: The recorder that notes deviations, without values.
    """

    strict: bool = False
    drift: DriftRecorder | None = None

    def __post_init__(self) -> None:
        if self.drift is not None:
            _check_recorder(self.drift)

    def one(self, kind: type[T], request: Request, response: Response) -> T:
        """The body as `kind`. What is not an object stays as it came, and an empty body is `None`, unless `strict`."""
        raw = self._document_or_record(request, response)
        decode = partial(self._one, kind, raw, request, response)
        return decode() if self.drift is None else self.drift.observe(kind, raw, request, response, decode)

    def many(self, kind: type[T], request: Request, response: Response) -> list[T]:
        """The body as a list of `kind`, an empty one for an empty body.

        Raises:
            ResponseError: it is not a list.
        """
        raw = self._document_or_record(request, response)
        decode = partial(self._many, kind, raw, request, response)
        return decode() if self.drift is None else self.drift.observe(kind, raw, request, response, decode, many=True)

    def refused(self, request: Request, response: Response) -> None:
        """Let the recorder note an answer that is not a record."""
        if self.drift is not None:
            self.drift.refused(request, response)

    def _document_or_record(self, request: Request, response: Response) -> Any:
        """The body as JSON; one that cannot be read is recorded as drift before it raises."""
        try:
            return _document(request, response)
        except ResponseError:
            self.refused(request, response)
            raise

    def _one(self, kind: type[T], raw: Any, request: Request, response: Response) -> T:
        if self.strict:
            _raise_if_deviating(kind, raw, request, response)
        decode: Callable[[dict[str, Any]], T] | None = getattr(kind, "from_dict", None)
        return decode(raw) if decode is not None and type(raw) is dict else cast(T, raw)

    def _many(self, kind: type[T], raw: Any, request: Request, response: Response) -> list[T]:
        if self.strict:
            _raise_if_deviating(list[kind], raw, request, response)  # type: ignore[valid-type]  # a type made at run time
        if raw is None:
            return []
        if not isinstance(raw, list):
            message = f"answered {type(raw).__name__} where a list was expected"
            raise ResponseError(message, request=request, response=response)
        decode: Callable[[dict[str, Any]], T] | None = getattr(kind, "from_dict", None)
        if decode is None:
            return raw
        return [decode(row) if type(row) is dict else row for row in raw]


def _document(request: Request, response: Response) -> Any:
    """The body as JSON, `None` if it is empty.

    Raises:
        ResponseError: it is something else.
    """
    try:
        return response.json()
    except (ValueError, RecursionError) as error:  # json, unlike orjson, runs out of stack on deep nesting
        start = response.content[:60].decode("utf-8", "replace")
        message = f"answered something that is not JSON ({error}): {start!r}"
        raise ResponseError(message, request=request, response=response) from None


def _raise_if_deviating(hint: Any, raw: Any, request: Request, response: Response) -> None:
    from ._lenient import differences  # brings attrs, which only models need

    for difference in differences(hint, raw):
        where = f"answer of {request.operation} differs from the spec at {difference.place}"
        raise ResponseError(f"{where}: {difference.reason}", request=request, response=response)


def _check_recorder(given: object) -> None:
    from .drift import DriftRecorder  # only once somebody has one

    if not isinstance(given, DriftRecorder):
        raise ConfigurationError(f"drift has to be a DriftRecorder or None, not {type(given).__name__}")
