"""The profile: the user whose key it is, as they see themselves."""

from __future__ import annotations

from typing import Any

from ..engine.context import Call
from ..engine.registry import action
from ..engine.store import Record
from ._performance_report import performance_report


@action("profile.get")
def get(call: Call) -> Record:
    return call.user


@action("profile.performance_report")
def report(call: Call) -> dict[str, Any]:
    return performance_report(call, call.user)
