"""Fixtures for pytest, which finds them by itself where this package and its extra `sandbox` are installed.

- `moco_sandbox`: a `Sandbox` of its own for every test, furnished, without a rate limit.
- `moco`: a client of it, by the administrator's key.

Override `moco_sandbox` to have another one; `moco` follows.
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
    """A MOCO of one's own: a small agency, without a rate limit."""
    # pytest imports this module in every run, so the sandbox is imported by those who ask for it.
    from ..sandbox import Sandbox

    return Sandbox(rate_limit=None)


@pytest.fixture
def moco(moco_sandbox: Sandbox) -> MocoClient:
    """A client of `moco_sandbox`."""
    # It is in process and holds no connections, so there is nothing to wait for when it is made, nor to close. That
    # makes it a plain fixture, which needs no plugin and no event loop and serves any of them.
    return moco_sandbox.client()
