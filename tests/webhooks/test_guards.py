"""Replay guards: what they are made of, what they remember, on a real Redis too."""

from __future__ import annotations

import asyncio
import sys
import traceback
from datetime import timedelta
from typing import Any

import fakeredis
import pytest
import redis
import redis.asyncio

from moco_async import ConfigurationError
from moco_async.webhooks import LeasingReplayGuard, MemoryReplayGuard, RedisReplayGuard, WebhookReceiver
from tests.webhooks.deliveries import KEY, changed, delivery

LEASE = timedelta(seconds=30)


async def test_one_of_two_is_new(guard: LeasingReplayGuard) -> None:
    assert sorted(await asyncio.gather(*(guard.admit("a") for _ in range(5)))) == [False] * 4 + [True]
    assert await guard.claim("a", LEASE) == "seen"


async def test_a_claim_is_confirmed_or_forgotten(guard: LeasingReplayGuard) -> None:
    claims = await asyncio.gather(*(guard.claim("a", LEASE) for _ in range(5)))
    assert sorted(claims) == ["new", *["pending"] * 4]
    assert not await guard.admit("a")
    await guard.forget("a")
    assert await guard.claim("a", LEASE) == "new"
    await guard.confirm("a")
    assert await guard.claim("a", LEASE) == "seen"
    assert not await guard.admit("a")
    await guard.forget("a")
    await guard.forget("never seen")
    assert await guard.admit("a")


async def test_a_claim_ends_with_its_lease(guard: LeasingReplayGuard) -> None:
    assert await guard.claim("a", timedelta(milliseconds=20)) == "new"
    await asyncio.sleep(0.03)
    assert await guard.claim("a", LEASE) == "new"


class TestRedis:
    async def test_an_address_is_enough(self, redis_address: str) -> None:
        handled: list[Any] = []
        guard = RedisReplayGuard(redis_address, prefix="address:")
        for _ in range(2):
            async with WebhookReceiver(KEY, replay_guard=guard) as receiver:
                receiver.on()(handled.append)
                await receiver.accept(*delivery(changed(7)))
        assert len(handled) == 1
        assert not guard._clients, "the receiver has closed the connections"

    def test_every_event_loop_has_connections_of_its_own(self, redis_address: str) -> None:
        guard = RedisReplayGuard(redis_address, prefix="loops:")

        async def handle() -> bool:
            async with WebhookReceiver(KEY, replay_guard=guard) as receiver:
                return await receiver.handle(*delivery(changed(7)))

        assert [asyncio.run(handle()) for _ in range(3)] == [True, False, False]

    @pytest.mark.parametrize("decode_responses", [False, True])
    async def test_a_client_is_taken_and_left_open(self, redis_address: str, decode_responses: bool) -> None:
        client = redis.asyncio.Redis.from_url(redis_address, decode_responses=decode_responses)
        async with client, WebhookReceiver(KEY, replay_guard=RedisReplayGuard(client, prefix="client:")):
            guard = RedisReplayGuard(client, prefix=f"{decode_responses}:")
            assert await guard.claim("a", LEASE) == "new"
            assert await guard.claim("a", LEASE) == "pending"
            await guard.aclose()
            await guard.confirm("a")
            assert await guard.claim("a", LEASE) == "seen"

    @pytest.mark.parametrize("kind", [redis.asyncio.Redis, redis.asyncio.RedisCluster, fakeredis.FakeAsyncRedis])
    def test_clients_are_recognized_by_kind(self, kind: Any) -> None:
        RedisReplayGuard(kind.__new__(kind))
        with pytest.raises(TypeError, match=r"client of redis\.asyncio"):
            RedisReplayGuard(kind)

    @pytest.mark.parametrize("wrong", [None, 7, b"redis://localhost", object(), redis.Redis(), fakeredis.FakeRedis()])
    def test_anything_else_is_refused_at_once(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=rf"redis\.asyncio, not {type(wrong).__name__}"):
            RedisReplayGuard(wrong)

    @pytest.mark.parametrize(
        "address",
        ["", "localhost", "localhost:6379", "http://localhost", "redis://:geheim/x@host:1", "redis://h:geheim"],
    )
    def test_a_malformed_address_is_refused_without_showing_it(self, address: str) -> None:
        with pytest.raises(ConfigurationError, match="redis://localhost:6379/0") as info:
            RedisReplayGuard(address)
        frames = "".join(traceback.TracebackException.from_exception(info.value, capture_locals=True).format())
        assert "geheim" not in frames.split("replay.py", 1)[1]

    def test_the_password_is_not_shown(self) -> None:
        guard = RedisReplayGuard("redis://:geheim@localhost")
        assert "geheim" not in repr(guard) + repr(guard.__dict__)

    def test_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "redis.asyncio", None)
        with pytest.raises(ImportError, match=r"moco-async\[redis\]"):
            RedisReplayGuard("redis://localhost")

    async def test_it_forgets_by_itself(self, redis_address: str) -> None:
        async with redis.asyncio.Redis.from_url(redis_address) as client:
            guard = RedisReplayGuard(client, keep=timedelta(hours=1), prefix="x:")
            await guard.admit("a")
            await guard.claim("b", LEASE)
            assert 3_590_000 < await client.pttl("x:a") <= 3_600_000
            assert 29_000 < await client.pttl("x:b") <= 30_000
            await guard.confirm("b")
            assert 3_590_000 < await client.pttl("x:b") <= 3_600_000


@pytest.mark.parametrize("keep", [timedelta(0), timedelta(days=-1), 3600, None])
def test_keep_is_a_positive_time(keep: Any) -> None:
    with pytest.raises(ConfigurationError, match="keep"):
        MemoryReplayGuard(keep=keep)
    with pytest.raises(ConfigurationError, match="keep"):
        RedisReplayGuard("redis://localhost", keep=keep)


def test_a_limit_is_a_number() -> None:
    with pytest.raises(ConfigurationError, match="limit"):
        MemoryReplayGuard(limit=0)


@pytest.mark.parametrize("wrong", ["redis://localhost", 7, MemoryReplayGuard, fakeredis.FakeAsyncRedis(), object()])
def test_a_receiver_refuses_what_is_not_a_guard(wrong: Any) -> None:
    with pytest.raises(TypeError, match="replay_guard"):
        WebhookReceiver(KEY, replay_guard=wrong)
