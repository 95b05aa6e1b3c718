"""A small HTTP server on a real socket, with scripted faults and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from moco_async import MocoClient, RateLimit

# Takes method and target, returns status, headers and body, or None to disconnect.
Answer = Callable[[str, str], tuple[int, dict[str, str], bytes] | None]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """Serve on a free local port, and yield the base URL."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ")
                sizes = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
                if sizes:
                    await reader.readexactly(int(sizes[0]))
                answered = answer(method, target)
                if answered is None:
                    break
                status, headers, body = answered
                more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has disconnected, or the benchmark is done
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        server.close()


def client_of(address: str, rate_limit: RateLimit | None) -> MocoClient:
    """A client with the default options, but for the base URL and the rate limit."""
    return MocoClient(base_url=address, api_key="key", rate_limit=rate_limit)
