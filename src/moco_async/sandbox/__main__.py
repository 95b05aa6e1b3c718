"""`python -m moco_async.sandbox` serves a sandbox."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from contextlib import suppress
from dataclasses import fields
from errno import EADDRINUSE
from math import isfinite

import uvicorn

from .http.guard import parse_host
from .sandbox import Sandbox
from .seed import Seed


def rate(text: str) -> tuple[int, float] | None:
    """The rate limit as `requests/seconds`; `off` for None.

    Raises:
        ValueError: it is not a rate limit.
    """
    if text == "off":
        return None
    requests, _, seconds = text.partition("/")
    limit = int(requests), float(seconds)
    if not (1 <= limit[0] <= 1_000_000 and limit[1] > 0 and isfinite(limit[1])):
        raise ValueError(text)
    return limit


def size(text: str) -> tuple[str, int]:
    """One argument of a seed, as `users=200`.

    Raises:
        ValueError: a seed does not have this argument, or its value is not a number.
    """
    name, _, number = text.partition("=")
    if name not in {field.name for field in fields(Seed)}:
        raise ValueError(text)
    return name, int(number)


def port(text: str) -> int:
    """The number of a port.

    Raises:
        ValueError: there is no such port.
    """
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def host(text: str) -> str:
    """The name of a host, with or without a port.

    Raises:
        ValueError: it is not one.
    """
    parse_host(text)
    return text


def listen(name: str, number: int) -> list[socket.socket]:
    """The sockets that listen at the addresses of a host; port 0 is any free one, the same for all of them.

    Raises:
        OSError: the port is taken, or the host is not here.
    """
    sockets: list[socket.socket] = []
    problem: OSError | None = None
    found = socket.getaddrinfo(name, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, address in dict.fromkeys((each[0], each[4][0]) for each in found):
        try:
            sockets.append(socket.create_server((str(address), number), family=family))
        except OSError as error:
            problem = error
        else:
            number = sockets[0].getsockname()[1]
    if problem and (not sockets or problem.errno == EADDRINUSE):
        raise problem
    return sockets


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m moco_async.sandbox", description="Serve a MOCO sandbox.")
    add = parser.add_argument
    add("--host", type=host, default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    add("--port", type=port, default=8000, help="the port to listen on (8000); 0 takes a free one")
    names = "another host that it is reached as, such as the name of a container, or localhost:8080"
    add("--allowed-host", type=host, action="append", default=[], metavar="HOST[:PORT]", help=names)
    add("--no-seed", action="store_true", help="begin with nothing but an administrator")
    sizes = "how large the agency is: users, projects, activities, months"
    add("--seed", nargs="+", type=size, default=[], metavar="NAME=NUMBER", help=sizes)
    add("--rate-limit", type=rate, default="15/15", help="requests/seconds, or off (15/15)")
    options = parser.parse_args()
    try:
        seed = Seed(**dict(options.seed))
    except ValueError as error:
        parser.error(str(error))
    try:
        sockets = listen(options.host, options.port)
    except (OSError, UnicodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno and error.errno > 0 else error
        sys.exit(f"The sandbox cannot listen on port {options.port} of {options.host}: {reason}")
    hosts = [*options.allowed_host, options.host]
    sandbox = Sandbox(seed=not options.no_seed and seed, rate_limit=options.rate_limit, allowed_hosts=hosts)
    announce(sandbox, options.host, sockets[0].getsockname()[1])
    with suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(sandbox.app, log_level="warning")).run(sockets)


def announce(sandbox: Sandbox, name: str, number: int) -> None:
    """Print where the sandbox is, and the lines to copy."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - that is where others reach it
    address = f"http://{f'[{reached}]' if ':' in reached else reached}:{number}"
    print(f"MOCO sandbox at {address}, key {sandbox.api_key}")
    print(f'  curl -H "Authorization: Token token={sandbox.api_key}" {address}/api/v1/projects')
    print(f"export MOCO_BASE_URL={address}/api/v1")
    print(f"export MOCO_API_KEY={sandbox.api_key}", flush=True)


if __name__ == "__main__":
    main()
