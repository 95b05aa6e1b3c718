"""Authentication: the API key, and the header that carries it. The key never shows up anywhere else."""

from __future__ import annotations

import re
from typing import Literal, final

from .errors import ConfigurationError

__all__ = ["AuthScheme", "Secret", "authorization"]

AuthScheme = Literal["token", "bearer"]


@final
class Secret:
    """A string that stays out of reprs, logs and tracebacks, and cannot be pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    def to_json(self) -> str:
        """The text, when a body is written: until then the body holds the secret."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled; create a new client where you need one")


def authorization(api_key: Secret, scheme: AuthScheme) -> Secret:
    """The value of the `Authorization` header.

    Raises:
        ConfigurationError: the key is malformed.
    """
    # No local variable holds the key: tracebacks can show locals.
    if not isinstance(api_key.reveal(), str):
        raise ConfigurationError(f"api_key must be a string, not {type(api_key.reveal()).__name__}")
    if not api_key.reveal():
        raise ConfigurationError("api_key is empty")
    if not re.fullmatch(r"[!-~]+", api_key.reveal()):
        raise ConfigurationError("api_key contains a space, a line break or another character that keys never have")
    if scheme == "token":
        return Secret(f"Token token={api_key.reveal()}")
    if scheme == "bearer":
        return Secret(f"Bearer {api_key.reveal()}")
    raise ConfigurationError(f"auth must be 'token' or 'bearer', not {scheme!r}")
