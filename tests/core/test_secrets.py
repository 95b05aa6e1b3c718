"""No key and no password in an error, a log or a repr, however closely somebody looks."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
from collections.abc import Awaitable, Callable

import httpx
import pytest

from moco_async import (
    APIConnectionError,
    APIError,
    File,
    MocoClient,
    ResponseError,
)
from moco_async._auth import Secret
from tests.core.exposure import FAILURES, check_that_nothing_shows, logged, shown
from tests.socket_server import (
    KEY,
    Connection,
    connect,
    serving,
    unreachable_url,
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    for name in ("MOCO_SUBDOMAIN", "MOCO_BASE_URL", "MOCO_API_KEY"):
        monkeypatch.delenv(name, raising=False)


Call = Callable[[MocoClient], Awaitable[object]]

CALLS: list[Call] = [
    lambda client: client.request("POST", "/projects", json={"name": "x"}),
    lambda client: client.impersonate(5).request("GET", "/session"),
    lambda client: client.purchases.store_document(9, file=File(b"%PDF", "receipt.pdf")),
    lambda client: client.projects.list().all(),
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_the_key_shows_in_no_error_and_no_log(failure: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    silent = "silent" in failure
    async with (
        serving(FAILURES[failure]) as server,
        connect(server, max_retries=0 if silent else 1, patience=0.05 if silent else 5.0) as client,
    ):
        for call in CALLS:
            try:
                await call(client)
            except (APIConnectionError, APIError, ResponseError) as error:
                check_that_nothing_shows(shown(error))
            else:
                assert failure == "no JSON"
    assert caplog.records
    check_that_nothing_shows(logged(caplog))


async def test_the_key_shows_in_no_error_of_a_refused_connection(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with connect(unreachable_url(), max_retries=1) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("GET", "/session")
    check_that_nothing_shows(shown(caught.value))
    check_that_nothing_shows(logged(caplog))


async def test_an_error_that_the_caller_is_handling_keeps_its_frames() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("broken off")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as handler:
        client = MocoClient("mycompany", api_key=KEY, rate_limit=None, max_retries=0, http_client=handler)
        handled = ValueError("of the caller")
        try:
            raise handled
        except ValueError:
            with pytest.raises(APIConnectionError) as caught:
                await client.request("GET", "/session")
    cause = caught.value.__cause__
    assert cause is not None
    assert cause.__traceback__ is None
    assert caught.value.__context__ is handled
    assert handled.__traceback__ is not None


async def stalled(line: Connection) -> None:
    """Read nothing."""
    await asyncio.sleep(60)


async def test_the_key_shows_in_no_error_of_a_request_that_could_not_be_written() -> None:
    async with serving(stalled) as server, connect(server, max_retries=0, patience=0.1) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("POST", "/purchases", json={"file": "x" * 10_000_000})
    assert isinstance(caught.value.__cause__, httpx.WriteTimeout)
    check_that_nothing_shows(shown(caught.value))


async def test_the_key_shows_in_no_error_of_a_request_that_cannot_be_sent() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    for body in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises((TypeError, ValueError)) as caught:
            await client.request("POST", "/projects", json=body)
        check_that_nothing_shows(shown(caught.value))


async def test_the_key_shows_in_no_repr() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    view = client.impersonate(5)
    parts = [client, view, client._transport, client._transport.options, client._transport.connection, client.projects]
    check_that_nothing_shows(f"{part!r} {part} {getattr(part, '__dict__', '')}" for part in parts)
    check_that_nothing_shows(repr(part) for part in [client._transport.options.authorization, *parts])
    assert repr(client) == "<MocoClient of https://mycompany.mocoapp.com/api/v1>"
    assert repr(view) == "<MocoClient of https://mycompany.mocoapp.com/api/v1 as user 5>"
    assert repr(MocoClient.__new__(MocoClient)) == "<MocoClient, not initialized>"
    await client.aclose()


def test_a_client_is_not_pickled_with_its_key() -> None:
    client = MocoClient("mycompany", api_key=KEY)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for part in (client, client._transport, client._transport.options, client._transport.options.authorization):
            with pytest.raises(TypeError, match="a secret cannot be pickled") as caught:
                pickle.dumps(part, protocol)
            assert KEY not in str(caught.value)
    with pytest.raises(TypeError):
        copy.deepcopy(client)


def test_a_secret_does_not_show() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    for text in (repr(secret), str(secret), f"{secret}", "%s %r" % (secret, [secret]), str({"key": secret})):  # noqa: UP031
        assert KEY not in text
        assert "Secret(***)" in text
