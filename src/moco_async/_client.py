"""The client: resources on top of a transport, with configuration from arguments or the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ._auth import AuthScheme, Secret, authorization
from ._decoding import Decoder
from ._rate_limit import RateLimit
from ._request import Request, Response
from ._transport import Connection, HTTPClient, Middleware, Options, Transport
from ._values import UNSET, Unset, to_json
from .errors import ConfigurationError, ResponseError
from .resources import Resources

if TYPE_CHECKING:
    from .drift import DriftRecorder

__all__ = ["MocoClient"]


class MocoClient(Resources):
    """A client of one MOCO account.

    Every resource is an attribute: `await client.projects.list()`. Close it with `async with` or `aclose()`.

    Args:
        subdomain: The account: `"mycompany"` for `https://mycompany.mocoapp.com`. Default: `MOCO_SUBDOMAIN`.
        api_key: The key of a user or an account. Default: `MOCO_API_KEY`.
        base_url: The URL up to `/api/v1`, instead of a subdomain. Default: `MOCO_BASE_URL`.
        auth: The authorization scheme, `"token"` or `"bearer"`. MOCO accepts both.
        impersonate: The id of the user to act as; requires the Staff permission.
        rate_limit: The rate limit that all clients of the account share; `None` for none.
        max_retries: How often a request is retried, where that is safe.
        timeout: Seconds to wait for a connection, and for each part of a response.
        http_client: Your own `httpx.AsyncClient`, for proxies, TLS or tests. You close it.
        strict: Raise `ResponseError` where a response differs from the spec, instead of passing it on.
        middleware: Wraps every call, the first one outermost: `async def (request, send) -> response`.
        drift: Records, without values, where responses differ from the spec.

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
        middleware: Sequence[Middleware] = (),
        drift: DriftRecorder | None = None,
    ) -> None:
        key = None if api_key is None else Secret(api_key)
        del api_key  # tracebacks can show locals
        url = _resolve_base_url(subdomain, base_url)
        if key is None:
            if "MOCO_API_KEY" not in os.environ:
                raise ConfigurationError(
                    "no key: pass api_key=... or set MOCO_API_KEY (in MOCO: Profile, Integrations)"
                )
            key = Secret(os.environ["MOCO_API_KEY"])
        if rate_limit is not None and not isinstance(rate_limit, RateLimit):
            raise ConfigurationError(f"rate_limit must be a RateLimit or None, not {rate_limit!r}")
        options = Options(
            authorization(key, auth), impersonate, max_retries, timeout, Decoder(strict, drift), tuple(middleware)
        )
        self._transport = Transport(Connection(url, rate_limit, http_client), options)
        self._is_view = False

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Create a client from `MOCO_SUBDOMAIN` (or `MOCO_BASE_URL`) and `MOCO_API_KEY`, with any options.

        Raises:
            ConfigurationError: a variable is missing or malformed.
        """
        if "api_key" in options:
            key = Secret(options.pop("api_key"))  # tracebacks can show locals
            return cls(**options, api_key=key.reveal())
        return cls(**options)

    @classmethod
    async def login(cls, subdomain: str | None, email: str, password: str, **options: Any) -> Self:
        """Create a client with the API key that MOCO returns for a user's e-mail address and password.

        Raises:
            AuthenticationError: the e-mail address or the password is wrong.
            ConfigurationError: something is missing or malformed.
            ResponseError: MOCO answered without a key.
        """
        secret = Secret(password)
        del password  # tracebacks can show locals, which is why session.create() is not used here
        if not isinstance(email, str) or not isinstance(secret.reveal(), str):
            raise ConfigurationError("email and password must be strings")
        options.pop("api_key", None)
        request = Request("session.create", "POST", "/session", body={"email": email, "password": secret.reveal()})
        # The login sends no key, but the constructor insists on one.
        async with cls(subdomain, **options, api_key="login") as temporary:
            transport = temporary._transport
            anonymous = replace(transport, options=replace(transport.options, authorization=None, impersonate=None))
            key = _extract_key(request, await anonymous.send(request))
        return cls(subdomain, **options, api_key=key.reveal())

    def with_options(
        self,
        *,
        impersonate: int | Unset | None = UNSET,
        max_retries: int | None = None,
        timeout: float | None = None,
        strict: bool | None = None,
    ) -> Self:
        """A view of this client with other options; it shares the connection pool and the rate limit.

        Raises:
            ConfigurationError: an option is malformed.
        """
        options = self._transport.options
        decoder = None if strict is None else replace(options.decoder, strict=strict)
        changes = {"max_retries": max_retries, "timeout": timeout, "decoder": decoder}
        changed: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        if not isinstance(impersonate, Unset):
            changed["impersonate"] = impersonate
        return self._view(replace(self._transport, options=replace(options, **changed)))

    def impersonate(self, user_id: int) -> Self:
        """A view of this client that acts as another user. The user of the key needs the Staff permission.

        Raises:
            ConfigurationError: `user_id` is not an id.
        """
        if user_id is None:
            raise ConfigurationError("impersonate takes a user id, not None")
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
        """Send a request that no resource covers, through the same transport as all others.

        Args:
            method: The HTTP method.
            path: The path below `/api/v1`, such as `/projects`.
            params: The query. Dates and times are sent in MOCO's format, booleans in lower case; a list repeats its
                parameter.
            json: The JSON body.
            idempotent: Whether it may be retried when the response is lost. By default that depends on the method.

        Raises:
            APIError, APIConnectionError: as with every call.
            TypeError, ValueError: `path` is malformed, or a value cannot be encoded.
        """
        if not re.fullmatch(r"/[^?#\s\x00-\x1f\x7f]*", path):
            raise ValueError(f"path must begin with a slash and have no query (pass params=...), not {path!r}")
        query = {name: _query_value(value) for name, value in (params or {}).items()}
        verb = method.upper()
        request = Request(f"{verb} {path}", verb, path, params=query, body=json, idempotent=idempotent)
        return await self._transport.send(request)

    async def aclose(self) -> None:
        """Close the connection pool. Closing a view does nothing: the pool belongs to the original client."""
        if not self._is_view:
            await self._transport.connection.aclose()
            if (drift := self._transport.options.decoder.drift) is not None:
                drift.save()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        if "_transport" not in vars(self):  # in a traceback of __init__
            return "<MocoClient, not initialized>"
        user = self._transport.options.impersonate
        return f"<MocoClient of {self._transport.connection.base_url}{f' as user {user}' if user else ''}>"


_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BASE_URL = re.compile(
    r"(?P<origin>[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?|\[[0-9A-Fa-f:.]+\])"
    r"(:(?P<port>[0-9]{1,5}))?)(?P<path>(/[!-~]*)?)"
)


def _resolve_base_url(subdomain: str | None, base_url: str | None) -> str:
    """The URL up to `/api/v1`, without a trailing slash."""
    if subdomain is None and base_url is None:
        subdomain = os.environ.get("MOCO_SUBDOMAIN")
        base_url = os.environ.get("MOCO_BASE_URL")
    if base_url:
        if re.search("[@?#]", str(base_url)):
            raise ConfigurationError("base_url contains a password, a query or a fragment; pass the key as api_key")
        parts = re.fullmatch(_BASE_URL, base_url) if isinstance(base_url, str) else None
        if parts is None or int(parts["port"] or 0) > 65535:
            raise ConfigurationError(f"base_url must look like https://mycompany.mocoapp.com/api/v1, not {base_url!r}")
        return parts["origin"].lower() + parts["path"].rstrip("/")
    if not subdomain:
        raise ConfigurationError("no account: pass a subdomain or set MOCO_SUBDOMAIN (or MOCO_BASE_URL)")
    if not isinstance(subdomain, str) or not re.fullmatch(_LABEL, subdomain):
        raise ConfigurationError(
            f"{subdomain!r} is not a subdomain; for https://mycompany.mocoapp.com it is just 'mycompany'"
        )
    return f"https://{subdomain.lower()}.mocoapp.com/api/v1"


def _extract_key(request: Request, response: Response) -> Secret:
    """The key in the response to a login. Errors must not show that response."""
    with suppress(ValueError, TypeError, LookupError):
        return Secret(response.json()["api_key"])
    raise ResponseError("the response contains no key", request=request, response=response)


def _query_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return [_query_value(each) for each in value]
    return value if value is UNSET else to_json(value)
