"""A request to MOCO and its answer, without any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import attrs

from .files import File
from .model import to_json
from .values import UNSET

try:
    from orjson import loads
except ImportError:
    from json import loads  # type: ignore[assignment]  # it takes more arguments, which nobody here gives

__all__ = ["Request", "Response"]

_REPEATABLE = {"GET": True, "HEAD": True, "PUT": True, "DELETE": True, "POST": False, "PATCH": False}


@attrs.define(eq=False)
class Request:
    """What is asked of MOCO."""

    operation: str
    method: str
    path: str
    params: Mapping[str, Any] = attrs.field(factory=dict)
    body: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    files: Mapping[str, File] | None = None
    idempotent: bool = attrs.field(
        default=attrs.Factory(lambda request: _REPEATABLE.get(request.method, False), takes_self=True)
    )
    """Whether sending it twice does no more than sending it once."""

    def target(self) -> str:
        """Path and query. A list is sent as a parameter repeated; `None` and `UNSET` are not sent."""
        present = {name: value for name, value in self.params.items() if value is not None and value is not UNSET}
        if not present:
            return self.path
        return f"{self.path}?{urlencode(present, doseq=True, quote_via=quote)}"

    def content(self) -> bytes | None:
        """The body as JSON.

        Raises:
            TypeError, ValueError: it holds something JSON cannot say.
        """
        if self.body is None:
            return None
        return json.dumps(to_json(self.body), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    def page(self, number: int) -> Request:
        """The same question for another page."""
        return attrs.evolve(self, params={**self.params, "page": number})


@attrs.frozen(eq=False)
class Response:
    """What MOCO answered. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")

    @property
    def request_id(self) -> str | None:
        """MOCO's name for this request, which its support will ask for."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """The body as JSON; `None` if there is none, whatever the content type says.

        Raises:
            ValueError: the body is something else than JSON.
        """
        return loads(self.content) if self.content.strip() else None
