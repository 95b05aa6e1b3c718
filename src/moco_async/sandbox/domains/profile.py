"""The profile of the user whose key is used."""

from __future__ import annotations

from typing import Any

from ..engine.context import OperationContext
from ..engine.record import Record
from ..engine.registry import operation
from ._performance_report import build_performance_report


@operation("profile.get")
def get(context: OperationContext) -> Record:
    return context.user


@operation("profile.performance_report")
def report(context: OperationContext) -> dict[str, Any]:
    return build_performance_report(context, context.user)
