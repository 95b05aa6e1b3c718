"""What keeps a command from doing what it was asked."""


class CommandError(Exception):
    """The reason, as it is printed."""

    status = 1
    """What the command exits with."""


class InputError(CommandError):
    """What was named cannot be read: a source, a revision, a record."""

    status = 2
