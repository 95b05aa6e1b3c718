"""The client: resources on top of a transport, with configuration from arguments or the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack, cast

from ._auth import AuthScheme, Secret, authorization
from ._decoding import Decoder
from ._rate_limit import RateLimit, rate_limit_from_text
from ._request import Request, Response
from ._transport import AnyHTTPClient, Connection, Middleware, Options, Transport
from ._values import UNSET, Unset, to_json
from .errors import ConfigurationError, ResponseError
from .resources import Resources

if TYPE_CHECKING:
    from .drift import DriftRecorder

__all__ = ["ClientOptions", "MocoClient"]

MAX_RESPONSE_BYTES = 256 * 1024 * 1024


class ClientOptions(TypedDict, total=False):
    """What every way to make a client takes; `MocoClient` says what it is."""

    base_url: str | None
    auth: AuthScheme
    impersonate: int | None
    rate_limit: RateLimit | None
    rate_limit_timeout: float | None
    max_retries: int
    timeout: float
    max_response_bytes: int
    http_client: AnyHTTPClient | None
    strict: bool
    middleware: Sequence[Middleware]
    drift: DriftRecorder | None


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
        rate_limit_timeout: Who would wait longer than so many seconds for a place in the rate limit gets a
            `RateLimitError` at once. `None` waits.
        max_retries: How often a request is sent again, where that is safe.
        timeout: Seconds to wait for a connection, and for each part of an answer.
        max_response_bytes: How large an answer may be, unpacked. A larger one is a `ResponseError`.
        http_client: An `AsyncClient` of httpx or httpx2 of your own, for proxies, TLS or tests. You close it.
        strict: Raise `ResponseError` where an answer differs from the spec, instead of passing it on.
        middleware: What is to be around every call, the first outermost: `async def (request, send) -> response`.
        drift: What notes, without values, where answers differ from the spec.

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
        rate_limit_timeout: float | None = None,
        max_retries: int = 3,
        timeout: float = 30.0,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        http_client: AnyHTTPClient | None = None,
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
            authorization(key, auth),
            impersonate,
            max_retries,
            timeout,
            Decoder(strict, drift),
            _checked_middleware(middleware),
            auth,
            rate_limit_timeout,
        )
        self._transport = Transport(Connection(url, rate_limit, http_client, max_response_bytes), options)
        self._is_view = False

    @classmethod
    def from_env(
        cls, subdomain: str | None = None, *, api_key: str | None = None, **options: Unpack[ClientOptions]
    ) -> Self:
        """A client for `MOCO_SUBDOMAIN` (or `MOCO_BASE_URL`) and `MOCO_API_KEY`, at the pace of `MOCO_RATE_LIMIT`.

        Takes what the constructor takes; what is given counts more than the environment. `MOCO_RATE_LIMIT` is
        `120/120`, requests and seconds, or `off`.

        Raises:
            ConfigurationError: a variable is missing or malformed.
        """
        key = None if api_key is None else Secret(api_key)
        del api_key  # a traceback shows locals
        if "rate_limit" not in options and "MOCO_RATE_LIMIT" in os.environ:
            options["rate_limit"] = rate_limit_from_text(os.environ["MOCO_RATE_LIMIT"])
        return cls(subdomain, api_key=None if key is None else key.reveal(), **options)

    @classmethod
    async def login(cls, subdomain: str | None, email: str, password: str, **options: Unpack[ClientOptions]) -> Self:
        """A client with the key that MOCO has for a user's e-mail address and password.

        Use this rather than `client.session.create()`: here neither password nor key gets into a traceback.

        Raises:
            AuthenticationError: the e-mail address or the password is wrong.
            ConfigurationError: something is missing or malformed.
            ResponseError: MOCO answered without a key.
        """
        secret = Secret(password)
        del password  # tracebacks can show locals, which is why session.create() is not used here
        if not isinstance(email, str) or not isinstance(secret.reveal(), str):
            raise ConfigurationError("email and password have to be text")
        if re.search("[\ud800-\udfff]", email) or re.search("[\ud800-\udfff]", secret.reveal()):
            raise ConfigurationError(
                "email or password holds half a character (a lone surrogate), which cannot be sent"
            )
        cast(dict[str, Any], options).pop("api_key", None)  # of a user whose key is yet to be asked for
        request = Request("session.create", "POST", "/session", body={"email": email, "password": secret})
        # The login itself needs no key, but an empty one would be refused here.
        async with cls(subdomain, api_key="login", **options) as stranger:
            transport = stranger._transport
            anonymous = replace(transport, options=replace(transport.options, authorization=None, impersonate=None))
            key = _extract_key(request, await anonymous.send(request))
        return cls(subdomain, api_key=key.reveal(), **options)

    def with_options(
        self,
        *,
        api_key: str | None = None,
        impersonate: int | Unset | None = UNSET,
        max_retries: int | None = None,
        timeout: float | None = None,
        rate_limit_timeout: float | Unset | None = UNSET,
        strict: bool | None = None,
        extra_query: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> Self:
        """A view of this client with other options; it shares the connection pool and the rate limit.

        Args:
            api_key: The key of another user of the same account.
            impersonate: The id of the user to act as, `None` for nobody but the key's own.
            max_retries, timeout, rate_limit_timeout, strict: As in the constructor.
            extra_query: Parameters for the query of every call, which MOCO has added since. A call's own count more.
            extra_body: Attributes for the body of every call that has one as JSON, likewise.

        Raises:
            ConfigurationError: an option is malformed.
        """
        key = None if api_key is None else Secret(api_key)
        del api_key  # a traceback shows locals
        options = self._transport.options
        changes: dict[str, Any] = {
            "authorization": None if key is None else authorization(key, options.auth),
            "max_retries": max_retries,
            "timeout": timeout,
            "decoder": None if strict is None else replace(options.decoder, strict=strict),
            "extra_query": extra_query,
            "extra_body": extra_body,
        }
        changed = {name: value for name, value in changes.items() if value is not None}
        if not isinstance(impersonate, Unset):
            changed["impersonate"] = impersonate
        if not isinstance(rate_limit_timeout, Unset):
            changed["rate_limit_timeout"] = rate_limit_timeout
        checked = replace(options, **changed)
        query = {name: _query_value(value) for name, value in checked.extra_query.items()}
        checked = replace(checked, extra_query=query, extra_body=dict(checked.extra_body))
        return self._view(replace(self._transport, options=checked))

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


def _checked_middleware(given: object) -> tuple[Middleware, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(map(callable, given)):
        raise ConfigurationError(f"middleware must be a list of functions, not {type(given).__name__}")
    return tuple(given)


def _query_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return [_query_value(each) for each in value]
    return value if value is UNSET else to_json(value)
