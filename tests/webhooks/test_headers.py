"""Headers as gateways, frameworks and mistakes make them: a right result, or a `WebhookError`."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moco_async import WebhookError
from moco_async.webhooks import WebhookReceiver
from tests.webhooks.deliveries import KEY, MOMENT, delivery

BODY, HEADERS = delivery()


def as_message(headers: dict[str, str]) -> Message:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return message


FORMS: dict[str, Callable[[dict[str, str]], Any]] = {
    "lists": lambda headers: {name.lower(): [value] for name, value in headers.items()},
    "tuples": lambda headers: {name: (value,) for name, value in headers.items()},
    "lists of bytes": lambda headers: {name.encode(): [value.encode()] for name, value in headers.items()},
    "text and bytes": lambda headers: {name: value.encode() for name, value in headers.items()},
    "bytes and text": lambda headers: [(name.encode(), value) for name, value in headers.items()],
    "pairs that are lists": lambda headers: [[name, value] for name, value in headers.items()],
    "twice": lambda headers: [*headers.items(), *headers.items()],
    "twice in a list": lambda headers: {name: [value, value] for name, value in headers.items()},
    "twice in a line": lambda headers: {name: f"{value}, {value}" for name, value in headers.items()},
    "a message": as_message,
    "parsed numbers": lambda headers: headers | {"X-Moco-Timestamp": int(headers["X-Moco-Timestamp"])},
    "among others": lambda headers: headers | {"Cookie": ["a", "b"], "Age": 7, "Via": None, 7: 7, None: {}},
    "with nulls": lambda headers: headers | {"X-Moco-Origin": None},
}


@pytest.mark.parametrize("form", FORMS)
def test_they_mean_the_same(form: str) -> None:
    event = WebhookReceiver(KEY, account="mycompany").parse(BODY, FORMS[form](HEADERS))
    assert (event.target, event.action, event.user_id, event.timestamp) == ("Activity", "create", 933, MOMENT)


HEADERS_OF_ANY: dict[str, Any] = HEADERS

WRONG: list[Any] = [
    None,
    7,
    "X-Moco-Target: Activity",
    b"",
    {},
    [],
    ["X-Moco-Target"],
    [("X-Moco-Target", "Activity", "more")],
    [7],
    object(),
    *(HEADERS | {name: value} for name in HEADERS for value in ({}, [[]], [{"value": "a"}], 1.5, object())),
    *(HEADERS | {name: ["a", "b"]} for name in HEADERS),
    *(HEADERS_OF_ANY | {"X-Moco-Signature": value} for value in (None, [], [None], "", [""], 7, 10**5000)),
    [*HEADERS.items(), ("x-moco-target", "Project")],
]


@pytest.mark.parametrize("headers", WRONG, ids=range(len(WRONG)))
async def test_others_are_refused(headers: Any) -> None:
    receiver = WebhookReceiver(KEY)
    with pytest.raises(WebhookError):
        receiver.parse(BODY, headers)
    with pytest.raises(WebhookError):
        await receiver.accept(BODY, headers)
    with pytest.raises(WebhookError):
        await receiver.handle(BODY, headers)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.binary(), inner),
    max_leaves=6,
)
NAMES = st.sampled_from([*HEADERS, *(name.lower().encode() for name in HEADERS)]) | st.text()


@given(st.dictionaries(NAMES, JUNK) | st.lists(st.tuples(NAMES, JUNK)) | JUNK, st.booleans())
def test_nothing_else_is_raised(junk: Any, signed: bool) -> None:
    if signed and isinstance(junk, dict):
        junk = junk | {"X-Moco-Signature": [HEADERS["X-Moco-Signature"]]}
    try:
        event = WebhookReceiver(KEY).parse(BODY, junk)
    except WebhookError:
        return
    assert event.body == BODY


@pytest.mark.parametrize("body", [None, "", "{}", 7, bytearray(b"{}"), {}])
def test_a_body_is_bytes(body: Any) -> None:
    with pytest.raises(TypeError, match="raw bytes"):
        WebhookReceiver(KEY).parse(body, HEADERS)
