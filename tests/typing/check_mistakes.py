"""Mistakes with records that mypy and pyright refuse. Nothing here runs; a suppression that neither needs is an error.

mypy warns of unused suppressions everywhere; pyright is told to in this file.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from datetime import date

from moco_async import UNSET
from moco_async.models import Activity, ActivityCreate, Invoice, NamedRef, RemoteService


def mistyped_attributes(activity: Activity) -> None:
    print(activity.hourly_rat)  # type: ignore[attr-defined]
    activity.hourly_rat = 90  # type: ignore[attr-defined]
    print(activity.project.nmae)  # type: ignore[attr-defined]
    print(RemoteService.JIRRA)  # type: ignore[attr-defined]


def attributes_that_may_be_none(activity: Activity, invoice: Invoice) -> None:
    print(activity.user.id)  # type: ignore[union-attr]
    print(activity.hourly_rate + 1)  # type: ignore[operator]
    print(invoice.items[0])  # type: ignore[index]
    for item in invoice.items:  # type: ignore[union-attr]
        print(item)


def constructors(day: date) -> None:
    NamedRef(id=1, name="A", nmae="B")  # type: ignore[call-arg]
    NamedRef(id=1)  # type: ignore[call-arg]
    NamedRef(1, "A")  # type: ignore[call-arg, arg-type]
    ActivityCreate(date=day, project_id=1)  # type: ignore[call-arg]
    ActivityCreate(date=day, project_id=1, task_id=2, secs=60)  # type: ignore[call-arg]
    NamedRef.from_dict([1])  # type: ignore[arg-type]


def values_of_the_wrong_type(activity: Activity, day: date) -> None:
    activity.seconds = "60"  # type: ignore[assignment]
    activity.remote_service = "jira"  # type: ignore[assignment]
    activity.hourly_rate = UNSET  # type: ignore[assignment]
    ActivityCreate(date=day, project_id="1", task_id=2)  # type: ignore[arg-type]


def what_cannot_be_changed(activity: Activity) -> None:
    activity.model_fields_set = frozenset()  # type: ignore[misc]
    activity.additional_properties["colour"] = "red"  # type: ignore[index]
