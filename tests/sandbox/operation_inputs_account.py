"""Inputs of operations on the account: session, settings, tags, webhooks; see `operation_inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moco_async.sandbox import Sandbox
from moco_async.sandbox.engine.spec import Operation

RECORDS: dict[str, Callable[[Sandbox, Operation], dict[str, Any]]] = {}


def bodies(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return {
        "custom_properties.create": {"name": "Kostenstelle", "kind": "String", "entity": "Project"},
        "expense_templates.create": {"title": "Druck"},
        "internal_hourly_rates.update": {"year": 2026, "rates": [{"user_id": 1, "rate": 72.5}]},
        "session.create": {"email": "sandra.keller@sandbox.example", "password": "sandbox"},
        "taggings.add": {"tags": ["x"]},
        "taggings.remove": {"tags": ["x"]},
        "taggings.replace": {"tags": ["x"]},
        "tags.create": {"name": "Neu", "context": "Project"},
        "task_templates.create": {"name": "Beratung"},
        "web_hooks.update": {"hook": "https://x.example"},
        "web_hooks.create": {"target": "Invoice", "event": "update", "hook": "https://x.example"},
    }
