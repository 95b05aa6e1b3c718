"""A figure and its bar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """What was measured, against what was promised."""

    what: str
    value: float
    bar: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether the bar is kept."""
        return self.value <= self.bar
