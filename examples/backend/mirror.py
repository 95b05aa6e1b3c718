"""The local table of activities, in SQLite.

A write takes well under a millisecond, so it runs in the event loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, Self

from moco_async.models import Activity

TABLES = """
create table if not exists activities (
    id integer primary key, updated_at text not null, date text not null,
    seconds integer not null, billable integer not null, description text not null,
    project_id integer not null, project text not null, customer text not null,
    user_id integer, person text not null
);
create index if not exists activities_by_date on activities (date);
create table if not exists gone (id integer primary key);
create table if not exists caught_up (id integer primary key check (id = 1), moment text not null);
"""


class Entry(NamedTuple):
    """A row of the table: the attributes of an activity that this service needs."""

    id: int
    updated_at: str  # in UTC and of fixed length, so that it sorts by time
    date: str
    seconds: int
    billable: int
    description: str
    project_id: int
    project: str
    customer: str
    user_id: int | None
    person: str

    @classmethod
    def of(cls, activity: Activity) -> Self:
        user = activity.user
        return cls(
            id=activity.id,
            updated_at=activity.updated_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            date=activity.date.isoformat(),
            seconds=activity.seconds or round(activity.hours * 3600),
            billable=int(activity.billable),
            description=activity.description or "",
            project_id=activity.project.id,
            project=activity.project.name,
            customer=activity.customer.name,
            user_id=user.id if user else None,
            person=f"{user.firstname} {user.lastname}" if user else "",
        )


class Hours(NamedTuple):
    """The hours of a project in a month."""

    project_id: int
    project: str
    customer: str
    seconds: int
    billable_seconds: int


class Mirror:
    """The table. Newer versions win, and deleted rows stay deleted: MOCO does not reuse ids."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript(TABLES)

    def close(self) -> None:
        self._db.close()

    def take(self, entries: Iterable[Entry]) -> list[int]:
        """Store the entries that are newer than the stored ones.

        Returns:
            The ids that only MOCO can decide about: its times are in whole seconds, and both versions differ but have
            the same time.
        """
        unclear = []
        with self._db:
            for entry in entries:
                known = self.get(entry.id)
                if known is None or known.updated_at < entry.updated_at:
                    self._write(entry)
                elif known.updated_at == entry.updated_at and known != entry:
                    unclear.append(entry.id)
        return unclear

    def settle(self, entry: Entry) -> None:
        """Store what MOCO has just returned, whatever was stored before."""
        with self._db:
            self._write(entry)

    def _write(self, entry: Entry) -> None:
        if not self.is_gone(entry.id):  # a late webhook does not bring it back
            self._db.execute(f"insert or replace into activities values ({','.join('?' * len(entry))})", entry)  # noqa: S608

    def remove(self, id: int) -> None:
        """Remove what MOCO has deleted."""
        with self._db:
            self._db.execute("delete from activities where id = ?", [id])
            self._db.execute("insert or ignore into gone values (?)", [id])

    def is_gone(self, id: int) -> bool:
        return self._number("select count(*) from gone where id = ?", id) == 1

    def get(self, id: int) -> Entry | None:
        return next(self._entries("where id = ?", id), None)

    def all(self) -> list[Entry]:
        return list(self._entries("order by id"))

    def latest(self, month: str, count: int) -> list[Entry]:
        """The entries of a month like `2026-03` that were booked or changed last."""
        return list(self._entries("where date like ? order by updated_at desc, id desc limit ?", f"{month}-%", count))

    def latest_by_user(self, user_id: int, count: int) -> list[Entry]:
        """The entries of a user that were booked or changed last."""
        return list(self._entries("where user_id = ? order by updated_at desc, id desc limit ?", user_id, count))

    def ids(self, month: str) -> set[int]:
        return {entry.id for entry in self._entries("where date like ?", f"{month}-%")}

    def count(self) -> int:
        return self._number("select count(*) from activities")

    def months(self) -> dict[str, int]:
        """The number of activities by month, in order."""
        with self._rows("select substr(date, 1, 7), count(*) from activities group by 1 order by 1") as rows:
            return dict(rows.fetchall())

    def latest_month(self, today: date) -> str:
        """The latest month with activities."""
        with self._rows("select max(date) from activities where date <= ?", today.isoformat()) as rows:
            return str(rows.fetchone()[0] or today)[:7]

    def hours(self, month: str) -> list[Hours]:
        """Hours by project, most first. Projects are named as in the activity changed last."""
        query = """
            select project_id, project, customer, total, billable from (
                select project_id, project, customer, sum(seconds) as total, sum(seconds * billable) as billable,
                    max(updated_at) -- SQLite takes the names from this row
                from activities where date like ? group by project_id)
            order by total desc, project
        """
        with self._rows(query, f"{month}-%") as rows:
            return [Hours(*row) for row in rows]

    @property
    def caught_up(self) -> datetime | None:
        """The time up to which all changes have been fetched."""
        with self._rows("select moment from caught_up") as rows:
            row = rows.fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    @caught_up.setter
    def caught_up(self, moment: datetime) -> None:
        with self._db:
            self._db.execute("insert or replace into caught_up values (1, ?)", [moment.isoformat()])

    def _entries(self, rest: str, *values: object) -> Iterator[Entry]:
        with self._rows(f"select * from activities {rest}", *values) as rows:  # noqa: S608  # `rest` is ours
            yield from map(Entry._make, rows.fetchall())

    def _number(self, query: str, *values: object) -> int:
        with self._rows(query, *values) as rows:
            return int(rows.fetchone()[0])

    @contextmanager
    def _rows(self, query: str, *values: object) -> Iterator[sqlite3.Cursor]:
        with closing(self._db.execute(query, values)) as rows:
            yield rows
