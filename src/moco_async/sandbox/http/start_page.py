"""The start page of a served sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from itertools import groupby, islice
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..account import Account
from ..engine.registry import get_value
from ..engine.spec import Operation, bundled
from .admin import ENDPOINTS

COUNTED = ("companies", "projects", "users", "activities", "invoices", "offers", "purchases", "web_hooks")
"""The collections whose records are counted on the page."""
MAX_USERS = 20
"""The maximum number of users on the page."""


def start_page(request: Request) -> HTMLResponse:
    account: Account = request.app.state.account
    store, limit = account.store, account.rate_limit
    users = list(store["users"].values())
    texts = {
        "subdomain": store.subdomain,
        "base": str(request.base_url).rstrip("/"),
        "key": account.api_key,
        "admin": str(get_value(store, users[0], "full_name")),
        "signing_key": account.signing_key,
        "rate_limit": f"{limit[0]} requests in {limit[1]:g} seconds" if limit else "none",
        "now": store.now(),
        "records": ", ".join(f"{name.replace('_', ' ')} {len(store[name]):,}" for name in COUNTED),
        "count": f"{len(bundled().operations)} operations",
    }
    tables = {
        "keys": "\n".join(_render_keys(account)),
        "controls": "\n".join(
            _render_row(_render_request(method, path), escape(does), body) for method, path, body, does in ENDPOINTS
        ),
        "operations": _render_operations(),
    }
    page = Template(Path(__file__).with_name("start_page.html").read_text("utf-8"))
    return HTMLResponse(page.substitute({name: escape(text) for name, text in texts.items()} | tables))


def _render_keys(account: Account) -> Iterable[str]:
    for user in islice(account.store["users"].values(), MAX_USERS):
        name = str(get_value(account.store, user, "full_name"))
        yield _render_row(f"<code>{user['api_key']}</code>", escape(name), escape(user["email"]), str(user["id"]))
    for kind in ("account", "account, read-only"):
        yield _render_row(f"<code>{account.keys[kind]}</code>", f"the {kind}", "", "")


@cache
def _render_operations() -> str:
    """All operations, collapsed by resource."""
    resources = groupby(sorted(bundled().operations, key=_resource), _resource)
    return "\n".join(_render_group(name, list(operations)) for name, operations in resources)


def _resource(operation: Operation) -> str:
    return operation.resource


def _render_group(name: str, operations: list[Operation]) -> str:
    rows = (
        _render_row(
            _render_request(each.method.upper(), each.path), f"<code>{each.id}</code>", escape(each.node["summary"])
        )
        for each in operations
    )
    title = escape(name.replace("_", " "))
    return (
        f"<details><summary>{title}<small>{len(operations)}</small></summary><table>{''.join(rows)}</table></details>"
    )


def _render_request(method: str, path: str) -> str:
    return f'<code><span class="method">{method}</span> {escape(path)}</code>'


def _render_row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells) + "</tr>"
