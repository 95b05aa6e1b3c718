"""The store: the records of one account, and the only way to write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from types import MappingProxyType
from typing import Any

from .dates import Clock, format_timestamp
from .index import Index
from .record import Record, copy_deeply

Contents = tuple[defaultdict[str, dict[int, Record]], defaultdict[str, int], int]
"""The records by collection and id, the number ranges, and the next id."""


class Store:
    """All records of one account, by collection and id.

    Ids are unique over all collections, so that a mixed-up id finds nothing instead of something else.
    """

    def __init__(self, subdomain: str, clock: Clock) -> None:
        self.subdomain = subdomain
        self._clock = clock
        self._collections: defaultdict[str, dict[int, Record]] = defaultdict(dict)
        self._indexes: defaultdict[str, dict[str, Index]] = defaultdict(dict)
        self._ids = count(1)
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self.on_change: Callable[[str, Record], None] | None = None
        """Callback for every `create`, `update` and `delete` of a record."""

    def __getitem__(self, collection: str) -> Mapping[int, Record]:
        """A read-only view of a collection, by id."""
        return MappingProxyType(self._collections[collection])

    @property
    def site(self) -> str:
        """The account's address in a browser."""
        return f"https://{self.subdomain}.mocoapp.com"

    def clock(self) -> datetime:
        """The present moment, in UTC."""
        return self._clock().astimezone(UTC)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Make another moment the present one."""
        clock, self._clock = self._clock, lambda: moment
        try:
            yield
        finally:
            self._clock = clock

    def now(self) -> str:
        """The present moment as MOCO writes it: UTC, in whole seconds."""
        return format_timestamp(self.clock())

    def today(self) -> date:
        """The present day, in UTC."""
        return self.clock().date()

    def clear(self) -> None:
        """Remove everything."""
        self.contents = defaultdict(dict), defaultdict(int), 1

    def new_id(self) -> int:
        return next(self._ids)

    @property
    def contents(self) -> Contents:
        """Everything in the store, without copies; setting it replaces everything."""
        next_id = next(self._ids)
        self._ids = count(next_id)
        return self._collections, self._numbers, next_id

    @contents.setter
    def contents(self, contents: Contents) -> None:
        self._collections, self._numbers, next_id = contents
        self._ids = count(next_id)
        self._indexes.clear()

    def count_records(self) -> dict[str, int]:
        """How many records there are, by collection; empty collections are left out."""
        return {name: len(records) for name, records in sorted(self._collections.items()) if records}

    def next_number(self, range: str) -> int:
        """The next number of a number range, which starts at 1."""
        self._numbers[range] += 1
        return self._numbers[range]

    def add(self, collection: str, /, **values: Any) -> Record:
        """Create a record."""
        now = self.now()
        own = {"id": self.new_id(), "created_at": now, "updated_at": now}
        record = Record(collection, own | copy_deeply(values))
        self._collections[collection][record["id"]] = record
        for index in self._indexes[collection].values():
            index.add(record)
        self._notify("create", record)
        return record

    def change(self, record: Record, /, **values: Any) -> Record:
        """Set attributes of a record: its `updated_at` follows, and it is an event."""
        self.change_silently(record, **{"updated_at": self.now()} | values)
        self._notify("update", record)
        return record

    def change_silently(self, record: Record, /, **values: Any) -> Record:
        """Set attributes of a record without updating `updated_at`, and without an event."""
        indexes = self._indexes[record.collection]
        for name in values.keys() & indexes.keys():
            if record.get(name) != values[name]:
                del indexes[name]  # the next search rebuilds it, with the records in order
        dict.update(record, copy_deeply(values))
        return record

    def remove(self, record: Record) -> None:
        """Delete a record."""
        del self._collections[record.collection][record["id"]]
        for index in self._indexes[record.collection].values():
            index.remove(record)
        self._notify("delete", record)

    def find(self, collection: str, id: int | None) -> Record | None:
        return None if id is None else self._collections[collection].get(id)

    def where(self, collection: str, /, **values: Any) -> list[Record]:
        """The records that have these values, the oldest first."""
        records = self._collections[collection]
        if not values:
            return list(records.values())
        wanted = values.items()
        name = next((name for name in values if name.endswith("_id")), None)
        candidates = self._get_index(collection, name).find(values[name]) if name else records.values()
        return [record for record in candidates if wanted <= record.items()]

    def _get_index(self, collection: str, name: str) -> Index:
        indexes = self._indexes[collection]
        if name not in indexes:
            indexes[name] = Index(name, self._collections[collection].values())
        return indexes[name]

    def _notify(self, event: str, record: Record) -> None:
        if self.on_change:
            self.on_change(event, record)
