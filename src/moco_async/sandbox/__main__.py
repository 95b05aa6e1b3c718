"""`python -m moco_async.sandbox` serves a sandbox."""

from __future__ import annotations

import argparse
from dataclasses import fields

import uvicorn

from .sandbox import Sandbox
from .seed import Seed


def rate(text: str) -> tuple[int, float] | None:
    """The rate limit as `requests/seconds`; `off` for None."""
    if text == "off":
        return None
    requests, _, seconds = text.partition("/")
    return int(requests), float(seconds)


def size(text: str) -> tuple[str, int]:
    """One argument of a seed, as `users=200`.

    Raises:
        ValueError: a seed does not have this argument, or its value is not a number.
    """
    name, _, number = text.partition("=")
    if name not in {field.name for field in fields(Seed)}:
        raise ValueError(text)
    return name, int(number)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m moco_async.sandbox", description="Serve a MOCO sandbox.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on (8000)")
    parser.add_argument("--no-seed", action="store_true", help="begin with nothing but an administrator")
    sizes = "how large the agency is: users, projects, activities, months"
    parser.add_argument("--seed", nargs="+", type=size, default=[], metavar="NAME=NUMBER", help=sizes)
    parser.add_argument("--rate-limit", type=rate, default="15/15", help="requests/seconds, or off (15/15)")
    options = parser.parse_args()
    try:
        seed = Seed(**dict(options.seed))
    except ValueError as error:
        parser.error(str(error))
    sandbox = Sandbox(seed=not options.no_seed and seed, rate_limit=options.rate_limit)
    address = f"http://{options.host}:{options.port}"
    print(f"MOCO sandbox at {address}, key {sandbox.api_key}")
    print(f'  curl -H "Authorization: Token token={sandbox.api_key}" {address}/api/v1/projects', flush=True)
    uvicorn.run(sandbox.app, host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
