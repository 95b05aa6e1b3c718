"""The guard of a served sandbox: no page of another site can read or drive it through somebody's browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..engine.spec import JSON

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names that always mean this computer, so that no other site can have them."""
PORTS = {"http": 80, "https": 443}
FORMS = ("multipart/form-data", "text/plain")
"""What a page can send without asking first, and curl does not send; `curl -d` sends a third type."""

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s:/@\[\]]+)(:(?P<port>\d{1,5}))?")


Host = tuple[str, int | None]
"""A name and a port, or any port."""


def parse_hosts(texts: Iterable[str]) -> frozenset[Host]:
    """The hosts in a list.

    Raises:
        ValueError: one of them is not a host, or they are not a list.
    """
    if isinstance(texts, str):
        raise ValueError(f"a list of hosts is needed, not {texts!r}")
    return frozenset(map(parse_host, texts))


def parse_host(text: str) -> Host:
    """The name and the port of a host, as `moco:8000`, `[::1]` or `::1`.

    Raises:
        ValueError: it is not a host.
    """
    host = text.lower()
    match = _HOST.fullmatch(f"[{host}]" if host.count(":") > 1 and "[" not in host else host)
    if match is None:
        raise ValueError(f"{text!r} is not a host")
    return match["name"], int(match["port"]) if match["port"] else None


class Guard:
    """Middleware that refuses requests to other hosts, and those that pages of other sites make.

    The host keeps out a site whose name was made to lead here (DNS rebinding): its page would be of the same origin.
    Programs name the host that they connect to, and say nothing about a site, so nothing changes for them.

    Args:
        app: The application.
        free: The prefix of the paths where a cross-site request passes that a browser does not send without asking
            first, which the application never grants: one with a key, or with JSON.
        allowed_hosts: The hosts it answers to, with a port or for any, besides this computer and the address that
            a connection was made to.
    """

    def __init__(self, app: ASGIApp, free: str, allowed_hosts: frozenset[Host] = frozenset()) -> None:
        self._app = app
        self._free = free
        self._allowed = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._find_refusal(scope, Headers(scope=scope))):
            status, message = refusal
            await JSONResponse({"message": message}, status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _find_refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        for host in headers.getlist("host"):
            if not self._answers_to(host, scope):
                hint = "allow it with --allowed-host, or Sandbox(allowed_hosts=[...])"
                return 403, f"this sandbox does not answer to the host {host!r}; if that is its name, {hint}"
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_free = f"{path}/".startswith(f"{self._free}/")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if _is_cross_site(headers):
            if not (is_free and ("authorization" in headers or kind == JSON)):
                return 403, "a page of another site asks for this; open the address yourself, or use a program"
        elif not is_free and kind in FORMS:
            return 415, f"the body has to be JSON, not {kind}"
        return None

    def _answers_to(self, host: str, scope: Scope) -> bool:
        try:
            name, port = parse_host(host)
        except ValueError:
            return False
        if {(name, port), (name, None)} & self._allowed:
            return True
        address, served = scope.get("server") or ("localhost", None)
        is_here = name in LOCAL or (name, None) == _parse_address(address)
        return is_here and served in (None, port or PORTS.get(scope.get("scheme", "http")))


def _parse_address(address: str) -> Host | None:
    try:
        return parse_host(address)
    except ValueError:
        return None  # the path of a socket


def _is_cross_site(headers: Headers) -> bool:
    """Whether a browser says that a page of another origin made the request."""
    site = headers.get("sec-fetch-site", "none")
    hosts = [host.lower() for host in headers.getlist("host")]
    foreign = any(urlsplit(origin.lower()).netloc not in hosts for origin in headers.getlist("origin"))
    return site not in {"none", "same-origin"} or foreign
