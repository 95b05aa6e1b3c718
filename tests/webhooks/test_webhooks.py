"""Webhooks: what is trusted, what is handled, in which order, and that nothing is lost or handled twice."""

from __future__ import annotations

import asyncio
import pickle
import random
import threading
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import fakeredis
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moco_async import ConfigurationError, MocoClient, WebhookError, models
from moco_async.models import Activity, Company, WebHookTarget
from moco_async.sandbox import Sandbox
from moco_async.webhooks import (
    Deleted,
    MemoryReplayGuard,
    RedisReplayGuard,
    ReplayGuard,
    WebhookApp,
    WebhookEvent,
    WebhookOverloadedError,
    WebhookReceiver,
    ensure_web_hooks,
    sign,
)
from moco_async.webhooks.event import MODELS
from tests.webhooks.deliveries import (
    BODY,
    KEY,
    MILLISECONDS,
    MOMENT,
    SIGNATURE,
    Delivery,
    changed,
    delivery,
    parsed,
)


class TestTheSignature:
    def test_the_vector_of_mocos_docs(self) -> None:
        assert sign(BODY, KEY) == SIGNATURE
        event = WebhookReceiver(KEY).parse(
            BODY, {"X-Moco-Target": "Activity", "X-Moco-Event": "create", "X-Moco-Signature": SIGNATURE}
        )
        assert event.payload.description == "a description"

    @given(body=st.binary(max_size=200), keys=st.lists(st.text("abc0123", min_size=1), min_size=1, max_size=4))
    def test_each_of_several_secrets_is_accepted(self, body: bytes, keys: list[str]) -> None:
        receiver = WebhookReceiver(keys)
        _, headers = delivery()
        for key in keys:
            assert receiver.parse(body, headers | {"X-Moco-Signature": sign(body, key)}).body == body
        with pytest.raises(WebhookError):
            receiver.parse(body, headers | {"X-Moco-Signature": sign(body, "another")})

    @given(st.data())
    def test_one_bit_of_damage_is_noticed(self, data: st.DataObject) -> None:
        body, headers = delivery(changed(7, description="ä"))
        bit = data.draw(st.integers(0, len(body) * 8 - 1))
        damaged = bytearray(body)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WebhookError):
            WebhookReceiver(KEY).parse(bytes(damaged), headers)

    @given(st.text(max_size=80))
    def test_nothing_else_is_a_signature(self, text: str) -> None:
        with pytest.raises(WebhookError):
            WebhookReceiver(KEY).parse(*delivery(X_Moco_Signature=text))

    @given(st.data())
    def test_headers_come_in_any_form(self, data: st.DataObject) -> None:
        body, headers = delivery()
        cased = {
            data.draw(st.sampled_from([name, name.lower(), name.upper(), name.title()])): value
            for name, value in headers.items()
        }
        raw = {name.encode(): value.encode() for name, value in cased.items()}
        forms: list[Any] = [cased, raw, list(cased.items()), list(raw.items()), iter(raw.items()), httpx.Headers(cased)]
        event = WebhookReceiver(KEY).parse(body, data.draw(st.sampled_from(forms)))
        assert (event.target, event.action, event.user_id, event.timestamp) == ("Activity", "create", 933, MOMENT)

    @given(st.lists(st.tuples(st.text() | st.binary(), st.text() | st.binary())), st.binary(max_size=50))
    def test_hostile_headers_raise_nothing_else(self, headers: list[tuple[Any, Any]], body: bytes) -> None:
        with pytest.raises(WebhookError):
            WebhookReceiver(KEY).parse(body, headers)

    def test_the_reason_is_said_but_not_the_secret(self) -> None:
        with pytest.raises(WebhookError, match="matches none of the 2 secrets") as info:
            WebhookReceiver([KEY, "other"]).parse(*delivery(key="wrong"))
        frames = traceback.TracebackException.from_exception(info.value, capture_locals=True)
        shown = "".join(frames.format()).split("receiver.py", 1)[1]  # before that is this test
        assert KEY not in shown
        assert SIGNATURE not in shown
        assert KEY not in repr(WebhookReceiver(KEY).__dict__)

    @pytest.mark.parametrize("secrets", ["", [], ["a", ""], "key\n", [None], [b"key"], "schlüssel"])
    def test_a_malformed_secret_is_refused_at_once(self, secrets: Any) -> None:
        with pytest.raises(ConfigurationError) as info:
            WebhookReceiver(secrets)
        frames = traceback.TracebackException.from_exception(info.value, capture_locals=True)
        assert "schlüssel" not in "".join(frames.format()).split("receiver.py", 1)[1]

    def test_the_body_has_to_be_as_it_came(self) -> None:
        body, headers = delivery()
        with pytest.raises(TypeError, match="raw bytes"):
            WebhookReceiver(KEY).parse(body.decode(), headers)  # type: ignore[arg-type]  # that is the point


class TestEvent:
    def test_everything_there_is(self) -> None:
        event = parsed(changed(7, hours=1.5), X_Moco_Origin="api", X_Moco_Account_Url="https://MyCompany.mocoapp.com/")
        assert isinstance(event.payload, Activity)
        assert (event.payload.hours, event.raw["hours"], event.id) == (1.5, 1.5, 7)
        assert (event.timestamp, event.updated_at) == (MOMENT, datetime(2026, 3, 18, 10, 30, tzinfo=UTC))
        assert (event.user_id, event.account, event.from_api) == (933, "mycompany", True)
        assert "hours" not in repr(event)

    def test_origin_marks_changes_through_the_api(self) -> None:
        assert not parsed().from_api
        assert not parsed(X_Moco_Origin="").from_api

    @pytest.mark.parametrize("target", WebHookTarget)
    def test_every_target_is_typed_or_raw(self, target: WebHookTarget) -> None:
        event = parsed(changed(7), target)
        if target in MODELS:
            assert type(event.payload) is getattr(models, MODELS[target])
            assert event.payload.id == 7
        else:
            assert target == "User::PeriodLockOverride"
            assert event.payload is event.raw

    def test_a_company_may_be_called_a_customer(self) -> None:
        event = parsed(changed(7), "Customer")
        assert event.target == "Company"
        assert isinstance(event.payload, Company)

    def test_a_deletion_holds_the_id(self) -> None:
        fields = {"Signed": "1"}
        assert parsed({"id": 7}, action="delete").payload == Deleted(7)
        assert parsed({"id": 7, "custom_properties": fields}, action="delete").payload == Deleted(7, fields)
        assert isinstance(parsed(changed(7), action="delete").payload, Activity)

    @given(
        raw=st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        )
        | st.dictionaries(st.sampled_from(["id", "updated_at", "date", "project", "custom_properties"]), st.text()),
        target=st.sampled_from([*WebHookTarget, "Robot", "*", "__class__"]),
        action=st.sampled_from(["create", "delete", "archive", "*"]),
    )
    def test_no_genuine_delivery_raises(self, raw: Any, target: str, action: str) -> None:
        event = parsed(raw if raw is not None else 0, target, action)
        assert event.target == target
        assert not event.supersedes(event)

    @pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000])
    def test_a_body_that_is_not_json_is_kept(self, body: bytes) -> None:
        event = WebhookReceiver(KEY).parse(body, delivery(X_Moco_Signature=sign(body, KEY))[1])
        assert (event.raw, event.payload, event.body, event.id, event.updated_at) == (None, None, body, None, None)

    @pytest.mark.parametrize("text", ["", "soon", "-1", "1e3", "²", "9" * 18, "9" * 5000])
    def test_a_time_that_cannot_be_read_is_none(self, text: str) -> None:
        event = parsed(X_Moco_Timestamp=text, X_Moco_User_Id=text)
        assert event.timestamp is None
        assert event.user_id in {None, 10**18 - 1}

    @pytest.mark.parametrize("name", ["X-Moco-Target", "X-Moco-Event"])
    def test_without_target_or_event_it_is_not_a_delivery(self, name: str) -> None:
        body, headers = delivery()
        del headers[name]
        with pytest.raises(WebhookError, match=name):
            WebhookReceiver(KEY).parse(body, headers)

    def test_the_account_can_be_pinned(self) -> None:
        receiver = WebhookReceiver(KEY, account="MyCompany")
        for address in ("mycompany", "mycompany.mocoapp.com", "https://mycompany.mocoapp.com"):
            assert receiver.parse(*delivery(X_Moco_Account_Url=address)).account == "mycompany"
        for address in ("other", "https://other.mocoapp.com", "mycompany2", ""):
            with pytest.raises(WebhookError, match="for account"):
                receiver.parse(*delivery(X_Moco_Account_Url=address))
        with pytest.raises(ConfigurationError):
            WebhookReceiver(KEY, account="")

    def test_an_old_delivery_is_refused_by_its_signed_time(self) -> None:
        receiver = WebhookReceiver(KEY, max_age=timedelta(days=1))
        now = datetime.now(UTC)
        fresh = {"id": 7, "updated_at": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        just_now = int(now.timestamp() * 1000)
        assert receiver.parse(*delivery(fresh)).id == 7
        assert receiver.parse(*delivery({"id": 7}, action="delete", milliseconds=just_now)).id == 7
        for old in (delivery(changed(7) | {"updated_at": "2020-01-01T00:00:00Z"}, milliseconds=just_now), delivery()):
            with pytest.raises(WebhookError, match="too long ago"):
                receiver.parse(*old)


class TestOrder:
    def test_the_signed_time_decides(self) -> None:
        older, newer = parsed(changed(7, 1), milliseconds=2), parsed(changed(7, 2), milliseconds=1)
        assert newer.supersedes(older)
        assert not older.supersedes(newer)

    def test_within_a_second_the_header_decides(self) -> None:
        older, newer = parsed(changed(7, a=1), milliseconds=1), parsed(changed(7, a=2), milliseconds=2)
        assert newer.supersedes(older)
        assert not older.supersedes(newer)
        assert not older.supersedes(older)

    def test_nothing_comes_after_a_deletion(self) -> None:
        gone, late = parsed({"id": 7}, action="delete", milliseconds=1), parsed(changed(7), milliseconds=2)
        assert gone.supersedes(late)
        assert not late.supersedes(gone)

    def test_other_records_are_another_matter(self) -> None:
        assert not parsed(changed(7, 2)).supersedes(parsed(changed(8, 1)))
        assert not parsed(changed(7, 2), "Project").supersedes(parsed(changed(7, 1), "Task"))

    @given(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=2, max_size=6, unique=True)
    )
    def test_in_whatever_order_they_come_the_same_is_last(self, points: list[tuple[int, int, bool]]) -> None:
        events = [
            parsed({"id": 7}, action="delete", milliseconds=ms) if gone else parsed(changed(7, s), milliseconds=ms)
            for s, ms, gone in points
        ]

        def find_last(order: Iterable[WebhookEvent[Any]]) -> Any:
            last = next(order := iter(order))
            for event in order:
                if event.supersedes(last):
                    last = event
            return last.raw, last.timestamp

        assert find_last(events) == find_last(reversed(events)) == find_last(sorted(events, key=lambda e: e.body))


class TestDispatch:
    async def test_targets_actions_and_wildcards(self) -> None:
        receiver = WebhookReceiver(KEY)
        calls: list[str] = []

        def note(name: str) -> Callable[[WebhookEvent[Any]], Awaitable[None]]:
            async def handler(event: WebhookEvent[Any]) -> None:
                calls.append(name)

            return handler

        for target, action in [("Activity", "create"), ("Activity", "*"), ("*", "create"), ("*", "*"), ("User", "*")]:
            handler = note(f"{target} {action}")
            assert receiver.on(target, action)(handler) is handler
        receiver.on()(note("all"))
        receiver.on("Customer")(note("company"))
        await receiver.dispatch(parsed())
        assert calls == ["Activity create", "Activity *", "* create", "* *", "all"]
        calls.clear()
        await receiver.dispatch(parsed(action="update"))
        assert calls == ["Activity *", "* *", "all"]
        calls.clear()
        await receiver.dispatch(parsed(target="Company", action="archive"))
        assert calls == ["* *", "all", "company"]

    async def test_one_that_fails_neither_hides_the_others_nor_its_failure(self) -> None:
        receiver = WebhookReceiver(KEY)
        handled: list[str] = []

        @receiver.on()
        async def fails(event: WebhookEvent[Any]) -> None:
            raise KeyError("a")

        @receiver.on()
        def fails_in_a_thread(event: WebhookEvent[Any]) -> None:
            next(iter(()))

        @receiver.on()
        async def is_cancelled(event: WebhookEvent[Any]) -> None:
            raise asyncio.CancelledError

        @receiver.on()
        async def works(event: WebhookEvent[Any]) -> None:
            await asyncio.sleep(0)
            handled.append("async")

        @receiver.on()
        def works_in_a_thread(event: WebhookEvent[Any]) -> None:
            assert threading.current_thread() is not threading.main_thread()
            handled.append("sync")

        with pytest.raises(BaseExceptionGroup, match="Activity create") as info:
            await receiver.dispatch(parsed())
        assert [type(error) for error in info.value.exceptions] == [KeyError, RuntimeError, asyncio.CancelledError]
        assert sorted(handled) == ["async", "sync"]

    async def test_whatever_can_be_called_may_handle(self) -> None:
        receiver = WebhookReceiver(KEY)
        handled: list[int | None] = []

        async def note(event: WebhookEvent[Any]) -> None:
            handled.append(event.id)

        class Service:
            async def method(self, event: WebhookEvent[Any]) -> None:
                await note(event)

            async def __call__(self, event: WebhookEvent[Any]) -> None:
                assert threading.current_thread() is threading.main_thread()
                await note(event)

        receiver.on()(Service())
        receiver.on()(Service().method)
        receiver.on()(lambda event: note(event))  # noqa: PLW0108  # an ordinary function that returns a coroutine
        await receiver.dispatch(parsed())
        assert handled == [111] * 3


class TestTaking:
    async def test_it_is_answered_before_it_is_handled(self) -> None:
        finish = asyncio.Event()
        handled: list[int] = []
        async with WebhookReceiver(KEY) as receiver:

            @receiver.on("Activity")
            async def slow(event: WebhookEvent[Activity]) -> None:
                await finish.wait()
                handled.append(event.payload.id)

            assert await receiver.accept(*delivery())
            assert handled == []
            finish.set()
        assert handled == [111]

    async def test_no_more_than_the_capacity_is_taken(self) -> None:
        finish = asyncio.Event()
        handled: list[Any] = []
        async with WebhookReceiver(KEY, capacity=2, concurrency=1) as receiver:

            @receiver.on()
            async def slow(event: WebhookEvent[Any]) -> None:
                handled.append(event.id)
                await finish.wait()

            await receiver.accept(*delivery(changed(1)))
            await receiver.accept(*delivery(changed(2)))
            with pytest.raises(WebhookOverloadedError, match="2 events"):
                await receiver.accept(*delivery(changed(3)))
            await asyncio.sleep(0)
            assert handled == [1]  # one at a time
            assert "2 pending" in repr(receiver)
            finish.set()
            await asyncio.sleep(0.01)
            assert handled == [1, 2]
            assert await receiver.accept(*delivery(changed(3)))  # brought again, it is new
        assert handled == [1, 2, 3]

    async def test_a_closed_receiver_takes_nothing_and_can_be_opened_again(self) -> None:
        receiver = WebhookReceiver(KEY)
        await receiver.aclose()
        with pytest.raises(WebhookOverloadedError, match="closed"):
            await receiver.accept(*delivery())
        async with receiver:
            assert await receiver.accept(*delivery())

    async def test_failures_are_logged_and_reported(self, caplog: pytest.LogCaptureFixture) -> None:
        reported: list[tuple[Any, Any]] = []

        def report(event: WebhookEvent[Any], failures: BaseExceptionGroup[BaseException]) -> None:
            reported.append((event.id, failures.exceptions))
            raise RuntimeError("and this fails, too")

        async with WebhookReceiver(KEY, on_failure=report) as receiver:

            @receiver.on()
            async def fails(event: WebhookEvent[Any]) -> None:
                raise LookupError("nowhere")

            await receiver.accept(*delivery())
        ((record, (error,)),) = reported
        assert (record, repr(error)) == (111, "LookupError('nowhere')")
        assert [record.getMessage() for record in caplog.records] == [
            "handling Activity create 111 failed",
            "on_failure itself failed",
        ]

    async def test_a_disconnected_sender_has_still_delivered(self) -> None:
        handled: list[Any] = []
        seen = asyncio.Event()

        class Slow:
            async def admit(self, identity: str) -> bool:
                seen.set()
                await asyncio.sleep(0.01)
                return True

        async with WebhookReceiver(KEY, replay_guard=Slow()) as receiver:
            receiver.on()(lambda event: handled.append(event.id))
            request = asyncio.create_task(receiver.accept(*delivery()))
            await seen.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
        assert handled == [111]

    @pytest.mark.parametrize("numbers", [{"capacity": 0}, {"concurrency": 0}])
    def test_bounds_are_numbers(self, numbers: dict[str, int]) -> None:
        with pytest.raises(ConfigurationError, match="1 or more"):
            WebhookReceiver(KEY, **numbers)  # type: ignore[arg-type]  # these two are

    def test_its_error_can_be_pickled(self) -> None:
        assert str(pickle.loads(pickle.dumps(WebhookOverloadedError("full")))) == "full"


SECOND = int(datetime(2026, 3, 18, 10, 30, tzinfo=UTC).timestamp() * 1000)


@asynccontextmanager
async def make_guard(kind: str) -> AsyncIterator[ReplayGuard]:
    if kind == "memory":
        yield MemoryReplayGuard()
    else:
        async with fakeredis.FakeAsyncRedis() as redis:
            yield RedisReplayGuard(redis)


@pytest.fixture(params=["memory", "redis"])
async def guard(request: pytest.FixtureRequest) -> AsyncIterator[ReplayGuard]:
    async with make_guard(request.param) as made:
        yield made


class TestRepetitions:
    async def handled(self, guard: ReplayGuard | None, *deliveries: Delivery) -> list[tuple[str, Any]]:
        handled: list[tuple[str, Any]] = []
        async with WebhookReceiver(KEY, replay_guard=guard) as receiver:

            @receiver.on()
            async def note(event: WebhookEvent[Any]) -> None:
                handled.append((event.target, event.id))

            await asyncio.gather(*(receiver.accept(*each) for each in deliveries))
        return handled

    async def test_a_repetition_is_handled_once(self, guard: ReplayGuard) -> None:
        assert await self.handled(guard, *[delivery(changed(7))] * 5) == [("Activity", 7)]
        assert await self.handled(guard, delivery(changed(7))) == []

    async def test_the_same_with_other_headers_is_a_repetition(self, guard: ReplayGuard) -> None:
        genuine = delivery(changed(7))
        forged = [
            delivery(changed(7), milliseconds=MILLISECONDS + 1),
            delivery(changed(7), X_Moco_User_Id="1", X_Moco_Account_Url="other"),
        ]
        assert await self.handled(guard, genuine, *forged) == [("Activity", 7)]

    @pytest.mark.parametrize("action", ["create", "archive", "delete", "renamed"])
    @pytest.mark.parametrize("milliseconds", [SECOND + 100, SECOND + 86_400_000])
    async def test_another_action_with_the_same_body_is_another_event(
        self, guard: ReplayGuard, action: str, milliseconds: int
    ) -> None:
        update = delivery(changed(7), action="update", milliseconds=SECOND + 900)
        other = delivery(changed(7), action=action, milliseconds=milliseconds)
        assert len(await self.handled(guard, update, other, update, other)) == 2
        assert await self.handled(guard, other, update) == []

    async def test_there_and_back_within_a_second_are_two_updates(self, guard: ReplayGuard) -> None:
        first, back = SECOND + 100, SECOND + 900
        genuine = [delivery(changed(7), action="update", milliseconds=moment) for moment in (first, back, first)]
        assert len(await self.handled(guard, *genuine)) == 2
        forged = [
            delivery(changed(7), action="update", milliseconds=moment)
            for moment in (back + 2000, first - 200, MILLISECONDS)
        ]
        assert await self.handled(guard, *forged) == []

    async def test_a_record_is_created_and_deleted_once_whatever_the_time(self, guard: ReplayGuard) -> None:
        created = [delivery(changed(7), milliseconds=SECOND + more) for more in (0, 1, 999)]
        assert len(await self.handled(guard, *created)) == 1
        gone = [delivery({"id": 7}, action="delete", milliseconds=moment) for moment in (1, 2)]
        assert len(await self.handled(guard, *gone)) == 1

    async def test_a_target_with_two_names_is_delivered_twice(self, guard: ReplayGuard) -> None:
        names = ["User::AbsenceRequest", "User::HolidayRequest"]
        told = [delivery(changed(7), name) for name in names * 2]
        assert sorted(await self.handled(guard, *told)) == [(name, 7) for name in names]

    async def test_deletions_of_two_kinds_are_two(self, guard: ReplayGuard) -> None:
        gone = [delivery({"id": 7}, target, "delete") for target in ("Activity", "Project", "Activity")]
        assert sorted(await self.handled(guard, *gone)) == [("Activity", 7), ("Project", 7)]

    async def test_changes_without_a_signed_time_differ_by_the_header(self, guard: ReplayGuard) -> None:
        same = [delivery({"id": 7}, action="update", milliseconds=moment) for moment in (1, 2, 1)]
        assert await self.handled(guard, *same) == [("Activity", 7)] * 2

    async def test_without_a_guard_everything_is_handled(self) -> None:
        assert len(await self.handled(None, *[delivery(changed(7))] * 3)) == 3

    async def test_a_guard_that_fails_loses_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        class Broken:
            async def admit(self, identity: str) -> bool:
                raise ConnectionError("no redis")

        assert await self.handled(Broken(), delivery(changed(7))) == [("Activity", 7)]
        assert "replay guard failed" in caplog.text

    async def test_a_guard_that_hangs_is_not_waited_for(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Hanging:
            async def admit(self, identity: str) -> bool:
                await asyncio.Event().wait()
                return True

        monkeypatch.setattr("moco_async.webhooks.receiver.GUARD_TIMEOUT", 0.01)
        assert await self.handled(Hanging(), delivery(changed(7))) == [("Activity", 7)]
        assert "TimeoutError" in caplog.text

    async def test_memory_is_bounded(self) -> None:
        guard = MemoryReplayGuard(limit=3)
        assert [await guard.admit(name) for name in "abcabcd"] == [True] * 3 + [False] * 3 + [True]
        assert len(guard) == 3
        assert await guard.admit("a")  # the oldest was forgotten

    async def test_memory_fades(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 1000.0
        monkeypatch.setattr("moco_async.webhooks.replay.time", SimpleNamespace(monotonic=lambda: now))
        guard = MemoryReplayGuard(keep=timedelta(hours=1))
        assert await guard.admit("a")
        now += 3599
        assert not await guard.admit("a")
        now += 1
        assert await guard.admit("b")
        assert len(guard) == 1

    async def test_redis_forgets_by_itself(self) -> None:
        async with fakeredis.FakeAsyncRedis() as redis:
            await RedisReplayGuard(redis, keep=timedelta(hours=1), prefix="x:").admit("a")
            assert 3_590_000 < await redis.pttl("x:a") <= 3_600_000


class TestOverHTTP:
    @pytest.fixture
    async def handled(self) -> list[Any]:
        return []

    @pytest.fixture
    async def receiver(self, handled: list[Any]) -> AsyncIterator[WebhookReceiver]:
        async with WebhookReceiver(KEY, capacity=2) as receiver:

            @receiver.on()
            async def note(event: WebhookEvent[Any]) -> None:
                handled.append(event.id)

            yield receiver

    @pytest.fixture
    async def http(self, receiver: WebhookReceiver) -> AsyncIterator[httpx.AsyncClient]:
        app = WebhookApp(receiver, max_body=1000)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://hooks") as http:
            yield http

    async def test_a_genuine_one_is_204(
        self, http: httpx.AsyncClient, receiver: WebhookReceiver, handled: list[Any]
    ) -> None:
        body, headers = delivery(changed(7))
        for _ in range(2):
            answer = await http.post("/any/path?at=all", content=body, headers=headers)
            assert (answer.status_code, answer.content) == (204, b"")
        await receiver.aclose()
        assert handled == [7]

    async def test_all_others_are_400_and_learn_nothing(
        self, http: httpx.AsyncClient, handled: list[Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        body, headers = delivery(changed(7))
        wrong: list[tuple[bytes, dict[str, str]]] = [
            (body, {}),
            (body + b" ", headers),
            (body, headers | {"X-Moco-Signature": "0" * 64}),
            (body, {name: value for name, value in headers.items() if name != "X-Moco-Target"}),
        ]
        answers = [await http.post("/", content=content, headers=given) for content, given in wrong]
        assert {(answer.status_code, answer.text) for answer in answers} == {(400, "Bad Request")}
        assert handled == []
        assert "no X-Moco-Signature" in caplog.text
        assert "no X-Moco-Target" in caplog.text

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
    async def test_only_post(self, http: httpx.AsyncClient, method: str) -> None:
        answer = await http.request(method, "/")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")

    async def test_too_large_is_413_before_all_of_it_is_read(self, http: httpx.AsyncClient) -> None:
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b"x" * 400

        answer = await http.post("/", content=endless())
        assert (answer.status_code, read) == (413, 3)
        body = b"x" * 1000
        assert (await http.post("/", content=body, headers=delivery()[1])).status_code == 400

    async def test_too_many_are_503(self, http: httpx.AsyncClient, receiver: WebhookReceiver) -> None:
        finish = asyncio.Event()

        @receiver.on()
        async def slow(event: WebhookEvent[Any]) -> None:
            await finish.wait()

        statuses = []
        for number in range(3):
            body, headers = delivery(changed(number))
            statuses.append((await http.post("/", content=body, headers=headers)).status_code)
        finish.set()
        assert statuses == [204, 204, 503]

    async def test_who_hangs_up_is_not_answered(self, receiver: WebhookReceiver) -> None:
        messages: Iterator[dict[str, Any]] = iter(
            [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
        )

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            raise AssertionError("there is unreachable_url to answer")

        await receiver.asgi({"type": "http", "method": "POST", "headers": []}, receive, send)

    async def test_served_on_its_own_it_finishes_accepted_events(self) -> None:
        receiver = WebhookReceiver(KEY)
        said: list[str] = []
        handled: list[Any] = []

        @receiver.on()
        async def slow(event: WebhookEvent[Any]) -> None:
            await asyncio.sleep(0.01)
            handled.append(event.id)

        async def server() -> AsyncIterator[dict[str, Any]]:
            yield {"type": "lifespan.startup"}
            assert said == ["lifespan.startup.complete"]
            await receiver.accept(*delivery())
            assert handled == []
            yield {"type": "lifespan.shutdown"}

        async def send(message: Any) -> None:
            said.append(message["type"])
            assert bool(handled) == (said[-1] == "lifespan.shutdown.complete")

        messages = server()
        await receiver.asgi({"type": "lifespan"}, lambda: anext(messages), send)
        assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    async def test_a_web_socket_is_closed(self, receiver: WebhookReceiver) -> None:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await receiver.asgi({"type": "websocket"}, lambda: asyncio.sleep(0, {}), send)
        assert sent == [{"type": "websocket.close"}]


async def test_of_a_thousand_deliveries_none_is_lost_and_none_handled_twice() -> None:
    """Two receivers, one guard; every event comes one to three times, in any order."""
    chance = random.Random(7)
    deliveries = [delivery(changed(number % 50, number % 60, number=number)) for number in range(1000)]
    posted = [each for each in deliveries for _ in range(chance.randint(1, 3))]
    chance.shuffle(posted)
    handled: Counter[int] = Counter()
    refused: list[bytes] = []
    newest: dict[int, WebhookEvent[Any]] = {}
    guard = MemoryReplayGuard()
    receivers = [WebhookReceiver(KEY, replay_guard=guard, capacity=20) for _ in range(2)]
    for receiver in receivers:

        @receiver.on("Activity", "create")
        async def note(event: WebhookEvent[Any]) -> None:
            await asyncio.sleep(chance.random() / 1000)
            handled[event.raw["number"]] += 1
            if event.id is not None and (event.id not in newest or event.supersedes(newest[event.id])):
                newest[event.id] = event

    async def bring(queue: list[Delivery]) -> None:
        """As MOCO does: again, after a while, until it is taken."""
        while queue:
            body, headers = queue.pop()
            answer = await chance.choice(processes).post("http://hooks/", content=body, headers=headers)
            if answer.status_code == 503:
                refused.append(body)
                queue.insert(0, (body, headers))
                await asyncio.sleep(0.02)
            else:
                assert answer.status_code == 204

    processes = [httpx.AsyncClient(transport=httpx.ASGITransport(app=receiver.asgi)) for receiver in receivers]
    async with receivers[0], receivers[1], processes[0], processes[1]:
        await asyncio.gather(*(bring(posted) for _ in range(50)))
    assert refused
    assert set(handled) == set(range(1000))
    assert set(handled.values()) == {1}
    seconds = {record: max(number % 60 for number in range(record, 1000, 50)) for record in range(50)}
    assert {record: int(event.raw["updated_at"][-3:-1]) for record, event in newest.items()} == seconds


class TestSubscriptions:
    URL = "https://example.org/hooks"
    WANTED = frozenset({("Activity", "create"), ("Activity", "update"), ("Project", "create")})

    @pytest.fixture
    async def client(self) -> AsyncIterator[MocoClient]:
        async with Sandbox(rate_limit=None).client() as client:
            yield client

    async def test_missing_subscriptions_are_created_once(self, client: MocoClient) -> None:
        others = await client.web_hooks.list().all()
        first = await ensure_web_hooks(client, self.URL, self.WANTED)
        assert {(hook.target, hook.event) for hook in first.created} == self.WANTED
        assert {hook.hook for hook in first.created} == {self.URL}
        second = await ensure_web_hooks(client, self.URL, self.WANTED)
        assert (second.created, second.enabled, second.superfluous) == ([], [], [])
        assert {hook.id for hook in second.unchanged} == {hook.id for hook in first.created}
        assert len(await client.web_hooks.list().all()) == len(others) + 3

    async def test_disabled_subscriptions_are_enabled(self, client: MocoClient) -> None:
        made = (await ensure_web_hooks(client, self.URL, self.WANTED)).created[0]
        await client.web_hooks.disable(made.id)
        result = await ensure_web_hooks(client, self.URL, self.WANTED)
        assert [(hook.id, hook.disabled) for hook in result.enabled] == [(made.id, False)]
        assert not (await client.web_hooks.get(made.id)).disabled

    @pytest.mark.parametrize("remove", [False, True])
    async def test_superfluous_subscriptions_are_returned_and_removed_only_on_request(
        self, client: MocoClient, remove: bool
    ) -> None:
        unwanted = await client.web_hooks.create(target="User", event="delete", hook=self.URL)
        off = await client.web_hooks.create(target="Activity", event="create", hook=self.URL)
        await client.web_hooks.disable(off.id)
        double = await client.web_hooks.create(target="Activity", event="create", hook=self.URL)
        before = {hook.id for hook in await client.web_hooks.list().all()}
        result = await ensure_web_hooks(client, self.URL, [("Activity", "create")], remove=remove)
        assert ([hook.id for hook in result.unchanged], result.created, result.enabled) == ([double.id], [], [])
        found = result.removed if remove else result.superfluous
        assert [hook.id for hook in found] == [unwanted.id, off.id]
        assert result.superfluous == found or remove
        left = {hook.id for hook in await client.web_hooks.list().all()}
        assert before - left == ({unwanted.id, off.id} if remove else set())
