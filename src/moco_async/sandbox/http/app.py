"""The ASGI application: from a request to its operation, and from the result to a response."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from ..account import Account, Arrival
from ..engine.auth import Caller
from ..engine.context import DENIED, NOT_FOUND, HTTPError, OperationContext
from ..engine.crud import find_handler
from ..engine.record import Record, Values
from ..engine.relations import BAD_REQUEST_IF_UNKNOWN, EXPANDED_BY, OMITTED_IN_LISTS
from ..engine.spec import JSON, Operation, bundled
from .admin import ROUTES as ADMIN
from .guard import Guard, Host
from .json_body import parse_json
from .multipart import parse_form
from .paging import paginate
from .start_page import start_page

PREFIX = "/api/v1"

_LONG_NUMBER = re.compile(r"\d{1000}")


class IdConvertor(IntegerConvertor):
    """An id in a path: a number that a database can hold."""

    regex = "[0-9]{1,18}"


register_url_convertor("moco_id", IdConvertor())


def create_app(account: Account, allowed_hosts: frozenset[Host] = frozenset()) -> Starlette:
    routes = [
        Route("/", start_page),
        Mount(PREFIX, Router(_routes(), redirect_slashes=False)),
        *ADMIN,
        _fallback_route(),
    ]
    guard = Middleware(Guard, PREFIX, allowed_hosts)
    app = Starlette(routes=routes, middleware=[guard], lifespan=lambda _: account.outbox.serving())
    app.state.account = account
    app.state.snapshots = {}
    return app


@cache
def _routes() -> list[Route]:
    """The routes of the spec, which all sandboxes share."""
    routes: list[Route] = []
    for operation in bundled().operations:
        # An update is PUT in the spec; MOCO accepts PATCH as well, unless that is an operation of its own.
        methods = ["PUT", "PATCH"] if _accepts_patch(operation) else [operation.method.upper()]
        path = operation.path
        for parameter in operation.parameters:
            if parameter["in"] == "path" and parameter["schema"].get("type") == "integer":
                path = path.replace(f"{{{parameter['name']}}}", f"{{{parameter['name']}:moco_id}}")
        routes.append(Route(path, partial(_serve, operation), methods=methods))
    return [*routes, _fallback_route()]


def _fallback_route() -> Route:
    """The route that matches when no other one does."""
    return Route("/{path:path}", partial(_serve, None), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def _accepts_patch(operation: Operation) -> bool:
    return operation.method == "put" and "patch" not in operation.spec.document["paths"][operation.path]


async def _serve(operation: Operation | None, request: Request) -> Response:
    account: Account = request.app.state.account
    raw = await request.body()
    if account.window and not account.window.admit():
        response = _build_response(429, {"message": "Too many requests"})
    else:
        response = await account.faults.intercept(operation, partial(_respond, account, operation, request, raw))
    response.headers["X-Request-Id"] = str(uuid4())
    headers = {name: text for name, text in request.headers.items() if name != "authorization"}
    account.requests.append(
        Arrival(request.method, request.url.path, request.url.query, headers, raw, response.status_code)
    )
    return response


def _respond(account: Account, operation: Operation | None, request: Request, raw: bytes) -> Response:
    try:
        return _perform(account, operation, request, raw)
    except HTTPError as error:
        return _build_response(error.status, error.body)


def _perform(account: Account, operation: Operation | None, request: Request, raw: bytes) -> Response:
    if operation is None:
        raise NOT_FOUND
    if any(map(_LONG_NUMBER.search, request.query_params.values())):
        raise HTTPError(414)
    caller = _authenticate(account, operation, request)
    context = OperationContext(operation, account.store, caller, request.path_params, request.query_params, request.url)
    context.check_path()
    context.body = _parse_body(operation, request.headers.get("content-type", ""), raw)
    with account.outbox.collect_events(caller.user["id"]):
        result = find_handler(context)(context)
    return _serialize(account, context, result)


def _authenticate(account: Account, operation: Operation, request: Request) -> Caller:
    caller = account.auth.authenticate(request.headers)
    if caller is None:
        if not operation.public:
            raise HTTPError(401, {"message": "Invalid API key."})
        caller = Caller(Record("users", {"id": 0}), None)
    if user_id := request.headers.get("x-impersonate-user-id"):
        caller = account.auth.impersonate(caller, user_id)
    if caller is None or not (operation.public or caller.may_call(operation)):
        raise DENIED
    return caller


def _parse_body(operation: Operation, content_type: str, raw: bytes) -> Values:
    """The attributes of the body that the operation has; MOCO ignores others."""
    if operation.form_schema:
        return parse_form(operation.form_schema, content_type, raw)
    schema = operation.body_schema
    if schema is None:
        return {}
    if raw and content_type.partition(";")[0].strip().lower() != JSON:
        raise HTTPError(415)
    try:
        body = parse_json(raw or b"{}")
    except ValueError:
        raise HTTPError(400, {"message": "Invalid payload"}) from None
    if not isinstance(body, dict):
        raise HTTPError(400, {"message": "Invalid payload"})
    if problems := operation.problems(body):
        raise _build_validation_error(operation, body, problems)
    known: Values = operation.spec.drop_unknown(schema, body)
    return known


def _build_validation_error(operation: Operation, body: Values, problems: dict[str, list[str]]) -> HTTPError:
    for name in problems:
        if (operation.resource, name) in BAD_REQUEST_IF_UNKNOWN and isinstance(body.get(name), str):
            return HTTPError(400, {"error": f"'{body[name]}' is not a valid {name}"})
    return HTTPError(422, problems)


def _serialize(account: Account, context: OperationContext, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    operation = context.operation
    if operation.response_schema is None or result is None:
        return _build_response(operation.status)
    headers: dict[str, str] = {}
    omit: frozenset[str] = frozenset()
    if isinstance(result, list):
        omit = OMITTED_IN_LISTS.get(operation.resource, omit)
        if operation.paged:
            result, headers = paginate(result, context.query, context.url)
    expand = [name for parameter, name in EXPANDED_BY.items() if context.query.get(parameter) == "true"]
    content = account.serializer.serialize(operation.response_schema, result, expand=expand, omit=omit)
    return JSONResponse(content, operation.status, headers)


def _build_response(status: int, body: Any = None) -> Response:
    if body is not None:
        return JSONResponse(body, status)
    # In MOCO even an empty 200 is of type JSON.
    return Response(status_code=status, media_type=JSON if status == 200 else None)
