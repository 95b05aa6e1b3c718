"""The state of an account at one moment, to be returned to."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .index import Record

if TYPE_CHECKING:
    from ..webhooks.outbox import Delivery, Outbox
    from .store import Contents, Store


@dataclass(frozen=True)
class Snapshot:
    """All records of an account, the time of day, and the deliveries that wait."""

    contents: Contents
    offset: timedelta
    waiting: tuple[Delivery, ...]


def take_snapshot(store: Store, outbox: Outbox, offset: timedelta) -> Snapshot:
    return Snapshot(deep_copy(store.contents), offset, _copy_deliveries(outbox.waiting))


def restore_snapshot(snapshot: Snapshot, store: Store, outbox: Outbox) -> None:
    """Make an account what it was. The snapshot stays what it is."""
    store.contents = deep_copy(snapshot.contents)
    outbox.waiting = deque(_copy_deliveries(snapshot.waiting), outbox.waiting.maxlen)


def _copy_deliveries(deliveries: Any) -> tuple[Delivery, ...]:
    return tuple(replace(delivery) for delivery in deliveries)


def deep_copy(value: Any) -> Any:
    """A copy that shares nothing that can change. It knows what records are made of, so it is a fast one."""
    if isinstance(value, Record):
        return Record(value.collection, {name: deep_copy(part) for name, part in value.items()})
    if isinstance(value, defaultdict):
        return defaultdict(value.default_factory, {name: deep_copy(part) for name, part in value.items()})
    if isinstance(value, dict):
        return {name: deep_copy(part) for name, part in value.items()}
    if isinstance(value, list):
        return [deep_copy(part) for part in value]
    if isinstance(value, tuple):
        return tuple(deep_copy(part) for part in value)
    return value
