"""What records are to a type checker. Nothing here runs; mypy and pyright read it."""

from __future__ import annotations

import copy
import sys
from datetime import date, datetime
from typing import Any, assert_type

import attrs

from moco_async import Unrecognized
from moco_async.models import (
    Activity,
    ActivityCreate,
    Company,
    CompanyType,
    Invoice,
    InvoiceItem,
    InvoiceStatus,
    NamedRef,
    PersonRef,
    Project,
    RemoteService,
    SaleVat,
    WebHook,
    WebHookEvent,
)


def what_always_comes_is_never_none(activity: Activity, project: Project) -> None:
    assert_type(activity.id, int)
    assert_type(activity.date, date)
    assert_type(activity.created_at, datetime)
    assert_type(activity.customer, NamedRef)
    assert_type(project.customer, Company | NamedRef)
    assert_type(project.custom_properties, dict[str, str | list[str] | None])


def what_may_be_absent_or_null_may_be_none_and_nothing_else(
    activity: Activity, invoice: Invoice, company: Company
) -> None:
    assert_type(activity.hourly_rate, float | None)
    assert_type(activity.description, str | None)
    assert_type(activity.timer_started_at, datetime | None)
    assert_type(activity.deal, NamedRef | None)
    assert_type(invoice.items, list[InvoiceItem] | None)
    assert_type(company.intern, bool | None)
    assert_type(company.billing_vat, SaleVat | None)
    assert_type(company.default_invoice_due_days, int | None)


def a_comparison_with_none_narrows(activity: Activity, invoice: Invoice) -> None:
    if activity.user is not None:
        assert_type(activity.user, PersonRef)
        assert_type(activity.user.id, int)
    if activity.hourly_rate:
        assert_type(activity.hourly_rate * activity.hours, float)
    for item in invoice.items or []:
        assert_type(item, InvoiceItem)


def an_enum_is_a_member_or_unrecognized(activity: Activity, invoice: Invoice, company: Company, hook: WebHook) -> None:
    assert_type(activity.remote_service, RemoteService | Unrecognized | None)
    assert_type(invoice.status, InvoiceStatus | Unrecognized)
    assert_type(company.type, CompanyType | Unrecognized)
    match hook.event:
        case Unrecognized():
            assert_type(hook.event, Unrecognized)
        case event:
            assert_type(event, WebHookEvent)
    activity.remote_service = Unrecognized("abacus")
    activity.remote_service = RemoteService.JIRA


def a_record_is_made_of_keywords(day: date) -> None:
    made = ActivityCreate(date=day, project_id=1, task_id=2, remote_service=Unrecognized("abacus"), description=None)
    assert_type(made, ActivityCreate)
    assert_type(made.seconds, int | None)
    assert_type(NamedRef(id=1, name="A", additional_properties={"colour": "red"}), NamedRef)
    assert_type(NamedRef.from_dict({"id": 1}), NamedRef)


def a_record_is_read_copied_and_compared(activity: Activity) -> None:
    assert_type(activity.model_fields_set, frozenset[str])
    assert_type(activity.to_dict(), dict[str, Any])
    assert_type(dict(activity), dict[str, Any])
    assert_type(attrs.asdict(activity), dict[str, Any])
    assert_type(copy.copy(activity), Activity)
    assert_type(activity.__replace__(seconds=60), Activity)
    if sys.version_info >= (3, 13):
        assert_type(copy.replace(activity, seconds=60), Activity)
    assert_type(activity == activity.__replace__(), bool)
    match activity:
        case Activity(hourly_rate=None, hours=hours):
            assert_type(hours, float)
