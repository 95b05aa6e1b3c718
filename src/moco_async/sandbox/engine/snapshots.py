"""Snapshots: the state of an account at one moment, which it can return to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .record import copy_deeply

if TYPE_CHECKING:
    from ..webhooks.outbox import Delivery, Outbox
    from .store import Contents, Store


@dataclass(frozen=True)
class Snapshot:
    """The records of an account, the offset of its clock, and the deliveries that are waiting."""

    contents: Contents
    offset: timedelta
    waiting: tuple[Delivery, ...]


def take_snapshot(store: Store, outbox: Outbox, offset: timedelta) -> Snapshot:
    return Snapshot(copy_deeply(store.contents), offset, _copy_deliveries(outbox.waiting))


def restore_snapshot(snapshot: Snapshot, store: Store, outbox: Outbox) -> None:
    """Return an account to a snapshot, which can be restored again."""
    store.contents = copy_deeply(snapshot.contents)
    outbox.waiting = deque(_copy_deliveries(snapshot.waiting), outbox.waiting.maxlen)


def _copy_deliveries(deliveries: Any) -> tuple[Delivery, ...]:
    return tuple(replace(delivery) for delivery in deliveries)
