"""The async Python SDK for the MOCO API.

    async with MocoClient("mycompany", api_key="...") as client:
        async for project in client.projects.list():
            print(project.name)

Records are in `moco_async.models`, what can go wrong in `moco_async.errors`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import MocoClient
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
        ValidationError,
        WebhookError,
    )
    from .files import File
    from .messages import Request, Response
    from .paging import Page, Pager
    from .ratelimit import RateLimit
    from .tolerance import Deviation, deviations
    from .transport import Middleware, Send
    from .values import UNSET, Unset

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
    "Unset",
    "ValidationError",
    "WebhookError",
    "deviations",
]

_MODULES = {
    "MocoClient": "client",
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
    "ValidationError": "errors",
    "WebhookError": "errors",
    "File": "files",
    "Middleware": "transport",
    "Request": "messages",
    "Response": "messages",
    "Send": "transport",
    "Page": "paging",
    "Pager": "paging",
    "RateLimit": "ratelimit",
    "Deviation": "tolerance",
    "deviations": "tolerance",
    "UNSET": "values",
    "Unset": "values",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is first asked for."""
    if (module := _MODULES.get(name)) is None:
        raise AttributeError(f"module 'moco_async' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{module}", __name__), name)
    return found


def __dir__() -> list[str]:
    return __all__
