"""Notes where answers differ from the spec, as they are decoded."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

from .._lenient import (
    Difference,
    differences,
    get_hints,
    nested_records,
    on_deviation,
    record_differences,
    union_members,
)
from .._model import Model, wire_names
from .._request import Request, Response
from .._values import UNSET, Unset
from ..errors import ConfigurationError
from .json_shape import OTHER, add_value, attribute_name, enum_value, is_account_specific, merge, refusal
from .storage import Entry, Key, Record, append

__all__ = ["DriftRecorder"]

T = TypeVar("T")

FIRST = 200
"""Rows of every operation that are checked before only some are."""
PATIENCE, PATIENCE_FOR_COUNTS = 60.0, 3600.0
"""Seconds after which something new, and after which mere counts, are written."""
MOST_ENTRIES, MOST_NAMES, MOST_SHAPES = 1000, 30, 4000

_OPERATION = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_log = logging.getLogger("moco_async.drift")


class DriftRecorder:
    """Notes in a file where MOCO's answers differ from the spec: attributes, enum values, types, nulls, refusals.

    The file holds names of the API, types of JSON, counts and days; no value of a record, no name of a custom field.
    Give the recorder to as many clients as you like; several processes may share the file.
    `python -m generator drift FILE` makes a report of it, and a patch of the spec.

    What decoding notices by itself (unknown attributes and enum values, missing attributes, texts that are no dates) is
    noted of every row. That a plain value is null or of another type takes a check: of each operation that lists, the
    first 200 rows are checked, then one row in `every`, at another position each time; a single record always is. For
    a list that takes less than a tenth of the time of decoding, where most rows are as the spec says.

    The file is written when a client is closed, by `save()`, and now and then while answers come. A write that fails
    is a warning in the log `moco_async.drift`; no call fails for it.

    Args:
        path: The file. It is made if it is not there.
        every: Of how many rows one is checked; 1 checks all.

    Raises:
        ConfigurationError: the file cannot be written, or an argument is malformed.
    """

    def __init__(self, path: str | os.PathLike[str], *, every: int = 61) -> None:
        if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
            raise ConfigurationError(f"path has to be that of a file, not {path!r}")
        if type(every) is not int or every < 1:
            raise ConfigurationError(f"every has to be 1 or more, not {every!r}")
        self.path = os.path.abspath(path)
        self._every = every
        self._record = Record()
        self._known: set[Key] = set()
        self._names: dict[str, set[str]] = {}
        self._rows: Counter[str] = Counter()
        self._turns: Counter[str] = Counter()
        self._good: set[tuple[Any, ...]] = set()
        self._answer = ("", 0)
        self._day, self._day_ends = "", 0.0
        self._lock = threading.RLock()
        self._due = time.monotonic() + PATIENCE_FOR_COUNTS
        self._has_failed = False
        try:
            append(self.path)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"drift cannot be recorded: {error}") from None

    def observe(
        self, kind: Any, raw: Any, request: Request, response: Response, decode: Callable[[], T], *, many: bool = False
    ) -> T:
        """Decode an answer, or a list of them, and note what differs."""
        with self._lock:
            self._begin(request, response)
            if many and isinstance(raw, list):
                for row in self._sample(raw):
                    self._check(kind, row, "$[]")
            else:
                self._check(list[kind] if many else kind, raw, "$")
            token = on_deviation.set(self._decoded)
            try:
                return decode()
            finally:
                on_deviation.reset(token)
                self._save_in_time()

    def refused(self, request: Request, response: Response) -> None:
        """Note an answer that is no record: a refusal, unless it is as they all are, or what cannot be read."""
        with self._lock:
            self._begin(request, response)
            if (shape := refusal(response)) and (entry := self._entry("$", "error")):
                merge(entry.checked, shape)
            self._save_in_time()

    def save(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            self._due = time.monotonic() + PATIENCE_FOR_COUNTS
            if not self._record.records:
                return
            try:
                append(self.path, self._record)
            except OSError as error:
                if not self._has_failed:
                    _log.warning("drift cannot be written, recording goes on: %s", error)
                self._has_failed = True
            else:
                self._record, self._has_failed = Record(), False

    def __repr__(self) -> str:
        return f"<DriftRecorder {self.path}>"

    def _save_in_time(self) -> None:
        if time.monotonic() >= self._due:
            self.save()

    def _begin(self, request: Request, response: Response) -> None:
        operation = request.operation if _OPERATION.fullmatch(request.operation) else "request"
        self._answer = operation, response.status
        self._record.records.setdefault(operation, Counter())["$"] += 1
        if (now := time.time()) >= self._day_ends:
            self._day, self._day_ends = datetime.fromtimestamp(now, UTC).date().isoformat(), (now // 86400 + 1) * 86400

    def _sample(self, rows: list[Any]) -> Iterator[Any]:
        """The rows to be checked."""
        operation, _ = self._answer
        first = max(FIRST - self._rows[operation], 0)
        self._rows[operation] += len(rows)
        turn = self._turns[operation]
        self._turns[operation] = (turn + 1) % self._every
        return chain(rows[:first], rows[first + turn :: self._every])

    def _check(self, kind: Any, value: Any, where: str) -> None:
        if type(value) is dict and isinstance(kind, type) and issubclass(kind, Model):
            self._check_record(kind, value)
        else:
            for difference in differences(kind, value, where=where):
                self._note(difference, decoded=False)

    def _check_record(self, cls: type[Model], raw: Mapping[str, Any]) -> None:
        """Note how a record, and those in it, differ. Of a shape that was good before, only those in it can."""
        if (plan := _plans.get(cls)) is None:
            plan = _plans[cls] = _plan(cls)
        self._record.records[self._answer[0]][plan.name] += 1
        inner = [_texture(raw.get(name)) for name in plan.collections]
        shape = (cls, *raw, *map(type, raw.values()), *inner)
        if shape not in self._good:
            found = list(record_differences(cls, raw, nested=False))
            for difference in found:
                self._note(difference, decoded=False)
            if not found:
                if len(self._good) >= MOST_SHAPES:
                    self._good.clear()
                self._good.add(shape)
        for name, only, hint in plan.records:
            if value := raw.get(name):
                if only is not None and type(value) is dict:
                    self._check_record(only, value)
                else:
                    for model, record in nested_records(hint, value):
                        self._check_record(model, record)

    def _decoded(self, difference: Difference) -> None:
        self._note(difference, decoded=True)

    def _note(self, difference: Difference, *, decoded: bool) -> None:
        where, found = difference.where, difference.found
        if difference.kind == "unknown":
            model, _, name = where.partition(".")
            where = f"{model}.{self._kept(model, attribute_name(name))}"
        if (entry := self._entry(where, difference.kind)) is None:
            return
        shape = entry.decoded if decoded else entry.checked
        if difference.kind == "value":
            merge(shape, {"text": 1, "values": {self._kept(where, enum_value(found)): 1}})
        elif found is UNSET:
            merge(shape, {"nothing": 1})
        else:
            add_value(shape, found, named=not is_account_specific(where))

    def _kept(self, where: str, name: str) -> str:
        """The name, unless there were so many that they are rather somebody's data."""
        names = self._names.setdefault(where, set())
        if len(names) < MOST_NAMES:
            names.add(name)
        return name if name in names else OTHER

    def _entry(self, where: str, kind: str) -> Entry | None:
        """Where to count, unless there is too much of it."""
        key = Key(*self._answer, where, kind)
        if (entry := self._record.entries.get(key)) is not None:
            entry.last = self._day
            return entry
        if key not in self._known:
            if len(self._known) >= MOST_ENTRIES:
                return None
            self._known.add(key)
            self._due = min(self._due, time.monotonic() + PATIENCE)
        entry = self._record.entries[key] = Entry(self._day, self._day)
        return entry


class _Plan(NamedTuple):
    """Where to look in a record of a model."""

    name: str
    records: list[tuple[str, type[Model] | None, Any]]
    """Attributes with other records: the model, if it is one record of one model, and what the spec says."""
    collections: list[str]
    """Attributes that are lists and maps of something else."""


_plans: dict[type, _Plan] = {}


def _plan(cls: type[Model]) -> _Plan:
    plan = _Plan(cls.__name__, [], [])
    hints = get_hints(cls)
    for wire, attribute in wire_names(cls).items():
        options = [option for option in union_members(hints[attribute]) if option not in (Unset, type(None))]
        if any(map(_has_record, options)):
            only = options[0] if len(options) == 1 and not get_args(options[0]) else None
            plan.records.append((wire, only, hints[attribute]))
        elif any(get_origin(option) in (list, dict) for option in options):
            plan.collections.append(wire)
    return plan


def _has_record(hint: Any) -> bool:
    return any(map(_has_record, get_args(hint))) or (isinstance(hint, type) and issubclass(hint, Model))


def _texture(value: Any, depth: int = 0) -> Any:
    """The types of a collection, as far in as the spec has any."""
    if type(value) is list and depth < 4:
        return frozenset([_texture(item, depth + 1) for item in value])
    if type(value) is dict and depth < 4:
        return dict, frozenset([_texture(item, depth + 1) for item in value.values()])
    return type(value)
