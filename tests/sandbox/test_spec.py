"""Everything the sandbox answers is what the spec says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async.sandbox import Sandbox, Snapshot
from moco_async.sandbox.spec import JSON, Operation, bundled
from moco_async.sandbox.tables import REFERENCES
from tests.sandbox import spec_cases_sales, spec_cases_work

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
    transport = httpx.ASGITransport(app=sandbox.app)
    headers = {"Authorization": f"Token token={sandbox.api_key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/api/v1", headers=headers) as api:
        if files := spec_cases_sales.FILES.get(operation.id):
            return await api.request(operation.method, path, files=files)
        return await api.request(operation.method, path, json=body)


def body_for(sandbox: Sandbox, operation: Operation) -> dict[str, Any] | None:
    """A body for an operation, out of what the seeded sandbox holds."""
    store = sandbox.store
    task = next(iter(store["project_tasks"].values()))
    activity = next(row for row in store["activities"].values() if not row["billed"])
    invoice = next(iter(store["invoices"].values()))
    customer = store["projects"][activity["project_id"]]["customer_id"]
    unit = next(iter(store["units"]))
    booking = {"date": "2026-01-07", "project_id": task["project_id"], "task_id": task["id"], "seconds": 900}
    position = {"type": "item", "title": "Konzept", "quantity": 2, "unit_price": 120}
    payment = {"date": "2026-01-07", "invoice_id": invoice["id"], "paid_total": 10}
    email = "sandra.keller@sandbox.example"
    bodies: dict[str, dict[str, Any]] = {
        "activities.billable_seconds": {"seconds": 60},
        "activities.create": booking,
        "activities.create_bulk": {"activities": [booking, booking]},
        "activities.disregard": {"reason": "x", "activity_ids": [activity["id"]], "company_id": customer},
        "companies.create": {"name": "Neu GmbH", "type": "customer", "currency": "EUR"},
        "invoice_payments.create": payment,
        "invoice_payments.create_bulk": {"bulk_data": [payment]},
        "invoices.create": {
            "customer_id": customer,
            "recipient_address": "Bern",
            "date": "2026-01-07",
            "due_date": "2026-02-07",
            "title": "Rechnung",
            "currency": "EUR",
            "tax": 19,
            "items": [{"type": "title", "title": "Leistungen"}, position],
        },
        "invoices.create_attachment": {"attachment": {"filename": "a.pdf", "base64": "JVBERi0xLjQK"}},
        "invoices.delete": {"reason": "Irrtum"},
        "invoices.send_email": {"subject": "Rechnung", "text": "Hallo"},
        "invoices.update_status": {"status": "ignored"},
        "presences.create": {"date": "2026-01-07", "from": "09:00"},
        "project_tasks.create": {"name": "Neu"},
        "projects.assign_project_group": {"project_group_id": next(iter(store["project_groups"]))},
        "projects.create": {
            "name": "Neu",
            "currency": "EUR",
            "fixed_price": False,
            "retainer": False,
            "leader_id": 1,
            "company_id": customer,
        },
        "session.create": {"email": email, "password": "sandbox"},
        "taggings.add": {"tags": ["x"]},
        "taggings.remove": {"tags": ["x"]},
        "taggings.replace": {"tags": ["x"]},
        "users.create": {
            "firstname": "A",
            "lastname": "B",
            "email": "a@b.example",
            "unit_id": unit,
        },
        "web_hooks.update": {"hook": "https://x.example"},
        "web_hooks.create": {"target": "Invoice", "event": "update", "hook": "https://x.example"},
    }
    bodies |= spec_cases_sales.bodies(sandbox) | spec_cases_work.bodies(sandbox)
    return bodies.get(operation.id, {} if operation.body_schema else None)


def path_for(sandbox: Sandbox, operation: Operation) -> str:
    """The operation's path, with the ids of records that it can be done with."""
    store = sandbox.store
    record = TARGETS.get(operation.id, first)(sandbox, operation) if "{id}" in operation.path else {}
    ids = {
        "id": record.get("id"),
        "project_id": record.get("project_id") or next(iter(store["projects"])),
        "invoice_id": record.get("invoice_id") or next(iter(store["invoices"])),
        "offer_id": record.get("offer_id") or list(store["offers"])[-1],
        "catalog_service_id": next(iter(store["catalog_services"])),
        "taggable_type": "Project",
        "taggable_id": next(iter(store["projects"])),
    }
    return operation.path.format(**ids)


def first(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return next(iter(sandbox.store[operation.collection].values()))


def today(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    task = next(iter(sandbox.store["project_tasks"].values()))
    running = sandbox.store.now() if operation.verb == "stop_timer" else None
    return sandbox.store.add(
        "activities",
        project_id=task["project_id"],
        task_id=task["id"],
        user_id=1,
        date=sandbox.store.today().isoformat(),
        seconds=0,
        worked_seconds=0,
        billable=True,
        billed=False,
        timer_started_at=running,
    )


def led(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    activity = first(sandbox, operation)
    sandbox.store["projects"][activity["project_id"]]["leader_id"] = 1
    return activity


def draft(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    drafts = sandbox.store.where("invoices", status="draft")
    return drafts[0] if drafts else first(sandbox, operation)


def lonely(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    """A record that nothing refers to."""
    collection = operation.collection
    values: dict[str, dict[str, Any]] = {"companies": {"type": "supplier"}, "users": {"active": True}}
    project = next(iter(sandbox.store["projects"]))
    return sandbox.store.add(collection, project_id=project, **values.get(collection, {}))


def attachment(sandbox: Sandbox, operation: Operation) -> dict[str, Any]:
    return sandbox.store.add(operation.collection, invoice_id=next(iter(sandbox.store["invoices"])), title="a.pdf")


TARGETS = {
    "activities.billable_seconds": led,
    "activities.delete": today,
    "activities.start_timer": today,
    "activities.stop_timer": today,
    "companies.delete": lonely,
    "invoices.delete": draft,
    "invoices.delete_attachment": attachment,
    "project_tasks.delete": lonely,
    "projects.delete": lonely,
    "users.delete": lonely,
    **spec_cases_sales.TARGETS,
    **spec_cases_work.TARGETS,
}


def problems(operation: Operation, answer: httpx.Response) -> list[str]:
    pointer = f"{operation.path.replace('/', '~1')}/{operation.method}/responses/{answer.status_code}"
    validator = SPEC.validator(f"paths/{pointer}/content/application~1json/schema")
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json())]


@pytest.fixture(scope="module")
def furnished() -> tuple[Sandbox, Snapshot]:
    sandbox = Sandbox(rate_limit=None)
    return sandbox, sandbox.snapshot()


@pytest.fixture
def sandbox(furnished: tuple[Sandbox, Snapshot]) -> Sandbox:
    """A sandbox as it is in the beginning, though it is not made anew for every test."""
    sandbox, beginning = furnished
    sandbox.restore(beginning)
    return sandbox


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
async def test_every_operation_answers_by_the_spec(sandbox: Sandbox, operation: Operation) -> None:
    answer = await ask(sandbox, operation, path_for(sandbox, operation), body_for(sandbox, operation))
    assert answer.status_code == operation.status, answer.text
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
async def test_a_record_lives(sandbox: Sandbox, create: Operation) -> None:
    """It is created, found, changed, listed and filtered by, deleted, and gone."""
    home = path_for(sandbox, create)
    verbs = (BY_ID.get(f"{create.resource}.{verb}") for verb in ("create", "update", "delete"))
    bodies = {operation.verb: body_for(sandbox, operation) for operation in verbs if operation}
    created = await ask(sandbox, create, home, bodies["create"])
    assert created.status_code == create.status, created.text
    new = created.json()["id"]

    get, at = beside(create, "get", home, new)
    assert get is not None
    found = await ask(sandbox, get, at, None)
    assert {**found.json(), **created.json()} == found.json()

    update, at = beside(create, "update", home, new)
    if update is not None:
        changed = await ask(sandbox, update, at, bodies["update"])
        assert (changed.status_code, changed.json()["id"]) == (update.status, new), changed.text

    many, at = beside(create, "list", home, new)
    if many is not None and "ids" in many.filters:
        rows = await ask(sandbox, many, f"{at}?ids={new}", None)
        assert [row["id"] for row in rows.json()] == [new]
        assert (await ask(sandbox, many, f"{at}?ids=4711", None)).json() == []

    delete, at = beside(create, "delete", home, new)
    if delete is not None:
        gone = await ask(sandbox, delete, at, bodies["delete"])
        assert gone.status_code == delete.status, gone.text
        assert (await ask(sandbox, get, at, None)).status_code == 404


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
def test_no_body_brings_it_down(sandbox: Sandbox, loop: asyncio.Runner, operation: Operation) -> None:
    """Whatever is sent is either done, and answered by the spec, or refused."""

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(bodies(sandbox, operation.body_schema))
    def check(body: dict[str, Any]) -> None:
        answer = loop.run(ask(sandbox, operation, path_for(sandbox, operation), body))
        assert answer.status_code in {operation.status, 400, 401, 403, 404, 422, 423}
        if answer.status_code == operation.status and answer.content:
            assert problems(operation, answer) == []

    check()
