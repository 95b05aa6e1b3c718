"""Project groups."""

from __future__ import annotations

from typing import Any

from ..engine.record import Record
from ..engine.registry import computed
from ..engine.store import Store


@computed("project_groups", "budget")
def budget(store: Store, group: Record) -> float:
    return float(sum(project.get("budget") or 0 for project in store.where("projects", project_group_id=group["id"])))


@computed("project_groups", "currency")
def currency(store: Store, group: Record) -> Any:
    return store["companies"][group["company_id"]].get("currency")
