"""Pagination: one page of a list, and its headers."""

from __future__ import annotations

from math import ceil
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import URL, QueryParams

MAX_PER_PAGE = 100


def paginate(rows: list[Any], query: QueryParams, url: URL) -> tuple[list[Any], dict[str, str]]:
    """The page of a query, and its headers."""
    number = _parse_positive(query.get("page"), 1)
    size = min(_parse_positive(query.get("per_page"), MAX_PER_PAGE), MAX_PER_PAGE)
    headers = {"X-Page": str(number), "X-Per-Page": str(size), "X-Total": str(len(rows))}
    last = ceil(len(rows) / size)
    if number < last:
        # In MOCO's order: a client that takes the first address jumps to the last page.
        links = [
            f'<{_build_address(url, query, last)}>; rel="last"',
            f'<{_build_address(url, query, number + 1)}>; rel="next"',
        ]
        headers["Link"] = ", ".join(links)
    return rows[(number - 1) * size : number * size], headers


def _parse_positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _build_address(url: URL, query: QueryParams, page: int) -> str:
    parameters = [(name, text) for name, text in query.multi_items() if name != "page"]
    return str(url.replace(query=urlencode(sorted([*parameters, ("page", str(page))]), quote_via=quote)))
