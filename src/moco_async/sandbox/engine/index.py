"""Which records refer to which: the children of a record are found without a walk through their whole collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar

Values = dict[str, Any]


class Record(Values):
    """A record as it is kept: other records by their ids, and whatever no answer shows (passwords, keys).

    It becomes an answer by the schema of the operation that is asked; see `render`.
    """

    __slots__ = ("collection",)

    moves: ClassVar[int] = 0
    """How often any record has been made to refer to another one than before."""

    def __init__(self, collection: str, values: Values) -> None:
        super().__init__(values)
        self.collection = collection

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def update(self, *args: Any, **values: Any) -> None:
        changed = dict(*args, **values)
        if any(name.endswith("_id") and self.get(name, self) != value for name, value in changed.items()):
            Record.moves += 1
        super().update(changed)

    def copy_with(self, **values: Any) -> Record:
        """A copy with other values, which is not in the store."""
        return Record(self.collection, {**self, **values})


class Index:
    """The records of one collection, by the id that they keep under one name."""

    def __init__(self, records: dict[int, Record], name: str) -> None:
        self.name = name
        self._records = records
        self._moves = Record.moves
        self._size = 0
        self._filed: defaultdict[Any, dict[int, Record]] = defaultdict(dict)
        for record in records.values():
            self.add(record)

    def are_of(self, records: dict[int, Record]) -> bool:
        """Whether they still tell the truth about a collection."""
        return self._records is records and self._size == len(records) and self._moves == Record.moves

    def add(self, record: Record) -> None:
        self._size += 1
        self._filed[record.get(self.name)][record["id"]] = record

    def remove(self, record: Record) -> None:
        self._size -= 1
        self._filed[record.get(self.name)].pop(record["id"], None)

    def find(self, id: int | None) -> Iterable[Record]:
        """The records that refer to this one, the oldest first."""
        return self._filed[id].values() if id in self._filed else ()
