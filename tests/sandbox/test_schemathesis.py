"""What schemathesis makes up from the spec is answered as the spec says."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.relations import REFERENCES
from moco_async.sandbox.engine.spec import Operation, bundled

SCHEMA = schemathesis.openapi.from_dict(dict(bundled().document))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
BASE = "http://sandbox/api/v1"


async def send(sandbox: Sandbox, case: Any) -> httpx.Response:
    """Let requests, for which schemathesis makes its cases, write the request, and send it without a socket."""
    made: Any = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    headers = {**made.headers, "Authorization": f"Token {sandbox.api_key}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox.app)) as api:
        return await api.request(made.method, made.url, headers=headers, content=made.body)


def ids(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """Path parameters that lead to records, as far as the account has any."""
    found: dict[str, Any] = {}
    for parameter in operation.parameters:
        name = parameter["name"]
        if parameter["in"] == "path" and name != "taggable_type":
            collection = operation.collection if name == "id" else REFERENCES.get(name.removesuffix("_id"), "projects")
            found[name] = next(iter(sandbox.store[collection]), 4711)
    return found | ({"taggable_type": "Project"} if "taggable_id" in found else {})


@pytest.mark.parametrize("operation", bundled().operations, ids=lambda operation: operation.id)
def test_operation(restored: Sandbox, runner: asyncio.Runner, operation: Operation) -> None:
    described = SCHEMA[operation.path][operation.method]
    anywhere, somewhere = described.as_strategy(), described.as_strategy(path_parameters=ids(restored, operation))

    @settings(max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW)
    @given(st.one_of(somewhere, anywhere) if "{" in operation.path else anywhere)
    def check(case: Any) -> None:
        answer = runner.run(send(restored, case))
        # What OpenAPI cannot say: that a 200 may come without a body.
        empty = operation.node.get("x-may-be-empty") and not answer.content
        case.validate_response(answer, checks=CHECKS, excluded_checks=[response_schema_conformance] if empty else [])

    check()
