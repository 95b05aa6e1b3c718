"""The seeder of users, customers, projects, activities and invoices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ..domains.project_contracts import assign
from ..engine.record import Record
from ..engine.store import Store
from .account import PASSWORD
from .backdate import Seeder
from .data import CUSTOMERS, INVOICES, MEN, PROJECTS, SUPPLIERS, TASKS, USERS, WORK

ARCHIVED_PROJECT = 10
"""The index of the project that is archived."""

TRANSLITERATION = str.maketrans({"ä": "ae", "é": "e", "ö": "oe", "ü": "ue", "ß": "ss", "ë": "e", "Ö": "oe"})


class ProjectSeeder(Seeder):
    def __init__(self, store: Store, months: int = 3) -> None:
        super().__init__(store, months)
        self.users = list(store["users"].values())
        taxes = {code["tax"]: code["id"] for code in store["vat_code_sales"].values()}
        self.vat = {"DE": taxes[19.0], "CH": taxes[0.0]}
        self.customers: list[Record] = []
        self.projects: list[Record] = []

    def run(self) -> None:
        self._create_users(self.start)
        self._create_companies(self.start)
        for number in range(len(PROJECTS)):
            self._create_project(number, self.start + timedelta(days=5 * number))
        self.perform("projects.archive", self.month(2), {}, path={"id": self.projects[ARCHIVED_PROJECT]["id"]})
        self._collect_assignments()
        for day in self.workdays(self.month(2)):
            for user, (*_, hours, _) in zip(self.users[1:], USERS, strict=True):
                self._book_day(user, day, hours)
        for project, back, status, paid in INVOICES:
            self._create_invoice(self.projects[project], back, status, paid)
        self._create_billed_expense(self.store["invoices"][min(self.store["invoices"])])
        hook = {"target": "Activity", "event": "create", "hook": "https://hooks.sandbox.example/"}
        self.perform("web_hooks.create", self.start, hook)

    def _create_users(self, day: date) -> None:
        teams = {name: self.store.add("units", name=name)["id"] for name in dict.fromkeys(user[2] for user in USERS)}
        for first, last, team, _, external in USERS:
            email = f"{first}.{last}@sandbox.example".lower().translate(TRANSLITERATION)
            user = self.perform(
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

    def _create_companies(self, day: date) -> None:
        for name, currency, country, address, tags, contact in CUSTOMERS:
            company = self.perform(
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
            self._create_contact(day, company, *contact.split())
            self.store.add("project_groups", name=name, company_id=company["id"], user_id=self.users[1]["id"])
            self.customers.append(company)
        for name, country, iban in SUPPLIERS:
            self.perform(
                "companies.create", day, {"type": "supplier", "name": name, "country_code": country, "iban": iban}
            )

    def _create_contact(self, day: date, company: Record, first: str, last: str) -> None:
        email = f"{first}@kunde{len(self.customers) + 1}.example".lower().translate(TRANSLITERATION)
        person = {"firstname": first, "lastname": last, "gender": "M" if first in MEN else "F", "work_email": email}
        self.perform("contacts.create", day, {**person, "company_id": company["id"], "tags": ["Newsletter"]})

    def _create_project(self, number: int, day: date) -> None:
        name, customer, leader, rate, budget, kind, tags = PROJECTS[number]
        company = self.customers[customer]
        project = self.perform(
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
                **self._build_terms(day, budget),
            },
        )
        for name in TASKS[kind]:
            task = {"name": name, "hourly_rate": float(rate), "billable": name != "Projektleitung"}
            self.perform("project_tasks.create", day, task, path={"project_id": project["id"]})
        team = [*self.random.sample(self.users[1:], 4), *self.users[: number < 3]]
        for user in team:
            if not self.store.where("project_contracts", project_id=project["id"], user_id=user["id"]):
                assign(self.store, project, user["id"])
        self.projects.append(project)

    def _build_terms(self, day: date, budget: int | None) -> dict[str, Any]:
        """The terms of a project: those without a budget are retainers, which run for whole months."""
        if budget:
            return {"retainer": False, "start_date": day.isoformat(), "budget": float(budget)}
        first, last = self.start, self.month(-6) - timedelta(days=1)
        return {
            "retainer": True,
            "start_date": first.isoformat(),
            "finish_date": last.isoformat(),
            "budget_monthly": 1500.0,
        }

    def _collect_assignments(self) -> None:
        """Collect the projects of every user, and the tasks of every project."""
        running = [project["id"] for project in self.projects if project["active"]]
        self._tasks = {project: self.store.where("project_tasks", project_id=project) for project in running}
        self._assigned: dict[int, list[int]] = {user["id"]: [] for user in self.users}
        for contract in self.store["project_contracts"].values():
            if contract["project_id"] in self._tasks:
                self._assigned[contract["user_id"]].append(contract["project_id"])

    def _book_day(self, user: Record, day: date, hours: int) -> None:
        """A user's day: two or three activities, and the presence around them."""
        active = self._assigned[user["id"]]
        count = self.random.choice((2, 2, 3))
        for _ in range(count):
            project_id = self.random.choice(active)
            task = self.random.choice(self._tasks[project_id])
            self.perform(
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
            self.perform("presences.create", day, presence, user=user)

    def _create_invoice(self, project: Record, back: int, status: str, paid: float) -> None:
        """Invoice the billable hours of a month, and record what was paid."""
        start, end = self.month(back), self.month(back - 1) - timedelta(days=1)
        day = min(end, self.today)
        draft = status == "draft"
        company = self.store["companies"][project["customer_id"]]
        body = {
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
            "items": self._build_invoice_items(project, start, end, draft),
        }
        invoice = self.perform("invoices.create", day, body)
        if not draft:
            self.store.change_silently(invoice, status=status, locked=back == 2)
        if paid:
            total = round(paid * invoice["gross_total"], 2)
            when = min(day + timedelta(days=12), self.today)
            payment = {"date": when.isoformat(), "invoice_id": invoice["id"], "paid_total": total}
            self.perform("invoice_payments.create", when, payment)

    def _build_invoice_items(self, project: Record, start: date, end: date, draft: bool) -> list[dict[str, Any]]:
        rows = self.store.where("activities", project_id=project["id"], billable=True)
        rows = [row for row in rows if start.isoformat() <= row["date"] <= end.isoformat()]
        hours = {
            "type": "item",
            "title": f"Leistungen {start:%m/%Y}",
            "quantity": sum(row["seconds"] for row in rows) / 3600,
            "unit": "h",
            "unit_price": project["hourly_rate"],
            "activity_ids": [] if draft else [row["id"] for row in rows],
        }
        flat_rate = {"type": "item", "title": "Pauschale", "net_total": 250.0}
        return [{"type": "title", "title": project["name"]}, hours, flat_rate]

    def _create_billed_expense(self, invoice: Record) -> None:
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
        expense = self.perform("project_expenses.create", day, font, path=path)
        self.store.change_silently(expense, invoice_id=invoice["id"], billed=True)
