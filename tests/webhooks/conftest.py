"""Fixtures of the tests of webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import fakeredis
import pytest

from moco_async.webhooks import LeasingReplayGuard, MemoryReplayGuard, RedisReplayGuard
from tests.redis_server import REDIS_SERVER, running_redis


@pytest.fixture(scope="session")
def redis_address() -> Iterator[str]:
    """The address of a real Redis."""
    if REDIS_SERVER is None:
        pytest.skip("redis-server is not installed: on Debian, apt-get install redis-server")
    with running_redis() as address:
        yield address


@pytest.fixture(params=["memory", "fake redis", "real redis"])
async def guard(request: pytest.FixtureRequest) -> AsyncIterator[LeasingReplayGuard]:
    """Every replay guard there is, empty."""
    if request.param == "memory":
        yield MemoryReplayGuard()
    elif request.param == "fake redis":
        async with fakeredis.FakeAsyncRedis() as redis:
            yield RedisReplayGuard(redis)
    else:
        real = RedisReplayGuard(request.getfixturevalue("redis_address"), prefix=f"{request.node.name}:")
        yield real
        await real.aclose()
