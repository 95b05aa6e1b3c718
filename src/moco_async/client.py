"""The client: puts the house together."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import attrs

from .auth import AuthScheme, authorization
from .errors import ConfigurationError
from .messages import Request, Response
from .ratelimit import RateLimit
from .resources import Resources
from .transport import Connection, HTTPClient, Options, Transport
from .values import UNSET, Unset

__all__ = ["MocoClient"]


class MocoClient(Resources):
    """A client of one MOCO account.

    Every resource is an attribute: `await client.projects.list()`. Close it with `async with` or `aclose()`.

    Args:
        subdomain: The account, as in `https://mycompany.mocoapp.com`: `"mycompany"`. Else `MOCO_SUBDOMAIN`.
        api_key: A user's or an account's key. Else `MOCO_API_KEY`.
        base_url: The address up to `/api/v1`, instead of a subdomain. Else `MOCO_BASE_URL`.
        auth: How the key is sent: `"token"` or `"bearer"`. MOCO takes both.
        impersonate: The id of the user to act as; needs the Staff permission.
        rate_limit: The pace all clients of the account keep to, `None` for none.
        max_retries: How often a request is sent again, where that is safe.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        http_client: An `httpx.AsyncClient` of your own, for proxies, TLS or tests. You close it.
        strict: Raise `ResponseError` where an answer differs from the spec, instead of passing it on.

    Raises:
        ConfigurationError: something is missing or malformed. Nothing has been sent.
    """

    def __init__(
        self,
        subdomain: str | None = None,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        auth: AuthScheme = "token",
        impersonate: int | None = None,
        rate_limit: RateLimit | None = RateLimit.DEFAULT,
        max_retries: int = 3,
        timeout: float = 30.0,
        http_client: HTTPClient | None = None,
        strict: bool = False,
    ) -> None:
        address = _address(subdomain, base_url)
        key = api_key if api_key is not None else os.environ.get("MOCO_API_KEY")
        if key is None:
            raise ConfigurationError("no key: give api_key=... or set MOCO_API_KEY (in MOCO: Profile, Integrations)")
        if rate_limit is not None and not isinstance(rate_limit, RateLimit):
            raise ConfigurationError(f"rate_limit has to be a RateLimit or None, not {rate_limit!r}")
        options = Options(authorization(key, auth), impersonate, max_retries, timeout, strict)
        self._transport = Transport(Connection(address, rate_limit, http_client), options)
        self._is_view = False

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """A client for `MOCO_SUBDOMAIN` (or `MOCO_BASE_URL`) and `MOCO_API_KEY`. Takes what the constructor takes.

        Raises:
            ConfigurationError: a variable is missing or malformed.
        """
        return cls(**options)

    @classmethod
    async def login(cls, subdomain: str | None, email: str, password: str, **options: Any) -> Self:
        """A client with the key that MOCO has for a user's e-mail address and password.

        Raises:
            AuthenticationError: MOCO does not know the two.
            ConfigurationError: something is missing or malformed.
        """
        # The login itself needs no key, but an empty one would be refused here.
        async with cls(subdomain, **{**options, "api_key": "login"}) as stranger:
            transport = attrs.evolve(
                stranger._transport, options=attrs.evolve(stranger._transport.options, authorization=None)
            )
            credentials = await stranger._view(transport).session.create(email=email, password=password)
        return cls(subdomain, **{**options, "api_key": credentials.api_key})

    def with_options(
        self,
        *,
        impersonate: int | Unset | None = UNSET,
        max_retries: int | None = None,
        timeout: float | None = None,
        strict: bool | None = None,
    ) -> Self:
        """A view of this client that differs in the given options; it shares the pool and the rate limit.

        Raises:
            ConfigurationError: an option is malformed.
        """
        changes = {"max_retries": max_retries, "timeout": timeout, "strict": strict}
        changed: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        if not isinstance(impersonate, Unset):
            changed["impersonate"] = impersonate
        transport = self._transport
        return self._view(attrs.evolve(transport, options=attrs.evolve(transport.options, **changed)))

    def impersonate(self, user_id: int) -> Self:
        """A view of this client that acts as another user. The key's user needs the Staff permission.

        Raises:
            ConfigurationError: `user_id` is no id.
        """
        if user_id is None:
            raise ConfigurationError("impersonate takes the id of a user, not None")
        return self.with_options(impersonate=user_id)

    def _view(self, transport: Transport) -> Self:
        view = type(self).__new__(type(self))
        view._transport = transport
        view._is_view = True
        return view

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
        idempotent: bool | None = None,
    ) -> Response:
        """Ask something the spec does not know, by the same way as everything else.

        Args:
            method: The HTTP method.
            path: What follows `/api/v1`, as `/projects`.
            params: The query. Booleans are sent in lower case; a list repeats its parameter.
            json: The body.
            idempotent: Whether it may be sent again when the answer is lost. By default what the method says.

        Raises:
            APIError, APIConnectionError: as with every call.
            ValueError: `path` is no path.
        """
        if not re.fullmatch(r"/[^?#\s]*", path):
            raise ValueError(f"path begins with a slash and has no query, unlike {path!r}")
        query = {name: _query_value(value) for name, value in (params or {}).items()}
        request = Request(f"{method.upper()} {path}", method.upper(), path, params=query, body=json)
        if idempotent is not None:
            request.idempotent = idempotent
        return await self._transport.send(request)

    async def aclose(self) -> None:
        """Close the connections. A view has none of its own, and leaves them to the client it is a view of."""
        if not self._is_view:
            await self._transport.connection.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        user = self._transport.options.impersonate
        return f"<MocoClient of {self._transport.connection.base_url}{f' as user {user}' if user else ''}>"


def _address(subdomain: str | None, base_url: str | None) -> str:
    """The address up to `/api/v1`, without a slash at the end."""
    if subdomain is None and base_url is None:
        subdomain = os.environ.get("MOCO_SUBDOMAIN")
        base_url = os.environ.get("MOCO_BASE_URL")
    if base_url:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ConfigurationError(f"base_url has to be like https://mycompany.mocoapp.com/api/v1, not {base_url!r}")
        if parts.username or parts.password:
            raise ConfigurationError("base_url holds a user or a password; the key belongs in api_key")
        return base_url.rstrip("/")
    if not subdomain:
        raise ConfigurationError("no account: give the subdomain, or set MOCO_SUBDOMAIN (or MOCO_BASE_URL)")
    if not isinstance(subdomain, str) or not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", subdomain):
        raise ConfigurationError(
            f"{subdomain!r} is no subdomain; of https://mycompany.mocoapp.com it is 'mycompany' alone"
        )
    return f"https://{subdomain.lower()}.mocoapp.com/api/v1"


def _query_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
