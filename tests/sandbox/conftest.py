"""Fixtures that the sandbox's tests share; a module that needs another sandbox overrides `sandbox`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from moco_async.sandbox import Sandbox, Snapshot
from tests.sandbox.helpers import NOW, Row, http


@pytest.fixture
def sandbox() -> Sandbox:
    """A sandbox with its agency."""
    return Sandbox(rate_limit=None, clock=lambda: NOW)


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator's client of `sandbox`."""
    async with http(sandbox) as client:
        yield client


@pytest.fixture
async def project(api: httpx.AsyncClient) -> Row:
    first: Row = (await api.get("/projects")).json()[0]
    return first


@pytest.fixture(scope="module")
def snapshot() -> tuple[Sandbox, Snapshot]:
    """A sandbox and its initial state, made once a module."""
    sandbox = Sandbox(rate_limit=None)
    return sandbox, sandbox.snapshot()


@pytest.fixture
def restored(snapshot: tuple[Sandbox, Snapshot]) -> Sandbox:
    """A sandbox in its initial state, restored rather than made again, which is faster."""
    sandbox, initial = snapshot
    sandbox.restore(initial)
    return sandbox


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """An event loop for tests that are not async themselves."""
    with asyncio.Runner() as runner:
        yield runner
