"""The start page: what this server is, and how to call it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse

from .hooks import value
from .spec import bundled

if TYPE_CHECKING:
    from . import Sandbox

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>MOCO sandbox</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }}
  td, th {{ padding: .1rem 1rem .1rem 0; text-align: left; vertical-align: top }}
  code, pre {{ font: 14px/1.5 ui-monospace, monospace }}
  pre {{ background: #f3f4f6; padding: 1rem; overflow-x: auto }}
</style>
<h1>MOCO sandbox</h1>
<p>A stateful fake of the MOCO API for the account <b>{subdomain}</b>. State is kept in memory.</p>
<pre>curl -H "Authorization: Token token={key}" {base}/projects</pre>
<h2>Users</h2>
<table><tr><th>Id<th>Name<th>E-mail (password: sandbox)<th>Key</tr>{users}</table>
<h2>Operations</h2>
<table>{operations}</table>
"""


def start_page(request: Request) -> HTMLResponse:
    sandbox: Sandbox = request.app.state.sandbox
    users = [
        (str(user["id"]), value(sandbox.store, user, "full_name"), user["email"], user["api_key"])
        for user in sandbox.store["users"].values()
    ]
    operations = [
        (operation.method.upper(), operation.path, operation.id, operation.node["summary"])
        for operation in bundled().operations
    ]
    html = PAGE.format(
        subdomain=escape(sandbox.store.subdomain),
        key=sandbox.api_key,
        base=f"{str(request.base_url).rstrip('/')}/api/v1",
        users=_rows(users),
        operations=_rows(operations),
    )
    return HTMLResponse(html)


def _rows(rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) + "</tr>" for row in rows)
