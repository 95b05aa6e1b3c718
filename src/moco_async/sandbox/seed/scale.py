"""The seeder of larger agencies, for load tests: more users, more projects, and above all more activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil
from typing import Any

from ..domains.project_contracts import assign
from ..engine.record import Record
from ..engine.store import Store
from .account import PASSWORD
from .backdate import Seeder
from .data import FIRST_NAMES, INDUSTRIES, LAST_NAMES, PROJECT_NAMES, TASKS, TOWNS, WORK
from .people import PeopleSeeder
from .projects import ProjectSeeder
from .sales import SalesSeeder

TEAM_SIZE = 5
"""The number of users of a project."""

PROJECTS_PER_CUSTOMER = 4
"""The number of projects of a customer."""


@dataclass(frozen=True)
class Seed:
    """The size of the seeded agency. On the same day, the same seed is the same agency.

    Args:
        users: The number of users.
        projects: The number of projects.
        activities: The number of activities; None for about a thousand.
        months: The number of months that the activities are spread over, including the present one.

    Raises:
        ValueError: it is smaller than the default agency.
    """

    users: int = 8
    projects: int = 12
    activities: int | None = None
    months: int = 3

    def __post_init__(self) -> None:
        if self.users < 8 or self.projects < 12 or self.months < 3 or (self.activities or 1200) < 1200:
            raise ValueError("a seed has at least 8 users, 12 projects, 1200 activities and 3 months")


def populate(store: Store, seed: Seed) -> None:
    """Fill an account with an agency."""
    for seeder in (ProjectSeeder, PeopleSeeder, SalesSeeder):
        seeder(store, seed.months).run()
    if seed != Seed():
        ScaleSeeder(store, seed).run()


class ScaleSeeder(Seeder):
    """Adds to the default agency until it has the size of a seed."""

    def __init__(self, store: Store, seed: Seed) -> None:
        super().__init__(store, seed.months)
        self.seed = seed
        self.users = list(store["users"].values())
        self.projects = list(store["projects"].values())

    def run(self) -> None:
        self._create_users(self.seed.users - len(self.users))
        missing = self.seed.projects - len(self.projects)
        customers = [self._create_customer(number) for number in range(ceil(missing / PROJECTS_PER_CUSTOMER))]
        for number in range(missing):
            self._create_project(number, customers[number // PROJECTS_PER_CUSTOMER])
        missing = (self.seed.activities or 0) - len(self.store["activities"])
        if missing > 0:
            self._book_activities(missing)

    def _create_users(self, count: int) -> None:
        units = list(self.store["units"])
        for number in range(count):
            first, last = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number % len(LAST_NAMES)]
            person = {"firstname": first, "lastname": last, "email": f"kollege{number + 1}@sandbox.example"}
            membership = {"unit_id": units[number % len(units)], "password": PASSWORD}
            user = self.perform("users.create", self.start, person | membership)
            employment = {"user_id": user["id"], "from": date(self.start.year, 1, 1).isoformat()}
            pattern = {half: [4.0] * 5 for half in ("am", "pm")}
            self.perform("employments.create", self.start, employment | {"pattern": pattern})
            self.users.append(user)

    def _create_customer(self, number: int) -> Record:
        name = f"{INDUSTRIES[number % len(INDUSTRIES)]} {TOWNS[number % len(TOWNS)]} {number + 1}"
        company = {"type": "customer", "name": name, "currency": "EUR", "country_code": "DE", "tags": ["Handel"]}
        customer: Record = self.perform("companies.create", self.start, company)
        return customer

    def _create_project(self, number: int, customer: Record) -> None:
        rate = 90.0 + number % 8 * 10
        body = {
            "name": f"{PROJECT_NAMES[number % len(PROJECT_NAMES)]} {number + 1}",
            "currency": "EUR",
            "company_id": customer["id"],
            "leader_id": self.users[number % len(self.users)]["id"],
            "fixed_price": False,
            "retainer": False,
            "hourly_rate": rate,
            "budget": 20000.0 + number % 30 * 1000,
            "start_date": self.start.isoformat(),
        }
        project = self.perform("projects.create", self.start, body)
        for name in TASKS["web"]:
            task = {"name": name, "hourly_rate": rate, "billable": name != "Projektleitung"}
            self.perform("project_tasks.create", self.start, task, path={"project_id": project["id"]})
        for offset in range(1, TEAM_SIZE):
            assign(self.store, project, self.users[(number + offset) % len(self.users)]["id"])
        self.projects.append(project)

    def _book_activities(self, count: int) -> None:
        """Book activities, as many on every working day."""
        days = list(self.workdays(self.month(self.seed.months - 1)))
        shares = [count * number // len(days) for number in range(len(days) + 1)]
        bookable = self._list_bookable()
        for day, (first, last) in zip(days, pairwise(shares), strict=True):
            for user, project_id, task_id in self.random.choices(bookable, k=last - first):
                booking: dict[str, Any] = {
                    "date": day.isoformat(),
                    "project_id": project_id,
                    "task_id": task_id,
                    "seconds": 900 * self.random.randrange(1, 17),
                    "description": self.random.choice(WORK),
                }
                self.perform("activities.create", day, booking, user=user)

    def _list_bookable(self) -> list[tuple[Record, int, int]]:
        """The users, projects and tasks that activities can be booked on."""
        users = {user["id"]: user for user in self.users}
        return [
            (users[contract["user_id"]], project["id"], task["id"])
            for project in self.projects
            if project["active"]
            for contract in self.store.where("project_contracts", project_id=project["id"])
            for task in self.store.where("project_tasks", project_id=project["id"])
        ]
