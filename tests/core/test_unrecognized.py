"""A value that the spec's enum does not have: what it is, and that every argument sends it back as it came."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest

from moco_async import Unrecognized
from moco_async.models import Activity, ActivityCreate, RemoteService, WebHook
from tests.spec_cases import OPERATIONS, Argument, Operation, target

from .spec_records import valid
from .test_operations import Moco, every_value, sent

NEW = Unrecognized("new value")


def test_it_is_its_text() -> None:
    assert NEW == "new value"
    assert NEW != "old value"
    assert isinstance(NEW, str)
    assert hash(NEW) == hash("new value")
    assert "new value" in {NEW}
    assert str(NEW) == f"{NEW}" == "new value"
    assert json.dumps({"event": NEW}) == '{"event": "new value"}'


def test_its_repr_says_that_the_spec_does_not_have_it() -> None:
    assert repr(Unrecognized("x")) == "Unrecognized('x')"
    assert "event=Unrecognized('x')" in repr(WebHook.from_dict({"event": "x"}))


def test_it_stays_what_it_is_through_copy_and_pickle() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        twin = pickle.loads(pickle.dumps(NEW, protocol))
        assert (type(twin), twin) == (Unrecognized, NEW)
    for twin in (copy.copy(NEW), copy.deepcopy([NEW])[0]):
        assert (type(twin), twin) == (Unrecognized, NEW)


def test_it_is_told_from_the_members_of_the_enum() -> None:
    made = Activity.from_dict(valid("Activity", remote_service="new value"))
    assert made.remote_service not in set(RemoteService)
    match made.remote_service:
        case RemoteService():
            pytest.fail("not a member")
        case Unrecognized() as text:
            assert text == "new value"


def test_one_that_was_decoded_is_decoded_again() -> None:
    made = WebHook.from_dict({"event": Unrecognized("x")})
    assert type(made.event) is Unrecognized
    assert Activity.from_dict({"remote_service": Unrecognized("jira")}).remote_service is RemoteService.JIRA


def takes_enum(schema: Mapping[str, Any]) -> bool:
    schema = target(schema)
    inner = [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    return "enum" in schema or any(map(takes_enum, inner))


def enum_arguments() -> Iterator[Any]:
    """Every argument of every operation that takes a value of an enum, or a list of them."""
    for operation in OPERATIONS:
        for argument in operation.arguments:
            schema = target(argument.schema)
            if takes_enum(schema) or takes_enum(schema.get("items", {})):
                yield pytest.param(operation, argument, id=f"{operation.id}-{argument.name}")


@pytest.mark.parametrize(("operation", "argument"), list(enum_arguments()))
async def test_every_argument_that_takes_an_enum_sends_it_unchanged(operation: Operation, argument: Argument) -> None:
    _, arguments = every_value(operation)
    chosen = operation.completed({argument.name})
    several = not takes_enum(argument.schema)
    given = {name: value for name, value in arguments.items() if name in chosen}
    request = await sent(Moco(), operation, {**given, argument.name: [NEW] if several else NEW})
    if argument.place == "body":
        arrived = json.loads(request.content)[argument.wire]
        assert arrived == (["new value"] if several else "new value")
    elif argument.place == "query":
        assert (argument.wire, "new value") in parse_qsl(request.url.query.decode())
    else:
        assert "/new%20value" in request.url.raw_path.decode()


async def test_a_model_that_is_a_body_sends_it_unchanged() -> None:
    made = ActivityCreate(date=cast(Any, "2026-01-31"), project_id=1, task_id=2, remote_service=NEW)
    assert made.to_dict()["remote_service"] == "new value"
    assert type(made.to_dict()["remote_service"]) is str
    moco = Moco()
    operation = next(each for each in OPERATIONS if each.id == "activities.create_bulk")
    request = await sent(moco, operation, {"activities": [made, {"remote_service": NEW}]})
    assert [row["remote_service"] for row in json.loads(request.content)["activities"]] == ["new value"] * 2


async def test_one_that_came_can_be_sent_back() -> None:
    came = Activity.from_dict(valid("Activity", remote_service="new value")).remote_service
    operation = next(each for each in OPERATIONS if each.id == "activities.update")
    request = await sent(Moco(), operation, {"id": 7, "remote_service": came})
    assert json.loads(request.content) == {"remote_service": "new value"}
