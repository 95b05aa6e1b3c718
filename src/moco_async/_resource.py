"""The base class of the generated resources."""

from __future__ import annotations

from typing import TypeVar

from . import _encode as encode
from ._paging import Page, Pager
from ._request import Request, Response
from ._transport import Transport
from ._values import UNSET, Unset
from .errors import ResponseError
from .files import File, filename_from_header

__all__ = ["UNSET", "File", "Page", "Pager", "Request", "Resource", "Unset", "encode"]

T = TypeVar("T")


class Resource:
    """A resource: the operations on one page of MOCO's docs, a method each.

    Raises:
        TypeError, ValueError: an argument is invalid. Nothing has been sent.
        APIConnectionError: there was no response.
        APIError: MOCO refused the request; a method lists only the errors specific to it.
        ResponseError: the response cannot be decoded, is empty where a body is promised, or with `strict` differs from
            the spec.
    """

    __slots__ = ("_transport",)

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _page(self, kind: type[T], request: Request) -> Pager[T]:
        return Pager(self._transport, kind, request)

    async def _one(self, kind: type[T], request: Request) -> T:
        return self._decode(kind, request, await self._transport.send(request))

    async def _maybe(self, kind: type[T], request: Request) -> T | None:
        response = await self._transport.send(request)
        return None if response.content.strip() in (b"", b"null") else self._decode(kind, request, response)

    def _decode(self, kind: type[T], request: Request, response: Response) -> T:
        return self._transport.options.decoder.one(kind, request, response)

    async def _many(self, kind: type[T], request: Request) -> list[T]:
        """A list that comes in one response, with every row of it; if MOCO starts to page it, it is still complete."""
        if request.method == "GET":
            return await self._page(kind, request).all()
        response = await self._transport.send(request)
        return self._transport.options.decoder.many(kind, request, response)

    async def _file(self, request: Request) -> File:
        response = await self._transport.send(request)
        if not response.content:
            raise ResponseError("answered an empty body instead of a file", request=request, response=response)
        return _to_file(request, response)

    async def _maybe_file(self, request: Request) -> File | None:
        response = await self._transport.send(request)
        return _to_file(request, response) if response.content else None

    async def _none(self, request: Request) -> None:
        await self._transport.send(request)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._transport.connection.base_url}>"


def _to_file(request: Request, response: Response) -> File:
    content_type = response.headers.get("content-type", "").partition(";")[0].strip()
    name = filename_from_header(response.headers.get("content-disposition", ""), request.path.rpartition("/")[2])
    return File(response.content, name, content_type or "application/octet-stream")
