"""Errors: every refusal has the right type, is readable, and can be pickled."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import pickle
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from moco_async import MocoClient, errors
from moco_async._request import Request, Response
from moco_async.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    LockedError,
    MocoError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseError,
    ServerError,
    UnknownCustomFieldWarning,
    UnprocessableEntityError,
    WebhookError,
    WebhookOverloadedError,
    error_from_response,
)
from tests.socket_server import FAULTS, KEY, answer, connect, serving, unreachable_url
from tests.virtual_clock import run_simulated

KINDS = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    422: UnprocessableEntityError,
    423: LockedError,
    429: RateLimitError,
}


def error_class(status: int) -> type[APIError]:
    return KINDS.get(status, ServerError if status >= 500 else APIError)


def refused(
    status: int, body: bytes = b"", *, headers: dict[str, str] | None = None, impersonate: int | None = None
) -> APIError:
    """The error a client raises for this response."""

    async def main() -> APIError:
        handler = httpx.MockTransport(lambda _: httpx.Response(status, content=body, headers=headers))
        async with httpx.AsyncClient(transport=handler) as pool:
            client = MocoClient(
                "refusing",
                api_key=KEY,
                rate_limit=None,
                max_retries=0,
                impersonate=impersonate,
                http_client=pool,
            )
            with pytest.raises(APIError) as caught:
                await client.request("GET", "/projects/1")
        return caught.value

    return run_simulated(main())


def test_the_tree_matches_the_drawing() -> None:
    document = inspect.getdoc(errors)
    assert document is not None
    documented, path = set(), list[str]()
    for line in document.splitlines():
        branch, _, text = line.rpartition("── ") if "── " in line else ("", "", line)
        name = text.split()[0] if text.split() else ""
        if name in errors.__all__:
            depth = (len(branch) + 3) // 4 if branch else 0
            path = [*path[:depth], name]
            documented.add(tuple(path))

    def found(kind: type[BaseException], above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
        here = (*above, kind.__name__) if kind.__name__ in errors.__all__ else above
        return {here} | {path for child in kind.__subclasses__() for path in found(child, here)}

    assert documented == found(MocoError)
    assert {path[-1] for path in documented} == set(errors.__all__)


def test_a_configuration_error_is_a_value_error() -> None:
    assert issubclass(ConfigurationError, ValueError)


OBSERVED = [
    (400, b'{"error":"\'foo\' is not a valid status"}', "'foo' is not a valid status"),
    (400, b'{"message":"Invalid date range"}', "Invalid date range"),
    (401, b'{"message":"Invalid API key."}', "Invalid API key."),
    (401, b'{"message":"Subdomain does not exist."}', "Subdomain does not exist."),
    (
        401,
        b'{"message":"Invalid API key (user API keys are disabled)."}',
        "Invalid API key (user API keys are disabled).",
    ),
    (401, b'{"message":"Unauthorized"}', "Unauthorized"),
    (403, b'{"errors":["Access denied"]}', "Access denied"),
    (403, b"", "not permitted"),
    (404, b"", "not found"),
    (415, b"", "no reason given"),
    (422, b'{"errors":["Name is missing","Currency is missing"]}', "Name is missing; Currency is missing"),
    (422, b'{"message":"Invalid payload"}', "Invalid payload"),
    (422, b"", "the values were rejected"),
    (423, b"", "locked"),
    (429, b'{"message":"Too many requests"}', "Too many requests"),
    (429, b"", "too many requests"),
    (500, b"Something went wrong.", "Something went wrong."),
]


@pytest.mark.parametrize(("status", "body", "message"), OBSERVED)
async def test_every_observed_refusal_says_why(status: int, body: bytes, message: str) -> None:
    async with (
        serving(answer(status, body, "X-Request-Id: 5f9-7")) as server,
        connect(server, max_retries=0) as client,
    ):
        with pytest.raises(error_class(status)) as caught:
            await client.request("PUT", "/projects/1", json={"name": "x"})
    error = caught.value
    assert type(error) is error_class(status)
    assert (error.status, error.message, error.body) == (status, message, body)
    assert (error.method, error.path, error.operation) == ("PUT", "/projects/1", "PUT /projects/1")
    assert error.request_id == "5f9-7"
    assert error.request_sent is True
    assert str(error).startswith(f"PUT /projects/1: {status} {message} (request 5f9-7)")


FIELDS: list[tuple[Any, dict[str, list[str]], str]] = [
    (
        {"probability": ["muss kleiner oder gleich 100 sein"]},
        {"probability": ["muss kleiner oder gleich 100 sein"]},
        "probability muss kleiner oder gleich 100 sein",
    ),
    (
        {"errors": {"email": ["ist bereits vergeben", "ist ungültig"], "name": ["fehlt"]}},
        {"email": ["ist bereits vergeben", "ist ungültig"], "name": ["fehlt"]},
        "email ist bereits vergeben, ist ungültig; name fehlt",
    ),
    ({"errors": ["Name fehlt"]}, {}, "Name fehlt"),
    ({"message": "Invalid payload"}, {}, "Invalid payload"),
]


@pytest.mark.parametrize(("body", "fields", "message"), FIELDS)
def test_a_validation_error_has_its_messages_by_field(body: Any, fields: dict[str, list[str]], message: str) -> None:
    error = refused(422, json.dumps(body).encode())
    assert isinstance(error, UnprocessableEntityError)
    assert error.fields == fields
    assert error.message == message


def test_the_operation_of_the_spec_is_named() -> None:
    async def main() -> None:
        handler = httpx.MockTransport(lambda _: httpx.Response(404))
        async with httpx.AsyncClient(transport=handler) as pool:
            client = MocoClient("refusing", api_key=KEY, rate_limit=None, http_client=pool)
            with pytest.raises(NotFoundError) as caught:
                await client.projects.get(5)
        assert (caught.value.operation, caught.value.path) == ("projects.get", "/projects/5")

    run_simulated(main())


BEYOND = [
    b'{"errors":[]}', b"{}", b"[]", b"null", b"true", b"0", b'""', b'"   "', b'["a", null]', b'{"message":null}',
    b'{"message":""}', b'{"message":{"text":"x"}}', b'{"errors":{"name":[]}}', b'{"errors":{"name":"x"}}',
    b'{"errors":["",""]}', b'{"errors":{"":[""]}}', b'"\\ud800"', b'{"message":"\\ud800\\u0000"}', b"\xff\xfe\x00",
    b"\x00", b"\x1b[31mred", b"NaN", b"1e999", b"1" * 5000, b"[" * 100_000, b'{"a":' * 100_000, b"<" * 300_000,
    b"<title>" * 50_000, b"<title></title>", b"<html><head><title>502 Bad Gateway</title></head></html>",
    b"x" * 1_000_000, b'{"message":"%s"}' % (b"x" * 1_000_000), "Ungültig".encode("latin-1"),
    "Ungültig".encode("utf-16"),
    b'{"name":["' + b"[" * 500 + b'"]}', b'{"name":[' + b"[" * 900 + b"]" * 900 + b"]}",
]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
KEYS = st.sampled_from(["message", "error", "errors", "name", ""]) | st.text(max_size=5)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=15
)
MARKUP = st.lists(st.sampled_from(["<", ">", "<title", "</title>", "<p>", " ", "\n", "x", "\x00"]), max_size=20)
BODIES = (
    st.binary()
    | DOCUMENTS.map(lambda document: json.dumps(document).encode())
    | MARKUP.map(lambda parts: "".join(parts).encode())
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
)
STATUSES = st.integers(300, 999) | st.sampled_from(sorted(KINDS))


def check_that_it_can_be_read(error: APIError, status: int, body: bytes) -> None:
    assert type(error) is error_class(status)
    assert (error.status, error.body) == (status, body)
    assert error.message.strip()
    assert error.message.isprintable()
    assert len(error.message) <= 1001
    assert error.message in str(error)
    str(error).encode()
    if isinstance(error, UnprocessableEntityError):
        assert all(isinstance(name, str) for name in error.fields)
        assert all(isinstance(text, str) for texts in error.fields.values() for text in texts)


@pytest.mark.parametrize("body", BEYOND, ids=lambda body: repr(body[:20]))
def test_a_refusal_never_observed_is_readable_too(body: bytes) -> None:
    for status in (302, 422, 502):
        check_that_it_can_be_read(refused(status, body), status, body)


def test_a_body_can_be_nested_as_deeply_as_it_likes() -> None:
    request = Request("projects.get", "GET", "/projects/1")
    for depth in range(850, 1000):
        nested = b"[" * depth + b"]" * depth
        for body in (
            nested,
            b'{"name":%s}' % nested,
            b'{"errors":%s}' % nested,
            b'{"a":' * depth + b"1" + b"}" * depth,
        ):
            error = error_from_response(request, Response(422, {}, body), retry_after=None, impersonating=False)
            check_that_it_can_be_read(error, 422, body)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(status=STATUSES, body=BODIES)
@example(status=422, body=b'{"name":[null]}')
def test_whatever_the_answer_the_error_is_of_the_right_kind_and_can_be_read(status: int, body: bytes) -> None:
    check_that_it_can_be_read(refused(status, body), status, body)


@given(status=STATUSES, headers=st.dictionaries(st.sampled_from(["retry-after", "x-request-id"]), st.text(max_size=9)))
@settings(deadline=None, max_examples=100)
def test_whatever_the_headers_the_error_is_of_the_right_kind(status: int, headers: dict[str, str]) -> None:
    printable = {name: value.encode("ascii", "replace").decode() for name, value in headers.items()}
    assert type(refused(status, headers=printable)) is error_class(status)


def test_an_error_page_of_a_proxy_is_summarized_by_its_title() -> None:
    page = b"<html><head><title>\n 502 Bad\tGateway </title></head><body><h1>nginx</h1></body></html>"
    assert refused(502, page).message == "502 Bad Gateway"


def test_an_error_page_without_a_title_is_summarized_by_its_text() -> None:
    assert refused(503, b"<html><body><h1>Maintenance</h1><p>Back soon.</p></body>").message == "Maintenance Back soon."


HINTS = [
    (401, b'{"message":"Subdomain does not exist."}', None, "before .mocoapp.com"),
    (401, b'{"message":"Invalid API key (user API keys are disabled)."}', None, "account key"),
    (401, b'{"message":"Invalid API key."}', None, "Check the key"),
    (401, b"", None, "Check the key"),
    (403, b'{"errors":["Access denied"]}', None, "lacks the permission"),
    (403, b'{"errors":["Access denied"]}', 5, "Staff permission"),
]


@pytest.mark.parametrize(("status", "body", "impersonate", "hint"), HINTS)
def test_a_cause_that_is_known_is_hinted_at(status: int, body: bytes, impersonate: int | None, hint: str) -> None:
    error = refused(status, body, impersonate=impersonate)
    assert error.hint is not None
    assert hint in error.hint
    assert str(error).endswith(f"\n{error.hint}")


@pytest.mark.parametrize("status", [400, 404, 415, 422, 423, 429, 500])
def test_without_a_known_cause_there_is_no_hint(status: int) -> None:
    error = refused(status, b'{"message":"subdomain disabled"}')
    assert error.hint is None
    assert str(error) == f"GET /projects/1: {status} subdomain disabled"


async def test_a_login_that_is_refused_is_not_told_to_check_its_key() -> None:
    async with serving(answer(401)) as server:
        with pytest.raises(AuthenticationError) as caught:
            await MocoClient.login(None, "jane@example.com", "pw", base_url=server.base_url, rate_limit=None)
    assert caught.value.hint is not None
    assert "password" in caught.value.hint
    assert "key" not in caught.value.hint


@pytest.mark.parametrize(("header", "seconds"), [("12", 12.0), ("-1", 0.0), ("soon", None), (None, None)])
def test_an_error_has_the_retry_after_of_moco(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert refused(429, headers=headers).retry_after == seconds
    assert refused(503, headers=headers).retry_after == seconds


async def an_error_without_an_answer(fault: str) -> MocoError:
    async with serving(FAULTS[fault]) as server, connect(server, max_retries=0, patience=0.1) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("POST", "/projects", json={"name": "x"})
    return caught.value


async def a_refused_connection() -> MocoError:
    async with connect(unreachable_url(), max_retries=0) as client:
        with pytest.raises(APIConnectionError) as caught:
            await client.request("GET", "/projects")
    return caught.value


async def an_unreadable_answer() -> MocoError:
    async with serving(answer(200, b"<html>")) as server, connect(server) as client:
        with pytest.raises(ResponseError) as caught:
            await client.projects.get(1)
    return caught.value


def a_configuration_error() -> MocoError:
    with pytest.raises(ConfigurationError) as caught:
        MocoClient("mycompany", api_key="")
    return caught.value


def errors_of_every_kind() -> list[MocoError]:
    headers = {"X-Request-Id": "5f9-7", "Retry-After": "5"}
    return [
        *(refused(status, b'{"name":["fehlt"]}', headers=headers) for status in [418, *KINDS, 500]),
        asyncio.run(an_error_without_an_answer("reset after commit")),
        asyncio.run(an_error_without_an_answer("silent")),
        asyncio.run(a_refused_connection()),
        asyncio.run(an_unreadable_answer()),
        a_configuration_error(),
        WebhookError("not signed by MOCO"),
        WebhookOverloadedError("the receiver is closed"),
        UnknownCustomFieldWarning("no such field"),
        MocoError("whatever"),
    ]


def test_every_error_survives_pickle_and_copy() -> None:
    made = errors_of_every_kind()
    assert {type(error).__name__ for error in made} == set(errors.__all__)
    for error in made:
        error.add_note("seen in the nightly run")
        protocols = range(pickle.HIGHEST_PROTOCOL + 1)
        again = [pickle.loads(pickle.dumps(error, protocol)) for protocol in protocols]
        for twin in [*again, copy.copy(error), copy.deepcopy(error)]:
            assert type(twin) is type(error)
            assert twin.args == error.args
            assert vars(twin) == vars(error)
            assert (str(twin), repr(twin)) == (str(error), repr(error))


def test_a_pickled_error_has_the_attributes_it_promises() -> None:
    error = pickle.loads(pickle.dumps(refused(422, b'{"name":["fehlt"]}', headers={"X-Request-Id": "5f9-7"})))
    assert isinstance(error, UnprocessableEntityError)
    assert error.fields == {"name": ["fehlt"]}
    assert (error.status, error.method, error.path) == (422, "GET", "/projects/1")
    assert error.operation == "GET /projects/1"
    assert (error.message, error.body, error.request_id) == ("name fehlt", b'{"name":["fehlt"]}', "5f9-7")
    assert error.request_sent is True


def test_an_error_without_an_answer_names_the_request_and_the_cause() -> None:
    silent = asyncio.run(an_error_without_an_answer("silent"))
    assert isinstance(silent, APITimeoutError)
    assert str(silent) == "POST /projects: no response within 0.1 s (ReadTimeout)"
    assert isinstance(silent.__cause__, httpx.ReadTimeout)
    assert str(asyncio.run(a_refused_connection())).startswith("GET /projects: no response (ConnectError: ")
