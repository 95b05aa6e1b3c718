"""The breaking changes of hand-written code: a small package with a face, attrs classes and dataclasses."""

from __future__ import annotations

from pathlib import Path

import pytest

from maintenance.diff import typing_tests
from maintenance.diff.python_changes import FACES, Tree, compare
from maintenance.errors import InputError

ROOT = Path(__file__).parent.parent.parent

FILES = {
    "__init__.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import MocoClient, Send
    from .errors import MocoError
    from .limit import RateLimit

__all__ = ["MocoClient", "MocoError", "RateLimit", "Send"]
""",
    "client.py": """
from .resources import Resources

__all__ = ["MocoClient", "Send", "helper"]
Send = str

def helper() -> None: ...

class MocoClient(Resources):
    def __init__(self, subdomain: str, *, timeout: float = 60, rate_limit: "RateLimit | None" = None) -> None: ...
    async def request(self, method: str, path: str) -> str: ...
    def _private(self) -> None: ...
""",
    "errors.py": """
__all__ = ["MocoError"]

class MocoError(Exception):
    hint: str
""",
    "limit.py": """
import attrs

@attrs.frozen
class RateLimit:
    requests: int
    seconds: float
    name: str = attrs.field(default=attrs.Factory(lambda limit: "x", takes_self=True))

    def __attrs_post_init__(self) -> None: ...
""",
    "resources/__init__.py": "class Resources:\n    deals: int\n",
    "models/__init__.py": "__all__ = ['Deal']",
    "webhooks/__init__.py": "from .event import Deleted, Event\n__all__ = ['Deleted', 'Event']\n",
    "webhooks/event.py": """
import attrs

@attrs.frozen
class Deleted:
    id: int
    custom_properties: dict[str, str] = attrs.field(factory=dict)
    _raw: str = attrs.field(default="", kw_only=True)

class Event:
    @property
    def payload(self) -> str: ...
""",
    "integrations/__init__.py": "",
    "integrations/pytest.py": "import pytest\n\n@pytest.fixture\ndef moco_client() -> str: ...\n",
}

CLIENT, EVENT, LIMIT = "client.py", "webhooks/event.py", "limit.py"
DATACLASS = """
from dataclasses import dataclass

@dataclass(frozen=True)
class RateLimit:
    requests: int
    seconds: float
    name: str = ""

    def __post_init__(self) -> None: ...
"""

# fmt: off
CHANGES: dict[str, tuple[str, str, str, list[str]]] = {
    "argument gone": (CLIENT, "timeout: float = 60, ", "", ["breaking MocoClient(timeout=...) is gone"]),
    "argument new": (CLIENT, "timeout: float = 60, ", "timeout: float = 60, drift: int = 0, ", []),
    "argument new and required": (
        CLIENT, "path: str", "path: str, body: str", ["breaking MocoClient.request(body=...) is new, and required"]),
    "argument required": (CLIENT, "float = 60", "float", ["breaking MocoClient(timeout=...) is required"]),
    "another default": (CLIENT, "float = 60", "float = 30", ["breaking MocoClient(timeout=...) has another default"]),
    "arguments in another order": (
        CLIENT, "method: str, path: str", "path: str, method: str",
        [f"breaking MocoClient.request({name}=...) has another position" for name in ("method", "path")]),
    "argument by name alone": (
        CLIENT, "path: str", "*, path: str", ["breaking MocoClient.request(path=...) is passed in another way"]),
    "method gone": (CLIENT, "async def request", "async def _request", ["breaking MocoClient.request is gone"]),
    "attribute gone": ("errors.py", "hint: str", "...", ["breaking MocoError.hint is gone"]),
    "attribute that is a method": (
        EVENT, "    @property\n", "", ["breaking webhooks.Event.payload is something else"]),
    "base class gone": ("errors.py", "(Exception)", "", ["breaking MocoError has fewer base classes"]),
    "export gone": ("__init__.py", '"MocoError", ', "", ["breaking MocoError is gone"]),
    "export of nothing": ("__init__.py", '"MocoError", ', '"MocoError", "Unset", ', []),
    "exported from elsewhere": ("__init__.py", "from .limit import", "from ._limit import", []),
    "private": (CLIENT, "    def _private(self) -> None: ...\n", "", []),
    "not exported": (CLIENT, "def helper", "def help", []),
    "generated": ("resources/__init__.py", "deals: int", "offers: int", []),
    "an attrs class gets a field": (
        EVENT, "    id: int\n", "    kind: str\n    id: int\n",
        [*(f"breaking webhooks.Deleted({name}=...) has another position" for name in ("custom_properties", "id")),
         "breaking webhooks.Deleted(kind=...) is new, and required"]),
    "an attrs class loses a field": (
        EVENT, '    _raw: str = attrs.field(default="", kw_only=True)\n', "",
        ["breaking webhooks.Deleted(raw=...) is gone"]),
    "an attrs class becomes a dataclass": (LIMIT, FILES[LIMIT], DATACLASS, []),
    "fixture gone": (
        "integrations/pytest.py", "def moco_client", "def _client",
        ["breaking integrations.pytest.moco_client is gone"]),
}
# fmt: on


def tree(folder: Path, files: dict[str, str], label: str = "src/") -> Tree:
    for name, text in files.items():
        file = folder / "moco_async" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Tree(folder, label)


def compared(folder: Path, files: dict[str, str]) -> list[str]:
    old, new = tree(folder / "old", FILES, "v1:src/"), tree(folder / "new", files)
    return sorted(f"{each.weight} {each.name} {each.text}" for each in compare(old, new))


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_has_its_name(kind: str, tmp_path: Path) -> None:
    file, old, new, expected = CHANGES[kind]
    assert old in FILES[file]
    files = {**FILES, file: FILES[file].replace(old, new)}
    if "._limit" in new:
        files["_limit.py"] = files.pop(LIMIT)
    assert compared(tmp_path, files) == expected


def test_modules_come_and_go(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if "webhooks" not in name}
    files["files.py"] = '__all__ = ["File"]\n\n\nclass File: ...\n'
    assert compared(tmp_path, files) == ["additive moco_async.files is new", "breaking moco_async.webhooks is gone"]


def test_a_change_is_located_in_the_tree_that_has_the_thing(tmp_path: Path) -> None:
    text = FILES[EVENT].replace("payload", "body").replace("    id: int\n", "    id: int\n    kind: str\n")
    old, new = tree(tmp_path / "old", FILES, "v1:src/"), tree(tmp_path / "new", {**FILES, EVENT: text})
    found = {each.name: each.location for each in compare(old, new)}
    assert found["webhooks.Event.payload"] == "v1:src/moco_async/webhooks/event.py:12"
    assert found["webhooks.Deleted(kind=...)"] == "src/moco_async/webhooks/event.py:4"


def test_a_tree_that_is_not_python_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="v1:src/moco_async cannot be read"):
        tree(tmp_path, {}, "v1:src/")


def test_the_package_does_not_differ_from_itself() -> None:
    source = Tree(ROOT / "src", "src/")
    assert list(compare(source, source)) == []
    exported = {path: source.face(path) for path in FACES}
    assert all(face and face.members for face in exported.values()), "every face exports something"


def test_typing_tests_of_before_see_another_signature(tmp_path: Path) -> None:
    package = tmp_path / "src" / "moco_async"
    package.mkdir(parents=True)
    (package / "py.typed").touch()
    (package / "__init__.py").write_text("def price() -> float: ...\n")
    tests = tmp_path / "tests"
    tests.mkdir()
    assert list(typing_tests.check(tests, tmp_path / "src", "v1")) == []
    (tests / "check_calls.py").write_text(
        "from typing import assert_type\nfrom moco_async import price\nassert_type(price(), float)\n"
    )
    assert list(typing_tests.check(tests, tmp_path / "src", "v1")) == []
    (package / "__init__.py").write_text("def price() -> float | None: ...\n")
    (change,) = typing_tests.check(tests, tmp_path / "src", "v1")
    assert (change.weight, change.name) == ("breaking", "assert_type(price(), float)")
    assert change.text == 'is an error to a type checker: Expression is of type "float | None", not "float"'
    assert change.location == "v1:tests/typing/check_calls.py:3"
