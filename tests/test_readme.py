"""The README is true: what it calls exists, what it names can be made, and its examples run."""

from __future__ import annotations

import ast
import inspect
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import moco_async
from moco_async import MocoClient, RateLimit
from moco_async.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def calls_of_client(block: str) -> list[ast.Call]:
    """Calls like `client.projects.list(...)` and `client.impersonate(1).activities.create(...)`."""
    tree = compile(block, "README.md", "exec", flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if re.match(r"client\.(impersonate\(\d+\)\.)?\w+\.\w+\(", ast.unparse(call))]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_call_takes_these_arguments(block: str) -> None:
    client = MocoClient("mycompany", api_key="key")
    for call in calls_of_client(block):
        if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Attribute):
            continue
        method = getattr(getattr(client, call.func.value.attr), call.func.attr)
        keywords: dict[str, Any] = {keyword.arg: None for keyword in call.keywords if keyword.arg}
        inspect.signature(method).bind(*call.args, **keywords)


def test_there_are_calls_to_check() -> None:
    assert sum(len(calls_of_client(block)) for block in BLOCKS) >= 10


async def test_the_first_example_prints_the_months_activities(capsys: pytest.CaptureFixture[str]) -> None:
    """Word for word, but for the account: the sandbox stands for MOCO."""
    today = date.today()
    program = BLOCKS[0].replace('MocoClient("mycompany", api_key="...")', "sandbox.client()")
    program = program.replace("2026, 1, 1", f"{today.year - 1}, 1, 1").replace("2026, 1, 31", f"{today.year}, 12, 31")
    program = program.replace("asyncio.run(main())", "")
    names: dict[str, Any] = {"sandbox": Sandbox(rate_limit=None)}
    exec(program, names)  # noqa: S102  # our own README
    await names["main"]()
    assert len(capsys.readouterr().out.splitlines()) > 100


async def test_the_sandbox_example_runs() -> None:
    (block,) = [block for block in BLOCKS if "sandbox = Sandbox()" in block]
    body = "\n".join(f"    {line}" for line in block.splitlines())
    names: dict[str, Any] = {}
    exec(f"async def main():\n{body}", names)  # noqa: S102  # our own README
    await names["main"]()


def test_the_tree_of_errors_is_the_one_there_is() -> None:
    for name in re.findall(r"\b[A-Z]\w+Error\b", README):
        assert hasattr(moco_async, name)


def test_the_commands_it_names_can_be_made() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    for target in re.findall(r"make (\w+)", (ROOT / ".ci" / "run").read_text()):
        assert f"make {target}" in README


def test_the_files_it_links_are_there() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_plans_are_as_it_says() -> None:
    assert (RateLimit(120, 120), RateLimit(1200, 120)) == (RateLimit.STANDARD, RateLimit.UNLIMITED_PLAN)
