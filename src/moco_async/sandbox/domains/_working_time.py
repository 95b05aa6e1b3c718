"""Target hours of users, from their employments and absences."""

from __future__ import annotations

from datetime import date

from ..engine.record import Record
from ..engine.store import Store

WORKDAYS = 5


class WorkingTime:
    """The target hours of a user, day by day."""

    def __init__(self, store: Store, user_id: int) -> None:
        self._employments = store.where("employments", user_id=user_id)
        self._absences: dict[str, list[Record]] = {}
        for absence in store.where("schedules", user_id=user_id):
            self._absences.setdefault(absence["date"], []).append(absence)

    def employed_hours(self, day: date) -> float:
        """The hours of the employment, regardless of absences."""
        return sum(self._halves(day).values())

    def target_hours(self, day: date) -> float:
        """The hours of the employment, without the halves of the day that the user is absent."""
        halves = self._halves(day)
        for absence in self._absences.get(day.isoformat(), ()):
            halves = {half: hours for half, hours in halves.items() if not absence[half]}
        return sum(halves.values())

    def _halves(self, day: date) -> dict[str, float]:
        if day.weekday() < WORKDAYS:
            text = day.isoformat()
            for employment in self._employments:
                if (employment["from"] or "") <= text <= (employment["to"] or "9999"):
                    pattern = employment["pattern"]
                    return {half: float(pattern[half][day.weekday()]) for half in ("am", "pm")}
        return {}
