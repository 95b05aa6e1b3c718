"""The exceptions of this package, in one tree.

MocoError
├── ConfigurationError          the client cannot be made as asked
├── APIConnectionError          no answer came
│   └── APITimeoutError         ... in time
├── APIError                    MOCO answered, and refused
│   ├── BadRequestError         400
│   ├── AuthenticationError     401
│   ├── PermissionDeniedError   403
│   ├── NotFoundError           404
│   ├── UnprocessableEntityError         422, with the fields
│   ├── LockedError             423
│   ├── RateLimitError          429
│   └── ServerError             5xx
├── ResponseError               MOCO answered something that cannot be read, or is too large
├── WebhookError                a delivery that is not what it claims to be
├── WebhookOverloadedError      a genuine delivery that cannot be taken now
└── UnknownCustomFieldWarning   a custom field the account does not define: a warning, unless those are errors

Wrong arguments raise Python's own `TypeError` and `ValueError`, before anything is sent.
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
    """Whatever goes wrong here."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors take keyword arguments, which Exception's own pickling would lose.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # documented, not in typeshed


class ConfigurationError(MocoError, ValueError):
    """The client cannot be made as asked: something is missing or malformed."""


class WebhookError(MocoError):
    """A delivery is not signed by MOCO, or is no delivery."""


class WebhookOverloadedError(MocoError):
    """A genuine delivery cannot be taken now. Answer 503, and MOCO will bring it again."""


class UnknownCustomFieldWarning(MocoError, UserWarning):  # noqa: N818  # it is a warning
    """A custom field the account does not define. MOCO would ignore its value silently."""


class _RequestError(MocoError):
    """Something went wrong with a request."""

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
    """No answer came. `request_sent` is `False` only when MOCO cannot have received the request."""

    def __init__(self, message: str, *, request: Request, request_sent: bool) -> None:
        super().__init__(message, request=request)
        self.request_sent = request_sent

    permanent = False
    """Whether it would fail the same way again, as far as anybody can tell."""


class APITimeoutError(APIConnectionError):
    """No answer came in time."""


class _AnsweredError(_RequestError):
    """MOCO answered, so it has received the request."""

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


class ResponseError(_AnsweredError):
    """MOCO's answer cannot be read: no JSON, or with `strict=True` not what the spec says."""


class APIError(_AnsweredError):
    """MOCO refused.

    Attributes:
        status: The HTTP status.
        message: MOCO's reason, in the language of the account or the user.
        hint: What to look at, where the cause is known.
        operation: The call, as `projects.list`.
        method, path: The request.
        body: The answer's body as it came.
        request_id: MOCO's name for the request, which its support will ask for.
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
    """401: the key or the subdomain is wrong, or user keys are switched off."""


class PermissionDeniedError(APIError):
    """403: the user behind the key may not do this."""


class NotFoundError(APIError):
    """404: there is no such record, or not any more."""


class UnprocessableEntityError(APIError):
    """422: MOCO refuses the values. `fields` has its messages by attribute."""

    fields: dict[str, list[str]]

    def __init__(self, message: str, *, request: Request, response: Response, **more: Any) -> None:
        super().__init__(message, request=request, response=response, **more)
        self.fields = _fields(_parsed(response.content))


class LockedError(APIError):
    """423: not now; a document is still being rendered, or a record is in use."""


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
    422: "the values are refused",
    423: "locked",
    429: "too many requests",
}


def error_from_response(
    request: Request, response: Response, *, retry_after: float | None, impersonating: bool
) -> APIError:
    """The error that a refusing answer means."""
    kind = _BY_STATUS.get(response.status, ServerError if response.status >= 500 else APIError)
    message = _readable(_message(response)) or _WHEN_EMPTY.get(response.status, "no reason given")
    hint = _hint(request, response.status, message, impersonating=impersonating)
    return kind(message, request=request, response=response, hint=hint, retry_after=retry_after)


def error_from_refusal(request: Request, seconds: float, reason: str) -> RateLimitError:
    """The error that our own rate limit means when it lets nothing through in time."""
    message = f"not sent, there is no slot for {seconds:.1f} s: {reason}"
    error = RateLimitError(message, request=request, response=Response(429, {}, b""), retry_after=seconds)
    error.request_sent = False
    return error


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _fields(body: Any) -> dict[str, list[str]]:
    """Messages by attribute: `{"errors": {...}}`, or the bare object that was recorded."""
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
    body = _parsed(response.content)
    if body is None:
        return _plain_text(response)
    if not isinstance(body, dict):
        return _joined(body)
    if fields := _fields(body):
        return "; ".join(f"{name} {', '.join(messages)}" for name, messages in fields.items())
    for key in ("message", "error", "errors"):
        if value := body.get(key):
            return _joined(value)
    return json.dumps(body, ensure_ascii=False) if body else ""


def _joined(value: Any) -> str:
    return "; ".join(filter(None, map(str, value))) if isinstance(value, list) else str(value)


def _readable(text: str) -> str:
    """The text in one line, as far as anybody reads, without what does not print."""
    shown = text if len(text) <= 1000 else f"{text[:1000]}…"
    return " ".join("".join(letter if letter.isprintable() else " " for letter in shown).split())


def _plain_text(response: Response) -> str:
    """What a body that is no JSON says: a sentence of MOCO's, or the title of a proxy's page."""
    text = response.content[:10_000].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL):
        text = title[1]
    text = " ".join(re.sub(r"<[^<>]*>", " ", text).split())
    return text if len(text) <= 200 else f"{text[:200]}…"


def _hint(request: Request, status: int, message: str, *, impersonating: bool) -> str | None:
    """Causes that MOCO names badly. Its texts are translated, so these two English ones only help where they occur."""
    if status == 401 and "subdomain" in message.lower():
        return "The subdomain is the part before .mocoapp.com in the address of your account."
    if status == 401 and "disabled" in message.lower():
        return "The account has switched off keys of users; use an account key (Settings, Extensions, API)."
    if status == 401 and request.operation == "session.create":
        return "Check the e-mail address and the password, and that the user belongs to this subdomain."
    if status == 401:
        return "Check the key (Profile, Integrations) and that it belongs to this subdomain."
    if status == 403 and impersonating:
        return "Impersonation needs the Staff permission, and the user must exist."
    if status == 403:
        return "The user behind the key lacks a permission for this, or the account key is read-only."
    return None
