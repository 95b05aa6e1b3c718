"""The state of the account: collections of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from .index import Index, Record, Values

__all__ = ["Clock", "Contents", "Record", "Store", "Values", "format_timestamp", "normalize_timestamp", "utc_now"]

Clock = Callable[[], datetime]
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
        """Is told of every `create`, `update` and `delete` of a record."""

    def __getitem__(self, collection: str) -> dict[int, Record]:
        return self._collections[collection]

    @property
    def site(self) -> str:
        """Where the account's people would find it in a browser."""
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
        """The present day. The sandbox's account lives in UTC."""
        return self.clock().date()

    def clear(self) -> None:
        """Forget everything."""
        self.contents = defaultdict(dict), defaultdict(int), 1

    def new_id(self) -> int:
        return next(self._ids)

    @property
    def contents(self) -> Contents:
        """All there is. Whoever sets it says where ids go on."""
        upcoming = next(self._ids)
        self._ids = count(upcoming)
        return self._collections, self._numbers, upcoming

    @contents.setter
    def contents(self, contents: Contents) -> None:
        self._collections, self._numbers, upcoming = contents
        self._ids = count(upcoming)
        self._indexes.clear()

    def number(self, range: str) -> int:
        """The next number of a number range, which starts at 1."""
        self._numbers[range] += 1
        return self._numbers[range]

    def add(self, collection: str, /, **values: Any) -> Record:
        """Keep a new record."""
        now = self.now()
        record = Record(collection, {"id": self.new_id(), "created_at": now, "updated_at": now} | values)
        self[collection][record["id"]] = record
        for index in self._indexes[collection].values():
            index.add(record)
        if self.on_change:
            self.on_change("create", record)
        return record

    def change(self, record: Record, /, **values: Any) -> Record:
        """Set values of a record."""
        record.update({"updated_at": self.now()} | values)
        if self.on_change:
            self.on_change("update", record)
        return record

    def remove(self, record: Record) -> None:
        del self[record.collection][record["id"]]
        for index in self._indexes[record.collection].values():
            index.remove(record)
        if self.on_change:
            self.on_change("delete", record)

    def find(self, collection: str, id: int | None) -> Record | None:
        return None if id is None else self[collection].get(id)

    def where(self, collection: str, /, **values: Any) -> list[Record]:
        """The records that have these values, the oldest first."""
        if not values:
            return list(self[collection].values())
        wanted = values.items()
        name = next((name for name in values if name.endswith("_id")), None)
        records = self._get_index(collection, name).find(values[name]) if name else self[collection].values()
        return [record for record in records if wanted <= record.items()]

    def _get_index(self, collection: str, name: str) -> Index:
        """The records of a collection by a reference, filed anew if something has changed behind the store's back."""
        records, known = self[collection], self._indexes[collection]
        if name not in known or not known[name].are_of(records):
            known[name] = Index(records, name)
        return known[name]


def utc_now() -> datetime:
    return datetime.now(UTC)


def format_timestamp(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"


def normalize_timestamp(text: str) -> str:
    """The moment that a text in ISO 8601 means, as MOCO writes it; without a zone, it is UTC.

    Raises:
        ValueError: it means none.
    """
    moment = datetime.fromisoformat(text)
    return format_timestamp(moment.astimezone(UTC) if moment.tzinfo else moment)
