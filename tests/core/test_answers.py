"""Answers that nobody expects: hostile headers, any size, compression of every kind."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moco_async import APIConnectionError, MocoClient, MocoError, Response, ResponseError
from moco_async._inflate import Inflate
from moco_async._request import Request
from tests.socket_server import KEY, Connection, answer, answers, connect, http, serving
from tests.virtual_clock import run_simulated


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0.0)
    monkeypatch.setattr("moco_async._retry.LONGEST_DELAY", 0.0)


LONG = ["9" * 90_000, "x" * 90_000, "-" * 90_000, "=?utf-8?q?" * 9_000, "\xff" * 90_000, '"' * 90_000, ";" * 90_000]
HOSTILE = ["", "\x01", "\x85", "\xff\xfe", "nan", "-1", "1e999", "1_0", "0x1", "٣", "a\tb", "\x7f", "=", "<", ","]
HEADERS = ["Retry-After", "X-Runtime", "Location", "Content-Disposition", "Content-Type", "Content-Encoding", "Link",
           "X-Request-Id"]  # fmt: skip


@pytest.mark.parametrize("status", [200, 302, 422, 429, 503])
@pytest.mark.parametrize("header", HEADERS)
async def test_whatever_a_header_says_the_call_ends_in_an_answer_or_an_error_of_ours(header: str, status: int) -> None:
    values = [value for value in [*HOSTILE, *LONG] if value.isascii() or value.encode("latin-1", "ignore")]

    async def hostile(line: Connection) -> None:
        await line.request()
        value = values[len(line.server.arrivals) % len(values)].encode("latin-1", "ignore").decode("latin-1")
        await line.send(http(status, b"%PDF" if status == 200 else b"", f"{header}: {value}"))

    async with serving(hostile) as server, connect(server, max_retries=0) as client:
        for _ in values:
            with suppress(MocoError):
                file = await client.invoices.pdf(1)
                assert file.content == b"%PDF"
                assert file.filename.isprintable()


@settings(deadline=None, max_examples=200)
@given(
    headers=st.dictionaries(st.sampled_from(HEADERS), st.text(st.characters(max_codepoint=0xFF)), max_size=4),
    status=st.sampled_from([200, 204, 302, 404, 429, 503]),
)
def test_a_transport_of_ones_own_may_say_what_it_likes_too(headers: dict[str, str], status: int) -> None:
    async def main() -> None:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        wire = httpx.MockTransport(lambda _: httpx.Response(status, headers=raw, content=b""))
        async with httpx.AsyncClient(transport=wire) as given_client:
            client = MocoClient("hostile", api_key=KEY, rate_limit=None, max_retries=0, http_client=given_client)
            with suppress(MocoError):
                await client.invoices.pdf(1)

    run_simulated(main())


# Sizes

MOST = 1_000_000


def packed(size: int) -> bytes:
    return gzip.compress(bytes(size))


TOO_LARGE = {
    "plain": (bytes(MOST + 1), ""),
    "gzip": (packed(MOST + 1), "Content-Encoding: gzip"),
    "deflate": (zlib.compress(bytes(MOST + 1)), "Content-Encoding: deflate"),
    "a bomb": (packed(300_000_000), "Content-Encoding: gzip"),
    "many files": (packed(100_000) * 11, "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("case", TOO_LARGE)
async def test_an_answer_that_is_too_large_is_an_error_and_not_asked_for_again(case: str, library: Any) -> None:
    body, headers = TOO_LARGE[case]
    async with serving(answers(body=body, headers=headers)) as server, library.AsyncClient() as given_client:
        client = MocoClient(
            base_url=server.base_url, api_key=KEY, rate_limit=None, http_client=given_client, max_response_bytes=MOST
        )
        tracemalloc.start()
        with pytest.raises(ResponseError, match="answered more than 1000000 bytes, which is max_response_bytes"):
            await client.request("GET", "/projects")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * MOST
        await server.until(lambda server: not server.open)
    assert len(server.arrivals) == 1


async def test_an_answer_that_is_just_small_enough_is_read() -> None:
    for headers, body in (("", bytes(MOST)), ("Content-Encoding: gzip", packed(MOST))):
        async with (
            serving(answers(body=body, headers=headers)) as server,
            MocoClient(base_url=server.base_url, api_key=KEY, rate_limit=None, max_response_bytes=MOST) as client,
        ):
            assert (await client.request("GET", "/projects")).content == bytes(MOST)


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_what_was_compressed_is_unpacked(encoding: str) -> None:
    body = json.dumps([{"id": number} for number in range(10_000)]).encode()
    coded = ENCODINGS[encoding](body)
    async with (
        serving(answer(body=coded, headers=f"Content-Encoding: {encoding}")) as server,
        connect(server) as client,
    ):
        assert (await client.request("GET", "/projects")).content == body
    assert server.arrivals[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x" * 1000])
async def test_an_encoding_that_nobody_asked_for_is_an_error(encoding: str) -> None:
    async with (
        serving(answers(body=b"x", headers=f"Content-Encoding: {encoding}")) as server,
        connect(server) as client,
    ):
        with pytest.raises(ResponseError, match="in an encoding that was not asked for"):
            await client.request("GET", "/projects")
    assert len(server.arrivals) == 1


@pytest.mark.parametrize("left", [1, 10, -10, -1])
async def test_a_compressed_answer_that_is_cut_off_is_no_answer(left: int) -> None:
    body = gzip.compress(b'[{"id": 1}]')[:left]
    async with serving(answers(body=body, headers="Content-Encoding: gzip")) as server, connect(server) as client:
        with pytest.raises(APIConnectionError, match="cut off"):
            await client.request("GET", "/projects")
    assert len(server.arrivals) == 3


@given(st.binary(), st.sampled_from([1, 2, 7, 100]), st.sampled_from(["gzip", "deflate", "bare"]))
def test_it_does_not_matter_in_what_parts_an_answer_comes(body: bytes, size: int, encoding: str) -> None:
    coded = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    coded = coded[2:-4] if encoding == "bare" else coded  # without zlib's header, as some servers have it
    inflate = Inflate("gzip" if encoding == "gzip" else "deflate")
    parts = [inflate.feed(coded[begin : begin + size], len(body)) for begin in range(0, len(coded), size)]
    inflate.end()
    assert b"".join(parts) == body


# Parsers


@pytest.mark.parametrize(
    "content", [b'[{"name": "\\ud83d"}]', b'{"x": NaN}', b'\xef\xbb\xbf{"x": 1}', b"[1" + b"0" * 400 + b"]"]
)
def test_what_one_parser_refuses_the_other_may_take(content: bytes) -> None:
    def by_python() -> Any:
        try:
            return repr(json.loads(content))
        except ValueError:
            return None

    def by_us() -> Any:
        try:
            return repr(Response(200, {}, content).json())
        except ValueError:
            return None

    assert by_us() == by_python()


def test_what_neither_parser_takes_is_a_value_error() -> None:
    for content in (b"<html>", b"[" * 100_000, b"\xff", b'{"a":'):
        with pytest.raises(ValueError):  # noqa: PT011  # in the words of the parser
            Response(200, {}, content).json()


def test_half_a_character_does_not_cost_a_page() -> None:
    async def main() -> None:
        wire = httpx.MockTransport(lambda _: httpx.Response(200, content=b'[{"id": 1, "name": "half \\ud83d"}]'))
        async with httpx.AsyncClient(transport=wire) as given_client:
            client = MocoClient("half", api_key=KEY, rate_limit=None, http_client=given_client)
            assert [unit.name for unit in await client.units.list()] == ["half \ud83d"]
            await asyncio.sleep(0)

    run_simulated(main())


async def test_a_body_with_half_a_character_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match=r"the body of x holds text with half a character") as caught:
        Request("x", "POST", "/x", body={"secret": "pw\ud800"}).content()
    assert "pw" not in repr(caught.value.args)
    assert caught.value.__context__ is None
