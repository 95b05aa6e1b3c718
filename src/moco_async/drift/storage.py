"""Storage of drift records: a JSON Lines file of counts and names that several processes may append to."""

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
"""The size in bytes, and the number of lines, above which a file is compacted into one line."""

LARGEST, DEPTH = 100_000_000, 20
"""The size of a file, and the depth of a shape, that are read at most; a recorder writes far less."""


class Key(NamedTuple):
    """What differed, and in the responses of which operation."""

    operation: str
    status: int
    where: str
    """Model and attribute, such as `Deal.money` or `Deal.tags[]`; an enum that lacks a value; `$`, the response."""
    kind: str


@dataclass
class Entry:
    """When and how often a deviation was seen."""

    first: str
    last: str
    decoded: Shape = field(default_factory=dict)
    """As noticed while decoding, in every record: incomplete, and deviating records may count twice."""
    checked: Shape = field(default_factory=dict)
    """As found in the records that were checked in full."""

    def add(self, other: Entry) -> None:
        """Add the counts of another entry."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        merge(self.decoded, other.decoded)
        merge(self.checked, other.checked)


@dataclass
class Record:
    """What was recorded: deviations, and how many records were checked, by operation and model."""

    records: dict[str, Counter[str]] = field(default_factory=dict)
    """By operation and model; for `$`, the number of responses."""
    entries: dict[Key, Entry] = field(default_factory=dict)

    def add(self, other: Record) -> None:
        """Add the counts of another record."""
        for operation, counted in other.records.items():
            self.records.setdefault(operation, Counter()).update(counted)
        for key, entry in other.entries.items():
            self.entries.setdefault(key, Entry(entry.first, entry.last)).add(entry)

    def line(self) -> bytes:
        """Serialize the record as a line of the file."""
        entries = [{**key._asdict(), **vars(entry)} for key, entry in sorted(self.entries.items())]
        records = {operation: dict(sorted(counted.items())) for operation, counted in sorted(self.records.items())}
        written = {"drift": FORMAT, "version": __version__, "records": records, "entries": entries}
        return json.dumps(written, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Parse a line of the file.

        Raises:
            ValueError: it is not a drift record.
        """
        try:
            raw = json.loads(line)
            if raw["drift"] != FORMAT:
                raise ValueError(f"is of format {raw['drift']!r:.20}, not {FORMAT}")
            records = {_name(operation): Counter(_counts(counted)) for operation, counted in raw["records"].items()}
            entries = {_parse_key(entry): _parse_entry(entry) for entry in raw["entries"]}
        except (json.JSONDecodeError, UnicodeError):
            raise ValueError("is not JSON") from None
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("is not a line of a drift record") from None
        return cls(records, entries)


def _parse_key(raw: Mapping[str, Any]) -> Key:
    return Key(_name(raw["operation"]), _count(raw["status"]), _name(raw["where"]), _name(raw["kind"]))


def _parse_entry(raw: Mapping[str, Any]) -> Entry:
    return Entry(_name(raw["first"]), _name(raw["last"]), _shape(raw["decoded"]), _shape(raw["checked"]))


def _name(value: Any) -> str:
    """A name or a day, which a recorder never writes longer or with control characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or not value.isprintable():
        raise TypeError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise TypeError
    return value


def _counts(raw: Mapping[str, Any]) -> dict[str, int]:
    return {name and _name(name): _count(count) for name, count in raw.items()}  # the value of an enum may be empty


def _shape(raw: Mapping[str, Any], depth: int = 0) -> Shape:
    if depth > DEPTH:
        raise TypeError
    shape: Shape = _counts({name: count for name, count in raw.items() if name not in INSIDE})
    if "values" in raw:
        shape["values"] = _counts(raw["values"])
    if "items" in raw:
        shape["items"] = _shape(raw["items"], depth + 1)
    if "attributes" in raw:
        shape["attributes"] = {_name(name): _shape(inner, depth + 1) for name, inner in raw["attributes"].items()}
    return shape


def read(path: str | os.PathLike[str]) -> tuple[Record, dict[int, str]]:
    """Read a file: its merged records, and the errors of malformed lines by line number.

    Raises:
        OSError: the file cannot be read, or is too large.
    """
    with open(path, "rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(f"{path} is larger than {LARGEST // 1_000_000} MB")
    return _merge(content.splitlines())


def _merge(lines: Iterable[bytes]) -> tuple[Record, dict[int, str]]:
    whole, bad = Record(), {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                whole.add(Record.parse(line))
            except ValueError as error:
                bad[number] = str(error)
    return whole, bad


def append(path: str, record: Record | None = None) -> None:
    """Append a record in one write, or without one check that the file is writable. A large file is compacted.

    Raises:
        OSError: the file cannot be written.
    """
    descriptor = _open(path)
    try:
        size = os.fstat(descriptor).st_size
        if record is not None:
            line = b"\n" * (size > 0) + record.line()  # ends a line that was cut short before
            if os.write(descriptor, line) != len(line):
                raise OSError(f"{path}: the line was written only in part; is the disk full?")
        if LARGE < size <= LARGEST:
            with suppress(OSError):
                _compact(path, descriptor)
    finally:
        os.close(descriptor)


def _open(path: str) -> int:
    """Open the file with a shared lock, so that no other process replaces it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if not _lock(descriptor, exclusively=False) or _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _lock(descriptor: int, *, exclusively: bool) -> bool:
    """Try to lock the file; return whether it worked. Windows and some file systems have no such lock."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusively else fcntl.LOCK_SH)
    except (ImportError, OSError):
        return False
    return True


def _is_still(path: str, descriptor: int) -> bool:
    """Whether the open file is still the one at the path; another process may have replaced it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _compact(path: str, descriptor: int) -> None:
    """Merge the lines into one, unless another process has the file open."""
    if not _lock(descriptor, exclusively=True) or not _is_still(path, descriptor):
        return
    lines = Path(path).read_bytes().splitlines()
    if len(lines) < MANY:
        return
    whole, bad = _merge(lines)
    kept = [lines[number - 1] + b"\n" for number in bad]
    fresh = Path(f"{path}.{os.getpid()}.new")
    try:
        fresh.write_bytes(b"".join([whole.line(), *kept]))
        shutil.copymode(path, fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
