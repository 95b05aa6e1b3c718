"""A server of raw sockets that answers as it is told, or breaks off at any moment."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx

from moco_async import MocoClient

KEY = "s3cr3t-0123456789abcdef"


@dataclass
class Arrival:
    """A request that was received in full."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """What happened at the server."""

    port: int = 0
    connections: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    committed: list[bytes] = field(default_factory=list)
    """The bodies of the requests that were carried out."""
    refused: list[bytes] = field(default_factory=list)
    """The bodies of the requests that were answered with 429."""
    open: set[asyncio.Task[None]] = field(default_factory=set)
    """The connections that are still there."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    async def until(self, condition: Callable[[Server], object]) -> None:
        """Wait for something to be true of the server; fail if that does not happen."""
        async with asyncio.timeout(5):
            while not condition(self):
                self.changed.clear()
                await self.changed.wait()


class Line:
    """One connection, from the server's side."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    async def request(self, *, commit: bool = True, refuse: bool = False) -> Arrival:
        """Read a request in full, and carry it out."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        arrival = Arrival(method, target, headers, body)
        self.server.arrivals.append(arrival)
        if refuse:
            self.server.refused.append(body)
        elif commit:
            self.server.committed.append(body)
        self.server.changed.set()
        return arrival

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_left(self) -> None:
        """Say nothing until the client hangs up."""
        while await self.reader.read(1024):
            pass

    def reset(self) -> None:
        """Break the connection off: the other side gets an error instead of an end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Step = Callable[[Line], Awaitable[None]]
"""What becomes of a connection. When a step is through, the connection is closed."""


@asynccontextmanager
async def serving(*steps: Step, port: int = 0) -> AsyncIterator[Server]:
    """A server that takes a step for each connection, the last one again and again."""
    server = Server()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        server.open.add(task)
        step = steps[min(server.connections, len(steps) - 1)]
        server.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await step(Line(server, reader, writer))
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            server.open.discard(task)
            server.changed.set()

    listening = await asyncio.start_server(connected, "127.0.0.1", port)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(server.open):
            task.cancel()
        await asyncio.gather(*server.open, return_exceptions=True)
        await listening.wait_closed()


def http(status: int = 200, body: bytes = b"{}", headers: str = "", *, keep_alive: bool = False) -> bytes:
    """An answer as it goes over the wire. `headers` are lines without their ends."""
    lines = [f"HTTP/1.1 {status} ", f"Content-Length: {len(body)}", *headers.splitlines()]
    if not keep_alive:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answer(status: int = 200, body: bytes = b"{}", headers: str = "") -> Step:
    """Answer one request."""

    async def step(line: Line) -> None:
        await line.request(commit=status < 300, refuse=status == 429)
        await line.send(http(status, body, headers))

    return step


def answers(status: int = 200, body: bytes = b"{}", headers: str = "") -> Step:
    """Answer every request that comes on the connection."""

    async def step(line: Line) -> None:
        while True:
            await line.request(commit=status < 300, refuse=status == 429)
            await line.send(http(status, body, headers, keep_alive=True))

    return step


def ends_with(data: bytes) -> Step:
    """Receive a request in full, carry it out, send this and hang up."""

    async def step(line: Line) -> None:
        await line.request()
        await line.send(data)

    return step


async def hang_up_unread(line: Line) -> None:
    """Close the connection before the request is read."""


async def reset_unread(line: Line) -> None:
    """Break the connection off before the request is read."""
    line.reset()


async def reset_while_read(line: Line) -> None:
    """Break the connection off when the request has begun to come."""
    await line.reader.readexactly(5)
    line.reset()


async def reset_before_commit(line: Line) -> None:
    """Break the connection off when the request is there in full."""
    await line.request(commit=False)
    line.reset()


async def reset_after_commit(line: Line) -> None:
    """Break the connection off when the request is carried out."""
    await line.request()
    line.reset()


async def reset_in_answer(line: Line) -> None:
    """Break the connection off in the middle of the answer's body."""
    await line.request()
    await line.send(http(body=b'{"id": 1234567890}')[:-5])
    line.reset()


async def silence(line: Line) -> None:
    """Receive a request, carry it out, and never answer."""
    await line.request()
    await line.until_left()


async def silence_in_answer(line: Line) -> None:
    """Begin to answer and never end."""
    await line.request()
    await line.send(http(body=b'{"id": 1234567890}')[:-5])
    await line.until_left()


GZIP = "Content-Encoding: gzip"

FAULTS: dict[str, Step] = {
    "hung up unread": hang_up_unread,
    "reset unread": reset_unread,
    "reset while read": reset_while_read,
    "reset before commit": reset_before_commit,
    "reset after commit": reset_after_commit,
    "hung up after commit": ends_with(b""),
    "hung up in the headers": ends_with(http()[:20]),
    "hung up in the body": ends_with(http(body=b'{"id": 1234567890}')[:-5]),
    "hung up in a chunk": ends_with(b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"),
    "reset in the body": reset_in_answer,
    "silent": silence,
    "silent in the body": silence_in_answer,
    "no HTTP": ends_with(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "nonsense": ends_with(bytes(range(256)) * 5),
    "broken gzip": ends_with(http(body=b"\x1f\x8b\x08 this is no gzip", headers=GZIP)),
}
"""What can go wrong between the first byte of a request and the last of its answer."""


def pool(limits: httpx.Limits | None = None) -> httpx.AsyncClient:
    """A pool without the 20 ms that its certificates cost."""
    return httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), limits=limits or httpx.Limits())


@asynccontextmanager
async def client_of(
    address: Server | str, *, max_retries: int = 2, patience: float = 5.0, api_key: str = KEY
) -> AsyncIterator[MocoClient]:
    """A client of a server, without a rate limit."""
    base_url = address if isinstance(address, str) else address.base_url
    async with pool() as connections:
        yield MocoClient(
            base_url=base_url,
            api_key=api_key,
            rate_limit=None,
            max_retries=max_retries,
            timeout=patience,
            http_client=connections,
        )


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def nobody() -> str:
    """An address at which nobody listens."""
    return f"http://127.0.0.1:{unused_port()}/api/v1"
