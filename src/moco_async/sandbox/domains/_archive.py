"""Handlers that archive and unarchive companies and projects."""

from __future__ import annotations

from ..engine.context import OperationContext
from ..engine.record import Record


def archive(context: OperationContext) -> Record:
    record = context.record
    return context.store.change(record, active=False, archived_on=context.store.now()) if record["active"] else record


def unarchive(context: OperationContext) -> Record:
    return context.store.change(context.record, active=True, archived_on=None)
