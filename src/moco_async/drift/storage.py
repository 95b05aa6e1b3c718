"""The file of a drift recorder: JSON lines of counts and names, which several processes may append to."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from .. import __version__
from .json_shape import INSIDE, Shape, merge

__all__ = ["Entry", "Key", "Record", "append", "read"]

FORMAT = 1
LARGE, MANY = 200_000, 50
"""Bytes, and lines, from which on a file is merged into one line."""


class Key(NamedTuple):
    """What differed, and in which answers."""

    operation: str
    status: int
    where: str
    """Model and attribute, as `Deal.money` or `Deal.tags[]`; the enum, if it lacks a value; `$`, the answer itself."""
    kind: str


@dataclass
class Entry:
    """When and how often something differed."""

    first: str
    last: str
    decoded: Shape = field(default_factory=dict)
    """As decoding noticed it, in every record: not everything, and what is in a damaged record perhaps twice."""
    checked: Shape = field(default_factory=dict)
    """As it was in those records that were checked in full."""

    def add(self, other: Entry) -> None:
        """Count what another entry has counted."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        merge(self.decoded, other.decoded)
        merge(self.checked, other.checked)


@dataclass
class Record:
    """What was recorded: differences, and how many records of a model were checked in the answers of an operation."""

    records: dict[str, Counter[str]] = field(default_factory=dict)
    """By operation and model; of `$`, the answers."""
    entries: dict[Key, Entry] = field(default_factory=dict)

    def add(self, other: Record) -> None:
        """Count what another record has counted."""
        for operation, counted in other.records.items():
            self.records.setdefault(operation, Counter()).update(counted)
        for key, entry in other.entries.items():
            self.entries.setdefault(key, Entry(entry.first, entry.last)).add(entry)

    def line(self) -> bytes:
        """The record as a line of the file."""
        entries = [{**key._asdict(), **vars(entry)} for key, entry in sorted(self.entries.items())]
        records = {operation: dict(sorted(counted.items())) for operation, counted in sorted(self.records.items())}
        written = {"drift": FORMAT, "version": __version__, "records": records, "entries": entries}
        return json.dumps(written, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """The record that a line holds.

        Raises:
            ValueError: it is none.
        """
        try:
            raw = json.loads(line)
            if raw["drift"] != FORMAT:
                raise ValueError(f"is of format {raw['drift']!r:.20}, not {FORMAT}")
            records = {operation: Counter(_counts(counted)) for operation, counted in raw["records"].items()}
            entries = {_key(entry): _entry(entry) for entry in raw["entries"]}
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("is no line of a drift record") from None
        return cls(records, entries)


def _key(raw: Mapping[str, Any]) -> Key:
    return Key(_text(raw["operation"]), int(raw["status"]), _text(raw["where"]), _text(raw["kind"]))


def _entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(_text(raw["first"]), _text(raw["last"]), _shape(raw["decoded"]), _shape(raw["checked"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _counts(raw: Mapping[str, Any]) -> dict[str, int]:
    if not all(type(count) is int for count in raw.values()):
        raise TypeError
    return dict(raw)


def _shape(raw: Mapping[str, Any]) -> Shape:
    shape: Shape = _counts({name: count for name, count in raw.items() if name not in INSIDE})
    for name in ("items", "values"):
        if name in raw:
            shape[name] = _shape(raw[name])
    if "attributes" in raw:
        shape["attributes"] = {name: _shape(inner) for name, inner in raw["attributes"].items()}
    return shape


def read(path: str | os.PathLike[str]) -> tuple[Record, dict[int, str]]:
    """What a file holds, and its unreadable lines by their numbers, with what is wrong.

    Raises:
        OSError: there is no such file.
    """
    return _merged(Path(path).read_bytes().splitlines())


def _merged(lines: Iterable[bytes]) -> tuple[Record, dict[int, str]]:
    whole, bad = Record(), {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                whole.add(Record.parse(line))
            except ValueError as error:
                bad[number] = "is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)
    return whole, bad


def append(path: str, record: Record | None = None) -> None:
    """Append a record in one write, or see whether that is possible. A file of many lines is made small.

    Raises:
        OSError: it cannot be written.
    """
    descriptor = _opened(path)
    try:
        size = os.fstat(descriptor).st_size
        if record is not None:
            line = b"\n" * (size > 0) + record.line()  # what was torn before ends here
            if os.write(descriptor, line) != len(line):
                raise OSError(f"{path}: only a part could be written")
        if size > LARGE:
            with suppress(OSError):
                _compact(path, descriptor)
    finally:
        os.close(descriptor)


def _opened(path: str) -> int:
    """The file, with a share in its lock, so that nobody replaces it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if not _locked(descriptor, exclusively=False) or _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _locked(descriptor: int, *, exclusively: bool) -> bool:
    """Whether the lock could be had; some systems of files, and Windows, have none of this kind."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusively else fcntl.LOCK_SH)
    except (ImportError, OSError):
        return False
    return True


def _is_still(path: str, descriptor: int) -> bool:
    """Whether the open file is the one at the path; another process may have replaced it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _compact(path: str, descriptor: int) -> None:
    """Merge the lines into one, unless somebody else has the file open just now: then another time."""
    if not _locked(descriptor, exclusively=True) or not _is_still(path, descriptor):
        return
    lines = Path(path).read_bytes().splitlines()
    if len(lines) < MANY:
        return
    whole, bad = _merged(lines)
    kept = [lines[number - 1] + b"\n" for number in bad]
    fresh = Path(f"{path}.{os.getpid()}.new")
    try:
        fresh.write_bytes(b"".join([whole.line(), *kept]))
        shutil.copymode(path, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
