"""Signature verification. MOCO signs the body of a delivery, and nothing else."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._auth import Secret
from ..errors import ConfigurationError, WebhookError

__all__ = ["Headers", "check_secrets", "check_signature", "normalize_headers", "sign"]

Headers = Mapping[str, Sequence[str]] | Mapping[bytes, bytes] | Iterable[tuple[str | bytes, str | bytes]] | None
"""Headers as frameworks and gateways provide them."""


def sign(body: bytes, secret: str) -> str:
    """Sign a body, for tests: HMAC-SHA256 in hex, keyed with the signing key as MOCO's settings show it."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _signature(body: bytes, secret: Secret) -> bytes:
    return hmac.digest(secret.reveal().encode(), body, "sha256").hex().encode()


def normalize_headers(headers: Headers) -> dict[str, str]:
    """MOCO's headers by lower-case name. One that came several times, or as a list, has to have one value.

    Raises:
        WebhookError: there are no headers, or one of MOCO's is ambiguous or neither text nor a list of texts.
    """
    items = getattr(headers, "items", None)
    pairs: Any = items() if callable(items) else headers
    if isinstance(pairs, str | bytes) or not isinstance(pairs, Iterable):
        raise WebhookError(f"the delivery has no headers, but {type(pairs).__name__}")
    found: dict[str, set[str]] = {}
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise WebhookError(f"headers are pairs of a name and a value, not {type(pair).__name__}")
        if isinstance(pair[0], str | bytes) and (name := _text(pair[0]).lower()).startswith("x-moco-"):
            found.setdefault(name, set()).update(_values(name, pair[1]))
    if ambiguous := [name for name, values in found.items() if len(values) > 1]:
        raise WebhookError(f"the delivery has different values of {ambiguous[0]:.80}")
    return {name: value for name, values in found.items() for value in values}


def _values(name: str, value: Any) -> Iterator[str]:
    """The values of a header, which a proxy may have listed, or joined with commas: none of MOCO's contains one."""
    for each in value if isinstance(value, list | tuple) else [value]:
        if isinstance(each, str | bytes):
            yield from (part.strip() for part in _text(each).split(","))
        elif type(each) is int and 0 <= each < 10**18:  # a time, or the id of a user, parsed on the way
            yield str(each)
        elif each is not None:
            raise WebhookError(f"the header {name:.80} is neither text nor a list of texts, but {type(each).__name__}")


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
