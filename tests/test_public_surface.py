"""What is public: a top-level module without an underscore, through its `__all__`; a package, through its face.

A name that appears or disappears here is a change for users, and belongs into CHANGELOG.md.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import moco_async

SOURCE = Path(moco_async.__file__).parent

ERRORS = {
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
}

SURFACE = {
    "moco_async": {
        "UNSET",
        "Deviation",
        "DriftRecorder",
        "File",
        "Middleware",
        "MocoClient",
        "Page",
        "Pager",
        "RateLimit",
        "Request",
        "Response",
        "Send",
        "Unrecognized",
        "Unset",
        "deviations",
        *ERRORS,
    },
    "moco_async.custom_fields": {"CustomFields", "Definition", "UnknownCustomFieldWarning"},
    "moco_async.drift": {"DriftRecorder"},
    "moco_async.errors": ERRORS,
    "moco_async.files": {"File"},
    "moco_async.integrations": set(),
    "moco_async.integrations.fastapi": {
        "Client",
        "add_exception_handlers",
        "authenticated",
        "get_client",
        "impersonated",
        "lifespan",
        "webhook_router",
    },
    "moco_async.integrations.pytest": {"moco", "moco_sandbox"},
    "moco_async.resources": {"Resources"},
    "moco_async.sandbox": {"Arrival", "Delivery", "Fault", "Sandbox", "Seed", "Snapshot"},
    "moco_async.webhooks": {
        "Deleted",
        "LeasingReplayGuard",
        "MemoryReplayGuard",
        "RedisReplayGuard",
        "ReplayGuard",
        "Subscriptions",
        "WebhookApp",
        "WebhookEvent",
        "WebhookOverloadedError",
        "WebhookReceiver",
        "ensure_web_hooks",
        "sign",
    },
}


def test_the_public_modules_are_these() -> None:
    modules = {"moco_async"}
    for folder in (SOURCE, SOURCE / "integrations"):
        package = ".".join(folder.relative_to(SOURCE.parent).parts)
        modules |= {f"{package}.{file.stem}" for file in folder.glob("[!_]*.py")}
        modules |= {f"{package}.{file.parent.name}" for file in folder.glob("[!_]*/__init__.py")}
    assert modules == {*SURFACE, "moco_async.models"}, "models are generated: the diff of the spec holds their names"


@pytest.mark.parametrize("module", SURFACE)
def test_a_public_module_exports_exactly_this(module: str) -> None:
    found = import_module(module)
    assert set(found.__all__) == SURFACE[module]
    for name in found.__all__:
        assert getattr(found, name) is not None
    assert set(found.__all__) <= set(dir(found))
