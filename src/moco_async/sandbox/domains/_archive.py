"""Archiving and unarchiving of records."""

from __future__ import annotations

from ..engine.context import Call
from ..engine.store import Record


def archive(call: Call) -> Record:
    record = call.record
    return call.store.change(record, active=False, archived_on=call.store.now()) if record["active"] else record


def unarchive(call: Call) -> Record:
    return call.store.change(call.record, active=True, archived_on=None)
