"""Deliveries handled before they are answered: what failed is sent and handled again, whatever ended it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from moco_async import WebhookError, WebhookOverloadedError
from moco_async.webhooks import LeasingReplayGuard, MemoryReplayGuard, WebhookApp, WebhookEvent, WebhookReceiver
from tests.webhooks.deliveries import KEY, changed, delivery

UPDATE = delivery(changed(7), action="update", milliseconds=1773829800100)


@pytest.fixture
def handled() -> list[Any]:
    return []


@pytest.fixture
def receiver(guard: LeasingReplayGuard, handled: list[Any]) -> WebhookReceiver:
    receiver = WebhookReceiver(KEY, replay_guard=guard)

    @receiver.on("Activity")
    async def note(event: WebhookEvent[Any]) -> None:
        await asyncio.sleep(0)
        handled.append(event.id)

    return receiver


async def test_it_is_handled_when_this_returns(receiver: WebhookReceiver, handled: list[Any]) -> None:
    assert await receiver.handle(*UPDATE)
    assert handled == [7]
    assert not await receiver.handle(*UPDATE)
    assert not await receiver.accept(*UPDATE)
    late = delivery(changed(7), action="update", milliseconds=1773829860000)
    assert not await receiver.handle(*late), "the same with a time that does not fit"
    assert handled == [7]


async def test_what_is_not_genuine_is_refused(receiver: WebhookReceiver, handled: list[Any]) -> None:
    with pytest.raises(WebhookError):
        await receiver.handle(*delivery(key="wrong"))
    assert handled == []


@pytest.mark.parametrize("error", [ValueError(), SystemExit(), asyncio.CancelledError(), TimeoutError()])
async def test_what_failed_is_new_when_it_comes_again(
    receiver: WebhookReceiver, handled: list[Any], error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([error, error])

    @receiver.on()
    async def fails_twice(event: WebhookEvent[Any]) -> None:
        if (failure := next(failures, None)) is not None:
            raise failure

    for _ in range(2):
        with pytest.raises(ExceptionGroup, match="Activity update"):  # and so `except Exception` is enough
            await receiver.handle(*UPDATE)
    assert await receiver.handle(*UPDATE)
    assert not await receiver.handle(*UPDATE)
    assert handled == [7, 7, 7]
    assert caplog.text.count("handling Activity update 7 failed") == 2


async def test_a_handler_that_hangs_has_failed(guard: LeasingReplayGuard) -> None:
    receiver = WebhookReceiver(KEY, replay_guard=guard, handler_timeout=0.02)
    hangs = iter([True])

    @receiver.on()
    async def hangs_once(event: WebhookEvent[Any]) -> None:
        if next(hangs, False):
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as info:
        await receiver.handle(*UPDATE)
    assert isinstance(info.value.exceptions[0], TimeoutError)
    assert await receiver.handle(*UPDATE)


async def test_what_was_cancelled_is_new_when_it_comes_again(receiver: WebhookReceiver, handled: list[Any]) -> None:
    ended: list[bool] = []

    @receiver.on()
    async def slow(event: WebhookEvent[Any]) -> None:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            ended.append(True)
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await receiver.handle(*UPDATE)
    assert ended == [True]
    assert await receiver.handle(*UPDATE)
    assert handled == [7, 7]


async def test_of_deliveries_at_once_one_is_handled(guard: LeasingReplayGuard, handled: list[Any]) -> None:
    """By two processes; the others wait, as they may not say that what could still fail was handled."""
    receivers = [WebhookReceiver(KEY, replay_guard=guard) for _ in range(2)]
    fails = iter([True])

    async def note(event: WebhookEvent[Any]) -> None:
        await asyncio.sleep(0.02)
        if next(fails, False):
            raise ValueError
        handled.append(event.id)

    for receiver in receivers:
        receiver.on()(note)
    outcomes = await asyncio.gather(*(each.handle(*UPDATE) for each in receivers * 3), return_exceptions=True)
    assert [type(each) for each in outcomes].count(ExceptionGroup) == 1
    assert [each for each in outcomes if each is True] == [True]
    assert handled == [7]


async def test_what_a_dead_process_began_is_handled_once_its_lease_has_ended(
    guard: LeasingReplayGuard, handled: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moco_async.webhooks.receiver.LEASE_MARGIN", timedelta(milliseconds=50))
    monkeypatch.setattr("moco_async.webhooks.receiver.PENDING_DELAYS", [0])

    class Dead:
        """The guard as a process has it that dies: what it began, it does not end."""

        admit, claim = guard.admit, guard.claim

    def fail(event: WebhookEvent[Any]) -> None:
        raise RuntimeError

    dead = WebhookReceiver(KEY, replay_guard=Dead(), handler_timeout=0.1)
    dead.on()(fail)
    with pytest.raises(ExceptionGroup):
        await dead.handle(*UPDATE)
    alive = WebhookReceiver(KEY, replay_guard=guard)
    alive.on()(lambda event: handled.append(event.id))
    with pytest.raises(WebhookOverloadedError, match="still being handled"):
        await alive.handle(*UPDATE)
    await asyncio.sleep(0.2)
    assert await alive.handle(*UPDATE)
    assert handled == [7]


class Plain:
    """Somebody's guard, from before there was `forget`."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    async def admit(self, identity: str) -> bool:
        new = identity not in self.seen
        self.seen.add(identity)
        return new


class Forgetting(Plain):
    async def forget(self, identity: str) -> None:
        self.seen.discard(identity)


@pytest.mark.parametrize("kind", [Plain, Forgetting])
async def test_guards_of_others_work(kind: type[Plain], caplog: pytest.LogCaptureFixture) -> None:
    receiver = WebhookReceiver(KEY, replay_guard=kind())
    failures = iter([True])

    @receiver.on("Activity", "update")
    async def fails_once(event: WebhookEvent[Any]) -> None:
        if next(failures, False):
            raise ValueError

    assert [await receiver.handle(*delivery(changed(1))) for _ in range(2)] == [True, False]
    with pytest.raises(ExceptionGroup):
        await receiver.handle(*UPDATE)
    assert await receiver.handle(*UPDATE) == (kind is Forgetting)
    assert ("cannot forget" in caplog.text) == (kind is Plain)


async def test_without_a_guard_everything_is_handled(handled: list[Any]) -> None:
    receiver = WebhookReceiver(KEY, replay_guard=None)
    receiver.on()(handled.append)
    assert [await receiver.handle(*UPDATE) for _ in range(2)] == [True, True]


async def test_capacity_and_closing_hold_as_well() -> None:
    receiver = WebhookReceiver(KEY, capacity=1)
    finish = asyncio.Event()
    receiver.on()(lambda event: finish.wait())
    first = asyncio.create_task(receiver.handle(*delivery(changed(1))))
    await asyncio.sleep(0.01)
    with pytest.raises(WebhookOverloadedError, match="1 events"):
        await receiver.handle(*delivery(changed(2)))
    finish.set()
    assert await first
    await receiver.aclose()
    with pytest.raises(WebhookOverloadedError, match="closed"):
        await receiver.handle(*delivery(changed(2)))


def test_a_loop_per_call_as_in_a_serverless_function() -> None:
    receiver = WebhookReceiver(KEY, concurrency=1)
    receiver.on()(lambda event: None)

    async def three(first: int) -> list[bool]:
        return await asyncio.gather(*(receiver.handle(*delivery(changed(first + each))) for each in range(3)))

    assert [asyncio.run(three(3 * each)) for each in range(3)] == [[True] * 3] * 3
    assert asyncio.run(three(0)) == [False] * 3


async def test_over_http_the_answer_says_how_it_went() -> None:
    receiver = WebhookReceiver(KEY, replay_guard=MemoryReplayGuard())
    failures: list[BaseException] = [ValueError(), SystemExit()]

    @receiver.on()
    async def fails_twice(event: WebhookEvent[Any]) -> None:
        if failures:
            raise failures.pop()

    transport = httpx.ASGITransport(app=WebhookApp(receiver, background=False))
    async with httpx.AsyncClient(transport=transport) as http:
        body, headers = UPDATE
        answers = [await http.post("http://hooks/", content=body, headers=headers) for _ in range(4)]
        wrong = await http.post("http://hooks/", content=body + b" ", headers=headers)
    assert [answer.status_code for answer in answers] == [500, 500, 204, 204]
    assert answers[0].text == "Internal Server Error"
    assert wrong.status_code == 400
