"""Request and response, independent of the HTTP library."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from ._values import UNSET, to_json
from .files import File

__all__ = ["Request", "Response"]

_IDEMPOTENT = {"GET": True, "HEAD": True, "PUT": True, "DELETE": True, "POST": False, "PATCH": False}


@cache
def _loads() -> Callable[[bytes], Any]:
    """The JSON parser: orjson if it is installed. Imported at the first response."""
    try:
        from orjson import loads
    except ImportError:
        return json.loads
    return loads


def _quote(text: str) -> str:
    return text if text.isidentifier() and text.isascii() else quote(text, safe="")


class Request:
    """A request to MOCO.

    Attributes:
        operation: The name of the operation, such as `projects.list`.
        method, path, params, body, files: What is sent, except `None` and `UNSET` in `params`.
        idempotent: Whether sending it twice has the same effect as once; by default that depends on the method.
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
        self.idempotent = _IDEMPOTENT.get(method, False) if idempotent is None else idempotent

    def target(self) -> str:
        """The path and query. A list repeats its parameter; `None` and `UNSET` are not sent."""
        pairs = []
        for name, value in self.params.items():
            if value is not None and value is not UNSET:
                values = value if isinstance(value, list | tuple) else [value]
                pairs += [f"{_quote(name)}={_quote(str(each))}" for each in values]
        return f"{self.path}?{'&'.join(pairs)}" if pairs else self.path

    def content(self) -> bytes | None:
        """The body as JSON.

        Raises:
            TypeError, ValueError: a value cannot be represented in JSON.
        """
        if self.body is None:
            return None
        try:
            return json.dumps(to_json(self.body), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:  # which holds all of the body
            pass
        raise ValueError(f"the body of {self.operation} holds text with half a character (a lone surrogate)")

    def page(self, number: int) -> Request:
        """The same request for another page."""
        params = {**self.params, "page": number}
        return Request(self.operation, self.method, self.path, params=params, idempotent=self.idempotent)

    def __repr__(self) -> str:
        return f"<Request {self.operation}: {self.method} {self.path}>"  # the rest may be confidential


class Response:
    """A response from MOCO.

    Attributes:
        status, headers, content: The HTTP response; header names are in lower case.
        waited: Seconds the call waited for the rate limit.
        retries: How often the request was retried.
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
        """MOCO's id of this request, which its support will ask for."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """Parse the body as JSON; `None` if it is empty. The content type is ignored.

        Raises:
            ValueError: the body is not JSON.
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
