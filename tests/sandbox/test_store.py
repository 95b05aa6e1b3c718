"""The store: records that only it can write, and searches that follow every change."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.record import Record
from moco_async.sandbox.engine.store import Store
from tests.sandbox.helpers import NOW


@pytest.fixture
def store() -> Store:
    """A store with four tasks of two projects."""
    store = Store("sandbox", lambda: NOW)
    for number in range(4):
        store.add("project_tasks", project_id=number % 2, name=str(number))
    return store


def names(store: Store, project_id: int | None) -> list[str]:
    return [row["name"] for row in store.where("project_tasks", project_id=project_id)]


class TestSearches:
    def test_children_are_found_in_the_order_they_came(self, store: Store) -> None:
        assert names(store, 1) == ["1", "3"]
        store.add("project_tasks", project_id=1, name="new")
        assert names(store, 1) == ["1", "3", "new"]
        assert store.where("project_tasks", project_id=1, name="3")[0]["name"] == "3"
        assert names(store, 4711) == names(store, None) == []

    def test_they_follow_every_change(self, store: Store) -> None:
        assert names(store, 0) == ["0", "2"]
        first, _, third, _ = store["project_tasks"].values()
        store.change(first, project_id=1)
        assert (names(store, 0), names(store, 1)) == (["2"], ["0", "1", "3"])
        store.change_silently(third, project_id=1)
        assert (names(store, 0), names(store, 1)) == ([], ["0", "1", "2", "3"])
        store.remove(first)
        assert names(store, 1) == ["1", "2", "3"]

    def test_they_follow_a_restored_snapshot(self) -> None:
        sandbox = Sandbox(seed=False, clock=lambda: NOW)
        task = sandbox.store.add("project_tasks", project_id=0, name="0")
        before = sandbox.snapshot()
        sandbox.store.change(task, project_id=1)
        assert names(sandbox.store, 0) == []
        sandbox.restore(before)
        assert names(sandbox.store, 0) == ["0"]

    def test_a_copy_is_not_a_child(self, store: Store) -> None:
        task = store.where("project_tasks", project_id=0)[0].copy_with(project_id=1)
        assert json.loads(json.dumps(task))["project_id"] == 1
        assert names(store, 1) == ["1", "3"]


def set_item(record: Record) -> None:
    record["project_id"] = 1


def delete_item(record: Record) -> None:
    del record["project_id"]


def merge_in_place(record: Record) -> None:
    record |= {"project_id": 1}


MUTATORS: dict[str, Callable[[Record], Any]] = {
    "[] =": set_item,
    "del": delete_item,
    "|=": merge_in_place,
    "update": lambda record: record.update(project_id=1),
    "setdefault": lambda record: record.setdefault("deal_id", 1),
    "pop": lambda record: record.pop("project_id"),
    "popitem": lambda record: record.popitem(),
    "clear": lambda record: record.clear(),
}


class TestRecords:
    @pytest.mark.parametrize("mutator", MUTATORS)
    def test_only_the_store_writes_them(self, store: Store, mutator: str) -> None:
        record = store.where("project_tasks", project_id=0)[0]
        before = dict(record)
        with pytest.raises(TypeError, match=r"'project_tasks' are read-only: use store\.change"):
            MUTATORS[mutator](record)
        assert record == before
        assert names(store, 0) == ["0", "2"]

    def test_there_is_a_refusal_for_every_mutator_of_a_dict(self) -> None:
        readers = {*dir(dict), "copy_with"} - {*dir(frozenset), "copy", "fromkeys", "get", "items", "keys", "values"}
        mutators = readers - {"__class_getitem__", "__getitem__", "__reversed__", "__ror__", "copy_with"}
        assert {name for name in mutators if getattr(Record, name) is getattr(dict, name)} == set()

    def test_collections_are_read_only_as_well(self, store: Store) -> None:
        tasks: Any = store["project_tasks"]
        with pytest.raises(TypeError):
            del tasks[1]
        with pytest.raises(AttributeError):
            tasks.clear()

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])
    def test_they_can_be_copied(self, store: Store, duplicate: Callable[[Record], Record]) -> None:
        record = store.where("project_tasks", project_id=0)[0]
        twin = duplicate(record)
        assert (twin, twin.collection) == (record, "project_tasks")
        assert twin is not record


class TestChanges:
    @pytest.fixture
    def events(self, store: Store) -> list[tuple[str, Any]]:
        events: list[tuple[str, Any]] = []
        store.on_change = lambda event, record: events.append((event, record["id"]))
        return events

    def test_a_change_is_an_update_and_an_event(self, store: Store, events: list[tuple[str, Any]]) -> None:
        task = store.add("project_tasks", updated_at="2026-01-01T00:00:00Z")
        store.change(task, name="new")
        store.remove(task)
        assert (task["name"], task["updated_at"]) == ("new", "2026-03-18T10:30:00Z")
        assert events == [("create", task["id"]), ("update", task["id"]), ("delete", task["id"])]

    def test_a_silent_change_is_neither(self, store: Store, events: list[tuple[str, Any]]) -> None:
        task = store.add("project_tasks", updated_at="2026-01-01T00:00:00Z")
        store.change_silently(task, name="new")
        assert (task["name"], task["updated_at"]) == ("new", "2026-01-01T00:00:00Z")
        assert events == [("create", task["id"])]

    def test_what_is_written_is_a_copy(self, store: Store) -> None:
        tags = ["a"]
        record = store.add("projects", tags=tags)
        tags.append("b")
        assert record["tags"] == ["a"]


async def test_sandboxes_of_one_process_share_nothing() -> None:
    first, second = (Sandbox(seed=False, rate_limit=None, clock=lambda: NOW) for _ in range(2))
    async with first.client() as one, second.client() as two:
        for client in (one, two):
            company = await client.companies.create(name="x", type="customer", currency="EUR")
            body: dict[str, Any] = {"currency": "EUR", "fixed_price": False, "retainer": False, "leader_id": 1}
            await client.projects.create(name="x", customer_id=company.id, **body)
    here, there = (next(iter(sandbox.store["projects"].values())) for sandbox in (first, second))
    here["tags"].append("only here")
    here["custom_properties"]["only"] = "here"
    assert (there["tags"], there["custom_properties"]) == ([], {})
    index = second.store.where("projects", customer_id=there["customer_id"])
    first.store.change(here, customer_id=None)
    assert first.store.where("projects", customer_id=there["customer_id"]) == []
    assert second.store.where("projects", customer_id=there["customer_id"]) == index == [there]
