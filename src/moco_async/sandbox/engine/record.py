"""Records: read-only dicts, which only the store writes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NoReturn

Values = dict[str, Any]


class Record(Values):
    """A read-only dict of one record's attributes, which refers to other records by their ids.

    It also holds what no response shows, such as passwords and keys: the response schema of an operation decides what
    is serialized. Only the store writes it (`Store.change`), so that indexes, `updated_at` and webhooks follow.
    """

    __slots__ = ("collection",)

    def __init__(self, collection: str, values: Values) -> None:
        super().__init__(values)
        self.collection = collection

    def copy_with(self, **values: Any) -> Record:
        """A copy with other values, which is not in the store."""
        return Record(self.collection, {**self, **values})

    def __reduce__(self) -> tuple[Any, ...]:
        return Record, (self.collection, dict(self))

    def _refuse(self: Any, *args: Any, **values: Any) -> NoReturn:
        raise TypeError(f"records of {self.collection!r} are read-only: use store.change(record, name=value)")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse


def copy_deeply(value: Any) -> Any:
    """A copy that shares nothing mutable. It knows what records are made of, which makes it faster than `deepcopy`."""
    if not isinstance(value, (dict, list, tuple)):
        return value
    if isinstance(value, list):
        return [copy_deeply(part) for part in value]
    if isinstance(value, tuple):
        return tuple(copy_deeply(part) for part in value)
    parts = {name: copy_deeply(part) for name, part in value.items()}
    if isinstance(value, Record):
        return Record(value.collection, parts)
    return defaultdict(value.default_factory, parts) if isinstance(value, defaultdict) else parts
