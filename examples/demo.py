"""The main job in one go: projects, this month's activities, a booking as another user, an invoice, a report.

With MOCO_SUBDOMAIN and MOCO_API_KEY set it reads that account and changes nothing. Otherwise it runs against a
small agency in the embedded sandbox, where it books time as well.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from moco_async import MocoClient, MocoError, NotFoundError, RateLimit
from moco_async.models import Activity
from moco_async.sandbox import Sandbox

console = Console()


async def main() -> int:
    """Run the demo and return the exit status."""
    try:
        if "MOCO_API_KEY" in os.environ:
            async with MocoClient.from_env() as client:
                console.print(f"[bold]{client!r}[/] (read only)")
                await read(client, datetime.now(UTC).date())
        else:
            # Near the end of the month, so that there is a month of data whenever the demo runs.
            today = datetime.now(UTC).replace(day=28, hour=15)
            sandbox = Sandbox(clock=lambda: today, rate_limit=(120, 120))
            async with sandbox.client(rate_limit=RateLimit.STANDARD) as client:
                console.print("[bold]An agency in the sandbox[/] (set MOCO_SUBDOMAIN and MOCO_API_KEY for your own)")
                await read(client, today.date())
                await book_as_another_user(client, today.date())
    except MocoError as error:
        console.print(f"[red]{type(error).__name__}[/] {error}", highlight=False)
        return 1
    return 0


async def read(client: MocoClient, today: date) -> None:
    """Read what the demo shows, without changing the account."""
    projects = await client.projects.list().all()
    console.print(f"{len(projects)} projects, of {len({project.customer.id for project in projects})} customers")
    activities = await read_month(client, today)
    console.print(report(activities, f"{today:%B %Y} by project"))
    await latest_invoice(client)


async def read_month(client: MocoClient, today: date) -> list[Activity]:
    """Every activity of the month so far. The first page says how many there are."""
    activities: list[Activity] = []
    with Progress(console=console) as progress:
        task = progress.add_task("Activities of this month", total=None)
        async for page in client.activities.list(from_=today.replace(day=1), to=today, per_page=50).pages():
            activities += page
            progress.update(task, completed=len(activities), total=page.total)
    return activities


@dataclass
class Sum:
    """The hours of one project."""

    customer: str = ""
    name: str = ""
    hours: float = 0
    billable: float = 0


def report(activities: list[Activity], title: str) -> Table:
    """Hours by project, the largest first."""
    sums: defaultdict[int, Sum] = defaultdict(Sum)
    for activity in activities:
        row = sums[activity.project.id]
        row.customer, row.name = activity.customer.name, activity.project.name
        row.hours += activity.hours
        row.billable += activity.hours if activity.billable else 0
    table = Table(title=title, title_justify="left")
    for heading in ("Customer", "Project"):
        table.add_column(heading)
    for heading in ("Hours", "Billable"):
        table.add_column(heading, justify="right")
    for row in sorted(sums.values(), key=lambda each: -each.hours):
        table.add_row(
            row.customer, row.name, f"{row.hours:.2f}", f"{row.billable / row.hours:.0%}" if row.hours else ""
        )
    table.add_section()
    table.add_row("", "All", f"{sum(row.hours for row in sums.values()):.2f}")
    return table


async def latest_invoice(client: MocoClient) -> None:
    """Save the newest invoice as a PDF."""
    invoices = await client.invoices.list(sort_by="date desc", per_page=1)
    if not invoices:
        console.print("No invoices yet")
        return
    try:
        pdf = await client.invoices.pdf(invoices[0].id)
    except NotFoundError:
        console.print("The newest invoice has no document")
        return
    path = pdf.save(tempfile.mkdtemp(prefix="moco-"))
    console.print(
        f"Invoice {invoices[0].identifier or '(draft)'} over {invoices[0].gross_total} {invoices[0].currency}: {path}"
    )


async def book_as_another_user(client: MocoClient, today: date) -> None:
    """Book an hour and start the timer as another user: a view of the same client, by impersonation."""
    me = await client.profile.get()
    other = next(user for user in await client.users.list() if user.id != me.id and user.active)
    theirs = client.impersonate(other.id)
    project = (await theirs.projects.assigned())[0]
    booked = await theirs.activities.create(
        date=today, project_id=project.id, task_id=project.tasks[0].id, seconds=3600, description="Shown by the demo"
    )
    running = await theirs.activities.start_timer(booked.id)
    console.print(
        f"{me.full_name} booked an hour on {project.name} as {other.firstname} {other.lastname}; "
        f"the timer runs since {running.timer_started_at:%H:%M} UTC"
    )
    await theirs.activities.stop_timer(booked.id)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
