"""The state of the account: collections of records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, Self

Clock = Callable[[], datetime]
Values = dict[str, Any]


class Record(Values):
    """A record as it is kept: other records by their ids, and whatever no answer shows (passwords, keys).

    It becomes an answer by the schema of the operation that is asked; see `render`.
    """

    __slots__ = ("collection",)

    def __init__(self, collection: str, values: Values) -> None:
        super().__init__(values)
        self.collection = collection

    def with_(self, **values: Any) -> Self:
        """A copy with other values, which is not in the store."""
        return type(self)(self.collection, {**self, **values})


class Store:
    """All records of one account, by collection and id.

    Ids are unique over all collections, so that a mixed-up id finds nothing instead of something else.
    """

    def __init__(self, subdomain: str, clock: Clock) -> None:
        self.subdomain = subdomain
        self._clock = clock
        self._collections: defaultdict[str, dict[int, Record]] = defaultdict(dict)
        self._ids = count(1)
        self._numbers: defaultdict[str, int] = defaultdict(int)

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

    def new_id(self) -> int:
        return next(self._ids)

    def number(self, range: str) -> int:
        """The next number of a number range, which starts at 1."""
        self._numbers[range] += 1
        return self._numbers[range]

    def add(self, collection: str, /, **values: Any) -> Record:
        """Keep a new record."""
        now = self.now()
        record = Record(collection, {"id": self.new_id(), "created_at": now, "updated_at": now} | values)
        self[collection][record["id"]] = record
        return record

    def change(self, record: Record, /, **values: Any) -> Record:
        """Set values of a record."""
        record.update({"updated_at": self.now()} | values)
        return record

    def remove(self, record: Record) -> None:
        del self[record.collection][record["id"]]

    def find(self, collection: str, id: int | None) -> Record | None:
        return None if id is None else self[collection].get(id)

    def where(self, collection: str, /, **values: Any) -> list[Record]:
        """The records that have these values, the oldest first."""
        wanted = values.items()
        return [record for record in self[collection].values() if wanted <= record.items()]


def utc_now() -> datetime:
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def timestamp_of(text: str) -> str:
    """The moment that a text in ISO 8601 means, as MOCO writes it; without a zone, it is UTC.

    Raises:
        ValueError: it means none.
    """
    moment = datetime.fromisoformat(text)
    return timestamp(moment.astimezone(UTC) if moment.tzinfo else moment)
