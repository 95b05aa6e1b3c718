"""Operations performed on past days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from starlette.datastructures import URL, QueryParams

from ..engine.auth import Caller
from ..engine.context import OperationContext
from ..engine.crud import find_handler
from ..engine.record import Record
from ..engine.spec import bundled
from ..engine.store import Store

NO_QUERY = QueryParams()
NO_ADDRESS = URL()


class Seeder:
    """Base of the seeders, which perform operations on past days; on the same day always the same ones."""

    def __init__(self, store: Store, months: int = 3) -> None:
        self.store = store
        self.random = Random(1)
        self.today = store.today()
        self.start = self.month(months + 3)
        """The day that the account starts: three months before the first activities."""

    def perform(
        self,
        operation: str,
        day: date,
        body: dict[str, Any],
        *,
        user: Record | None = None,
        path: dict[str, int] | None = None,
    ) -> Any:
        """Perform an operation on a day, as a user or the administrator."""
        user = user or self.store["users"][1]
        minute = self.random.randrange(8 * 60, 17 * 60)
        moment = datetime.combine(day, time(minute // 60, minute % 60), UTC)
        context = OperationContext(
            bundled().operation(operation),
            self.store,
            Caller(user, self.store.find("user_roles", user["role_id"])),
            path=path or {},
            query=NO_QUERY,
            url=NO_ADDRESS,
            body=body,
        )
        with self.store.at(min(moment, self.store.clock())):
            return find_handler(context)(context)

    def month(self, back: int) -> date:
        """The first day of the month so many months back."""
        months = self.today.year * 12 + self.today.month - 1 - back
        return date(months // 12, months % 12 + 1, 1)

    def workdays(self, start: date) -> Iterator[date]:
        """The days from Monday to Friday from a day to the present one."""
        days = (start + timedelta(days=number) for number in range((self.today - start).days + 1))
        return (day for day in days if day.weekday() < 5)
