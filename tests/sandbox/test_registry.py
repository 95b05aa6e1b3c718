"""The registry of what is peculiar about resources: what it refuses, and where registrations stand."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from moco_async.sandbox import domains
from moco_async.sandbox.engine import registry
from moco_async.sandbox.engine.spec import bundled

DOMAINS = Path(domains.__file__).parent
RESOURCES = {operation.resource for operation in bundled().operations}


@pytest.mark.parametrize(
    ("register", "names", "message"),
    [
        (registry.operation, ["projects.archve"], "no operation 'projects.archve'; did you mean 'projects.archive'?"),
        (registry.before_save, ["project"], "no collection 'project'; did you mean 'projects'?"),
        (registry.before_delete, ["project"], "no collection 'project'; did you mean 'projects'?"),
        (registry.computed, ["user", "name"], "no collection 'user'; did you mean 'users'?"),
        (registry.computed, ["purchases/item", "vat"], "did you mean 'purchases/items'?"),
        (registry.list_filter, ["projects", "leader"], "'projects?leader'; did you mean 'projects?leader_id'?"),
    ],
)
def test_what_the_spec_does_not_have_is_refused_with_the_nearest_name(
    register: Callable[..., Any], names: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match="the spec has no") as caught:
        register(*names)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("register", "names", "described"),
    [
        (registry.operation, ["units.list", "projects.archive"], "'projects.archive' is registered twice"),
        (registry.before_save, ["projects"], "'projects' is registered twice"),
        (registry.before_delete, ["projects"], "'projects' is registered twice"),
        (registry.computed, ["projects", "labels"], "'projects.labels' is registered twice"),
        (registry.list_filter, ["projects", "leader_id"], "'projects.leader_id' is registered twice"),
    ],
)
def test_a_second_registration_is_refused(register: Callable[..., Any], names: list[str], described: str) -> None:
    def second() -> None: ...

    with pytest.raises(ValueError, match="registered twice") as caught:
        register(*names)(second)
    assert described in str(caught.value)
    assert "moco_async.sandbox.domains." in str(caught.value)
    assert "test_registry" in str(caught.value)
    assert "units.list" not in registry.OPERATIONS


def registrations(module: Path) -> Iterator[tuple[str, str]]:
    """What a module registers something for: the name of the decorator, and an operationId, collection or resource."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            named = node.args if node.func.id == "operation" else node.args[:1]
            if node.func.id in {"operation", "before_save", "before_delete", "computed", "list_filter"}:
                yield from ((node.func.id, ast.literal_eval(argument)) for argument in named)


def resources_by_collection() -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for operation in bundled().operations:
        found[operation.collection].add(operation.resource)
        found[f"{operation.collection}/items"].add(operation.resource)
    return found


@pytest.mark.parametrize("module", sorted(DOMAINS.glob("[a-z]*.py")), ids=lambda module: module.stem)
def test_what_is_registered_for_a_resource_stands_in_the_module_of_its_name(module: Path) -> None:
    owners = resources_by_collection()
    assert module.stem in RESOURCES
    for decorator, name in registrations(module):
        resources = {
            "operation": {name.partition(".")[0]},
            "list_filter": {name},
        }.get(decorator, owners[name])
        assert module.stem in resources, f"{decorator}({name!r}) belongs to {resources}"


@pytest.mark.parametrize("module", sorted(DOMAINS.glob("_[a-z]*.py")), ids=lambda module: module.stem)
def test_shared_helpers_register_nothing(module: Path) -> None:
    assert list(registrations(module)) == []


def test_every_domain_is_imported() -> None:
    assert {module.stem for module in DOMAINS.glob("[a-z]*.py")} <= set(vars(domains))
