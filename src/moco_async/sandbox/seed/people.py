"""The seeder of employments, absences, plans, comments and settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from ..domains.absence_requests import approve
from ..domains.comments import add_system_comment
from ..engine.record import Record
from ..engine.store import Store
from .backdate import Seeder
from .data import COMMENTS, CUSTOMERS, FIXED_COSTS, TASK_TEMPLATES, TODOS, USERS


class PeopleSeeder(Seeder):
    """Seeds what builds on users, customers and projects."""

    def __init__(self, store: Store, months: int = 3) -> None:
        super().__init__(store, months)
        self.users = list(store["users"].values())
        self.projects = list(store["projects"].values())

    def run(self) -> None:
        self._create_employments()
        self._create_settings()
        self._create_rates()
        self._create_absences()
        for user in self.users[1:7]:
            self._plan_work(user)
        for project in self.projects:
            self._schedule_payments(project)
        self._create_recurring_expense(self.projects[4])
        self._write_comments()
        self._request_approvals(*islice(self.store["invoices"].values(), 4, 6))

    def _create_employments(self) -> None:
        start, year = date(self.start.year, 1, 1), self.today.year
        for user, hours in zip(self.users, [8, *(hours for *_, hours, _ in USERS)], strict=True):
            pattern = {half: [hours / 2] * 5 for half in ("am", "pm")}
            employment = {"user_id": user["id"], "from": start.isoformat(), "pattern": pattern}
            self.perform("employments.create", start, employment)
            holiday = {"user_id": user["id"], "year": year, "title": "Urlaubsanspruch", "days": 28.0}
            self.perform("holidays.create", date(year, 1, 1), holiday)
        moved = {"date": self.month(1).isoformat(), "description": "Umzug am Wochenende", "hours": 4.0}
        self.perform("work_time_adjustments.create", self.month(1), moved | {"user_id": self.users[1]["id"]})

    def _create_settings(self) -> None:
        """Custom fields, templates, and fixed costs."""
        day = self.start
        sectors = sorted({tags[0] for *_, tags, _ in CUSTOMERS})
        kinds = ["web", "print", "care"]
        for name, entity, kind, options in (
            ("Sektor", "Customer", "MultiSelect", sectors),
            ("Art", "Project", "Select", kinds),
        ):
            field = {"name": name, "entity": entity, "kind": kind, "defaults": options}
            self.perform("custom_properties.create", day, field)
        for name, billable in TASK_TEMPLATES:
            self.perform("task_templates.create", day, {"name": name, "billable": billable})
        font = {"title": "Schriftlizenz", "unit": "Stück", "unit_price": 280.0, "unit_cost": 220.0}
        self.perform("expense_templates.create", day, font)
        for title, amount, payment_day in FIXED_COSTS:
            months = [{"year": self.today.year, "month": month, "amount": amount} for month in range(1, 13)]
            self.store.add("fixed_costs", title=title, description="", costs=months, payment_day=payment_day)

    def _create_rates(self) -> None:
        for currency, rate in (("EUR", 130.0), ("CHF", 160.0)):
            of: list[Record | None] = [None, *self.store["task_templates"].values(), *self.users]
            for one in of:
                subject = one and one["id"]
                self.store.add("hourly_rates", of=subject, company_id=None, currency=currency, hourly_rate=rate)
        rates = [{"user_id": user["id"], "rate": 58.0 + 3 * number} for number, user in enumerate(self.users)]
        for year in (self.today.year - 1, self.today.year):
            self.perform("internal_hourly_rates.update", self.today, {"year": year, "rates": rates})

    def _create_absences(self) -> None:
        """Absences before and after the months that hours are booked in."""
        _, _, michaela, bjoern, zoe, _, luca, _ = self.users
        approve(self.store, self._request_absence(michaela, "vacation", self.month(4), 5, "Wanderwoche im Wallis"))
        for day in islice(_workdays(self.month(3)), 2):
            self.perform(
                "schedules.create", day, {"date": day.isoformat(), "absence_code": "3", "user_id": bjoern["id"]}
            )
        approve(self.store, self._request_absence(zoe, "vacation", self.month(-1), 5, "Familie besuchen"))
        self._request_absence(luca, "other", self.month(-2), 1, "Umzug")

    def _request_absence(self, user: Record, kind: str, start: date, count: int, comment: str) -> Record:
        entries = [{"date": day.isoformat(), "am": True, "pm": True} for day in islice(_workdays(start), count)]
        body = {"type": kind, "entries": entries, "comment": comment, "approver_user_id": self.users[0]["id"]}
        request: Record = self.perform("absence_requests.create", start - timedelta(days=40), body, user=user)
        return request

    def _plan_work(self, user: Record) -> None:
        """Two projects that the user works on until the end of next week."""
        contracts = self.store.where("project_contracts", user_id=user["id"])
        monday = self.today - timedelta(days=self.today.weekday())
        for contract in contracts[:2]:
            body = {
                "project_id": contract["project_id"],
                "starts_on": monday.isoformat(),
                "ends_on": (monday + timedelta(days=11)).isoformat(),
                "hours_per_day": 3.0,
                "user_id": user["id"],
            }
            self.perform("planning_entries.create", monday - timedelta(days=5), body)

    def _schedule_payments(self, project: Record) -> None:
        path = {"project_id": project["id"]}
        plan: list[tuple[str, date, float]] = []
        if project.get("retainer"):
            months = [self.month(back) for back in (2, 1, 0, -1, -2)]
            plan = [(f"Pauschale {day:%m/%Y}", day, project["budget_monthly"]) for day in months]
        elif project.get("fixed_price"):
            half = project["budget"] / 2
            plan = [("Anzahlung", self.month(3), half), ("Schlussrechnung", self.month(-1), half)]
        for title, day, total in plan:
            body = {"title": title, "date": day.isoformat(), "net_total": total, "checked": day < self.month(0)}
            self.perform("project_payment_schedules.create", self.month(5), body, path=path)

    def _create_recurring_expense(self, project: Record) -> None:
        """A recurring expense, and the expenses of the months so far."""
        path = {"project_id": project["id"]}
        body = {
            "title": "Hosting",
            "start_date": self.month(2).isoformat(),
            "period": "monthly",
            "quantity": 1.0,
            "unit": "Monat",
            "unit_price": 95.0,
            "unit_cost": 60.0,
            "service_period_direction": "forward",
        }
        recurring = self.perform("project_recurring_expenses.create", self.month(3), body, path=path)
        for back in (2, 1, 0):
            self.perform("project_recurring_expenses.recur", self.month(back), {}, path=path | {"id": recurring["id"]})

    def _write_comments(self) -> None:
        """Comments and to-dos."""
        for number, (project, text) in enumerate(COMMENTS):
            body: dict[str, Any] = {"commentable_type": "Project", "commentable_id": self.projects[project]["id"]}
            self.perform("comments.create", self.month(1), {**body, "text": text}, user=self.users[number + 1])
        add_system_comment(self.store, "Project", self.projects[0], "Projekt erstellt", self.users[0])
        for number, (project, title, done) in enumerate(TODOS):
            self.store.add(
                "todos",
                title=title,
                due_date=f"{self.today + timedelta(days=3 + number)}T16:00:00Z",
                completed_at=self.store.now() if done else None,
                personal=False,
                todoable_type="Assignment",
                todoable_id=self.projects[project]["id"],
                created_by_id=self.users[0]["id"],
                assigned_to_id=self.users[number]["id"],
            )

    def _request_approvals(self, open: Record, approved: Record) -> None:
        admin, lead = self.users[:2]
        for invoice, user, approver in ((open, lead, admin), (approved, admin, lead)):
            body = {"target_type": "invoice", "target_id": invoice["id"], "approver_id": approver["id"]}
            approval = self.perform("approvals.create", self.today, body | {"note": "Bitte prüfen"}, user=user)
        self.perform("approvals.approve", self.today, {}, user=lead, path={"id": approval["id"]})


def _workdays(start: date) -> Iterator[date]:
    day = start
    while True:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)
