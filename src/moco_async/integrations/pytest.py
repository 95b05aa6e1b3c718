"""The pytest plugin: fixtures, found by pytest where this package is installed with its extra `sandbox`.

- `moco_sandbox`: a new `Sandbox` for every test, with sample data and without a rate limit.
- `moco`: a client of it, with the administrator's key.

Override `moco_sandbox` to use another one; `moco` follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .._client import MocoClient
    from ..sandbox import Sandbox

__all__ = ["moco", "moco_sandbox"]


@pytest.fixture
def moco_sandbox() -> Sandbox:
    """A sandbox with a small agency, without a rate limit."""
    # pytest imports this module in every run, so the sandbox is imported only when used.
    from ..sandbox import Sandbox

    return Sandbox(rate_limit=None)


@pytest.fixture
def moco(moco_sandbox: Sandbox) -> MocoClient:
    """A client of `moco_sandbox`."""
    # It runs in process without connections, so there is nothing to await or to close. A synchronous fixture works
    # with every async plugin, and without one.
    return moco_sandbox.client()
