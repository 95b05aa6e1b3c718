"""A client that somebody else wrote for MOCO works with a served sandbox; nothing but the address is different."""

from __future__ import annotations

import inspect
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import moco_py
import pydantic
import pytest
import uvicorn

from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import NOW


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(rate_limit=None, clock=lambda: NOW)


@pytest.fixture(scope="module")
def address(sandbox: Sandbox) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(sandbox.app, log_level="warning", ws="none"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that clients that come before the server is ready wait
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1"
        server.should_exit = True
        thread.join()


@pytest.fixture
def theirs(sandbox: Sandbox, address: str) -> Iterator[moco_py.Moco]:
    client = moco_py.Moco(api_key=sandbox.api_key, base_url=address)
    yield client
    client.close()


def listable() -> list[str]:
    """What it can list without being told of what."""
    client = moco_py.Moco(api_key="key", base_url="http://127.0.0.1/api/v1")
    names = [name for name in dir(client) if hasattr(getattr(client, name), "list")]
    methods = {name: inspect.signature(getattr(client, name).list).parameters.values() for name in names}
    return [name for name, given in methods.items() if all(each.default is not each.empty for each in given)]


STRICTER = {
    "deals": "closed_on",  # it does not expect the empty text that MOCO was recorded to send for open deals
    "project_groups": "projects.1.budget",  # it does not expect projects without a budget
    "purchase_budgets": "0.id",  # a text in MOCO's docs, a number in MOCO's OpenAPI document
    "purchase_payments": "0.total",  # likewise
}
"""Lists that it refuses to read because of an attribute, which we have good reason to answer."""


@pytest.mark.parametrize("resource", listable())
def test_it_reads_every_list(theirs: moco_py.Moco, resource: str) -> None:
    if resource in STRICTER:
        with pytest.raises(pydantic.ValidationError, match=re.escape(STRICTER[resource])):
            getattr(theirs, resource).list()
        return
    answer: Any = getattr(theirs, resource).list()
    assert len(list(getattr(answer, "parsed", answer))) > 0


def test_it_turns_pages(theirs: moco_py.Moco, sandbox: Sandbox) -> None:
    found = {activity.id for activity in theirs.activities.list().auto_paging_iter()}
    assert found == set(sandbox.store["activities"])
    assert len(found) > 300


def test_it_books_hours(theirs: moco_py.Moco) -> None:
    project = next(iter(theirs.projects.list()))
    tasks = theirs.projects.get(project.id).parsed.tasks
    assert tasks
    booked = theirs.activities.create(
        date="2026-03-18", project_id=project.id, task_id=tasks[0].id, seconds=900, description="Fremd"
    )
    activity = booked.parsed
    assert theirs.activities.start_timer(activity.id).parsed.timer_started_at is not None
    assert theirs.activities.stop_timer(activity.id).parsed.timer_started_at is None
    assert [row.id for row in theirs.activities.list(term="fremd", from_date="2026-03-18")] == [activity.id]
    theirs.activities.delete(activity.id)
    with pytest.raises(moco_py.NotFoundError):
        theirs.activities.get(activity.id)


def test_it_understands_refusals(theirs: moco_py.Moco, address: str) -> None:
    with pytest.raises(moco_py.ValidationError):
        theirs.activities.create(date="2026-03-18", project_id=4711, task_id=1)
    stranger = moco_py.Moco(api_key="wrong", base_url=address)
    with pytest.raises(moco_py.AuthenticationError):
        stranger.profile.get()
    stranger.close()
