"""The exception hierarchy.

MocoError
├── ConfigurationError          the client's configuration is invalid
├── APIConnectionError          there was no response
│   └── APITimeoutError         ... in time
├── APIError                    MOCO refused the request
│   ├── BadRequestError         400
│   ├── AuthenticationError     401
│   ├── PermissionDeniedError   403
│   ├── NotFoundError           404
│   ├── UnprocessableEntityError         422, with `fields`
│   ├── LockedError             423
│   ├── RateLimitError          429
│   └── ServerError             5xx
├── ResponseError               MOCO answered something that cannot be read, or is too large
├── WebhookError                a delivery that is not what it claims to be
├── WebhookOverloadedError      a genuine delivery that cannot be taken now
└── UnknownCustomFieldWarning   a custom field the account does not define: a warning, unless those are errors

Invalid arguments raise the built-in `TypeError` and `ValueError`, before anything is sent.
"""

from __future__ import annotations

import copyreg
import json
import re
from typing import Any

from ._request import Request, Response

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "LockedError",
    "MocoError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ResponseError",
    "ServerError",
    "UnknownCustomFieldWarning",
    "UnprocessableEntityError",
    "WebhookError",
    "WebhookOverloadedError",
]


class MocoError(Exception):
    """The base class of all exceptions of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception.__reduce__ would lose the keyword arguments.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # documented, not in typeshed


class ConfigurationError(MocoError, ValueError):
    """The configuration of the client is incomplete or malformed."""


class WebhookError(MocoError):
    """A webhook delivery is not signed by MOCO, or malformed."""


class WebhookOverloadedError(MocoError):
    """A genuine delivery cannot be accepted now. Respond with 503, and MOCO will deliver it again."""


class UnknownCustomFieldWarning(MocoError, UserWarning):  # noqa: N818  # it is a warning
    """The account has no such custom field. MOCO would silently ignore its value."""


class _RequestError(MocoError):
    """The base class of errors of a request."""

    def __init__(self, message: str, *, request: Request) -> None:
        super().__init__(message)
        self.message = message
        self.operation = request.operation
        self.method = request.method
        self.path = request.path

    retries = 0
    """How often the request was sent again before this was raised."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.message}{self._attempts()}"

    def _attempts(self) -> str:
        return f" (sent {self.retries + 1} times)" if self.retries else ""


class APIConnectionError(_RequestError):
    """There was no response. `request_sent` is `False` only if MOCO cannot have received the request."""

    def __init__(self, message: str, *, request: Request, request_sent: bool) -> None:
        super().__init__(message, request=request)
        self.request_sent = request_sent

    permanent = False
    """Whether it would fail the same way again, as far as anybody can tell."""


class APITimeoutError(APIConnectionError):
    """There was no response in time."""


class _ResponseStatusError(_RequestError):
    """The base class of errors with a response, so MOCO has received the request."""

    request_sent = True

    def __init__(self, message: str, *, request: Request, response: Response, hint: str | None = None) -> None:
        super().__init__(message, request=request)
        self.status = response.status
        self.body = response.content
        self.request_id = response.request_id
        self.hint = hint

    def __str__(self) -> str:
        status = f"{self.status} " if self.request_sent else ""
        identified = f" (request {self.request_id})" if self.request_id else ""
        hinted = f"\n{self.hint}" if self.hint else ""
        return f"{self.method} {self.path}: {status}{self.message}{identified}{self._attempts()}{hinted}"


class ResponseError(_ResponseStatusError):
    """A response cannot be decoded: it is not JSON, or with `strict=True` it differs from the spec."""


class APIError(_ResponseStatusError):
    """MOCO refused the request.

    Attributes:
        status: The HTTP status.
        message: MOCO's reason, in the language of the account or the user.
        hint: What to check, where the cause is known.
        operation: The name of the operation, such as `projects.list`.
        method, path: Those of the request.
        body: The raw body of the response.
        request_id: MOCO's id of the request, which its support will ask for.
    """

    def __init__(
        self,
        message: str,
        *,
        request: Request,
        response: Response,
        hint: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, request=request, response=response, hint=hint)
        self.retry_after = retry_after


class BadRequestError(APIError):
    """400: MOCO does not understand the request."""


class AuthenticationError(APIError):
    """401: the key or the subdomain is wrong, or user keys are disabled."""


class PermissionDeniedError(APIError):
    """403: the user of the key lacks the permission."""


class NotFoundError(APIError):
    """404: the record does not exist, or not anymore."""


class UnprocessableEntityError(APIError):
    """422: MOCO rejected the values. `fields` has its messages by attribute."""

    fields: dict[str, list[str]]

    def __init__(self, message: str, *, request: Request, response: Response, **more: Any) -> None:
        super().__init__(message, request=request, response=response, **more)
        self.fields = _fields(_parse(response.content))


class LockedError(APIError):
    """423: a document is still being rendered, or a record is in use."""


class RateLimitError(APIError):
    """429: more requests than the plan permits, most likely by somebody else with the same account.

    With `request_sent` false it was not sent: a slot of the rate limit would have taken longer than
    `rate_limit_timeout`, or MOCO ordered a pause that is longer than a call is held back. How long, is in
    `retry_after`.
    """


class ServerError(APIError):
    """5xx: MOCO failed."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: UnprocessableEntityError,
    423: LockedError,
    429: RateLimitError,
}

_WHEN_EMPTY = {
    401: "not authenticated",
    403: "not permitted",
    404: "not found",
    422: "the values were rejected",
    423: "locked",
    429: "too many requests",
}


def error_from_response(
    request: Request, response: Response, *, retry_after: float | None, impersonating: bool
) -> APIError:
    """The error for a response with an error status."""
    kind = _BY_STATUS.get(response.status, ServerError if response.status >= 500 else APIError)
    message = _printable(_message(response)) or _WHEN_EMPTY.get(response.status, "no reason given")
    hint = _hint(request, response.status, message, impersonating=impersonating)
    return kind(message, request=request, response=response, hint=hint, retry_after=retry_after)


def error_from_refusal(request: Request, seconds: float, reason: str) -> RateLimitError:
    """The error that our own rate limit means when it lets nothing through in time."""
    message = f"not sent, there is no slot for {seconds:.1f} s: {reason}"
    error = RateLimitError(message, request=request, response=Response(429, {}, b""), retry_after=seconds)
    error.request_sent = False
    return error


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _fields(body: Any) -> dict[str, list[str]]:
    """Messages by attribute, from `{"errors": {...}}` or the bare object; MOCO has sent both."""
    if isinstance(body, dict):
        inner = body.get("errors", body)
        if isinstance(inner, dict):
            return {
                str(name): [str(message) for message in messages]
                for name, messages in inner.items()
                if isinstance(messages, list)
            }
    return {}


def _message(response: Response) -> str:
    body = _parse(response.content)
    if body is None:
        return _plain_text(response)
    if not isinstance(body, dict):
        return _join(body)
    if fields := _fields(body):
        return "; ".join(f"{name} {', '.join(messages)}" for name, messages in fields.items())
    for key in ("message", "error", "errors"):
        if value := body.get(key):
            return _join(value)
    return json.dumps(body, ensure_ascii=False) if body else ""


def _join(value: Any) -> str:
    return "; ".join(filter(None, map(str, value))) if isinstance(value, list) else str(value)


def _printable(text: str) -> str:
    """The text on one line, shortened, without unprintable characters."""
    shown = text if len(text) <= 1000 else f"{text[:1000]}…"
    return " ".join("".join(letter if letter.isprintable() else " " for letter in shown).split())


def _plain_text(response: Response) -> str:
    """The message in a body that is not JSON: a sentence from MOCO, or the title of a proxy's error page."""
    text = response.content[:10_000].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL):
        text = title[1]
    text = " ".join(re.sub(r"<[^<>]*>", " ", text).split())
    return text if len(text) <= 200 else f"{text[:200]}…"


def _hint(request: Request, status: int, message: str, *, impersonating: bool) -> str | None:
    """A hint where MOCO's message is unclear. The two English texts match only where MOCO does not translate them."""
    if status == 401 and "subdomain" in message.lower():
        return "The subdomain is the part before .mocoapp.com in the address of your account."
    if status == 401 and "disabled" in message.lower():
        return "The account has disabled user keys; use an account key (Settings, Extensions, API)."
    if status == 401 and request.operation == "session.create":
        return "Check the e-mail address and the password, and that the user belongs to this subdomain."
    if status == 401:
        return "Check the key (Profile, Integrations) and that it belongs to this subdomain."
    if status == 403 and impersonating:
        return "Impersonation requires the Staff permission, and the user must exist."
    if status == 403:
        return "The user of the key lacks the permission, or the account key is read-only."
    return None
