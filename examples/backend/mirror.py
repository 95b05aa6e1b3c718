"""The local table of activities, in sqlite.

A write takes well under a millisecond, so it is done where it stands, in the event loop.
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
    """An activity, as far as this service needs it: a row of the table."""

    id: int
    updated_at: str  # in UTC and always of the same length, so that texts compare as moments do
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
    """What was worked for a project in a month."""

    project_id: int
    project: str
    customer: str
    seconds: int
    billable_seconds: int


class Mirror:
    """The table. It believes what is newer, and what is gone stays gone: MOCO gives no id twice."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript(TABLES)

    def close(self) -> None:
        self._db.close()

    def take(self, told: Iterable[Entry]) -> list[int]:
        """Keep what is newer than what is known.

        Returns:
            The ids that only MOCO can decide about: it tells times in whole seconds, and what was told and what is
            known are of the same second, and not the same.
        """
        unclear = []
        with self._db:
            for entry in told:
                known = self.get(entry.id)
                if known is None or known.updated_at < entry.updated_at:
                    self._write(entry)
                elif known.updated_at == entry.updated_at and known != entry:
                    unclear.append(entry.id)
        return unclear

    def settle(self, entry: Entry) -> None:
        """Keep what MOCO has answered just now, whatever was known."""
        with self._db:
            self._write(entry)

    def _write(self, entry: Entry) -> None:
        if not self.is_gone(entry.id):  # a word of it that comes late does not bring it back
            self._db.execute(f"insert or replace into activities values ({','.join('?' * len(entry))})", entry)  # noqa: S608

    def remove(self, id: int) -> None:
        """MOCO has deleted it."""
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
        """What was booked or changed last, of a month like `2026-03`."""
        return list(self._entries("where date like ? order by updated_at desc, id desc limit ?", f"{month}-%", count))

    def latest_of(self, user_id: int, count: int) -> list[Entry]:
        """What a user booked or changed last."""
        return list(self._entries("where user_id = ? order by updated_at desc, id desc limit ?", user_id, count))

    def ids(self, month: str) -> set[int]:
        return {entry.id for entry in self._entries("where date like ?", f"{month}-%")}

    def count(self) -> int:
        return self._number("select count(*) from activities")

    def months(self) -> dict[str, int]:
        """The months there are, the first first, and how many activities each has."""
        with self._rows("select substr(date, 1, 7), count(*) from activities group by 1 order by 1") as rows:
            return dict(rows.fetchall())

    def month_of(self, today: date) -> str:
        """The month that was last worked in."""
        with self._rows("select max(date) from activities where date <= ?", today.isoformat()) as rows:
            return str(rows.fetchone()[0] or today)[:7]

    def hours(self, month: str) -> list[Hours]:
        """Hours by project, most first. A project is called as in the activity that was changed last."""
        query = """
            select project_id, project, customer, total, billable from (
                select project_id, project, customer, sum(seconds) as total, sum(seconds * billable) as billable,
                    max(updated_at) -- of which row sqlite takes the names
                from activities where date like ? group by project_id)
            order by total desc, project
        """
        with self._rows(query, f"{month}-%") as rows:
            return [Hours(*row) for row in rows]

    @property
    def caught_up(self) -> datetime | None:
        """Up to when all changes were asked for."""
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
