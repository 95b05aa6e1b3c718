"""The differences that are meant to be: `openapi/differences.yaml` gives each its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from .compare import MISSING, Difference
from .facts import parents


@dataclass(frozen=True)
class Known:
    """Differences that are meant to be; a `*` in the pattern stands for anything."""

    pattern: str
    reason: str

    def matches(self, text: str) -> bool:
        """Whether a difference, as it is written, is one of them."""
        return bool(re.fullmatch(re.escape(self.pattern).replace(r"\*", ".*"), text))


@dataclass
class Sorted:
    """Differences by whether they are known."""

    new: list[Difference]
    explained: dict[str, list[Difference]]
    """By the reason."""
    stale: list[Known]
    """What is known but is no difference any more."""


def read_known(file: Path) -> list[Known]:
    """What is known."""
    read = YAML(typ="safe").load(file) or []
    return [Known(pattern, entry["reason"]) for entry in read for pattern in entry["differences"]]


def is_meant(fact: str, known: Iterable[Known]) -> bool:
    """Whether a fact of the docs (`PUT /boats/{}: body seats[].kind`), or what it is in, is left out on purpose."""
    head, _, name = fact.rpartition(" ")
    wanted = [f"{MISSING} docs: {head} {each}" for each in (name, *parents(name))]
    return any(each.matches(text) for each in known for text in wanted)


def sort_out(differences: Iterable[Difference], known: Iterable[Known]) -> Sorted:
    """Which differences are new, and which of the known ones are none any more."""
    known = list(known)
    done = Sorted([], {}, [])
    used: set[Known] = set()
    for difference in differences:
        reasons = [each for each in known if each.matches(str(difference))]
        used.update(reasons)
        if reasons:
            done.explained.setdefault(reasons[0].reason, []).append(difference)
        else:
            done.new.append(difference)
    done.stale = [each for each in known if each not in used]
    return done
