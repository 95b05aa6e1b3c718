"""User roles."""

from __future__ import annotations

from ..engine.auth import FULL, NONE
from ..engine.record import Record
from ..engine.registry import computed
from ..engine.store import Store


@computed("user_roles", "permission")
def permission(store: Store, role: Record) -> dict[str, str]:
    """The permissions as MOCO shows them: full or none, though some are for reading only."""
    return {area: FULL if level == FULL else NONE for area, level in role["permission"].items()}
