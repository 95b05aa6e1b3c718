"""The rules of the sandbox's house: no import circles, faces that only export, modules and functions of a size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import moco_async.sandbox

ROOT = Path(moco_async.sandbox.__file__).parent
PACKAGE = "moco_async.sandbox"
TESTS = Path(__file__).parent


def find_modules() -> dict[str, Path]:
    """The modules of the sandbox by their names; a package's face goes by the name of the package."""
    modules: dict[str, Path] = {}
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        modules[".".join([PACKAGE, *(part for part in parts if part != "__init__")])] = file
    return modules


MODULES = find_modules()


def is_face(module: str) -> bool:
    return MODULES[module].name == "__init__.py"


def imports(module: str) -> Iterator[ast.ImportFrom | ast.Import]:
    """The imports of a module, those in functions included, those for types alone left out."""
    waiting: list[ast.AST] = [ast.parse(MODULES[module].read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom | ast.Import):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


def imported(module: str) -> set[str]:
    """The modules that a module takes something from: `from . import x` is an import of x, if x is a module."""
    found: set[str] = set()
    for node in imports(module):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
            continue
        source = node.module or ""
        if node.level:
            package = module if is_face(module) else module.rpartition(".")[0]
            parents = package.split(".")
            source = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
        submodules = {f"{source}.{alias.name}" for alias in node.names}
        found.update(submodules & MODULES.keys())
        if submodules - MODULES.keys():
            found.add(source)
    return found & MODULES.keys()


def test_no_import_circle() -> None:
    graph = {module: imported(module) for module in MODULES}
    assert sum(map(len, graph.values())) > 200, "the imports are not found"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


@pytest.mark.parametrize("module", [module for module in MODULES if module != PACKAGE])
def test_nothing_in_the_sandbox_stands_on_its_face(module: str) -> None:
    assert PACKAGE not in imported(module)


@pytest.mark.parametrize("face", [module for module in MODULES if is_face(module)])
def test_a_face_only_exports(face: str) -> None:
    for node in ast.parse(MODULES[face].read_text()).body:
        if isinstance(node, ast.Assign):
            assert ast.unparse(node.targets[0]) == "__all__"
        elif isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant)
        else:
            assert isinstance(node, ast.ImportFrom)


def test_the_rooms_stand_on_one_another_in_this_order() -> None:
    below = {
        "engine": {"engine"},
        "webhooks": {"engine", "webhooks"},
        "domains": {"engine", "domains"},
        "seed": {"engine", "domains", "seed"},
    }
    for module in MODULES:
        room = module.removeprefix(f"{PACKAGE}.").partition(".")[0]
        if room in below:
            rooms = {name.removeprefix(f"{PACKAGE}.").partition(".")[0] for name in imported(module)}
            assert rooms <= below[room], module


@pytest.mark.parametrize("file", [*ROOT.rglob("*.py"), *TESTS.glob("*.py")], ids=lambda file: file.stem)
def test_no_file_and_no_function_is_too_long(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            signature = node.body[0].lineno - node.lineno
            lines = signature + (node.end_lineno or 0) - body[0].lineno + 1
            assert lines <= 40, f"{node.name} has {lines} lines"
