"""The dates that records were created and updated on."""

from __future__ import annotations

from typing import Any

from ..engine.record import Record
from ..engine.store import Store


def created_on(store: Store, record: Record) -> Any:
    return record["created_at"][:10]


def updated_on(store: Store, record: Record) -> Any:
    return record["updated_at"][:10]
