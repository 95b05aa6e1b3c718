"""Handlers, guards and callbacks that hang or raise anything: bounded, reported, and nobody else's trouble."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from moco_async import ConfigurationError, WebhookOverloadedError
from moco_async.webhooks import WebhookEvent, WebhookReceiver
from tests.webhooks.deliveries import KEY, changed, delivery, parsed

Failures = BaseExceptionGroup[BaseException]
Reported = list[tuple[int | None, tuple[BaseException, ...]]]


class Escaped(BaseException):
    pass


ANYTHING: list[BaseException] = [
    SystemExit(1),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
    GeneratorExit(),
    TimeoutError(),
    StopIteration(),
    StopAsyncIteration(),
    Escaped(),
    BaseExceptionGroup("", [Escaped()]),
]


def names(failure: object) -> str:
    return type(failure).__name__


@pytest.fixture
def reported() -> Reported:
    return []


@pytest.fixture
def report(reported: Reported) -> Callable[[WebhookEvent[Any], Failures], None]:
    return lambda event, failures: reported.append((event.id, failures.exceptions))


async def hang(event: object) -> None:
    await asyncio.Event().wait()


async def hang_on(event: object) -> None:
    until = time.monotonic() + 2
    while time.monotonic() < until:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            continue


def hang_in_a_thread(event: object) -> None:
    threading.Event().wait(20)


class TestHandlers:
    @pytest.mark.parametrize("handler", [hang, hang_on, hang_in_a_thread])
    async def test_ten_that_hang_stop_nothing(
        self, handler: Any, report: Any, reported: Reported, caplog: pytest.LogCaptureFixture
    ) -> None:
        handled: list[int | None] = []
        receiver = WebhookReceiver(KEY, handler_timeout=0.05, on_failure=report)
        receiver.on("Activity")(handler)
        receiver.on("Deal")(lambda event: handled.append(event.id))
        async with receiver:
            for number in range(10):
                await receiver.accept(*delivery(changed(number)))
            await receiver.accept(*delivery(changed(10), "Deal"))
        assert handled == [10]
        assert sorted(number or 0 for number, _ in reported) == list(range(10))
        assert {names(error) for _, errors in reported for error in errors} == {"TimeoutError"}
        assert f"{handler.__name__} did not finish within 0.05 seconds" in caplog.text
        assert ("does not end when it is cancelled" in caplog.text) == (handler is hang_on)

    async def test_one_that_hangs_does_not_hide_the_others(self) -> None:
        receiver = WebhookReceiver(KEY, handler_timeout=0.05)
        handled: list[Any] = []
        receiver.on()(hang)
        receiver.on()(handled.append)
        with pytest.raises(ExceptionGroup) as info:
            await receiver.dispatch(parsed())
        assert [names(error) for error in info.value.exceptions] == ["TimeoutError"]
        assert len(handled) == 1

    @pytest.mark.parametrize("error", ANYTHING, ids=names)
    @pytest.mark.parametrize("in_thread", [False, True])
    async def test_whatever_one_raises_is_reported(
        self, error: BaseException, in_thread: bool, report: Any, reported: Reported, caplog: pytest.LogCaptureFixture
    ) -> None:
        handled: list[Any] = []

        async def raising(event: WebhookEvent[Any]) -> None:
            raise error

        def raising_in_thread(event: WebhookEvent[Any]) -> None:
            raise error

        async with WebhookReceiver(KEY, on_failure=report) as receiver:
            receiver.on()(raising_in_thread if in_thread else raising)
            receiver.on()(lambda event: handled.append(event.id))
            await receiver.accept(*delivery(changed(1)))
            await receiver.accept(*delivery(changed(2)))
        assert sorted(handled) == [1, 2]
        assert [number for number, _ in reported] == [1, 2]
        assert all(len(errors) == 1 for _, errors in reported)
        assert "handling Activity create 1 failed" in caplog.text

    async def test_a_thread_sees_the_context(self) -> None:
        variable = ContextVar("variable", default="")
        seen: list[str] = []
        receiver = WebhookReceiver(KEY)
        receiver.on()(lambda event: seen.append(variable.get()))
        variable.set("seen")
        await receiver.dispatch(parsed())
        assert seen == ["seen"]

    def test_one_that_hangs_in_a_thread_keeps_no_process_alive(self) -> None:
        program = f"""
import asyncio, threading
from moco_async.webhooks import WebhookReceiver
from tests.webhooks.deliveries import delivery

async def main():
    async with WebhookReceiver({KEY!r}, handler_timeout=0.05) as receiver:
        receiver.on()(lambda event: threading.Event().wait())
        await receiver.accept(*delivery())

asyncio.run(main())
"""
        done = subprocess.run([sys.executable, "-c", program], timeout=30, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


class TestGuards:
    @pytest.mark.parametrize("error", ANYTHING, ids=names)
    @pytest.mark.parametrize("method", ["accept", "handle"])
    async def test_whatever_one_raises_the_event_is_new(
        self, error: BaseException, method: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken:
            async def admit(self, identity: str) -> bool:
                raise error

            async def claim(self, identity: str, lease: object) -> bool:
                raise error

            async def confirm(self, identity: str) -> None:
                raise error

        handled: list[Any] = []
        async with WebhookReceiver(KEY, replay_guard=Broken()) as receiver:
            receiver.on()(lambda event: handled.append(event.id))
            assert await getattr(receiver, method)(*delivery())
        assert handled == [111]
        assert "replay guard failed" in caplog.text

    async def test_an_update_that_fails_half_way_is_new_or_known(self) -> None:
        """Two identities are asked for; a failure at the second changes nothing about the answer of the first."""

        class Half:
            def __init__(self) -> None:
                self.seen: set[str] = set()

            async def admit(self, identity: str) -> bool:
                if len(self.seen) == 1 and identity not in self.seen:
                    raise ConnectionError
                new = identity not in self.seen
                self.seen.add(identity)
                return new

        async with WebhookReceiver(KEY, replay_guard=Half()) as receiver:
            update = delivery(changed(7), action="update", milliseconds=1773829800100)
            assert [await receiver.accept(*update) for _ in range(3)] == [True, False, False]


class TestOnFailure:
    @pytest.mark.parametrize("error", ANYTHING, ids=names)
    async def test_whatever_it_raises_is_logged(self, error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
        async def report(event: WebhookEvent[Any], failures: Failures) -> None:
            raise error

        async with WebhookReceiver(KEY, on_failure=report) as receiver:
            receiver.on()(lambda event: 1 / 0)
            await receiver.accept(*delivery(changed(1)))
            await receiver.accept(*delivery(changed(2)))
        assert caplog.text.count("on_failure itself failed") == 2

    async def test_it_is_bounded(self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        monkeypatch.setattr("moco_async.webhooks.receiver.REPORT_TIMEOUT", 0.01)
        async with WebhookReceiver(KEY, on_failure=lambda event, failures: hang(event)) as receiver:
            receiver.on()(lambda event: 1 / 0)
            await receiver.accept(*delivery())
        assert "TimeoutError" in caplog.text


class TestClosing:
    @pytest.mark.parametrize("handler", [hang, hang_on, hang_in_a_thread])
    async def test_it_ends_and_tells_what_it_cut_off(
        self, handler: Any, report: Any, reported: Reported, caplog: pytest.LogCaptureFixture
    ) -> None:
        receiver = WebhookReceiver(KEY, concurrency=2, close_timeout=0.05, on_failure=report)
        receiver.on()(handler)
        for number in range(4):  # two are under way, two wait
            await receiver.accept(*delivery(changed(number)))
        began = time.monotonic()
        await receiver.aclose()
        assert time.monotonic() - began < 4
        assert sorted(number or 0 for number, _ in reported) == [0, 1, 2, 3]
        assert {names(error) for _, errors in reported for error in errors} == {"TimeoutError"}
        for number in range(4):
            assert f"closing cut off Activity create {number}" in caplog.text
        assert "0 pending" in repr(receiver)

    async def test_what_ends_in_time_is_not_cut_off(self, report: Any, reported: Reported) -> None:
        handled: list[Any] = []

        async def slow(event: WebhookEvent[Any]) -> None:
            await asyncio.sleep(0.02)
            handled.append(event.id)

        async with WebhookReceiver(KEY, concurrency=1, close_timeout=None, on_failure=report) as receiver:
            receiver.on()(slow)
            for number in range(3):
                await receiver.accept(*delivery(changed(number)))
        assert (handled, reported) == ([0, 1, 2], [])

    async def test_a_delivery_that_waits_for_the_guard_is_refused(self) -> None:
        class Hanging:
            async def admit(self, identity: str) -> bool:
                await asyncio.Event().wait()
                return True

        receiver = WebhookReceiver(KEY, replay_guard=Hanging(), close_timeout=0)
        request = asyncio.create_task(receiver.accept(*delivery()))
        await asyncio.sleep(0.01)
        await receiver.aclose()
        with pytest.raises(WebhookOverloadedError, match="closed"):
            await request

    async def test_a_delivery_that_is_being_handled_is_refused_and_forgotten(self, report: Any) -> None:
        receiver = WebhookReceiver(KEY, close_timeout=0, on_failure=report)
        receiver.on()(hang)
        request = asyncio.create_task(receiver.handle(*delivery()))
        await asyncio.sleep(0.01)
        await receiver.aclose()
        with pytest.raises(WebhookOverloadedError, match="closed"):
            await request
        receiver._router._handlers.clear()
        async with receiver:
            assert await receiver.handle(*delivery())

    async def test_a_handler_may_close(self) -> None:
        receiver = WebhookReceiver(KEY, close_timeout=0.05)
        receiver.on()(lambda event: receiver.aclose())
        await receiver.accept(*delivery())
        await asyncio.sleep(0.01)
        await asyncio.wait_for(receiver.aclose(), 5)


@pytest.mark.parametrize("seconds", [-1, "1", float("nan"), [], -0.5])
def test_times_are_numbers_of_seconds(seconds: Any) -> None:
    with pytest.raises(ConfigurationError, match="handler_timeout"):
        WebhookReceiver(KEY, handler_timeout=seconds)
    with pytest.raises(ConfigurationError, match="close_timeout"):
        WebhookReceiver(KEY, close_timeout=seconds)
    with pytest.raises(ConfigurationError, match="handler_timeout"):
        WebhookReceiver(KEY, handler_timeout=0)
    WebhookReceiver(KEY, handler_timeout=float("inf"), close_timeout=0)


@pytest.mark.parametrize("number", [0, -1, "10", 1.5, None])
def test_counts_are_numbers(number: Any) -> None:
    for name in ("capacity", "concurrency"):
        with pytest.raises(ConfigurationError, match="1 or more"):
            WebhookReceiver(KEY, **{name: number})


def test_no_secret_at_all_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="no secret"):
        WebhookReceiver(None)  # type: ignore[arg-type]  # what os.environ.get() gives
