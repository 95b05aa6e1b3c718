"""The ASGI application: from a request to its operation, and from what that does to an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from ..engine.auth import Caller
from ..engine.context import DENIED, NOT_FOUND, Call, Refusal
from ..engine.crud import action_of
from ..engine.relations import EXPANDED_BY, LISTS_OMIT, UNKNOWN_IS_BAD
from ..engine.spec import JSON, Operation, bundled
from ..engine.store import Record, Values
from .admin import ROUTES as ADMIN
from .multipart import form
from .paging import page_of
from .start_page import start_page

if TYPE_CHECKING:
    from .. import Sandbox

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Arrival:
    """A request that arrived, and the status it was answered with: 0 if there was no answer. The key is not kept."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int


def application(sandbox: Sandbox) -> Starlette:
    routes = [Route("/", start_page), Mount(PREFIX, Router(_routes(), redirect_slashes=False)), *ADMIN, _nothing()]
    app = Starlette(routes=routes, lifespan=lambda _: sandbox.outbox.serving())
    app.state.sandbox = sandbox
    app.state.snapshots = {}
    return app


@cache
def _routes() -> list[Route]:
    """The routes of the spec, which all sandboxes share."""
    routes: list[Route] = []
    for operation in bundled().operations:
        # A change is PUT in the spec, and MOCO takes PATCH for it as well, where that is not an operation of its own.
        methods = ["PUT", "PATCH"] if _has_twin(operation) else [operation.method.upper()]
        path = operation.path
        for parameter in operation.parameters:
            if parameter["in"] == "path" and parameter["schema"].get("type") == "integer":
                path = path.replace(f"{{{parameter['name']}}}", f"{{{parameter['name']}:int}}")
        routes.append(Route(path, partial(_serve, operation), methods=methods))
    return [*routes, _nothing()]


def _nothing() -> Route:
    """The route of everything that no other route leads to."""
    return Route("/{path:path}", partial(_serve, None), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def _has_twin(operation: Operation) -> bool:
    return operation.method == "put" and "patch" not in operation.spec.document["paths"][operation.path]


async def _serve(operation: Operation | None, request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    raw = await request.body()
    if sandbox.window and not sandbox.window.admit():
        response = _plain(429, {"message": "Too many requests"})
    else:
        response = await sandbox.faults.around(operation, partial(_respond, sandbox, operation, request, raw))
    response.headers["X-Request-Id"] = str(uuid4())
    headers = {name: text for name, text in request.headers.items() if name != "authorization"}
    sandbox.requests.append(
        Arrival(request.method, request.url.path, request.url.query, headers, raw, response.status_code)
    )
    return response


def _respond(sandbox: Sandbox, operation: Operation | None, request: Request, raw: bytes) -> Response:
    try:
        return _answer(sandbox, operation, request, raw)
    except Refusal as refusal:
        return _plain(refusal.status, refusal.body)


def _answer(sandbox: Sandbox, operation: Operation | None, request: Request, raw: bytes) -> Response:
    if operation is None:
        raise NOT_FOUND
    caller = _caller(sandbox, operation, request)
    call = Call(operation, sandbox.store, caller, request.path_params, request.query_params, request.url)
    call.check_path()
    call.body = _body(operation, request.headers.get("content-type", ""), raw)
    with sandbox.outbox.call_of(caller.user["id"]):
        result = action_of(call)(call)
    return _rendered(sandbox, call, result)


def _caller(sandbox: Sandbox, operation: Operation, request: Request) -> Caller:
    caller = sandbox.identity.caller(request.headers)
    if caller is None:
        if not operation.public:
            raise Refusal(401, {"message": "Invalid API key."})
        caller = Caller(Record("users", {"id": 0}), None)
    if user_id := request.headers.get("x-impersonate-user-id"):
        caller = sandbox.identity.impersonated(caller, user_id)
    if caller is None or not (operation.public or caller.may_call(operation)):
        raise DENIED
    return caller


def _body(operation: Operation, content_type: str, raw: bytes) -> Values:
    """The attributes of the body that the operation knows; MOCO ignores the others."""
    if operation.form_schema:
        return form(operation.form_schema, content_type, raw)
    schema = operation.body_schema
    if schema is None:
        return {}
    if raw and content_type.partition(";")[0].strip().lower() != JSON:
        raise Refusal(415)
    try:
        body = json.loads(raw or "{}", parse_constant=_no_json)
    except ValueError:
        raise Refusal(400, {"message": "Invalid payload"}) from None
    if not isinstance(body, dict):
        raise Refusal(400, {"message": "Invalid payload"})
    if problems := operation.problems(body):
        raise _refusal(operation, body, problems)
    known: Values = operation.spec.known(schema, body)
    return known


def _no_json(constant: str) -> None:
    """Refuse `NaN` and `Infinity`, which Python would take for JSON.

    Raises:
        ValueError: always.
    """
    raise ValueError(constant)


def _refusal(operation: Operation, body: Values, problems: dict[str, list[str]]) -> Refusal:
    for name in problems:
        if (operation.resource, name) in UNKNOWN_IS_BAD and isinstance(body.get(name), str):
            return Refusal(400, {"error": f"'{body[name]}' is not a valid {name}"})
    return Refusal(422, problems)


def _rendered(sandbox: Sandbox, call: Call, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    operation = call.operation
    if operation.answer is None or result is None:
        return _plain(operation.status)
    headers: dict[str, str] = {}
    omit: frozenset[str] = frozenset()
    if isinstance(result, list):
        omit = LISTS_OMIT.get(operation.resource, omit)
        if operation.paged:
            result, headers = page_of(result, call.query, call.url)
    expand = [name for parameter, name in EXPANDED_BY.items() if call.query.get(parameter) == "true"]
    content = sandbox.renderer.answer(operation.answer, result, expand=expand, omit=omit)
    return JSONResponse(content, operation.status, headers)


def _plain(status: int, body: Any = None) -> Response:
    if body is not None:
        return JSONResponse(body, status)
    # MOCO calls even an empty 200 JSON.
    return Response(status_code=status, media_type=JSON if status == 200 else None)
