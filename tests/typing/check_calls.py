"""What the calls are to a type checker. Nothing here runs; mypy and pyright read it."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import assert_type

from moco_async import UNSET, File, MocoClient, Page, Pager, RateLimit, Unrecognized
from moco_async.models import (
    Activity,
    ActivityCreate,
    Company,
    Invoice,
    InvoiceItem,
    InvoicePayment,
    NamedRef,
    Presence,
    Project,
    ProjectBillingVariant,
    ProjectTask,
    SessionCredentials,
    WebHook,
)


async def lists(client: MocoClient) -> None:
    pager = client.projects.list(include_archived=True)
    assert_type(pager, Pager[Project])
    page = await pager
    assert_type(page, Page[Project])
    assert_type(page[0], Project)
    assert_type(page[:2], Sequence[Project])
    assert_type(page.total, int | None)
    assert_type(await page.next(), Page[Project])
    async for activity in client.activities.list(from_=date(2026, 1, 1), to="2026-01-31", ids=[1, 2]):
        assert_type(activity, Activity)
        assert_type(activity.date, date)
    async for each in pager.pages():
        assert_type(each, Page[Project])
    assert_type(await client.activities.list(project_id=7).all(), list[Activity])
    await client.activities.list(sort_by="date desc", tag=["a"], updated_after=datetime.now().astimezone())


async def records(client: MocoClient) -> None:
    project = await client.projects.get(7)
    assert_type(project, Project)
    assert_type(project.budget, float | None)
    assert_type(project.billing_variant, ProjectBillingVariant | Unrecognized | None)
    assert_type(project.customer, Company | NamedRef)
    assert_type(project.customer.name, str)
    assert_type(project.finish_date, date | None)
    invoice = await client.invoices.get(7)
    assert_type(invoice, Invoice)
    assert_type(invoice.items, list[InvoiceItem] | None)
    assert_type(await client.project_tasks.create(7, name="Design", budget=None), ProjectTask)
    assert_type(await client.activities.update(7, seconds=3600, description=UNSET), Activity)
    await client.activities.create_bulk(activities=[{"date": "2026-01-02", "project_id": 1, "task_id": 2}])


async def actions(client: MocoClient) -> None:
    booked = await client.impersonate(933).activities.create(date=date(2026, 1, 2), project_id=1, task_id=2)
    assert_type(booked, Activity)
    assert_type(await client.activities.start_timer(7), Activity)
    assert_type(await client.activities.disregard(reason="", activity_ids=[1], company_id=1), list[int])
    assert_type(await client.taggings.replace("Project", 7, tags=["Print"]), list[str])
    assert_type(await client.presences.touch(), Presence | None)
    assert_type(await client.invoices.pdf(4711), File)
    assert_type(await client.invoice_payments.create_bulk(bulk_data=[]), list[InvoicePayment])
    assert_type(await client.web_hooks.delete(7), WebHook | None)
    assert_type(await client.session.create(email="a@example.com", password="secret"), SessionCredentials)


async def clients(client: MocoClient) -> None:
    assert_type(client.with_options(timeout=5, strict=True), MocoClient)
    assert_type(await MocoClient.login("mycompany", "a@example.com", "secret"), MocoClient)
    assert_type(MocoClient.from_env(rate_limit=RateLimit.STANDARD), MocoClient)
    async with MocoClient("mycompany", api_key="key") as entered:
        assert_type(entered, MocoClient)


async def mistakes(client: MocoClient) -> None:
    """Each of these is an error for both checkers; the suppression would be superfluous were it not."""
    client.projects.list(archived=True)  # type: ignore[call-arg]  # a filter MOCO does not have
    client.projects.list(leader_id="7x", page="2")  # type: ignore[arg-type]  # ids and pages are numbers
    await client.projects.get("7")  # type: ignore[arg-type]  # so is this id
    await client.projects.create(name="Relaunch")  # type: ignore[call-arg]  # MOCO requires more
    await client.projects.lists()  # type: ignore[attr-defined]  # no such method
    ActivityCreate(dat="2026-01-02")  # type: ignore[call-arg]  # no such attribute
