"""`python -m moco_async.sandbox`: what it prints, and when."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from moco_async import MocoClient
from moco_async.sandbox.__main__ import main, rate

COMMAND = [sys.executable, "-m", "moco_async.sandbox", "--no-seed"]


@contextmanager
def serving(*arguments: str) -> Iterator[list[str]]:
    """The lines that a sandbox prints which then listens."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout
        try:
            yield [process.stdout.readline().rstrip("\n") for _ in range(4)]
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
    assert rest == "", "it ends without a traceback"


async def test_it_says_where_it_really_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving("--port", "0", "--allowed-host", "moco") as (where, curl, base_url, key):
        address = where.split()[3].rstrip(",")
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", address)
        assert f"{address}/api/v1/projects" in curl
        for line in (base_url, key):
            name, _, value = line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value)
        async with MocoClient.from_env() as moco:
            assert [user.firstname for user in await moco.users.list()] == ["Sandra"]
        async with httpx.AsyncClient(base_url=address) as client:
            assert (await client.get("/admin", headers={"Host": "moco"})).status_code == 200
            assert (await client.get("/admin", headers={"Host": "evil"})).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::"])  # noqa: S104
def test_it_prints_an_address_that_can_be_opened(host: str) -> None:
    with serving("--port", "0", "--host", host) as (where, *_):
        address = where.split()[3].rstrip(",")
        assert httpx.get(f"{address}/admin", trust_env=False).status_code == 200


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = str(other.getsockname()[1])
        done = subprocess.run([*COMMAND, "--port", number], capture_output=True, text=True, check=False)
    said = f"The sandbox cannot listen on port {number} of 127.0.0.1: Address already in use\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "a" * 64])
def test_a_host_that_is_not_here_is_one_sentence(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sandbox", "--host", host])
    with pytest.raises(SystemExit, match=r"^The sandbox cannot listen on port 8000 of .*: [^\n]*$"):
        main()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "-1"],
        ["--port", "65536"],
        ["--port", "http"],
        ["--host", ""],
        ["--allowed-host", "http://moco"],
        *(["--rate-limit", text] for text in ("0/15", "-1/15", "15", "15/0", "15/nan", "15/inf", "9999999999999/1")),
    ],
)
def test_what_makes_no_sense_is_answered_with_the_usage(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sandbox", *arguments])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert arguments[0] in capsys.readouterr().err


def test_a_rate_limit() -> None:
    assert (rate("120/60"), rate("off")) == ((120, 60.0), None)
