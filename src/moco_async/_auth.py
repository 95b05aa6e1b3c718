"""The key, and how it is shown to MOCO. It is never shown to anybody else."""

from __future__ import annotations

import re
from typing import Literal, final

from .errors import ConfigurationError

__all__ = ["AuthScheme", "Secret", "authorization"]

AuthScheme = Literal["token", "bearer"]


@final
class Secret:
    """Text that does not show in a repr, a log or a traceback, and is not pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def to_json(self) -> str:
        """The text, when a body is written: until then the body holds the secret."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled; make the client anew where it is needed")


def authorization(api_key: Secret, scheme: AuthScheme) -> Secret:
    """The value of the `Authorization` header.

    Raises:
        ConfigurationError: the key cannot be one.
    """
    # The key is in no local, of which a traceback could show it.
    if not isinstance(api_key.reveal(), str):
        raise ConfigurationError(f"api_key has to be text, not {type(api_key.reveal()).__name__}")
    if not api_key.reveal():
        raise ConfigurationError("api_key is empty")
    if not re.fullmatch(r"[!-~]+", api_key.reveal()):
        raise ConfigurationError("api_key holds a space, a line break or another character that no key has")
    if scheme == "token":
        return Secret(f"Token token={api_key.reveal()}")
    if scheme == "bearer":
        return Secret(f"Bearer {api_key.reveal()}")
    raise ConfigurationError(f"auth has to be 'token' or 'bearer', not {scheme!r}")
