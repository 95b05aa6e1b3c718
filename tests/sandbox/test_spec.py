"""Everything the sandbox answers is what the spec says."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.relations import REFERENCES
from moco_async.sandbox.engine.spec import JSON, Operation, bundled
from tests.sandbox.helpers import http
from tests.sandbox.operation_inputs import FILES, body_for, path_for

SPEC = bundled()
OPERATIONS = SPEC.operations
BY_ID = {operation.id: operation for operation in OPERATIONS}
LIVES = [
    operation
    for operation in OPERATIONS
    if operation.verb == "create" and f"{operation.resource}.get" in BY_ID and operation.resource != "session"
]
WRITES = [operation for operation in OPERATIONS if operation.body_schema]


async def ask(sandbox: Sandbox, operation: Operation, path: str, body: Any) -> httpx.Response:
    async with http(sandbox) as api:
        if files := FILES.get(operation.id):
            return await api.request(operation.method, path, files=files)
        return await api.request(operation.method, path, json=body)


def problems(operation: Operation, answer: httpx.Response) -> list[str]:
    pointer = f"{operation.path.replace('/', '~1')}/{operation.method}/responses/{answer.status_code}"
    validator = SPEC.validator(f"paths/{pointer}/content/application~1json/schema")
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json())]


def explain(operation: Operation, answer: httpx.Response) -> str:
    """What to do about an operation that does not succeed."""
    return (
        f"{operation.id}: {answer.status_code} {answer.text}; "
        "a new operation needs inputs, see tests/sandbox/operation_inputs.py"
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
async def test_every_operation_answers_by_the_spec(restored: Sandbox, operation: Operation) -> None:
    answer = await ask(restored, operation, path_for(restored, operation), body_for(restored, operation))
    assert answer.status_code == operation.status, explain(operation, answer)
    content = SPEC.resolve(operation.node["responses"][str(answer.status_code)]).get("content", {})
    if JSON in content:
        assert problems(operation, answer) == []
    elif not content:
        assert answer.content == b""


def beside(create: Operation, verb: str, created_at: str, id: int) -> tuple[Operation | None, str]:
    """Another operation of the same resource on the record, and its path."""
    operation = BY_ID.get(f"{create.resource}.{verb}")
    if operation is None:
        return None, ""
    parents = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>\\d+)", create.path), created_at)
    assert parents is not None
    return operation, operation.path.format(**parents.groupdict(), id=id)


@pytest.mark.parametrize("create", LIVES, ids=lambda operation: operation.resource)
async def test_a_record_lives(restored: Sandbox, create: Operation) -> None:
    """It is created, found, changed, listed and filtered by, deleted, and gone."""
    home = path_for(restored, create)
    verbs = (BY_ID.get(f"{create.resource}.{verb}") for verb in ("create", "update", "delete"))
    bodies = {operation.verb: body_for(restored, operation) for operation in verbs if operation}
    created = await ask(restored, create, home, bodies["create"])
    assert created.status_code == create.status, explain(create, created)
    new = created.json()["id"]

    get, at = beside(create, "get", home, new)
    assert get is not None
    found = await ask(restored, get, at, None)
    assert {**found.json(), **created.json()} == found.json()

    update, at = beside(create, "update", home, new)
    if update is not None:
        changed = await ask(restored, update, at, bodies["update"])
        assert (changed.status_code, changed.json()["id"]) == (update.status, new), changed.text

    many, at = beside(create, "list", home, new)
    if many is not None and "ids" in many.filters:
        rows = await ask(restored, many, f"{at}?ids={new}", None)
        assert [row["id"] for row in rows.json()] == [new]
        assert (await ask(restored, many, f"{at}?ids=4711", None)).json() == []

    delete, at = beside(create, "delete", home, new)
    if delete is not None:
        gone = await ask(restored, delete, at, bodies["delete"])
        assert gone.status_code == delete.status, gone.text
        assert (await ask(restored, get, at, None)).status_code == 404


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
async def test_every_operation_survives_an_empty_account(operation: Operation) -> None:
    sandbox = Sandbox(seed=False, rate_limit=None)
    names = ["id", "project_id", "invoice_id", "offer_id", "catalog_service_id", "taggable_id"]
    ids = {**dict.fromkeys(names, 4711), "taggable_type": "User"}
    answer = await ask(sandbox, operation, operation.path.format(**ids), {})
    assert answer.status_code in {operation.status, 404, 422}
    # Of taggings, only the action knows which record is meant, after the body has been looked at.
    if operation.resource != "taggings":
        assert ("{" in operation.path) == (answer.status_code == 404)


def bodies(sandbox: Sandbox, schema: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Bodies that a schema permits, and sometimes not; ids are mostly those of records."""
    schema = SPEC.merged(schema)
    if "oneOf" in schema:
        return st.one_of(*(bodies(sandbox, choice, name) for choice in schema["oneOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
    choices: list[st.SearchStrategy[Any]] = []
    if "properties" in schema:
        parts = {key: bodies(sandbox, part, key) for key, part in schema["properties"].items()}
        required = {key: parts.pop(key) for key in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=parts)
    if "array" in types:
        choices.append(st.lists(bodies(sandbox, schema["items"], name), max_size=3))
    if "string" in types:
        texts = {"date": ["2026-03-01", "2026-03-31", "2026-13-01"], "date-time": ["2026-03-01T08:00:00Z"]}
        choices.append(st.sampled_from(texts.get(schema.get("format", ""), ["", "Text", "09:30", "https://x.example"])))
    if name.endswith(("_id", "_ids")):
        kind = name.removesuffix("s").removesuffix("_id")
        ids = list(sandbox.store[REFERENCES.get(kind, "activities")])[:3]
        choices.append(st.sampled_from([*ids, 4711]))
    elif {"number", "integer"} & set(types):
        choices.append(st.sampled_from([0, 1, 60, 3600, 19, -5]))
    if "boolean" in types:
        choices.append(st.booleans())
    if "null" in types:
        choices.append(st.none())
    return st.one_of(*choices) if choices else st.just({})


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.id)
def test_no_body_brings_it_down(restored: Sandbox, runner: asyncio.Runner, operation: Operation) -> None:
    """Whatever is sent is either done, and answered by the spec, or refused."""

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(bodies(restored, operation.body_schema))
    def check(body: dict[str, Any]) -> None:
        answer = runner.run(ask(restored, operation, path_for(restored, operation), body))
        assert answer.status_code in {operation.status, 400, 401, 403, 404, 422, 423}
        if answer.status_code == operation.status and answer.content:
            assert problems(operation, answer) == []

    check()
