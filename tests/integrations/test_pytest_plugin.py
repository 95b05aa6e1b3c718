"""The pytest plugin in sample projects, and the page that documents it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parent.parent.parent / "docs" / "testing.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
PLUGIN = "moco_async.integrations.pytest"

BOOKING = """
async def test_state_is_kept(moco, moco_sandbox):
    project = (await moco.projects.list())[0]
    await moco.projects.update(project.id, name="Neu")
    assert (await moco.projects.get(project.id)).name == "Neu"
    assert moco_sandbox.store["projects"][project.id]["name"] == "Neu"

async def test_every_test_has_an_account_of_its_own(moco):
    assert "Neu" not in [project.name for project in await moco.projects.list()]

async def test_there_is_no_rate_limit(moco):
    for _ in range(40):
        await moco.session.get()
"""


STRICT = ["-W", "error", "-p", "no:schemathesis"]
ASYNCIO = [*STRICT, "-o", "asyncio_default_fixture_loop_scope=function", "-o"]
NO_ASYNCIO = [*STRICT, "-p", "no:asyncio"]


def marked(program: str, mark: str) -> str:
    return "import pytest\n" + program.replace("async def test", f"@pytest.mark.{mark}\nasync def test")


@pytest.mark.parametrize(
    ("program", "options"),
    [
        (BOOKING, [*ASYNCIO, "asyncio_mode=auto"]),
        (marked(BOOKING, "asyncio"), [*ASYNCIO, "asyncio_mode=strict"]),
        (marked(BOOKING, "anyio") + "\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n", NO_ASYNCIO),
    ],
    ids=["asyncio auto", "asyncio strict", "anyio"],
)
def test_the_fixtures_serve_any_plugin(pytester: pytest.Pytester, program: str, options: list[str]) -> None:
    pytester.makepyfile(program)
    result = pytester.runpytest(*options)
    result.assert_outcomes(passed=3)


def test_they_serve_tests_without_a_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio

        def test(moco, moco_sandbox):
            assert asyncio.run(moco.profile.get()).email == moco_sandbox.store["users"][1]["email"]
            assert asyncio.run(moco.profile.get()).email == moco_sandbox.store["users"][1]["email"]
        """
    )
    pytester.runpytest(*NO_ASYNCIO).assert_outcomes(passed=1)


def test_the_documented_examples_pass(pytester: pytest.Pytester) -> None:
    """Verbatim, in a separate process."""
    backend, test_backend, other_account = BLOCKS
    pytester.makepyfile(backend=backend, test_backend=test_backend, test_other_account=other_account)
    pytester.runpytest_subprocess(*ASYNCIO, "asyncio_mode=strict").assert_outcomes(passed=4)


def test_the_plugin_imports_nothing_heavy() -> None:
    program = f"""
import sys, pytest
before = set(sys.modules)
import {PLUGIN}
print(sorted(name for name in set(sys.modules) - before if not name.startswith("_")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(["moco_async", "moco_async.integrations", PLUGIN])
