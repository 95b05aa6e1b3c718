"""The workflows on GitHub: the scripts are run with a `gh` that only records its arguments."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

GH = """#!/usr/bin/env bash
echo "$@" >> "$GH_LOG"
case "$1 $2" in
  "issue list") echo "$GH_ISSUE" ;;
esac
for argument; do [ "${previous:-}" != --body-file ] || cp "$argument" "$GH_LOG.body"; previous=$argument; done
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a small spec and its environment already made; pages that agree with the spec beside it."""
    folder = tmp_path / "checkout"
    for tool in ("generator", "maintenance"):
        shutil.copytree(ROOT / tool, folder / tool, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "maintenance" / "published" / "openapi", folder / "openapi")
    (folder / "openapi" / "differences.yaml").write_text("")
    shutil.copytree(ROOT / "tests" / "maintenance" / "published" / "boats", tmp_path / "docs")
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "audit", folder / ".ci" / "audit")
    shutil.copy(ROOT / "Makefile", folder / "Makefile")
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    environment = folder / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (environment / "bin" / "python").chmod(0o755)
    (environment / ".installed").touch()
    return folder


THEIRS = "info: { version: '1' }\npaths: { /boats: { get: { tags: [Boats], responses: {} } } }\n"


def audited(checkout: Path, issue: str = "", openapi: str = THEIRS) -> tuple[int, str, str]:
    """Run the weekly audit: its exit status, what it asked of GitHub, and the body of the issue."""
    tools = checkout.parent / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(0o755)
    log = checkout.parent / "gh.log"
    log.write_text("")
    theirs = checkout.parent / "theirs.yaml"
    theirs.write_text(openapi)
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": "",
        "GH_LOG": str(log),
        "GH_ISSUE": issue,
        "MOCO_DOCS": str(checkout.parent / "docs"),
        "MOCO_OPENAPI": str(theirs),
    }
    done = subprocess.run([checkout / ".ci" / "audit"], env=environment, capture_output=True, text=True, check=False)
    body = Path(f"{log}.body")
    return done.returncode, log.read_text(), body.read_text() if body.exists() else ""


def test_a_change_of_mocos_opens_an_issue(checkout: Path) -> None:
    page = checkout.parent / "docs" / "boats.md"
    page.write_text(page.read_text().replace("- **ids**", "- **term** - text\n- **ids**"))
    status, asked, body = audited(checkout)
    assert status == 0
    assert "issue create --title MOCO has changed its API --body-file" in asked
    assert "- [ ] query parameter `term`" in body


def test_an_open_issue_is_brought_up_to_date(checkout: Path) -> None:
    page = checkout.parent / "docs" / "boats.md"
    page.write_text(page.read_text().replace("- **ids**", "- **term** - text\n- **ids**"))
    status, asked, body = audited(checkout, issue="7")
    assert status == 0
    assert "issue edit 7 --body-file" in asked
    assert "create" not in asked
    assert "`term`" in body


def test_with_nothing_to_do_the_issue_is_closed(checkout: Path) -> None:
    status, asked, _ = audited(checkout, issue="7")
    assert status == 0
    assert "issue close 7" in asked
    status, asked, _ = audited(checkout)
    assert status == 0
    assert asked.startswith("issue list")
    assert asked.count("\n") == 1


def test_an_unreadable_source_is_a_failure_and_not_an_issue(checkout: Path) -> None:
    status, asked, _ = audited(checkout, openapi="<html>503</html>")
    assert status == 2
    assert asked == ""
    (checkout / "maintenance" / "__main__.py").write_text("raise SystemExit(1)")
    status, asked, _ = audited(checkout)
    assert status == 1
    assert asked == ""


def steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = YAML(typ="safe").load(workflow)["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_run_what_there_is_and_trust_what_is_pinned(workflow: Path) -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
        for script in re.findall(r"^\s*(\.ci/\w+)", step.get("run", ""), re.MULTILINE):
            assert os.access(ROOT / script, os.X_OK)
        for target in re.findall(r"^\s*make (\w+)", step.get("run", ""), re.MULTILINE):
            assert target in targets


def test_every_pull_request_is_checked_for_generated_code_and_breaking_changes() -> None:
    commands = "\n".join(step.get("run", "") for step in steps(ROOT / ".github" / "workflows" / "check.yml"))
    assert ".ci/run" in commands
    assert 'maintenance diff "$BASE" --check' in commands
    check = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    for command in ("generator --check", "maintenance audit", "maintenance diff --check"):
        assert command in check
    assert "make check" in (ROOT / ".ci" / "run").read_text()
