"""Fixtures of the audit's tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maintenance.__main__ import SPEC
from maintenance.audit.facts import Source
from maintenance.audit.inventory import read_inventory
from tests.maintenance.repository import edit, git

BOATS = Path(__file__).parent / "published"


@pytest.fixture(scope="module")
def recorded() -> list[Source]:
    return read_inventory(SPEC.parent / "inventory.json")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, nothing known, and pages that agree with it."""
    shutil.copytree(BOATS / "openapi", tmp_path / "openapi")
    shutil.copytree(BOATS / "boats", tmp_path / "docs")
    (tmp_path / "openapi" / "differences.yaml").write_text("")
    monkeypatch.setattr("maintenance.__main__.SPEC", tmp_path / "openapi" / "moco.yaml")
    return tmp_path


@pytest.fixture
def docs_repository(folder: Path) -> Path:
    """A repository of the docs: a parameter is renamed, prose changes, an attribute and an operation are added."""
    docs = folder / "docs"
    page = docs / "boats.md"
    edit(page, "- **status** –", "- **state** –")
    git(docs, "init", "--quiet")
    git(docs, "add", ".")
    git(docs, "commit", "--quiet", "-m", "begin", day="2025-01-02")
    edit(page, "- **state** –", "- **status** –")
    git(docs, "commit", "--quiet", "-am", "rename", day="2025-02-03")
    edit(page, "Returns an array of boats", "Returns an array of all boats")
    git(docs, "commit", "--quiet", "-am", "words", day="2025-02-04")
    (docs / "style.css").write_text("")
    git(docs, "add", ".")
    git(docs, "commit", "--quiet", "-m", "no page", day="2025-02-05")
    edit(page, '"name": "Anna",', '"name": "Anna",\n  "mast": 2,')
    page.write_text(page.read_text() + "\n## DELETE /boats/{id}\n")
    git(docs, "commit", "--quiet", "-am", "more", day="2025-02-06")
    return docs
