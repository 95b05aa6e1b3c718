"""Notes where answers differ from the spec, as they are decoded."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from .._request import Request, Response
from .._values import UNSET
from ..errors import ConfigurationError
from .json_shape import OTHER, add_value, attribute_name, enum_value, is_account_specific, merge, refusal
from .storage import Entry, Key, Record, append

if TYPE_CHECKING:
    from .._deviations import Difference
    from .._model import Model

__all__ = ["DriftRecorder"]

FIRST = 200
"""Rows of every operation that are checked before only some are."""
PATIENCE, PATIENCE_FOR_COUNTS = 60.0, 3600.0
"""Seconds after which something new, and after which mere counts, are written."""
MOST_ENTRIES, MOST_NAMES = 1000, 30

_OPERATION = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_log = logging.getLogger("moco_async.drift")


class DriftRecorder:
    """Notes in a file where MOCO's answers differ from the spec: attributes, enum values, types, nulls, refusals.

    The file holds names of the API, types of JSON, counts and days; no value of a record, no name of a custom field.
    Give the recorder to as many clients as you like; several processes may share the file.
    `python -m maintenance drift FILE` makes a report of it, with the YAML that the spec would need.

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
        self._is_checking = False
        self._answer = ("", 0)
        self._day, self._day_ends = "", 0.0
        self._lock = threading.RLock()
        self._due = time.monotonic() + PATIENCE_FOR_COUNTS
        self._has_failed = False
        try:
            append(self.path)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"drift cannot be recorded: {error}") from None

    @contextmanager
    def answering(self, request: Request, response: Response) -> Iterator[None]:
        """Record what is told in the meantime as seen in this answer."""
        with self._lock:
            self._begin(request, response)
            try:
                yield
            finally:
                self._save_in_time()

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Record what is told in the meantime as seen in a record that is checked in full."""
        self._is_checking = True
        try:
            yield
        finally:
            self._is_checking = False

    def sample(self, length: int) -> Iterable[int]:
        """The rows of a list to check: the first of every operation, then one in `every`, each time elsewhere."""
        operation, _ = self._answer
        first = min(max(FIRST - self._rows[operation], 0), length)
        self._rows[operation] += length
        turn = self._turns[operation]
        self._turns[operation] = (turn + 1) % self._every
        return chain(range(first), range(first + turn, length, self._every))

    def record(self, cls: type[Model]) -> None:
        """Count a record, the denominator of what is seen in some of them."""
        if self._is_checking:
            self._record.records[self._answer[0]][cls.__name__] += 1

    def difference(self, difference: Difference) -> None:
        """Note how an answer differs from the spec."""
        where, kind, found = difference.where, difference.kind, difference.found
        if kind == "absent" and not self._is_checking:
            return
        if kind == "unknown":
            model, _, name = where.partition(".")
            where = f"{model}.{self._kept(model, attribute_name(name))}"
        if (entry := self._entry(where, kind)) is None:
            return
        for shape in (entry.decoded, entry.checked) if self._is_checking else (entry.decoded,):
            if kind == "value":
                merge(shape, {"text": 1, "values": {self._kept(where, enum_value(found)): 1}})
            elif found is UNSET:
                merge(shape, {"nothing": 1})
            else:
                add_value(shape, found, named=not is_account_specific(where))

    def refused(self, request: Request, response: Response) -> None:
        """Note an answer that is not a record: a refusal of an unknown shape, or a body that cannot be read."""
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
