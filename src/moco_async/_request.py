"""A request to MOCO and its answer, without any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from ._values import UNSET, to_json
from .files import File

__all__ = ["Request", "Response"]

_REPEATABLE = {"GET": True, "HEAD": True, "PUT": True, "DELETE": True, "POST": False, "PATCH": False}


@cache
def _loads() -> Callable[[bytes], Any]:
    """The faster parser if it is installed, not before there is something to parse."""
    try:
        from orjson import loads
    except ImportError:
        return json.loads
    return loads


def _quoted(text: str) -> str:
    return text if text.isidentifier() and text.isascii() else quote(text, safe="")


class Request:
    """What is asked of MOCO.

    Attributes:
        operation: The call, as `projects.list`.
        method, path, params, body, files: What is sent. `None` and `UNSET` in `params` are not.
        idempotent: Whether sending it twice does no more than sending it once; by default what the method says.
    """

    __slots__ = ("body", "files", "idempotent", "method", "operation", "params", "path")

    def __init__(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | None = None,
        idempotent: bool | None = None,
    ) -> None:
        self.operation = operation
        self.method = method
        self.path = path
        self.params = params or {}
        self.body = body
        self.files = files
        self.idempotent = _REPEATABLE.get(method, False) if idempotent is None else idempotent

    def target(self) -> str:
        """Path and query. A list is sent as a parameter repeated; `None` and `UNSET` are not sent."""
        pairs = []
        for name, value in self.params.items():
            if value is not None and value is not UNSET:
                values = value if isinstance(value, list | tuple) else [value]
                pairs += [f"{_quoted(name)}={_quoted(str(each))}" for each in values]
        return f"{self.path}?{'&'.join(pairs)}" if pairs else self.path

    def content(self) -> bytes | None:
        """The body as JSON.

        Raises:
            TypeError, ValueError: it holds something JSON cannot say.
        """
        if self.body is None:
            return None
        try:
            return json.dumps(to_json(self.body), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:  # which holds all of the body
            pass
        raise ValueError(f"the body of {self.operation} holds text with half a character (a lone surrogate)")

    def page(self, number: int) -> Request:
        """The same question for another page."""
        params = {**self.params, "page": number}
        return Request(self.operation, self.method, self.path, params=params, idempotent=self.idempotent)

    def __repr__(self) -> str:
        return f"<Request {self.operation}: {self.method} {self.path}>"  # the rest may be confidential


class Response:
    """What MOCO answered.

    Attributes:
        status, headers, content: The answer; names of headers are in lower case.
        waited: Seconds the call waited for a place in the rate limit.
        retries: How often it was sent again.
    """

    __slots__ = ("content", "headers", "retries", "status", "waited")

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self.waited = 0.0
        self.retries = 0

    @property
    def request_id(self) -> str | None:
        """MOCO's name for this request, which its support will ask for."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """The body as JSON; `None` if there is none, whatever the content type says.

        Raises:
            ValueError: the body is something else than JSON.
        """
        if not self.content.strip():
            return None
        try:
            return _loads()(self.content)
        except ValueError:
            pass  # orjson refuses what Python's parser takes, such as half an emoji; that is not to cost a page
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def __repr__(self) -> str:
        return f"<Response {self.status}: {len(self.content)} bytes>"
