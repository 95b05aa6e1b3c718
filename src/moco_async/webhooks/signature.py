"""Who sent a delivery: MOCO's signature over its body, which is all that MOCO signs."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from .._auth import Secret
from ..errors import ConfigurationError, WebhookError

__all__ = ["Headers", "check_secrets", "check_signature", "plain", "sign"]

_Pairs = Iterable[tuple[str | bytes, str | bytes]]
Headers = Mapping[str, str] | Mapping[bytes, bytes] | _Pairs
"""Headers as whatever framework has them."""


def sign(body: bytes, secret: str) -> str:
    """The signature of a body, for tests: HMAC-SHA256 in hex, its key being the text in MOCO's settings."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _signature(body: bytes, secret: Secret) -> bytes:
    return hmac.digest(secret.reveal().encode(), body, "sha256").hex().encode()


def plain(headers: Headers) -> dict[str, str]:
    """Headers by their names in lower case."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return {_text(name).lower(): _text(value).strip() for name, value in cast("_Pairs", pairs)}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def check_secrets(secrets: Sequence[Secret]) -> None:
    """Make sure that these can be signing keys.

    Raises:
        ConfigurationError: there is none, or one of them is no key.
    """
    if not secrets:
        raise ConfigurationError("no secret: give the signing key of the web hook, which MOCO's settings show")
    # The secret is in no local, of which a traceback could show it.
    if not all(isinstance(secret.reveal(), str) and re.fullmatch(r"[!-~]+", secret.reveal()) for secret in secrets):
        raise ConfigurationError("a secret is empty, or holds a space or another character that no signing key has")


def check_signature(body: bytes, signature: str | None, secrets: Sequence[Secret]) -> None:
    """Make sure that the body was signed with one of the secrets, in a time that does not tell which.

    Raises:
        WebhookError: it was not.
    """
    if not signature:
        raise WebhookError("the delivery has no X-Moco-Signature")
    given = signature.lower().encode("utf-8", "replace")
    # All are compared, always; and the right signature is in no local, of which a traceback could show it.
    if not any([hmac.compare_digest(_signature(body, secret), given) for secret in secrets]):  # noqa: C419  # no generator, which would stop at the first
        raise WebhookError(f"the signature fits none of the {len(secrets)} secrets, or the body was changed on its way")
