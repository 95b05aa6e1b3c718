"""`python -m maintenance probe`: an account read once, and what differs from the spec."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator.spec.lint import read_spec
from maintenance.__main__ import main
from maintenance.probe.command import read_only
from moco_async import MocoClient, Request, Response, Send
from moco_async.sandbox import Sandbox
from tests.sandbox.helpers import served
from tests.spec_cases import OPERATIONS

ROOT = Path(__file__).parent.parent.parent
GETS = sorted(operation.id for operation in OPERATIONS if operation.method == "GET")

Alter = Callable[[str, Any], None]
"""Changes the body of an answer, by the operation."""


@dataclass
class Probed:
    """What a run has left."""

    status: int
    out: str
    err: str
    file: Path

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def findings(self) -> set[tuple[str, str]]:
        return {(each["where"], each["kind"]) for each in self.document["findings"]}

    @property
    def outcomes(self) -> dict[str, str]:
        return {each["operation"]: each["kind"] for each in self.document["outcomes"]}


@dataclass
class Bench:
    """A sandbox in place of MOCO, and runs of the command."""

    sandbox: Sandbox
    file: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    key: str = ""

    def run(self, *arguments: str, alter: Alter | None = None) -> Probed:
        async def altered(request: Request, send: Send) -> Response:
            response = await send(request)
            await asyncio.sleep(0)  # as a socket would, unlike the sandbox in process
            if alter:
                body = response.json()
                alter(request.operation, body)
                response.content = json.dumps(body).encode()
            return response

        def from_env(**options: Any) -> MocoClient:
            options |= {"rate_limit": None, "middleware": [*options["middleware"], altered]}
            return self.sandbox.client(self.key or None, **options)

        with self.monkeypatch.context() as patched:
            patched.setattr(MocoClient, "from_env", from_env)
            status = main(["probe", "--record", str(self.file), *arguments])
        printed = self.capsys.readouterr()
        return Probed(status, printed.out, printed.err, self.file)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    monkeypatch.setattr("maintenance.__main__.read_spec", cached_spec)
    monkeypatch.setattr("moco_async._retry.FIRST_DELAY", 0)
    monkeypatch.setenv("MOCO_BASE_URL", "http://sandbox.example/api/v1")
    monkeypatch.setenv("MOCO_API_KEY", "of the sandbox")
    return Bench(Sandbox(rate_limit=None), tmp_path / "drift.jsonl", monkeypatch, capsys)


cached_spec = cache(read_spec)


def test_the_sandbox_is_as_the_spec_says(bench: Bench) -> None:
    probed = bench.run("--json")
    assert probed.status == 0
    assert probed.findings == set()
    assert probed.document["settled"] == 0
    assert Counter(probed.outcomes.values())["answered"] > 110


def test_no_operation_is_forgotten_and_none_is_called_twice(bench: Bench) -> None:
    probed = bench.run("--json")
    assert sorted(each["operation"] for each in probed.document["outcomes"]) == GETS
    skipped = {each["operation"]: each["detail"] for each in probed.document["outcomes"] if each["kind"] == "skipped"}
    assert {name for name in GETS if "pdf" in name} == skipped.keys()
    assert all(skipped.values())
    assert len({arrival.path for arrival in bench.sandbox.requests}) == len(bench.sandbox.requests)
    assert len(bench.sandbox.requests) < len(GETS) + 10


def test_it_reads_and_nothing_else(bench: Bench) -> None:
    before = json.dumps(bench.sandbox.store["projects"], default=str)
    bench.run()
    assert {arrival.method for arrival in bench.sandbox.requests} == {"GET"}
    assert json.dumps(bench.sandbox.store["projects"], default=str) == before


async def test_the_client_of_a_probe_refuses_to_write() -> None:
    sandbox = Sandbox()
    async with sandbox.client(middleware=[read_only]) as client:
        with pytest.raises(RuntimeError, match=r"reads only, and does not send units\.create"):
            await client.units.create(name="Berlin")
    assert not sandbox.requests


def test_what_differs_is_reported(bench: Bench) -> None:
    def alter(operation: str, body: Any) -> None:
        match operation:
            case "deals.list":
                body[0]["mood"] = "confidential"
            case "users.list":
                del body[0]["firstname"]
            case "units.get":
                body["name"] = None

    bench.sandbox.faults.add("projects.list", unknown="billing_variant")
    probed = bench.run("--json", alter=alter)
    assert probed.status == 1
    assert probed.findings >= {("Deal.mood", "unknown"), ("User.firstname", "missing"), ("Unit.name", "null")}
    assert {kind for where, kind in probed.findings if "BillingVariant" in where} == {"value"}
    shown = bench.run("--only", "deals", alter=alter)
    assert shown.status == 1
    assert "Deal.mood: not in the spec: text" in shown.out
    assert "confidential" not in shown.out + shown.err + shown.file.read_text()


def test_a_run_reports_what_it_has_seen_itself(bench: Bench) -> None:
    assert bench.run("--only", "fixed_costs", alter=lambda _, body: body[0].update(mood="good")).status == 1
    assert bench.run("--only", "fixed_costs").status == 0
    assert main(["drift", str(bench.file)]) == 1


def test_neither_values_nor_the_key_are_shown(bench: Bench) -> None:
    probed = bench.run()
    shown = probed.out + probed.err + probed.file.read_text()
    assert bench.sandbox.api_key not in shown
    for kind in ("projects", "users", "companies"):
        for record in bench.sandbox.store[kind].values():
            assert not [text for text in record.values() if isinstance(text, str) and " " in text and text in shown]
            assert record.get("email") is None or record["email"] not in shown


def test_an_ordinary_users_key_is_refused_here_and_there(bench: Bench) -> None:
    bench.key = bench.sandbox.keys["account, read-only"]
    assert bench.run("--json").status == 0
    bench.key = bench.sandbox.keys["luca.favre@sandbox.example"]
    probed = bench.run("--json")
    assert probed.status == 0
    assert sorted(probed.outcomes) == GETS
    assert probed.outcomes["users.list"] == "403"
    assert probed.outcomes["users.get"] == "no record"
    assert "refused (403), the key's user may not: " in bench.run().out


def test_an_empty_account_has_nothing_to_look_at(bench: Bench) -> None:
    bench.sandbox.reset(seed=False)
    probed = bench.run("--json")
    assert sorted(probed.outcomes) == GETS
    assert (probed.outcomes["projects.list"], probed.outcomes["project_tasks.get"]) == ("no rows", "no record")


def test_resources_can_be_chosen(bench: Bench) -> None:
    probed = bench.run("--json", "--only", "project_tasks")
    assert probed.outcomes == dict.fromkeys(["projects.list", "project_tasks.list", "project_tasks.get"], "answered")
    assert bench.run("--only", "boats").status == 2


def test_what_fails_is_named_without_its_message(bench: Bench) -> None:
    bench.sandbox.faults.add("deals.list", status=422, body={"message": "confidential"})
    bench.sandbox.faults.add("units.list", truncate=True)
    bench.sandbox.faults.add("tags.list", disconnect=True)
    probed = bench.run()
    assert probed.status == 1
    for line in (
        "failed, 422: deals.list",
        "failed, an answer that cannot be read: units.list",
        "no answer: tags.list",
    ):
        assert line in probed.out
    assert "confidential" not in probed.out + probed.err


def test_ctrl_c_ends_it_with_a_report(bench: Bench, default_sigint: None) -> None:
    def interrupt(operation: str, body: Any) -> None:
        if operation == "users.list":
            signal.raise_signal(signal.SIGINT)

    probed = bench.run(alter=interrupt)
    assert probed.status == 130
    assert "nothing differs from the spec" in probed.out
    assert "not called, stopped before" in probed.out
    assert "activities.list" in probed.file.read_text()


@pytest.fixture
def default_sigint() -> Iterator[None]:
    """Ctrl-C as in a terminal, wherever the tests run."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_terminal_gets_a_bar(bench: Bench) -> None:
    bench.monkeypatch.setenv("FORCE_COLOR", "1")
    assert "2/2" in bench.run("--only", "units").err


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 401}, "MOCO answers 401: check MOCO_API_KEY"),
        ({"status": 404}, "the first 6 operations failed"),
        ({"disconnect": True}, "no answer from the account of MOCO_SUBDOMAIN"),
    ],
)
def test_an_account_that_cannot_be_read_is_one_sentence(bench: Bench, fault: dict[str, Any], says: str) -> None:
    bench.sandbox.faults.add(**fault)
    probed = bench.run()
    assert (probed.status, probed.out) == (2, "")
    assert probed.err.splitlines()[-1].startswith(says)
    assert len(bench.sandbox.requests) <= 6


def test_the_environment_is_needed(bench: Bench) -> None:
    bench.monkeypatch.delenv("MOCO_API_KEY")
    assert main(["probe"]) == 2
    assert bench.capsys.readouterr().err.startswith("set MOCO_SUBDOMAIN (or MOCO_BASE_URL) and MOCO_API_KEY")
    bench.monkeypatch.setenv("MOCO_API_KEY", "")
    assert main(["probe", "--record", str(bench.file)]) == 2
    assert bench.capsys.readouterr().err == "api_key is empty\n"


def test_a_file_that_is_no_record_is_left_alone(bench: Bench) -> None:
    bench.file.write_text("Dear diary,\n")
    assert bench.run().status == 2
    assert bench.file.read_text() == "Dear diary,\n"
    assert main(["probe", "--record", str(bench.file.parent)]) == 2


async def test_as_a_command_against_a_served_sandbox(tmp_path: Path) -> None:
    sandbox = Sandbox()
    async with served(sandbox) as address:
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "maintenance", "probe", "--only", "units"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "MOCO_BASE_URL": f"{address}/api/v1"}
            | {"MOCO_API_KEY": sandbox.api_key},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
    assert process.returncode == 0
    assert "2  answered with records" in out.decode()
    assert "units.list: answered\nunits.get: answered\n" in err.decode()
    assert (tmp_path / "moco-drift.jsonl").is_file()
