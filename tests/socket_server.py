"""A server on raw sockets that responds as told, or breaks the connection at any moment."""

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
    """The server, and what happened on it."""

    port: int = 0
    connections: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    committed: list[bytes] = field(default_factory=list)
    """The bodies of the requests that were committed."""
    refused: list[bytes] = field(default_factory=list)
    """The bodies of the requests that were answered with 429."""
    open: set[asyncio.Task[None]] = field(default_factory=set)
    """The connections that are still open."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    async def until(self, condition: Callable[[Server], object]) -> None:
        """Wait for a condition on the server, or fail after five seconds."""
        async with asyncio.timeout(5):
            while not condition(self):
                self.changed.clear()
                await self.changed.wait()


class Connection:
    """One connection, from the server's side."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    async def request(self, *, commit: bool = True, refuse: bool = False) -> Arrival:
        """Read a request in full, and commit it."""
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
        """Send nothing until the client disconnects."""
        while await self.reader.read(1024):
            pass

    def reset(self) -> None:
        """Reset the connection: the client gets an error instead of end of file."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Step = Callable[[Connection], Awaitable[None]]
"""Handles a connection, which is closed when the step returns."""


@asynccontextmanager
async def serving(*steps: Step, port: int = 0) -> AsyncIterator[Server]:
    """A server that handles each connection with the next step, repeating the last one."""
    server = Server()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        server.open.add(task)
        step = steps[min(server.connections, len(steps) - 1)]
        server.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await step(Connection(server, reader, writer))
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
    """A raw HTTP response. `headers` are lines without line ends."""
    lines = [f"HTTP/1.1 {status} ", f"Content-Length: {len(body)}", *headers.splitlines()]
    if not keep_alive:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answer(status: int = 200, body: bytes = b"{}", headers: str = "") -> Step:
    """Respond to one request."""

    async def step(connection: Connection) -> None:
        await connection.request(commit=status < 300, refuse=status == 429)
        await connection.send(http(status, body, headers))

    return step


def answers(status: int = 200, body: bytes = b"{}", headers: str = "") -> Step:
    """Respond to every request on the connection."""

    async def step(connection: Connection) -> None:
        while True:
            await connection.request(commit=status < 300, refuse=status == 429)
            await connection.send(http(status, body, headers, keep_alive=True))

    return step


def ends_with(data: bytes) -> Step:
    """Receive a request in full, commit it, send this and disconnect."""

    async def step(connection: Connection) -> None:
        await connection.request()
        await connection.send(data)

    return step


async def hang_up_unread(connection: Connection) -> None:
    """Close the connection before the request is read."""


async def reset_unread(connection: Connection) -> None:
    """Reset the connection before the request is read."""
    connection.reset()


async def reset_while_read(connection: Connection) -> None:
    """Reset the connection while the request is read."""
    await connection.reader.readexactly(5)
    connection.reset()


async def reset_before_commit(connection: Connection) -> None:
    """Reset the connection after the request is read."""
    await connection.request(commit=False)
    connection.reset()


async def reset_after_commit(connection: Connection) -> None:
    """Reset the connection after the request is committed."""
    await connection.request()
    connection.reset()


async def reset_in_answer(connection: Connection) -> None:
    """Reset the connection in the middle of the response body."""
    await connection.request()
    await connection.send(http(body=b'{"id": 1234567890}')[:-5])
    connection.reset()


async def silence(connection: Connection) -> None:
    """Receive a request, commit it, and never respond."""
    await connection.request()
    await connection.until_left()


async def silence_in_answer(connection: Connection) -> None:
    """Begin a response and never finish it."""
    await connection.request()
    await connection.send(http(body=b'{"id": 1234567890}')[:-5])
    await connection.until_left()


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
    "not HTTP": ends_with(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "nonsense": ends_with(bytes(range(256)) * 5),
    "broken gzip": ends_with(http(body=b"\x1f\x8b\x08 this is not gzip", headers=GZIP)),
}
"""Everything that can go wrong between the first byte of a request and the last of its response."""


def pool(limits: httpx.Limits | None = None) -> httpx.AsyncClient:
    """A connection pool that loads no certificates, which would take 20 ms."""
    return httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), limits=limits or httpx.Limits())


@asynccontextmanager
async def connect(
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
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def unreachable_url() -> str:
    """A base URL at which nothing listens."""
    return f"http://127.0.0.1:{unused_port()}/api/v1"
