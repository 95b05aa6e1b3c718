"""The async Python SDK for the MOCO API.

    async with MocoClient("mycompany", api_key="...") as client:
        async for project in client.projects.list():
            print(project.name)

Models are in `moco_async.models`, exceptions in `moco_async.errors`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._client import MocoClient
    from ._deviations import Deviation, deviations
    from ._page import Page
    from ._paging import Pager
    from ._rate_limit import RateLimit
    from ._request import Request, Response
    from ._transport import Middleware, Send
    from ._values import UNSET, Unrecognized, Unset
    from .drift import DriftRecorder
    from .errors import (
        APIConnectionError,
        APIError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        LockedError,
        MocoError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ResponseError,
        ServerError,
        UnknownCustomFieldWarning,
        UnprocessableEntityError,
        WebhookError,
        WebhookOverloadedError,
    )
    from .files import File

__version__ = "0.1.0"

__all__ = [
    "UNSET",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "Deviation",
    "DriftRecorder",
    "File",
    "LockedError",
    "Middleware",
    "MocoClient",
    "MocoError",
    "NotFoundError",
    "Page",
    "Pager",
    "PermissionDeniedError",
    "RateLimit",
    "RateLimitError",
    "Request",
    "Response",
    "ResponseError",
    "Send",
    "ServerError",
    "UnknownCustomFieldWarning",
    "UnprocessableEntityError",
    "Unrecognized",
    "Unset",
    "WebhookError",
    "WebhookOverloadedError",
    "deviations",
]

_MODULES = {
    "MocoClient": "_client",
    "DriftRecorder": "drift",
    "APIConnectionError": "errors",
    "APIError": "errors",
    "APITimeoutError": "errors",
    "AuthenticationError": "errors",
    "BadRequestError": "errors",
    "ConfigurationError": "errors",
    "LockedError": "errors",
    "MocoError": "errors",
    "NotFoundError": "errors",
    "PermissionDeniedError": "errors",
    "RateLimitError": "errors",
    "ResponseError": "errors",
    "ServerError": "errors",
    "UnknownCustomFieldWarning": "errors",
    "UnprocessableEntityError": "errors",
    "WebhookError": "errors",
    "WebhookOverloadedError": "errors",
    "File": "files",
    "Middleware": "_transport",
    "Request": "_request",
    "Response": "_request",
    "Send": "_transport",
    "Page": "_page",
    "Pager": "_paging",
    "RateLimit": "_rate_limit",
    "Deviation": "_deviations",
    "deviations": "_deviations",
    "UNSET": "_values",
    "Unrecognized": "_values",
    "Unset": "_values",
}


if not TYPE_CHECKING:  # type checkers see only the names above

    def __getattr__(name: str) -> Any:
        """Import a public name on first access."""
        if (module := _MODULES.get(name)) is None:
            raise AttributeError(f"module 'moco_async' has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f".{module}", __name__), name)
        return found


def __dir__() -> list[str]:
    return __all__
