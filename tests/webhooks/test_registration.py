"""Handlers that would never be called, or in vain, are refused where they are written."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from moco_async import Unrecognized
from moco_async.models import WebHookEvent, WebHookTarget
from moco_async.sandbox import Sandbox
from moco_async.webhooks import WebhookEvent, WebhookReceiver, ensure_web_hooks
from tests.webhooks.deliveries import KEY, parsed


@pytest.fixture
def receiver() -> WebhookReceiver:
    return WebhookReceiver(KEY)


@pytest.mark.parametrize(
    ("names", "nearest"),
    [
        (("Activities", "created"), "Activity"),
        (("activity", "Create"), "Activity"),
        (("Activity", "created"), "create"),
        (("Activity", "Create"), "create"),
        (("Activity", "UPDATE"), "update"),
        (("customer", "*"), "Customer"),
        (("InvoicePayment", "create"), "Invoice::Payment"),
        (("invoice::payment", "create"), "Invoice::Payment"),
        (("*", "archived"), "archive"),
    ],
)
def test_the_nearest_name_is_suggested(receiver: WebhookReceiver, names: tuple[str, str], nearest: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"did you mean {nearest!r}?")):
        receiver.on(*names)


@pytest.mark.parametrize("names", [("", "create"), ("Quux", "create"), ("create", "Activity"), ("Activity", "xyz")])
def test_without_a_near_one_all_are_named(receiver: WebhookReceiver, names: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"there are (Activity, Comment|create, update, delete)"):
        receiver.on(*names)


def test_parentheses_are_missed(receiver: WebhookReceiver) -> None:
    with pytest.raises(TypeError, match=r"@receiver\.on\(\)"):

        @receiver.on  # type: ignore[arg-type]  # that is the point
        async def handler(event: WebhookEvent[Any]) -> None: ...


@pytest.mark.parametrize("names", [(None,), (7, "create"), ("Activity", None), (("Activity", "create"),)])
def test_names_are_strings(receiver: WebhookReceiver, names: Any) -> None:
    with pytest.raises(TypeError, match="is a string"):
        receiver.on(*names)


@pytest.mark.parametrize("target", [*WebHookTarget, "Customer", "*"])
@pytest.mark.parametrize("action", [*WebHookEvent, "archive", "*"])
async def test_every_name_of_the_spec_is_taken(target: str, action: str) -> None:
    receiver = WebhookReceiver(KEY)
    handled: list[Any] = []
    receiver.on(target, action)(handled.append)
    await receiver.dispatch(parsed({}, "User" if target == "*" else target, "x" if action == "*" else action))
    assert len(handled) == 1


async def test_what_moco_has_added_is_registered_on_purpose(receiver: WebhookReceiver) -> None:
    handled: list[Any] = []
    with pytest.raises(ValueError, match=r"moco_async\.Unrecognized\('Milestone'\)"):
        receiver.on("Milestone")
    receiver.on(Unrecognized("Milestone"), Unrecognized("reach"))(handled.append)
    await receiver.dispatch(parsed({}, "Milestone", "reach"))
    assert len(handled) == 1


def test_a_handler_that_yields_would_not_run(receiver: WebhookReceiver) -> None:
    async def asynchronous(event: WebhookEvent[Any]) -> AsyncIterator[None]:
        yield

    def plain(event: WebhookEvent[Any]) -> Iterator[None]:
        yield

    for handler in (asynchronous, plain):
        with pytest.raises(TypeError, match="yield"):
            receiver.on()(handler)


def test_a_handler_takes_an_event_alone(receiver: WebhookReceiver) -> None:
    async def two(event: WebhookEvent[Any], client: object) -> None: ...

    async def none() -> None: ...

    for handler in (two, none, None, 7):
        with pytest.raises(TypeError, match="with an event alone"):
            receiver.on()(handler)  # type: ignore[type-var]  # that is the point
    receiver.on()(print)
    receiver.on()(lambda event, more=None: None)


async def test_subscriptions_are_checked_before_anything_is_sent() -> None:
    sandbox = Sandbox()
    async with sandbox.client() as client:
        for wrong in [("Activities", "create"), ("Activity", "created"), ("*", "create"), ("Activity", "archive")]:
            with pytest.raises(ValueError, match="MOCO has no webhook"):
                await ensure_web_hooks(client, "https://example.org/hooks", [("Activity", "update"), wrong])
        result = await ensure_web_hooks(client, "https://example.org/hooks", [("Customer", "create")])
        assert [(hook.target, hook.event) for hook in result.created] == [("Company", "create")]
