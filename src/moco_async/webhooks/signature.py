"""Signature verification. MOCO signs the body of a delivery, and nothing else."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from .._auth import Secret
from ..errors import ConfigurationError, WebhookError

__all__ = ["Headers", "check_secrets", "check_signature", "normalize_headers", "sign"]

_Pairs = Iterable[tuple[str | bytes, str | bytes]]
Headers = Mapping[str, str] | Mapping[bytes, bytes] | _Pairs
"""Headers as frameworks provide them."""


def sign(body: bytes, secret: str) -> str:
    """Sign a body, for tests: HMAC-SHA256 in hex, keyed with the signing key as MOCO's settings show it."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _signature(body: bytes, secret: Secret) -> bytes:
    return hmac.digest(secret.reveal().encode(), body, "sha256").hex().encode()


def normalize_headers(headers: Headers) -> dict[str, str]:
    """The headers by lower-case name."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return {_text(name).lower(): _text(value).strip() for name, value in cast("_Pairs", pairs)}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def check_secrets(secrets: Sequence[Secret]) -> None:
    """Check that these are well-formed signing keys.

    Raises:
        ConfigurationError: there are none, or one is malformed.
    """
    if not secrets:
        raise ConfigurationError("no secret: pass the signing key of the webhook, shown in MOCO's settings")
    # No local variable holds a secret: tracebacks can show locals.
    if not all(isinstance(secret.reveal(), str) and re.fullmatch(r"[!-~]+", secret.reveal()) for secret in secrets):
        raise ConfigurationError("a secret is empty, or contains a space or another character no signing key has")


def check_signature(body: bytes, signature: str | None, secrets: Sequence[Secret]) -> None:
    """Check in constant time that the body was signed with one of the secrets.

    Raises:
        WebhookError: it was not.
    """
    if not signature:
        raise WebhookError("the delivery has no X-Moco-Signature header")
    given = signature.lower().encode("utf-8", "replace")
    # All are compared, always; and no local variable holds the right signature: tracebacks can show locals.
    if not any([hmac.compare_digest(_signature(body, secret), given) for secret in secrets]):  # noqa: C419  # a generator would stop at the first match
        raise WebhookError(f"the signature matches none of the {len(secrets)} secrets, or a proxy changed the body")
