"""The errors a command reports instead of a traceback."""

from __future__ import annotations

from typing import NamedTuple


class CommandError(Exception):
    """The reason a command cannot do its work, as it is printed."""

    status = 1
    """The exit status of the command."""


class Finding(NamedTuple):
    """A mistake in the spec and where it is."""

    location: str
    message: str

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class SpecError(CommandError):
    """A spec that no code can be generated from."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class GenerationError(CommandError):
    """A part of the spec that would be missing or wrong in the generated code."""
