"""A measurement and its target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """A measured value, with the bar it must not exceed."""

    what: str
    value: float
    bar: float
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether the value is within the bar."""
        return self.value <= self.bar
