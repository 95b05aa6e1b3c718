"""Index of a collection by a foreign key, so that children are found without scanning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .record import Record


class Index:
    """The records of one collection, by the value of one foreign key.

    Args:
        name: The foreign key, as `project_id`.
        records: The records of the collection, the oldest first.
    """

    def __init__(self, name: str, records: Iterable[Record]) -> None:
        self._name = name
        self._records: defaultdict[Any, dict[int, Record]] = defaultdict(dict)
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        self._records[record.get(self._name)][record["id"]] = record

    def remove(self, record: Record) -> None:
        self._records[record.get(self._name)].pop(record["id"], None)

    def find(self, id: int | None) -> Iterable[Record]:
        """The records that refer to this one, the oldest first."""
        return self._records[id].values() if id in self._records else ()
