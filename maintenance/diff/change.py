"""A change of the public surface, and its weight for users."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """The effect of a change on code that uses the package."""

    BREAKING = "breaking"
    ADDITIVE = "additive"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True)
class Change:
    """One difference between two public surfaces."""

    weight: Weight
    name: str
    """As users write it: `client.deals.list(tags=...)`, `Deal.money`."""
    text: str
    """The predicate of the sentence that begins with the name."""
    owner: str = ""
    """The resource, class or module that the name belongs to."""
    location: str = ""
    description: str = ""

    @property
    def short_name(self) -> str:
        """The name without that of its owner."""
        return self.name.removeprefix(f"{self.owner}.") or self.name

    @property
    def leaf(self) -> str:
        """The last part of the name: an argument with its brackets, an attribute."""
        return self.name[self.name.rfind("(") :] if self.name.endswith(")") else self.name.rpartition(".")[2]
