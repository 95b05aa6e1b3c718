"""The admin API of a served sandbox: what `Sandbox` offers in Python, over HTTP.

It is below `/admin`, takes and returns JSON, requires no key, and does not count towards the rate limit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from typing import Any

from jsonschema import Draft202012Validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..account import Account
from ..engine.dates import format_timestamp
from ..seed import Seed
from ..webhooks.outbox import Delivery
from .faults import Fault
from .json_body import parse_json

SHARE = {"type": "number", "minimum": 0, "maximum": 1}
NAMES = {"type": ["string", "array"], "items": {"type": "string"}}
FLAG, WHOLE = {"type": "boolean"}, {"type": "integer"}
FAULT: dict[str, Any] = {
    "operation": {"type": "string"},
    "status": WHOLE,
    "body": {},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "latency": {"type": "number"},
    "disconnect": FLAG,
    "apply_first": FLAG,
    "truncate": FLAG,
    "missing": NAMES,
    "unknown": NAMES,
    "probability": SHARE,
    "seed": WHOLE,
    "times": WHOLE,
}
NUMBER = {"type": "number"}
CLOCK: dict[str, Any] = {"days": NUMBER, "hours": NUMBER, "minutes": NUMBER, "seconds": NUMBER}
DISTURBANCE: dict[str, Any] = {"shuffle": FLAG, "duplicate": SHARE, "drop": SHARE, "seed": WHOLE}
LARGEST = {"users": 10_000, "projects": 50_000, "activities": 2_000_000, "months": 600}
"""The largest agency that is made on request; a larger one would keep the server from answering."""
SIZE: dict[str, Any] = {name: WHOLE | {"maximum": most} for name, most in LARGEST.items()}

Endpoint = Callable[[Account, Request, dict[str, Any]], Any]
ROUTES: list[Route] = []
ENDPOINTS: list[tuple[str, str, str, str]] = []
"""The endpoints for the start page: method, path, attributes of the body, description."""


class BadRequest(Exception):  # noqa: N818
    """The request is invalid."""

    status = 400


class Missing(BadRequest):
    """The fault or snapshot does not exist."""

    status = 404


def route(method: str, path: str, /, **attributes: Any) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint, with the schemas of its body's attributes."""

    def register(endpoint: Endpoint) -> Endpoint:
        async def serve(request: Request) -> Response:
            account: Account = request.app.state.account
            try:
                return JSONResponse(endpoint(account, request, _body(await request.body(), attributes)))
            except (BadRequest, OverflowError, ValueError) as error:
                return JSONResponse({"message": str(error)}, getattr(error, "status", 400))

        ROUTES.append(Route(f"/admin{path}", serve, methods=[method]))
        ENDPOINTS.append((method, f"/admin{path}", ", ".join(attributes), endpoint.__doc__ or ""))
        return endpoint

    return register


def _body(raw: bytes, attributes: dict[str, Any]) -> dict[str, Any]:
    try:
        body = parse_json(raw or b"{}")
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    schema = {"type": "object", "properties": attributes, "additionalProperties": False}
    if error := next(Draft202012Validator(schema).iter_errors(body), None):
        raise BadRequest(": ".join([*map(str, error.absolute_path), error.message]))
    whole: dict[str, Any] = body
    return whole


@route("GET", "")
def overview(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """The state of the sandbox."""
    return {
        "subdomain": account.store.subdomain,
        "api_key": account.api_key,
        "keys": account.keys,
        "signing_key": account.signing_key,
        "now": account.store.now(),
        "rate_limit": account.rate_limit,
        "records": account.store.count_records(),
        "requests": len(account.requests),
        "faults": len(account.faults),
        "waiting": len(account.outbox.waiting),
        "snapshots": sorted(_snapshots(request)),
    }


@route("POST", "/reset")
def reset(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Start afresh, with the same seed."""
    account.reset()
    return overview(account, request, body)


@route("POST", "/seed", **SIZE, empty=FLAG)
def seed(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Start afresh with an agency of this size or, if empty, with nothing but the administrator."""
    empty = body.pop("empty", False)
    account.reset(seed=False if empty else Seed(**body))
    return overview(account, request, body)


@route("POST", "/snapshots", name={"type": "string", "pattern": r"^[\w.-]+$"})
def take_snapshot(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Take a snapshot, under a name or a number."""
    snapshots = _snapshots(request)
    name = body.get("name") or next(name for number in count(1) if (name := str(number)) not in snapshots)
    snapshots[name] = account.snapshot()
    return {"name": name}


@route("POST", "/snapshots/{name}/restore")
def restore(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Restore a snapshot."""
    name = request.path_params["name"]
    if name not in _snapshots(request):
        raise Missing(f"the snapshot {name!r} does not exist")
    account.restore(_snapshots(request)[name])
    return overview(account, request, body)


@route("POST", "/clock", **CLOCK)
def travel(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Advance the clock."""
    account.travel(timedelta(**body))
    return {"now": account.store.now()}


@route("GET", "/requests")
def requests(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """The latest requests, the last one at the end; status 0 is a connection that was cut."""
    return [
        {**asdict(arrival), "headers": dict(arrival.headers), "body": arrival.body.decode("utf-8", "replace")}
        for arrival in account.requests
    ]


@route("GET", "/faults")
def faults(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """The faults that are injected."""
    return [_show_fault(fault) for fault in account.faults]


@route("POST", "/faults", **FAULT)
def add_fault(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Inject a fault from now on."""
    return _show_fault(account.faults.add(**body))


@route("DELETE", "/faults")
def clear_faults(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Remove all faults."""
    account.faults.clear()
    return []


@route("DELETE", "/faults/{number}")
def remove_fault(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Remove a fault."""
    for fault in account.faults:
        if str(fault.number) == request.path_params["number"]:
            account.faults.remove(fault)
            return _show_fault(fault)
    raise Missing("the fault does not exist")


@route("GET", "/outbox")
def outbox(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """The deliveries of webhooks that are waiting, and those that were sent lately."""
    found = account.outbox
    return {
        "disturbance": asdict(found.disturbance),
        "waiting": [_show_delivery(delivery) for delivery in found.waiting],
        "sent": [_show_delivery(delivery) for delivery in found.sent],
    }


@route("POST", "/outbox", **DISTURBANCE)
def disturb(account: Account, request: Request, body: dict[str, Any]) -> Any:
    """Disturb deliveries from now on; not any more, with an empty body."""
    account.outbox.disturb(**body)
    return outbox(account, request, body)


def _show_fault(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("number", *FAULT, "count")}


def _show_delivery(delivery: Delivery) -> dict[str, Any]:
    shown = asdict(delivery)
    return {**shown, "body": json.loads(delivery.body), "due": format_timestamp(delivery.due)}


def _snapshots(request: Request) -> dict[str, Any]:
    """The snapshots by their names. They belong to the application, not to the account."""
    found: dict[str, Any] = request.app.state.snapshots
    return found
