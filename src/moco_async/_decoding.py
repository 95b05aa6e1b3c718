"""Response decoding: from the body of an answer to models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._request import Request, Response
from .errors import ConfigurationError, ResponseError

if TYPE_CHECKING:
    from ._deviations import Difference, Path
    from ._model import Model
    from .drift import DriftRecorder

__all__ = ["Decoder"]

T = TypeVar("T")

SAMPLE_EVERY = 250
"""Besides the first of an answer, of how many rows one is checked for nulls and wrong types of plain attributes."""
_turns = count()


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
        """The body as `kind`. What is neither an object nor empty stays as it came, unless `strict`.

        Raises:
            ResponseError: the body is empty.
        """
        raw = self._document(request, response)
        with self._observing(request, response):
            if raw is None and not self.strict:
                raise self._empty(request, response)
            return self._checked(kind, raw)

    def many(self, kind: type[T], request: Request, response: Response) -> list[T]:
        """The body as a list of `kind`.

        Raises:
            ResponseError: it is not a list, or empty: no answer is not the answer that there are no rows.
        """
        raw = self._document(request, response)
        with self._observing(request, response):
            if self.strict and not isinstance(raw, list):
                self._checked(list[kind], raw)  # type: ignore[valid-type]  # a type made at run time
            if raw is None:
                raise self._empty(request, response)
            if not isinstance(raw, list):
                message = f"answered {type(raw).__name__} where a list was expected"
                raise ResponseError(message, request=request, response=response)
            return self._rows(kind, raw)

    def refused(self, request: Request, response: Response) -> None:
        """Let the recorder note an answer that is not a record."""
        if self.drift is not None:
            self.drift.refused(request, response)

    def _empty(self, request: Request, response: Response) -> ResponseError:
        self.refused(request, response)
        body = "null" if response.content.strip() else "an empty body"
        return ResponseError(f"answered {body}, which MOCO's docs do not expect", request=request, response=response)

    def _document(self, request: Request, response: Response) -> Any:
        """The body as JSON, `None` if it is empty; one that cannot be read is recorded as drift.

        Raises:
            ResponseError: it is something else.
        """
        try:
            return response.json()
        except (ValueError, RecursionError) as error:  # json, unlike orjson, runs out of stack on deep nesting
            self.refused(request, response)
            start = response.content[:60].decode("utf-8", "replace")
            message = f"answered something that is not JSON ({error}): {start!r}"
            raise ResponseError(message, request=request, response=response) from None

    def _rows(self, kind: type[T], raw: list[Any]) -> list[T]:
        """The rows of a list: some are checked, the others decoded along the straight line if they have one."""
        straight: Callable[[dict[str, Any]], T] | None = getattr(kind, "from_dict", None)
        if straight is None:
            return [self._checked(kind, row, ((), index)) for index, row in enumerate(raw)]

        def decode(part: list[Any]) -> list[T]:
            return [straight(row) if type(row) is dict else self._checked(kind, row, None) for row in part]

        rows: list[T] = []
        for index in self._sample(len(raw)):
            rows += decode(raw[len(rows) : index])
            rows.append(self._checked(kind, raw[index], ((), index)))
        rows += decode(raw[len(rows) :])
        return rows

    def _sample(self, length: int) -> Iterable[int]:
        """The rows to check: all if strict, otherwise the first and one in so many, at another position each time."""
        if self.strict:
            return range(length)
        if self.drift is not None:
            return self.drift.sample(length)
        return chain(range(min(length, 1)), range(1 + next(_turns) * 61 % SAMPLE_EVERY, length, SAMPLE_EVERY))

    def _checked(self, kind: type[T], raw: Any, path: Path = ()) -> T:
        """Decode a value by the table, which sees everything that differs from the spec."""
        from ._lenient import decode_value  # brings attrs, which only models need

        if self.drift is None:
            return cast(T, decode_value(kind, raw, path))
        with self.drift.checking():
            return cast(T, decode_value(kind, raw, path))

    def _observing(self, request: Request, response: Response) -> AbstractContextManager[object]:
        if not self.strict and self.drift is None:
            return nullcontext()
        from ._deviations import observe

        stack = ExitStack()
        if self.drift is not None:
            stack.enter_context(self.drift.answering(request, response))
        stack.enter_context(observe(_Observer(self, request, response)))
        return stack


@dataclass(frozen=True, slots=True)
class _Observer:
    """What decoding tells of goes to the recorder; the first deviation raises if the decoder is strict."""

    decoder: Decoder
    request: Request
    response: Response

    def record(self, cls: type[Model]) -> None:
        if self.decoder.drift is not None:
            self.decoder.drift.record(cls)

    def difference(self, difference: Difference) -> None:
        if self.decoder.drift is not None:
            self.decoder.drift.difference(difference)
        if self.decoder.strict and difference.kind != "absent":
            where = f"answer of {self.request.operation} differs from the spec at {difference.place}"
            raise ResponseError(f"{where}: {difference.reason}", request=self.request, response=self.response)


def _check_recorder(given: object) -> None:
    from .drift import DriftRecorder  # only once somebody has one

    if not isinstance(given, DriftRecorder):
        raise ConfigurationError(f"drift must be a DriftRecorder or None, not {type(given).__name__}")
