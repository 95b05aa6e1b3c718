"""Reports, computed from the records of the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from ..engine.context import OperationContext, invalid
from ..engine.dates import iterate_days
from ..engine.filters import select
from ..engine.record import Record, Values
from ..engine.registry import get_value, list_filter, operation
from ..engine.store import Store
from ._working_time import WORKDAYS, WorkingTime


def parse_period(context: OperationContext) -> tuple[date, date]:
    """The first and last day of a report, by default those of the current year."""
    first = _parse_day(context, "from") or date(context.today.year, 1, 1)
    last = _parse_day(context, "to") or date(context.today.year, 12, 31)
    if last < first:
        raise invalid(to="must not be before the beginning")
    return first, last


def _parse_day(context: OperationContext, name: str) -> date | None:
    try:
        return date.fromisoformat(context.query.get(name, ""))
    except ValueError:
        return None


@operation("reports.absences")
def absences(context: OperationContext) -> list[dict[str, Any]]:
    text = context.query.get("year", "")
    year = int(text) if text.isdecimal() else context.today.year
    everybody = context.query.get("active") != "true"
    return [
        _build_absences(context, user, year) for user in context.store["users"].values() if everybody or user["active"]
    ]


def _build_absences(context: OperationContext, user: Record, year: int) -> dict[str, Any]:
    entitled = context.store.where("holidays", user_id=user["id"], year=year)
    absent = [row for row in context.store.where("schedules", user_id=user["id"]) if row["date"].startswith(f"{year}-")]
    vacation = [row for row in absent if row["absence_code"] == "4"]
    today = context.today.isoformat()
    return {
        "user": user,
        "total_vacation_days": sum(holiday["days"] for holiday in entitled),
        "used_vacation_days": _count_days(row for row in vacation if row["date"] <= today),
        "planned_vacation_days": _count_days(row for row in vacation if row["date"] > today),
        "sickdays": _count_days(row for row in absent if row["absence_code"] == "3"),
    }


def _count_days(absent: Iterator[Record]) -> float:
    return float(sum(row["am"] + row["pm"] for row in absent) / 2)


@operation("reports.cashflow")
def cashflow(context: OperationContext) -> list[Record]:
    """Payments, and open amounts at their due dates."""
    return _select_rows(
        context, [*_list_incoming(context.store), *_list_outgoing(context.store), *_list_fixed_costs(context.store)]
    )


@operation("reports.finance")
def finance(context: OperationContext) -> list[Record]:
    """Invoices and purchases, without VAT."""
    return _select_rows(
        context, [*_list_invoiced(context.store), *_list_spent(context.store), *_list_fixed_costs(context.store)]
    )


def _select_rows(context: OperationContext, rows: list[Values]) -> list[Record]:
    """The rows in the report's period that pass the query's filters, the earliest first."""
    first, last = (day.isoformat() for day in parse_period(context))
    found = [Record("reports", row) for row in rows if first <= row["date"] <= last]
    return select(context, sorted(found, key=lambda row: str(row["date"])))


def _build_row(
    kind: str, record: Record, amount: float, *, of: Record, day: str, company: str = "company_id"
) -> Values:
    """A row about a record `of` an invoice, a purchase or fixed costs."""
    return {
        "amount_in_account_currency": round(amount, 2),  # at an exchange rate of 1
        "company_id": of.get(company),
        "date": day,
        "description": of["title"],
        "kind": kind,
        "net_amount_in_account_currency": round(amount, 2),
        "record_id": record["id"],
        "user_id": of.get("user_id"),
    }


def _list_invoices(store: Store) -> list[Record]:
    """The invoices that count: not drafts, nor ignored or disregarded ones."""
    uncounted = {"draft", "ignored", "disregarded"}
    return [invoice for invoice in store["invoices"].values() if invoice["status"] not in uncounted]


def _list_invoiced(store: Store) -> Iterator[Values]:
    for invoice in _list_invoices(store):
        yield _build_row(
            "invoice", invoice, invoice["net_total"], of=invoice, day=invoice["date"], company="customer_id"
        )


def _list_spent(store: Store) -> Iterator[Values]:
    for purchase in store["purchases"].values():
        net = get_value(store, purchase, "net_total")
        yield _build_row("incoming_expenses", purchase, -net, of=purchase, day=purchase["date"])


def _list_incoming(store: Store) -> Iterator[Values]:
    for invoice in _list_invoices(store):
        unpaid = invoice["gross_total"]
        for payment in store.where("invoice_payments", invoice_id=invoice["id"]):
            total = payment["paid_total"]
            unpaid -= total
            yield _build_row("invoice_paid", payment, total, of=invoice, day=payment["date"], company="customer_id")
        if round(unpaid, 2) > 0:
            yield _build_row(
                "invoice_created", invoice, unpaid, of=invoice, day=invoice["due_date"], company="customer_id"
            )


def _list_outgoing(store: Store) -> Iterator[Values]:
    for purchase in store["purchases"].values():
        unpaid = get_value(store, purchase, "gross_total")
        for payment in store.where("purchase_payments", purchase_id=purchase["id"]):
            unpaid -= payment["total"]
            yield _build_row("purchase_paid", payment, -payment["total"], of=purchase, day=payment["date"])
        if round(unpaid, 2) > 0:
            due = purchase.get("due_date") or purchase["date"]
            yield _build_row("purchase_created", purchase, -unpaid, of=purchase, day=due)


def _list_fixed_costs(store: Store) -> Iterator[Values]:
    for costs in store["fixed_costs"].values():
        for month in costs["costs"]:
            day = date(month["year"], month["month"], costs["payment_day"] or 1)
            yield _build_row("fixed_costs", costs, -month["amount"], of=costs, day=day.isoformat())


@list_filter("reports", "kinds")
def has_kind(store: Store, row: Record, kinds: Any) -> bool:
    return row["kind"] in kinds


@list_filter("reports", "user_ids")
def has_user(store: Store, row: Record, user_ids: Any) -> bool:
    return row["user_id"] in user_ids


@list_filter("reports", "from", "to")
def is_in_period(store: Store, row: Record, day: Any) -> bool:
    """Always true: rows are selected by period before, and some have no date."""
    return True


@operation("reports.planned_vs_tracked")
def planned_vs_tracked(context: OperationContext) -> list[Record]:
    first, last = parse_period(context)
    hours: defaultdict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in context.store["activities"].values():
        if first.isoformat() <= row["date"] <= last.isoformat():
            hours[row["user_id"], row["project_id"]][0] += row["worked_seconds"] / 3600
    for entry in context.store["planning_entries"].values():
        if entry["project_id"] and entry["user_id"]:
            hours[entry["user_id"], entry["project_id"]][1] += _count_planned_hours(entry, first, last)
    rows = [_build_comparison(context.store, *pair, *both) for pair, both in sorted(hours.items()) if any(both)]
    return select(context, rows)


def _count_planned_hours(entry: Record, first: date, last: date) -> float:
    start, end = date.fromisoformat(entry["starts_on"]), date.fromisoformat(entry["ends_on"])
    planned = iterate_days(max(start, first), min(end, last))
    return float(entry["hours_per_day"] * sum(day.weekday() < WORKDAYS for day in planned))


def _build_comparison(store: Store, user_id: int, project_id: int, tracked: float, planned: float) -> Record:
    user, project = store["users"][user_id], store["projects"][project_id]
    row = {
        "user_id": user_id,
        "project_id": project_id,
        "tracked_hours": round(tracked, 2),
        "planned_hours": round(planned, 2),
        "delta": round(tracked - planned, 2),
        "quota": round(tracked / planned, 4) if planned else 0.0,
        "user": user.copy_with(
            name=user["lastname"], initials=f"{user['firstname'][:1]}{user['lastname'][:1]}", color="#38B5EB"
        ),
        "project": project.copy_with(company_id=project["customer_id"]),
    }
    return Record("reports", row)


MAX_DAYS = 3 * 366
"""The longest period in days, so that made-up dates do not span thousands of years."""


@operation("reports.utilization")
def utilization(context: OperationContext) -> list[dict[str, Any]]:
    first, last = parse_period(context)
    last = date.fromordinal(min(last.toordinal(), first.toordinal() + MAX_DAYS))
    seconds: defaultdict[tuple[int, str, bool], int] = defaultdict(int)
    for row in context.store["activities"].values():
        seconds[row["user_id"], row["date"], row["billable"]] += row["worked_seconds"]
    times = {user["id"]: WorkingTime(context.store, user["id"]) for user in context.store.where("users", active=True)}
    return [
        _build_utilization(
            user_id, day, time.target_hours(day), *(seconds[user_id, day.isoformat(), kind] for kind in (True, False))
        )
        for day in iterate_days(first, last)
        for user_id, time in times.items()
    ]


def _build_utilization(user_id: int, day: date, target_hours: float, billable: int, unbillable: int) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "user_id": user_id,
        "target_hours": target_hours,
        "billable_hours": round(billable / 3600, 2),
        "unbillable_hours": round(unbillable / 3600, 2),
        "billable_seconds": billable,
        "unbillable_seconds": unbillable,
    }
