"""The intended differences between our spec and the sources, with their reasons: `openapi/differences.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from generator.spec.yaml_text import load_yaml

from .compare import MISSING, Difference
from .facts import parents


@dataclass(frozen=True)
class KnownDifference:
    """A pattern of intended differences, in which `*` stands for any text."""

    pattern: str
    reason: str

    def matches(self, text: str) -> bool:
        """Whether the text of a difference matches the pattern."""
        return bool(re.fullmatch(re.escape(self.pattern).replace(r"\*", ".*"), text))


@dataclass
class SortedDifferences:
    """Differences, sorted by whether they are known."""

    new: list[Difference]
    explained: dict[str, list[Difference]]
    """The known differences by their reason."""
    stale: list[KnownDifference]
    """The patterns that no longer match a difference."""


def read_exceptions(file: Path) -> list[KnownDifference]:
    """The known differences of a file."""
    read = load_yaml(file.read_text("utf-8")) or []
    return [KnownDifference(pattern, entry["reason"]) for entry in read for pattern in entry["differences"]]


def is_intended(fact: str, known: Iterable[KnownDifference]) -> bool:
    """Whether a fact of the docs (`PUT /boats/{}: body seats[].kind`), or one around it, is left out on purpose."""
    head, _, name = fact.rpartition(" ")
    wanted = [f"{MISSING} docs: {head} {each}" for each in (name, *parents(name))]
    return any(each.matches(text) for each in known for text in wanted)


def sort_differences(differences: Iterable[Difference], known: Iterable[KnownDifference]) -> SortedDifferences:
    """Sort differences into new and known ones, and find the patterns that are stale."""
    known = list(known)
    done = SortedDifferences([], {}, [])
    used: set[KnownDifference] = set()
    for difference in differences:
        reasons = [each for each in known if each.matches(str(difference))]
        used.update(reasons)
        if reasons:
            done.explained.setdefault(reasons[0].reason, []).append(difference)
        else:
            done.new.append(difference)
    done.stale = [each for each in known if each not in used]
    return done
