"""The state of the account: collections of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from .index import Links, Record, Values

__all__ = ["Clock", "Contents", "Record", "Store", "Values", "timestamp", "timestamp_of", "utc_now"]

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
        self._links: defaultdict[str, dict[str, Links]] = defaultdict(dict)
        self._ids = count(1)
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self.changed: Callable[[str, Record], None] | None = None
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
        return timestamp(self.clock())

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
        self._links.clear()

    def number(self, range: str) -> int:
        """The next number of a number range, which starts at 1."""
        self._numbers[range] += 1
        return self._numbers[range]

    def add(self, collection: str, /, **values: Any) -> Record:
        """Keep a new record."""
        now = self.now()
        record = Record(collection, {"id": self.new_id(), "created_at": now, "updated_at": now} | values)
        self[collection][record["id"]] = record
        for links in self._links[collection].values():
            links.add(record)
        if self.changed:
            self.changed("create", record)
        return record

    def change(self, record: Record, /, **values: Any) -> Record:
        """Set values of a record."""
        record.update({"updated_at": self.now()} | values)
        if self.changed:
            self.changed("update", record)
        return record

    def remove(self, record: Record) -> None:
        del self[record.collection][record["id"]]
        for links in self._links[record.collection].values():
            links.remove(record)
        if self.changed:
            self.changed("delete", record)

    def find(self, collection: str, id: int | None) -> Record | None:
        return None if id is None else self[collection].get(id)

    def where(self, collection: str, /, **values: Any) -> list[Record]:
        """The records that have these values, the oldest first."""
        if not values:
            return list(self[collection].values())
        wanted = values.items()
        name = next((name for name in values if name.endswith("_id")), None)
        records = self._linked(collection, name).to(values[name]) if name else self[collection].values()
        return [record for record in records if wanted <= record.items()]

    def _linked(self, collection: str, name: str) -> Links:
        """The records of a collection by a reference, filed anew if something has changed behind the store's back."""
        records, known = self[collection], self._links[collection]
        if name not in known or not known[name].are_of(records):
            known[name] = Links(records, name)
        return known[name]


def utc_now() -> datetime:
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"


def timestamp_of(text: str) -> str:
    """The moment that a text in ISO 8601 means, as MOCO writes it; without a zone, it is UTC.

    Raises:
        ValueError: it means none.
    """
    moment = datetime.fromisoformat(text)
    return timestamp(moment.astimezone(UTC) if moment.tzinfo else moment)
