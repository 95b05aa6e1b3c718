"""What keeps two trees from being compared."""

from ..errors import InputError

__all__ = ["DiffError", "RevisionError", "SurfaceError"]


class DiffError(InputError):
    """The trees cannot be compared; why, in one line."""


class RevisionError(DiffError):
    """Git has not what is asked for."""


class SurfaceError(DiffError):
    """A tree of sources cannot be read."""
