"""Where a redirect leads, and whether it is followed: within MOCO, and for a file to where it is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ._request import Request, Response

__all__ = ["MOST_REDIRECTS", "Redirect", "is_redirect", "redirect", "shown"]

MOST_REDIRECTS = 5
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Redirect:
    """The next address to ask."""

    url: str
    elsewhere: bool
    """Whether it is not MOCO, which is asked without any header of ours."""


def is_redirect(request: Request, response: Response) -> bool:
    """Whether an answer is worth following: never for what changes something."""
    return request.method == "GET" and response.status in {301, 302, 303, 307, 308} and "location" in response.headers


def redirect(request: Request, url: str, location: str, *, elsewhere: bool) -> Redirect | str:
    """Where a redirect leads, or why it is not followed.

    Args:
        request: What was asked for in the beginning.
        url: Who redirects.
        location: Where to, as it says.
        elsewhere: Whether it has led away from MOCO before.
    """
    if (target := _joined(url, location)) is None:
        return f"redirected to what is not an address: {location!r:.200}"
    if _origin(target) == _origin(url):
        return Redirect(target, elsewhere)
    if not _is_for_a_file(request):
        return f"redirected to another host: {shown(target)}"
    if url.startswith("https:") and not target.startswith("https:"):
        return f"redirected to where anybody could read along: {shown(target)}"
    return Redirect(target, elsewhere=True)


def shown(url: str) -> str:
    """An address without its query, in which there may be a signature."""
    return url.partition("?")[0][:200]


def _joined(url: str, location: str) -> str | None:
    try:
        target = urljoin(url, location.strip()).partition("#")[0]
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return None
    fits = parts.scheme in _DEFAULT_PORTS and parts.hostname and "@" not in parts.netloc and len(target) < 8000
    return target if fits and not re.search(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]", target) else None


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _is_for_a_file(request: Request) -> bool:
    """Files have an extension in MOCO's paths, as `/invoices/{id}.pdf`; records may be asked for with `.json`."""
    return re.search(r"\.(?!json$)[A-Za-z0-9]+$", request.path) is not None
