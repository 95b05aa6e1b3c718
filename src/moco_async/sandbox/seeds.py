"""A small agency at work, which a fresh sandbox holds on request.

All dates are relative to the clock's day; on the same day the agency is always the same. Everything that the API can
create is created by its own operations, as of the day it is from.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .domains.projects import assign
from .founding import PASSWORD
from .growth import SMALL, Growth, Seed
from .history import History
from .names import CUSTOMERS, INVOICES, MEN, PROJECTS, SUPPLIERS, TASKS, USERS, WORK
from .office import Office
from .store import Record, Store
from .trade import Trade

ARCHIVED = 10
"""The project that is over."""

ASCII = str.maketrans({"ä": "ae", "é": "e", "ö": "oe", "ü": "ue", "ß": "ss", "ë": "e", "Ö": "oe"})


def furnish(store: Store, seed: Seed = SMALL) -> None:
    """Give the account an agency to run."""
    for part in (Agency, Office, Trade):
        part(store, seed.months).found()
    if seed != SMALL:
        Growth(store, seed).found()


class Agency(History):
    def __init__(self, store: Store, months: int = 3) -> None:
        super().__init__(store, months)
        self.users = list(store["users"].values())
        taxes = {code["tax"]: code["id"] for code in store["vat_code_sales"].values()}
        self.vat = {"DE": taxes[19.0], "CH": taxes[0.0]}
        self.customers: list[Record] = []
        self.projects: list[Record] = []

    def found(self) -> None:
        self._hire(self.founded)
        self._acquire(self.founded)
        for number in range(len(PROJECTS)):
            self._start_project(number, self.founded + timedelta(days=5 * number))
        self.do("projects.archive", self.month(2), {}, path={"id": self.projects[ARCHIVED]["id"]})
        self._hand_out()
        for day in self.workdays(self.month(2)):
            for user, (*_, hours, _) in zip(self.users[1:], USERS, strict=True):
                self._work(user, day, hours)
        for project, back, status, paid in INVOICES:
            self._invoice(self.projects[project], back, status, paid)
        self._spend(self.store["invoices"][min(self.store["invoices"])])
        hook = {"target": "Activity", "event": "create", "hook": "https://hooks.sandbox.example/"}
        self.do("web_hooks.create", self.founded, hook)

    def _hire(self, day: date) -> None:
        teams = {name: self.store.add("units", name=name)["id"] for name in dict.fromkeys(user[2] for user in USERS)}
        for first, last, team, _, external in USERS:
            email = f"{first}.{last}@sandbox.example".lower().translate(ASCII)
            user = self.do(
                "users.create",
                day,
                {
                    "firstname": first,
                    "lastname": last,
                    "email": email,
                    "password": PASSWORD,
                    "unit_id": teams[team],
                    "external": external,
                    "tags": [team],
                },
            )
            self.users.append(user)

    def _acquire(self, day: date) -> None:
        for name, currency, country, address, tags, contact in CUSTOMERS:
            company = self.do(
                "companies.create",
                day,
                {
                    "type": "customer",
                    "name": name,
                    "currency": currency,
                    "country_code": country,
                    "address": f"{name}\n{address}",
                    "email": f"rechnung@kunde{len(self.customers) + 1}.example",
                    "user_id": self.users[1]["id"],
                    "customer_vat_code_id": self.vat[country],
                    "tags": tags,
                    "custom_properties": {"Sektor": tags[:1]},
                },
            )
            self._meet(day, company, *contact.split())
            self.store.add("project_groups", name=name, company_id=company["id"], user_id=self.users[1]["id"])
            self.customers.append(company)
        for name, country, iban in SUPPLIERS:
            self.do("companies.create", day, {"type": "supplier", "name": name, "country_code": country, "iban": iban})

    def _meet(self, day: date, company: Record, first: str, last: str) -> None:
        email = f"{first}@kunde{len(self.customers) + 1}.example".lower().translate(ASCII)
        person = {"firstname": first, "lastname": last, "gender": "M" if first in MEN else "F", "work_email": email}
        self.do("contacts.create", day, {**person, "company_id": company["id"], "tags": ["Newsletter"]})

    def _start_project(self, number: int, day: date) -> None:
        name, customer, leader, rate, budget, kind, tags = PROJECTS[number]
        company = self.customers[customer]
        project = self.do(
            "projects.create",
            day,
            {
                "name": name,
                "currency": company["currency"],
                "company_id": company["id"],
                "leader_id": self.users[leader]["id"],
                "fixed_price": kind == "print",
                "hourly_rate": float(rate),
                "billing_address": company["address"],
                "contact_id": self.store.where("contacts", company_id=company["id"])[0]["id"],
                "project_group_id": self.store.where("project_groups", company_id=company["id"])[0]["id"],
                "tags": tags,
                "custom_properties": {"Art": kind},
                **self._terms(day, budget),
            },
        )
        for name in TASKS[kind]:
            task = {"name": name, "hourly_rate": float(rate), "billable": name != "Projektleitung"}
            self.do("project_tasks.create", day, task, path={"project_id": project["id"]})
        team = [*self.random.sample(self.users[1:], 4), *self.users[: number < 3]]
        for user in team:
            if not self.store.where("project_contracts", project_id=project["id"], user_id=user["id"]):
                assign(self.store, project, user["id"])
        self.projects.append(project)

    def _terms(self, day: date, budget: int | None) -> dict[str, Any]:
        """Projects without a budget of their own are retainers, which run for whole months."""
        if budget:
            return {"retainer": False, "start_date": day.isoformat(), "budget": float(budget)}
        first, last = self.founded, self.month(-6) - timedelta(days=1)
        return {
            "retainer": True,
            "start_date": first.isoformat(),
            "finish_date": last.isoformat(),
            "budget_monthly": 1500.0,
        }

    def _hand_out(self) -> None:
        """What there is to do: the projects of every user, the tasks of every project."""
        running = [project["id"] for project in self.projects if project["active"]]
        self._tasks = {project: self.store.where("project_tasks", project_id=project) for project in running}
        self._assigned: dict[int, list[int]] = {user["id"]: [] for user in self.users}
        for contract in self.store["project_contracts"].values():
            if contract["project_id"] in self._tasks:
                self._assigned[contract["user_id"]].append(contract["project_id"])

    def _work(self, user: Record, day: date, hours: int) -> None:
        """A user's day: two or three activities, and the presence around them."""
        active = self._assigned[user["id"]]
        count = self.random.choice((2, 2, 3))
        for _ in range(count):
            project_id = self.random.choice(active)
            task = self.random.choice(self._tasks[project_id])
            self.do(
                "activities.create",
                day,
                {
                    "date": day.isoformat(),
                    "project_id": project_id,
                    "task_id": task["id"],
                    "seconds": round(hours * 3600 / count / 900) * 900,
                    "description": self.random.choice(WORK),
                },
                user=user,
            )
        if self.today - timedelta(days=28) < day < self.today:
            start = self.random.randrange(7, 10)
            presence = {
                "date": day.isoformat(),
                "from": f"{start:02}:30",
                "to": f"{start + hours + 1:02}:15",
                "is_home_office": self.random.random() < 0.3,
            }
            self.do("presences.create", day, presence, user=user)

    def _invoice(self, project: Record, back: int, status: str, paid: float) -> None:
        """Invoice the billable hours of a month, and record what was paid."""
        start, end = self.month(back), self.month(back - 1) - timedelta(days=1)
        day = min(end, self.today)
        rows = self.store.where("activities", project_id=project["id"], billable=True)
        rows = [row for row in rows if start.isoformat() <= row["date"] <= end.isoformat()]
        draft = status == "draft"
        company = self.store["companies"][project["customer_id"]]
        item = {
            "type": "item",
            "title": f"Leistungen {start:%m/%Y}",
            "quantity": sum(row["seconds"] for row in rows) / 3600,
            "unit": "h",
            "unit_price": project["hourly_rate"],
            "activity_ids": [] if draft else [row["id"] for row in rows],
        }
        invoice = self.do(
            "invoices.create",
            day,
            {
                "customer_id": company["id"],
                "project_id": project["id"],
                "recipient_address": company["address"],
                "date": day.isoformat(),
                "due_date": (day + timedelta(days=30 if status != "overdue" else 10)).isoformat(),
                "service_period_from": start.isoformat(),
                "service_period_to": end.isoformat(),
                "title": f"Rechnung {project['name']}",
                "currency": project["currency"],
                "vat_code_id": company["customer_vat_id"],
                "status": "draft" if draft else "created",
                "items": [
                    {"type": "title", "title": project["name"]},
                    item,
                    {"type": "item", "title": "Pauschale", "net_total": 250.0},
                ],
            },
        )
        if not draft:
            invoice.update(status=status, locked=back == 2)
        if paid:
            total = round(paid * invoice["gross_total"], 2)
            when = min(day + timedelta(days=12), self.today)
            payment = {"date": when.isoformat(), "invoice_id": invoice["id"], "paid_total": total}
            self.do("invoice_payments.create", when, payment)

    def _spend(self, invoice: Record) -> None:
        """An expense that an invoice bills."""
        project = self.store["projects"][invoice["project_id"]]
        font = {
            "date": invoice["date"],
            "title": "Schriftlizenz",
            "description": "Lizenz für fünf Arbeitsplätze",
            "quantity": 1.0,
            "unit": "Stück",
            "unit_price": 280.0,
            "unit_cost": 220.0,
            "budget_relevant": True,
            "user_id": project["leader_id"],
        }
        day, path = date.fromisoformat(invoice["date"]), {"project_id": project["id"]}
        expense = self.do("project_expenses.create", day, font, path=path)
        expense.update(invoice_id=invoice["id"], billed=True)
