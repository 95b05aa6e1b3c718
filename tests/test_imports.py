"""The imports of all our code: declared in pyproject.toml, and in one direction between the tools."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("src", "generator", "maintenance", "tests", "benchmarks", "examples")
OURS = {"moco_async", *FOLDERS}


def imports(file: Path) -> Iterator[str]:
    """The absolute imports of a file, at any depth, by the full names of the modules."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def declared() -> set[str]:
    """The distributions that pyproject.toml names as a dependency, in an extra or in a group."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = document["project"]
    groups = [*project["optional-dependencies"].values(), *document["dependency-groups"].values()]
    entries = [entry for group in [project["dependencies"], *groups] for entry in group if isinstance(entry, str)]
    return {normalize(re.split(r"[\[<>=!~; ]", entry)[0]) for entry in entries}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_import_is_declared(folder: str) -> None:
    distributions = packages_distributions()
    undeclared = {}
    for file in (ROOT / folder).rglob("*.py"):
        beside = {each.stem for each in file.parent.glob("*.py")}
        for module in {name.partition(".")[0] for name in imports(file)} - sys.stdlib_module_names - OURS - beside:
            candidates = {normalize(name) for name in distributions.get(module, [module])}
            if not candidates & declared():
                undeclared[str(file.relative_to(ROOT))] = module
    assert undeclared == {}


def test_the_generator_does_not_import_maintenance() -> None:
    for file in (ROOT / "generator").rglob("*.py"):
        assert not [name for name in imports(file) if name.partition(".")[0] == "maintenance"], file


def test_maintenance_stands_on_the_spec_of_the_generator() -> None:
    for file in (ROOT / "maintenance").rglob("*.py"):
        used = {name for name in imports(file) if name.startswith("generator")}
        assert all(name.startswith("generator.spec.") or name == "generator.errors" for name in used), file
