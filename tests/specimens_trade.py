"""What the tests of the sandbox send to offers, invoices and purchases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.spec import Operation

RESOURCES: set[str] = set()

TARGETS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Bodies by operation, out of what the seeded sandbox holds."""
    return {}
