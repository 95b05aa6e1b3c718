"""The error of a command whose input cannot be read."""

from __future__ import annotations

from generator.errors import CommandError


class InputError(CommandError):
    """An input that cannot be read: a source, a revision, a record."""

    status = 2
