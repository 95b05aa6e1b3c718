"""How a client is made: by arguments, from the environment, by a login; and what is refused."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moco_async import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    ConfigurationError,
    MocoClient,
    RateLimit,
    ResponseError,
)
from moco_async._auth import Secret, authorization
from moco_async._bucket import Bucket
from tests.core.exposure import FAILURES, check_that_nothing_shows, logged, shown
from tests.core.test_transport import opinionated
from tests.socket_server import (
    KEY,
    Server,
    answer,
    answers,
    pool,
    serving,
)

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    for name in ("MOCO_SUBDOMAIN", "MOCO_BASE_URL", "MOCO_API_KEY"):
        monkeypatch.delenv(name, raising=False)


# How a client is made

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"subdomain": "mycompany"}, "no key"),
    "empty key": ({"subdomain": "mycompany", "api_key": ""}, "api_key is empty"),
    "no account": ({"api_key": KEY}, "no account"),
    "empty subdomain": ({"subdomain": "", "api_key": KEY}, "no account"),
    "rate limit a number": ({"rate_limit": 15}, "rate_limit must be a RateLimit"),
    "rate limit a pair": ({"rate_limit": (15, 15)}, "rate_limit must be a RateLimit"),
    "negative retries": ({"max_retries": -1}, "max_retries must be 0 or more"),
    "half a retry": ({"max_retries": 0.5}, "max_retries must be 0 or more"),
    "retries None": ({"max_retries": None}, "max_retries must be 0 or more"),
    "retries True": ({"max_retries": True}, "max_retries must be 0 or more"),
    "timeout 0": ({"timeout": 0}, "timeout must be seconds"),
    "timeout negative": ({"timeout": -1.0}, "timeout must be seconds"),
    "timeout nan": ({"timeout": float("nan")}, "timeout must be seconds"),
    "timeout None": ({"timeout": None}, "timeout must be seconds"),
    "timeout text": ({"timeout": "30"}, "timeout must be seconds"),
    "impersonate text": ({"impersonate": "x"}, "impersonate takes a user id"),
    "impersonate 0": ({"impersonate": 0}, "impersonate takes a user id"),
    "impersonate True": ({"impersonate": True}, "impersonate takes a user id"),
    "auth unknown": ({"auth": "basic"}, "auth must be 'token' or 'bearer'"),
    "http_client text": ({"http_client": "x"}, "http_client must be an httpx.AsyncClient"),
    "http_client the wrong one": ({"http_client": httpx}, "http_client must be an httpx.AsyncClient"),
}
BAD |= {
    f"key {key!r}": ({"api_key": key}, "api_key ")
    for key in (
        f"{KEY}\n", f"{KEY} ", f" {KEY}", f"{KEY[:5]} {KEY[5:]}", f"{KEY}ü", f"{KEY}\r\nX-Evil: 1", f"{KEY}\x00",
        f"{KEY}\t", f"{KEY}\x7f", f"{KEY}\xa0", f"{KEY}\u200b", KEY.encode(), 5, [KEY],
    )
}  # fmt: skip
BAD |= {
    f"subdomain {subdomain!r}": ({"subdomain": subdomain}, "not a subdomain")
    for subdomain in (
        "mycompany.mocoapp.com", "my.company", "https://mycompany.mocoapp.com", "mycompany/", "my company",
        "mycompany\n", "my_company", "-mycompany", "mycompany-", "größe", "evil.example#", "a@b", "a:80",
        "x" * 64, 5, b"mycompany", ["mycompany"],
    )
}  # fmt: skip
BAD |= {
    f"base_url {base_url!r}": ({"base_url": base_url}, "base_url ")
    for base_url in (
        "mycompany.mocoapp.com", "mycompany", "ftp://mycompany.mocoapp.com/api/v1", "https://", "https:///api/v1",
        "https:",
        "https://x/api/v1?a=b", "https://x/api/v1#a", "https://user:pw@x/api/v1", "https://user@x",
        "https://x:99999/api/v1",
        "https://x:port/api/v1", "https://my company/api/v1", "https://x/api /v1", "https://x/api\n/v1", "https://x\n",
        " https://x", "https://ü/api/v1", "https://x..y/api", "https://.x/api", "https://[::1/api", "https://[:]/api",
        "https://1.2.3.999/api", f"https://{'x' * 64}/api", "//x/api/v1", 5, b"https://x/api/v1", ["https://x"],
    )
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_client_that_cannot_be_made_is_refused(case: str) -> None:
    bad, message = BAD[case]
    whole = bad if "subdomain" in bad or "api_key" in bad else {"subdomain": "mycompany", **bad}
    arguments = whole if case in {"no key", "no account"} else {"api_key": KEY, "subdomain": "mycompany", **whole}
    with pytest.raises(ConfigurationError, match=re.escape(message)) as caught:
        MocoClient(**arguments)
    check_that_nothing_shows(shown(caught.value))
    assert ":pw@" not in str(caught.value)


@pytest.mark.parametrize("case", [case for case in BAD if case.split()[0] in {"negative", "timeout", "impersonate"}])
def test_a_view_that_cannot_be_made_is_refused(case: str) -> None:
    bad, message = BAD[case]
    client = MocoClient("mycompany", api_key=KEY)
    if bad == {"timeout": None}:
        assert client.with_options(**bad)._transport.options.timeout == 30
    else:
        with pytest.raises(ConfigurationError, match=message) as caught:
            client.with_options(**bad)
        check_that_nothing_shows(shown(caught.value))


@pytest.mark.parametrize("user", [None, 0, -1, "5", 5.0, True])
def test_nobody_is_not_impersonated(user: Any) -> None:
    with pytest.raises(ConfigurationError, match="impersonate takes a user id"):
        MocoClient("mycompany", api_key=KEY).impersonate(user)


@given(st.text() | st.text(st.characters(max_codepoint=0x7F)))
@example("a\n")
@example("a\x85")
def test_a_key_is_sent_as_it_is_or_refused(key: str) -> None:
    try:
        value = authorization(Secret(key), "token").reveal()
    except ConfigurationError:
        assert not key or re.search(r"[^\x21-\x7e]", key)
    else:
        assert value == f"Token token={key}"
        httpx.Headers({"Authorization": value}).raw[0][1].decode("ascii")
        assert re.fullmatch(r"[\x21-\x7e]+", key)


PIECES = ["http", "https", "://", "/", "//", ":", "80", "99999", "[", "]", "::1", "1.2.3.4", ".", "..", "x", "ü", "-",
          "_", "@", "?", "#", " ", "\n", "\x00", "%", "%2F", "api/v1", "mycompany.mocoapp.com", "\\", "*"]  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(PIECES), max_size=6).map(lambda parts: "http://" + "".join(parts))
    | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
    | st.text()
)
def test_an_address_can_be_asked_or_is_refused(base_url: str) -> None:
    try:
        client = MocoClient(base_url=base_url, api_key=KEY)
    except ConfigurationError:
        return
    address = client._transport.connection.base_url
    url = httpx.URL(address + "/projects?page=2")
    assert url.path.endswith("/projects")
    assert (url.query, url.fragment, url.userinfo) == (b"page=2", "", b"")
    assert url.host
    assert not address.endswith("/")


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ({"subdomain": "mycompany"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"subdomain": "MyCompany"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"subdomain": "my-company-2"}, "https://my-company-2.mocoapp.com/api/v1"),
        ({"base_url": "https://mycompany.mocoapp.com/api/v1/"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"base_url": "HTTPS://MyCompany.mocoapp.com/api/v1"}, "https://mycompany.mocoapp.com/api/v1"),
        ({"base_url": "http://localhost:8000/Api/v1"}, "http://localhost:8000/Api/v1"),
        ({"base_url": "http://[::1]:8000/api/v1"}, "http://[::1]:8000/api/v1"),
        ({"base_url": "http://sandbox"}, "http://sandbox"),
        ({"subdomain": "other", "base_url": "http://sandbox/api/v1"}, "http://sandbox/api/v1"),
    ],
)
def test_an_account_is_named_by_its_subdomain_or_its_address(arguments: dict[str, Any], address: str) -> None:
    assert repr(MocoClient(**arguments, api_key=KEY)) == f"<MocoClient of {address}>"


@pytest.mark.parametrize("make", [MocoClient, MocoClient.from_env])
async def test_a_client_is_made_from_the_environment(
    make: Callable[..., MocoClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answer()) as server:
        monkeypatch.setenv("MOCO_SUBDOMAIN", "mycompany")
        monkeypatch.setenv("MOCO_API_KEY", KEY)
        assert repr(make()) == "<MocoClient of https://mycompany.mocoapp.com/api/v1>"
        monkeypatch.setenv("MOCO_BASE_URL", server.base_url)
        async with make(rate_limit=None, impersonate=5, auth="bearer") as client:
            await client.request("GET", "/session")
    assert server.arrivals[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.arrivals[0].headers["x-impersonate-user-id"] == "5"


def test_arguments_count_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCO_SUBDOMAIN", "env")
    monkeypatch.setenv("MOCO_BASE_URL", "http://env/api/v1")
    monkeypatch.setenv("MOCO_API_KEY", "from-env")
    client = MocoClient("argument", api_key=KEY)
    assert repr(client) == "<MocoClient of https://argument.mocoapp.com/api/v1>"
    authorized = client._transport.options.authorization
    assert authorized is not None
    assert authorized.reveal() == f"Token token={KEY}"
    assert repr(MocoClient.from_env(base_url="http://argument", api_key=KEY)) == "<MocoClient of http://argument>"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no account: pass a subdomain or set MOCO_SUBDOMAIN"),
        ({"MOCO_SUBDOMAIN": "mycompany"}, "or set MOCO_API_KEY"),
        ({"MOCO_API_KEY": KEY}, "or set MOCO_SUBDOMAIN"),
        ({"MOCO_API_KEY": "", "MOCO_SUBDOMAIN": "mycompany"}, "api_key is empty"),
        ({"MOCO_API_KEY": f"{KEY}\n", "MOCO_SUBDOMAIN": "mycompany"}, "line break"),
        ({"MOCO_API_KEY": KEY, "MOCO_SUBDOMAIN": "my.company"}, "not a subdomain"),
        ({"MOCO_API_KEY": KEY, "MOCO_BASE_URL": "my.company"}, "base_url must look like"),
    ],
)
def test_an_environment_that_names_no_client_is_refused(
    environment: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=message) as caught:
        MocoClient.from_env()
    check_that_nothing_shows(shown(caught.value))


def test_a_key_given_to_from_env_does_not_show_either() -> None:
    with pytest.raises(ConfigurationError) as caught:
        MocoClient.from_env(subdomain="mycompany", api_key=KEY, timeout=0)
    check_that_nothing_shows(shown(caught.value))


# Login


def session(key: object = KEY) -> bytes:
    return json.dumps({"api_key": key, "user_id": 5, "uuid": "u"}).encode()


async def login(server: Server, **options: Any) -> MocoClient:
    options = {"base_url": server.base_url, "rate_limit": None, **options}
    return await MocoClient.login(None, "jane@example.com", PASSWORD, **options)


async def test_a_login_gives_a_client_with_the_key() -> None:
    async with serving(answer(body=session()), answers()) as server:
        async with await login(server, impersonate=5, auth="bearer", max_retries=0) as client:
            await client.request("GET", "/session")
        asked, then = server.arrivals
        await server.until(lambda server: not server.open)
    assert (asked.method, asked.target) == ("POST", "/api/v1/session")
    assert json.loads(asked.body) == {"email": "jane@example.com", "password": PASSWORD}
    assert "authorization" not in asked.headers
    assert "x-impersonate-user-id" not in asked.headers
    assert then.headers["authorization"] == f"Bearer {KEY}"
    assert then.headers["x-impersonate-user-id"] == "5"


async def test_a_login_through_a_given_pool_shows_none_of_its_keys() -> None:
    async with serving(answer(body=session()), answers()) as server, opinionated(server) as given_pool:
        client = await login(server, http_client=given_pool)
        await client.request("GET", "/session")
        assert not given_pool.is_closed
    assert "authorization" not in server.arrivals[0].headers
    assert server.arrivals[1].headers["authorization"] == f"Token token={KEY}"


@pytest.mark.parametrize("failure", FAILURES)
async def test_the_password_shows_in_no_error_and_no_log(failure: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    patience = 0.05 if "silent" in failure else 5.0
    async with serving(FAILURES[failure]) as server, pool() as given_pool:
        with pytest.raises((APIConnectionError, APIError, ResponseError)) as caught:
            await login(server, max_retries=1, timeout=patience, http_client=given_pool)
    check_that_nothing_shows(shown(caught.value), PASSWORD)
    check_that_nothing_shows(logged(caplog), PASSWORD)
    assert isinstance(caught.value, AuthenticationError) == (failure == "401")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"5", b"null", b'{"api_key":"' + KEY.encode(), b"<html>"])
async def test_a_login_that_is_answered_without_a_key_is_no_login(body: bytes) -> None:
    async with serving(answer(body=body)) as server, pool() as given_pool:
        with pytest.raises(ResponseError, match="contains no key") as caught:
            await login(server, http_client=given_pool)
    caught.value.body = b""
    check_that_nothing_shows(shown(caught.value), PASSWORD)


@pytest.mark.parametrize("key", ["", f"{KEY}\n", 5, None, {"key": KEY}])
async def test_a_login_that_is_answered_with_a_key_that_is_none_is_no_login(key: object) -> None:
    async with serving(answer(body=session(key))) as server, pool() as given_pool:
        with pytest.raises((ResponseError, ConfigurationError)) as caught:
            await login(server, http_client=given_pool)
    if isinstance(caught.value, ResponseError):
        caught.value.body = b""
    check_that_nothing_shows(shown(caught.value), PASSWORD)


@pytest.mark.parametrize("password", [None, 5, PASSWORD.encode()])
async def test_a_login_without_a_password_is_refused(password: Any) -> None:
    with pytest.raises(ConfigurationError, match="email and password have to be text") as caught:
        await MocoClient.login("mycompany", "jane@example.com", password)
    check_that_nothing_shows(shown(caught.value), PASSWORD)


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"base_url": "x"}, {"rate_limit": 5}, {"api_key": KEY, "auth": "x"}]
)
async def test_a_login_that_cannot_be_asked_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await MocoClient.login("mycompany", "jane@example.com", PASSWORD, **options)
    check_that_nothing_shows(shown(caught.value), PASSWORD)


async def test_a_login_keeps_to_the_rate_limit_of_the_account() -> None:
    async with (
        serving(answer(body=session()), answers()) as server,
        await login(server, rate_limit=RateLimit(50, 1)) as client,
    ):
        bucket = client._transport.connection.pool().limiter
        assert isinstance(bucket, Bucket)
        assert bucket.limit == RateLimit(50, 1)
        assert len(bucket.used().taken) == 1


@pytest.mark.parametrize(
    ("email", "password"), [("jane@example.com", "correct horse\ud800"), ("j\udfff@x", "correct horse")]
)
async def test_a_login_that_cannot_be_written_is_refused_without_showing_the_password(
    email: str, password: str
) -> None:
    with pytest.raises(ConfigurationError, match="half a character") as caught:
        await MocoClient.login("mycompany", email, password)
    check_that_nothing_shows(shown(caught.value), "correct horse")
