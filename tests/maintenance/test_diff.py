"""`python -m maintenance diff`: every kind of change, its class, and whether CHANGELOG.md names it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.spec.bundle import bundle
from generator.writer import generate
from maintenance.__main__ import main
from maintenance.diff.annotations import Kin, Option, named
from maintenance.diff.changes import Weight, compare
from maintenance.diff.definitions import Surface
from maintenance.diff.surface import PUBLIC, read_surface

ROOT = Path(__file__).parent.parent.parent

LAZY = """
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    {imports}

__all__ = [{names}]

_MODULES: dict[str, str] = {{}}


def __getattr__(name: str) -> Any:
    raise AttributeError(name)
"""


def lazy(**modules: str) -> str:
    """A package that imports its names when they are asked for."""
    imports = "\n    ".join(f"from .{module} import {names}" for module, names in modules.items())
    names = ", ".join(f'"{name}"' for names in modules.values() for name in names.split(", "))
    return LAZY.format(imports=imports, names=names)


FILES = {
    "__init__.py": lazy(client="MocoClient", errors="MocoError, NotFoundError", paging="Pager", values="UNSET, Unset"),
    "values.py": '''
from typing import Final, Protocol


class Unset:
    """The type of `UNSET`."""


UNSET: Final = Unset()
''',
    "errors.py": '''
__all__ = ["MocoError", "NotFoundError"]


class MocoError(Exception):
    """Whatever goes wrong."""

    @property
    def hint(self) -> str:
        """What to look at."""
        return ""


class _Answered(MocoError):
    status = 0


class NotFoundError(_Answered, LookupError):
    """404."""
''',
    "paging.py": '''
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Pager(Generic[T]):
    """A list, not yet fetched."""

    async def __aiter__(self) -> AsyncIterator[T]:
        yield self._row()
''',
    "client.py": '''
from typing import Literal, Self

from .resources import Resources

AuthScheme = Literal["token", "bearer"]


class MocoClient(Resources):
    """A client.

    Args:
        subdomain: The account.
        auth: How the key is sent.
        timeout: Seconds to wait.
    """

    def __init__(
        self,
        subdomain: str | None = None,
        *,
        auth: AuthScheme = "token",
        timeout: float = 30.0,
    ) -> None:
        self._secret = auth

    def impersonate(self, user_id: int) -> Self:
        """A view."""
        return self
''',
    "resources/__init__.py": '''
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .deals import Deals
    from .tags import Tags


class Resources:
    @cached_property
    def deals(self) -> Deals:
        """Possible orders."""
        from .deals import Deals

        return Deals()

    @cached_property
    def tags(self) -> Tags:
        """Words on records."""
        from .tags import Tags

        return Tags()
''',
    "resources/deals.py": '''
import builtins
import datetime
from collections.abc import Sequence

from .. import models
from ..paging import Pager
from ..values import UNSET, Unset


class Deals:
    """Possible orders."""

    def list(
        self,
        *,
        tags: Sequence[str] | str | None = None,
        closed_from: datetime.date | str | None = None,
        page: int | None = None,
    ) -> Pager[models.Deal]:
        """List the deals.

        Args:
            tags: Only deals with these tags.
            closed_from: Only deals closed on this day or later.
            page: Number of the page.
        """
        raise NotImplementedError

    async def get(self, id: int) -> models.Deal:
        """Get one deal.

        Args:
            id: Id of the record.
        """
        raise NotImplementedError

    async def create(
        self,
        *,
        name: str,
        stage_id: int,
        info: str | None | Unset = UNSET,
        status: models.DealStatus | str | Unset = UNSET,
    ) -> models.Deal:
        """Create a deal.

        Args:
            name: Name of the deal.
            stage_id: Id of the stage.
            info: Notes about the deal.
            status: State of the deal.
        """
        raise NotImplementedError

    async def update(self, id: int, *, stage_id: int | Unset = UNSET) -> models.Deal:
        """Change a deal.

        Args:
            id: Id of the record.
            stage_id: Id of the stage.
        """
        raise NotImplementedError

    async def report(self) -> builtins.list[models.Deal]:
        """All of them."""
        raise NotImplementedError

    async def delete(self, id: int) -> None:
        """Delete a deal."""
''',
    "resources/tags.py": '''
class Tags:
    """Words on records."""

    async def replace(self, entity: str, id: int, *, tags: list[str]) -> None:
        """Replace the tags.

        Args:
            entity: Kind of record.
            id: Id of the record.
            tags: The words.
        """

    async def merge(self, id: int, into: str = "", /) -> None:
        """Merge two."""
''',
    "models/__init__.py": lazy(deal="Deal", deal_status="DealStatus", person="Person"),
    "models/deal_status.py": '''
from enum import StrEnum


class DealStatus(StrEnum):
    """State of a deal."""

    PENDING = "pending"
    WON = "won"
''',
    "models/person.py": '''
from ..values import UNSET, Unset


class Person:
    """A person.

    Attributes:
        id: Id of the person.
        name: Name of the person.
        email: Address of the person.
    """

    id: int
    name: str
    email: str | Unset = UNSET
''',
    "models/deal.py": '''
import datetime
from collections.abc import Mapping
from typing import Any, Self

from ..values import UNSET, Unset
from .deal_status import DealStatus
from .person import Person


class Deal:
    """A possible order.

    Attributes:
        id: Id of the deal.
        money: Value of the deal.
        info: Notes about the deal.
        status: State of the deal.
        closed_on: Day the deal was closed.
        user: Who is responsible.
        tags: Tags of the deal.
    """

    id: int
    money: float
    info: str | None
    status: DealStatus | str
    closed_on: datetime.date | None
    user: Person
    tags: list[str] | Unset = UNSET

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Decode it."""
        raise NotImplementedError
''',
    "custom_fields.py": '''
from typing import Protocol

__all__ = ["Definition", "encode"]


class Definition(Protocol):
    """What is needed of a definition."""

    @property
    def name(self) -> str: ...


def encode(values: dict[str, str], definition: Definition) -> dict[str, str]:
    """Values as MOCO keeps them."""
    return values
''',
    "sandbox/__init__.py": '''
from dataclasses import dataclass

from .faults import Faults

__all__ = ["Sandbox", "Seed"]


@dataclass(frozen=True)
class Seed:
    """The size of the agency."""

    users: int = 8
    months: int = 3


class Sandbox:
    """One account."""

    def __init__(self, seed: bool | Seed = True) -> None:
        self.faults = Faults()
        """What goes wrong on request."""
        self.spare = Faults()
''',
    "sandbox/faults.py": '''
class Faults:
    def add(self, operation: str = "*", *, times: int | None = None) -> None:
        """Let something go wrong."""
''',
    "sandbox/__main__.py": """
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
parser.add_argument("-p", "--port", type=int, default=8000, help="the port to listen on")
""",
    "integrations/__init__.py": "",
    "integrations/pytest.py": '''
import pytest

from ..client import MocoClient


@pytest.fixture
def moco() -> MocoClient:
    """A client."""
    return MocoClient()
''',
}

UNRELEASED = "# Changelog\n\n## 0.2.0 (unreleased)\n\n"


def git(repository: Path, *arguments: str) -> None:
    """Run git, whatever the user's own settings are."""
    identity = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false", *arguments]
    environment = {**os.environ, **identity, **settings}
    subprocess.run(command, cwd=repository, env=environment, check=True, capture_output=True)


def commit(repository: Path, message: str = "a change") -> None:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit, which is tagged."""
    root = tmp_path_factory.mktemp("released")
    write(root / "src" / "moco_async", FILES)
    write(root, {"CHANGELOG.md": "# Changelog\n\n## 0.1.0 (2026-01-31)\n\nThe first version.\n"})
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    commit(root)
    git(root, "tag", "v0.1.0")
    git(root, "gc", "--quiet")  # a few files to copy instead of many
    return root


@dataclass
class Repository:
    """A repository to be changed, and the command run in it."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace what must stand in a file of the package."""
        path = self.root / "src" / "moco_async" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def changelog(self, text: str) -> None:
        (self.root / "CHANGELOG.md").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status, output and complaints."""
        self.capsys.readouterr()
        status = main(["diff", *arguments])
        out, err = self.capsys.readouterr()
        return status, out, err

    def changes(self, *arguments: str) -> list[dict[str, Any]]:
        status, out, err = self.run(*arguments, "--json")
        assert (status, err) == (0, "")
        found: list[dict[str, Any]] = json.loads(out)["changes"]
        return found

    def listed(self, *arguments: str) -> list[str]:
        """Every change as `breaking type Deal.money`."""
        return [f"{each['class']} {each['change']} {each['name']}" for each in self.changes(*arguments)]


@pytest.fixture
def repository(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Repository:
    root = tmp_path / "repository"
    shutil.copytree(released, root)
    monkeypatch.setattr("maintenance.__main__.ROOT", root)
    return Repository(root, capsys)


DEALS, TAGS, DEAL = "resources/deals.py", "resources/tags.py", "models/deal.py"
DELETE = '''
    async def delete(self, id: int) -> None:
        """Delete a deal."""
'''
LEAD = '''
class Lead:
    """Something new."""

    id: int
'''

Edit = tuple[str, str, str]

KINDS: dict[str, tuple[list[Edit], list[str]]] = {
    "method gone": ([(DEALS, DELETE, "")], ["breaking removed client.deals.delete"]),
    "method new": (
        [(DEALS, DELETE, DELETE + DELETE.replace("delete", "archive"))],
        ["additive added client.deals.archive"],
    ),
    "private method": ([(DEALS, DELETE, DELETE + DELETE.replace("delete", "_archive"))], []),
    "resource gone": (
        [("resources/__init__.py", "def tags(", "def _tags(")],
        ["breaking removed client.tags"],
    ),
    "class of a resource renamed": (
        [
            (TAGS, "class Tags", "class Taggings"),
            ("resources/__init__.py", "-> Tags", "-> Taggings"),
            ("resources/__init__.py", "import Tags", "import Taggings"),
        ],
        [],
    ),
    "argument gone": (
        [(DEALS, "        tags: Sequence[str] | str | None = None,\n", "")],
        ["breaking removed client.deals.list(tags=...)"],
    ),
    "argument new": (
        [(DEALS, "        page: int", "        ids: int | None = None,\n        page: int")],
        ["additive added client.deals.list(ids=...)"],
    ),
    "required argument new": (
        [(DEALS, "        name: str,", "        name: str,\n        money: float,")],
        ["breaking added client.deals.create(money=...)"],
    ),
    "required now": (
        [(DEALS, "info: str | None | Unset = UNSET", "info: str | None")],
        ["breaking required client.deals.create(info=...)"],
    ),
    "optional now": (
        [(DEALS, "        stage_id: int,", "        stage_id: int | Unset = UNSET,")],
        ["additive optional client.deals.create(stage_id=...)"],
    ),
    "query argument required now": (
        [(DEALS, "page: int | None = None", "page: int")],
        ["breaking required client.deals.list(page=...)"],
    ),
    "default": (
        [("client.py", "timeout: float = 30.0", "timeout: float = 60.0")],
        ["breaking default MocoClient(timeout=...)"],
    ),
    "keyword only": (
        [(TAGS, "entity: str, id: int, *,", "entity: str, *, id: int,")],
        ["breaking passing client.tags.replace(id=...)"],
    ),
    "positional, too": (
        [(TAGS, "id: int, *, tags", "id: int, tags")],
        ["additive passing client.tags.replace(tags=...)"],
    ),
    "positional, too, and first": (
        [(TAGS, "entity: str, id: int, *, tags: list[str]", "tags: list[str], entity: str, id: int")],
        ["breaking order client.tags.replace", "additive passing client.tags.replace(tags=...)"],
    ),
    "positional only no longer": (
        [(TAGS, ", /)", ")")],
        ["additive passing client.tags.merge(id=...)", "additive passing client.tags.merge(into=...)"],
    ),
    "positional only": (
        [(TAGS, "self, entity: str,", "self, entity: str, /,")],
        ["breaking passing client.tags.replace(entity)"],
    ),
    "order": (
        [(TAGS, "entity: str, id: int", "id: int, entity: str")],
        ["breaking order client.tags.replace"],
    ),
    "order of keywords": (
        [(DEALS, "        name: str,\n        stage_id: int,", "        stage_id: int,\n        name: str,")],
        [],
    ),
    "pushed aside": (
        [(DEALS, "def get(self, id: int)", "def get(self, kind: str = '', id: int = 0)")],
        ["breaking added client.deals.get(kind=...)", "additive optional client.deals.get(id=...)"],
    ),
    "not a coroutine any more": (
        [(DEALS, "async def get", "def get")],
        ["breaking async client.deals.get"],
    ),
    "a coroutine now": (
        [("client.py", "def impersonate", "async def impersonate")],
        ["breaking async client.impersonate"],
    ),
    "paged now": (
        [(DEALS, "async def report(self) -> builtins.list[models.Deal]", "def report(self) -> Pager[models.Deal]")],
        ["breaking type client.deals.report"],
    ),
    "answer may be None": (
        [(DEALS, "def get(self, id: int) -> models.Deal:", "def get(self, id: int) -> models.Deal | None:")],
        ["breaking type client.deals.get"],
    ),
    "answer where none was": (
        [(DEALS, "def delete(self, id: int) -> None", "def delete(self, id: int) -> models.Deal")],
        ["additive type client.deals.delete"],
    ),
    "argument takes more": (
        [(DEALS, "        name: str,", "        name: str | int,")],
        ["additive type client.deals.create(name=...)"],
    ),
    "argument takes less": (
        [(DEALS, "tags: Sequence[str] | str | None", "tags: Sequence[str] | None")],
        ["breaking type client.deals.list(tags=...)"],
    ),
    "argument takes what is more general": (
        [
            (TAGS, "tags: list[str]", "tags: Sequence[str]"),
            (TAGS, "class Tags", "from collections.abc import Sequence\n\n\nclass Tags"),
        ],
        ["additive type client.tags.replace(tags=...)"],
    ),
    "argument takes no None": (
        [(DEALS, "info: str | None | Unset", "info: str | Unset")],
        ["breaking type client.deals.create(info=...)"],
    ),
    "private alias takes more": (
        [("client.py", '["token", "bearer"]', '["token", "bearer", "none"]')],
        ["additive type MocoClient(auth=...)"],
    ),
    "private alias takes less": (
        [("client.py", '["token", "bearer"]', '["token"]')],
        ["breaking type MocoClient(auth=...)"],
    ),
    "attribute gone": ([(DEAL, "    money: float\n", "")], ["breaking removed Deal.money"]),
    "attribute new": (
        [(DEAL, "    money: float\n", "    money: float\n    mood: str\n")],
        ["additive added Deal.mood"],
    ),
    "attribute nullable": ([(DEAL, "money: float", "money: float | None")], ["breaking type Deal.money"]),
    "attribute absent": ([(DEAL, "money: float", "money: float | Unset")], ["breaking type Deal.money"]),
    "attribute always there": ([(DEAL, "list[str] | Unset = UNSET", "list[str]")], ["additive type Deal.tags"]),
    "attribute narrowed": ([(DEAL, "info: str | None", "info: str")], ["additive type Deal.info"]),
    "attribute more exact": ([(DEAL, "money: float", "money: int")], ["additive type Deal.money"]),
    "attribute less exact": ([(DEAL, "id: int", "id: float")], ["breaking type Deal.id"]),
    "attribute something else": ([(DEAL, "id: int", "id: str")], ["breaking type Deal.id"]),
    "rows of an attribute": ([(DEAL, "tags: list[str]", "tags: list[str | None]")], ["breaking type Deal.tags"]),
    "enum no longer told apart": (
        [(DEAL, "status: DealStatus | str", "status: str")],
        ["breaking type Deal.status"],
    ),
    "date becomes a time": (
        [(DEAL, "datetime.date | None", "datetime.datetime | None")],
        ["breaking type Deal.closed_on"],
    ),
    "order and spelling of types": (
        [
            (DEAL, "info: str | None", "info: Optional[str]"),
            (DEAL, "status: DealStatus | str", "status: Union[str, DealStatus]"),
            (DEAL, "datetime.date | None", "None | date"),
            (DEAL, "tags: list[str] | Unset", "tags: Unset | List['str']"),
            (DEAL, "import datetime", "from datetime import date\nfrom typing import List, Optional, Union"),
        ],
        [],
    ),
    "value gone": ([("models/deal_status.py", '    WON = "won"\n', "")], ["breaking removed DealStatus.WON"]),
    "value new": (
        [("models/deal_status.py", '    WON = "won"\n', '    WON = "won"\n    LOST = "lost"\n')],
        ["additive added DealStatus.LOST"],
    ),
    "value another": ([("models/deal_status.py", '"won"', '"victory"')], ["breaking value DealStatus.WON"]),
    "model gone": (
        [("models/__init__.py", ', "Person"', ""), ("models/__init__.py", "from .person import Person", "...")],
        ["breaking removed Person"],
    ),
    "model new": (
        [
            ("models/__init__.py", '"Person"', '"Person", "Lead"'),
            ("models/__init__.py", "import Person", "import Person, Lead"),
            ("models/person.py", "class Person", LEAD + "\n\nclass Person"),
        ],
        ["additive added Lead"],
    ),
    "model moved": (
        [
            ("models/__init__.py", "from .person import Person", "from .people import Person"),
            ("models/deal.py", "from .person import", "from .people import"),
            ("models/people.py", "", FILES["models/person.py"]),
        ],
        [],
    ),
    "constructor of a model": (
        [("models/person.py", "    id: int", "    age: int\n    id: int")],
        ["additive added Person.age"],
    ),
    "base gone": ([("errors.py", "_Answered, LookupError", "_Answered")], ["breaking bases NotFoundError"]),
    "base new": (
        [("errors.py", "(Exception)", "(RuntimeError)")],
        [
            "breaking bases MocoError",
            "breaking bases NotFoundError",
            "additive bases MocoError",
            "additive bases NotFoundError",
        ],
    ),
    "private base out of the way": (
        [("errors.py", "_Answered, LookupError", "MocoError, LookupError")],
        ["breaking removed NotFoundError.status"],
    ),
    "inherited from a public class": (
        [("errors.py", "def hint(self) -> str", "def hint(self) -> str | None")],
        ["breaking type MocoError.hint"],
    ),
    "property becomes a method": ([("errors.py", "    @property\n", "")], ["breaking kind MocoError.hint"]),
    "method of syntax gone": ([("paging.py", "__aiter__", "_iterate")], ["breaking removed Pager.__aiter__"]),
    "another name gone": (
        [("errors.py", '__all__ = ["MocoError", "NotFoundError"]', '__all__ = ["MocoError"]')],
        ["breaking removed moco_async.errors.NotFoundError"],
    ),
    "all names gone": (
        [
            ("__init__.py", ', "NotFoundError"', ""),
            ("__init__.py", "MocoError, NotFoundError", "MocoError"),
            ("errors.py", '__all__ = ["MocoError", "NotFoundError"]', '__all__ = ["MocoError"]'),
        ],
        ["breaking removed NotFoundError"],
    ),
    "another name new": (
        [("custom_fields.py", '__all__ = ["', 'from .paging import Pager\n\n__all__ = ["Pager", "')],
        ["additive added moco_async.custom_fields.Pager"],
    ),
    "the only name moved": (
        [
            ("custom_fields.py", '__all__ = ["Definition", "encode"]', '__all__ = ["Definition"]'),
            ("errors.py", '__all__ = ["', 'from .custom_fields import encode\n\n__all__ = ["encode", "'),
        ],
        ["breaking renamed moco_async.custom_fields.encode"],
    ),
    "exported from elsewhere alone": (
        [("__init__.py", ', "NotFoundError"', ""), ("__init__.py", "MocoError, NotFoundError", "MocoError")],
        ["breaking removed moco_async.NotFoundError"],
    ),
    "function": (
        [("custom_fields.py", "-> dict[str, str]:", "-> dict[str, str | None]:")],
        ["breaking type encode"],
    ),
    "protocol asks more": (
        [("custom_fields.py", "\n\ndef encode", "\n    def kind(self) -> str: ...\n\n\ndef encode")],
        ["breaking added Definition.kind"],
    ),
    "field of a dataclass": (
        [("sandbox/__init__.py", "    months: int = 3\n", "")],
        ["breaking removed Seed(months=...)", "breaking removed Seed.months"],
    ),
    "method of what is described": (
        [("sandbox/faults.py", "def add", "def _add")],
        ["breaking removed Sandbox.faults.add"],
    ),
    "described now": (
        [("sandbox/__init__.py", "self.spare = Faults()", 'self.spare = Faults()\n        """Others."""')],
        ["documentation words Sandbox.spare"],
    ),
    "option gone": (
        [("sandbox/__main__.py", 'parser.add_argument("--host"', 'dict(help="--host"')],
        ["breaking removed python -m moco_async.sandbox --host"],
    ),
    "default of an option": (
        [("sandbox/__main__.py", "8000", "8080")],
        ["breaking default python -m moco_async.sandbox --port"],
    ),
    "type of an option": (
        [("sandbox/__main__.py", "type=int", "type=float")],
        ["breaking value python -m moco_async.sandbox --port"],
    ),
    "fixture gone": ([("integrations/pytest.py", "def moco(", "def _moco(")], ["breaking removed moco"]),
    "described anew": (
        [(DEALS, "tags: Only deals with these tags.", "tags: Only deals with all of these tags.")],
        ["documentation words client.deals.list(tags=...)"],
    ),
    "method described anew": (
        [(DEALS, '"""List the deals.', '"""List deals.')],
        ["documentation words client.deals.list"],
    ),
    "described in other lines": ([(DEAL, "money: Value of the deal.", "money: Value of\n            the deal.")], []),
    "deprecated": (
        [(DEAL, "money: Value", "money: Deprecated. Value")],
        ["documentation deprecated Deal.money"],
    ),
    "deprecated by decorator": (
        [
            (DEALS, "    async def get", "    @deprecated('')\n    async def get"),
            (DEALS, "import builtins", "import builtins\nfrom typing_extensions import deprecated"),
        ],
        ["documentation deprecated client.deals.get"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_has_its_class_and_its_name(kind: str, repository: Repository) -> None:
    edits, expected = KINDS[kind]
    for file, old, new in edits:
        if old:
            repository.edit(file, old, new)
        else:
            write(repository.root / "src" / "moco_async", {file: new})
    assert repository.listed("HEAD") == expected


def test_a_module_that_is_gone(repository: Repository) -> None:
    (repository.root / "src" / "moco_async" / "custom_fields.py").unlink()
    shutil.rmtree(repository.root / "src" / "moco_async" / "integrations")
    assert repository.listed() == [
        "breaking removed moco_async.custom_fields",
        "breaking removed moco_async.integrations.pytest",
    ]


RENAMES: dict[str, tuple[list[Edit], tuple[str, str]]] = {
    "argument": (
        [(DEALS, " tags: ", " labels: ")],
        ("client.deals.list(tags=...)", "client.deals.list(labels=...)"),
    ),
    "positional argument": (
        [
            (DEALS, "def get(self, id: int)", "def get(self, deal_id: int)"),
            (DEALS, "one deal.\n\n        Args:\n            id", "one deal.\n\n        Args:\n            deal_id"),
        ],
        ("client.deals.get(id=...)", "client.deals.get(deal_id=...)"),
    ),
    "attribute": (
        [(DEAL, "        money: ", "        worth: "), (DEAL, "    money: float", "    worth: float")],
        ("Deal.money", "Deal.worth"),
    ),
    "value": ([("models/deal_status.py", "WON", "CLOSED")], ("DealStatus.WON", "DealStatus.CLOSED")),
    "method": ([(DEALS, "def delete", "def destroy")], ("client.deals.delete", "client.deals.destroy")),
    "resource": ([("resources/__init__.py", "def tags", "def labels")], ("client.tags", "client.labels")),
    "function": (
        [("custom_fields.py", "encode", "write")],
        ("encode", "write"),
    ),
    "option": (
        [("sandbox/__main__.py", '"--host"', '"--address"')],
        ("python -m moco_async.sandbox --host", "python -m moco_async.sandbox --address"),
    ),
}


@pytest.mark.parametrize("kind", RENAMES)
def test_what_is_plainly_renamed_is_told_in_one_line(kind: str, repository: Repository) -> None:
    edits, (old, new) = RENAMES[kind]
    for edit in edits:
        repository.edit(*edit)
    (change,) = repository.changes()
    assert (change["class"], change["change"]) == ("breaking", "renamed")
    assert (change["name"], change["renamed_to"]) == (old, new)
    assert f"is called {new} now" in change["text"]
    assert (change["revision"], change["line"] > 0) == ("the work tree", True)


def test_what_differs_in_more_than_its_name_is_not_renamed(repository: Repository) -> None:
    repository.edit(DEAL, "    money: float", "    worth: float | None")
    assert repository.listed() == ["breaking removed Deal.money", "additive added Deal.worth"]


def test_places_are_of_the_tree_that_has_the_thing(repository: Repository) -> None:
    repository.edit(DEALS, "        tags: Sequence[str] | str | None = None,\n", "")
    repository.edit(DEALS, "        stage_id: int,", "        stage_id: str,")
    by_name = {change["name"]: change for change in repository.changes()}
    line = FILES[DEALS].splitlines().index("        tags: Sequence[str] | str | None = None,") + 1
    removed, other = by_name["client.deals.list(tags=...)"], by_name["client.deals.create(stage_id=...)"]
    assert (removed["revision"], removed["line"]) == ("v0.1.0", line)
    line = FILES[DEALS].splitlines().index("        stage_id: int,") + 1 - 1  # one line above it is gone
    assert (other["revision"], other["file"], other["line"]) == ("the work tree", f"src/moco_async/{DEALS}", line)


def test_the_report_tells_equal_changes_once(repository: Repository) -> None:
    repository.edit(DEALS, "        stage_id: int,\n", "")
    repository.edit(DEALS, ", *, stage_id: int | Unset = UNSET", "")
    repository.edit(DEAL, "money: float", "money: float | None")
    repository.edit(DEAL, "Notes about the deal", "Notes")
    repository.edit("models/deal_status.py", '    WON = "won"\n', '    LOST = "lost"\n')
    status, out, _ = repository.run()
    lines = out.splitlines()
    assert status == 0
    assert (
        lines[0] == "What is different in the work tree for who uses v0.1.0: 4 breaking, 1 additive, 1 documentation."
    )
    assert [line for line in lines if line and not line.startswith("    ")][1:] == [
        "Breaking (4)", "  client.deals", "  Deal", "  DealStatus",
        "Additive (1)", "  DealStatus",
        "Documentation (1)", "  Deal",
    ]  # fmt: skip
    told = [re.split(r"  +", line.strip())[0] for line in lines if line.startswith("    ")]
    assert told[0] == "create(stage_id=...) and update(stage_id=...): each is gone"
    assert "money may be None now: float → float | None" in told
    assert max(map(len, lines)) <= 100
    assert any(line.endswith("v0.1.0:src/moco_async/models/deal_status.py:9") for line in lines)
    assert any(line.endswith("  src/moco_async/models/deal.py:26") for line in lines)


def test_a_change_of_many_places_is_one_line(repository: Repository) -> None:
    for file in (DEAL, "models/person.py"):
        repository.edit(file, "    id: int\n", "    id: int\n    legacy: bool\n")
    repository.edit("sandbox/__init__.py", "    users: int = 8", "    legacy: bool\n    users: int = 8")
    repository.edit("errors.py", "    status = 0", "    status = 0\n    legacy: bool = True")
    status, out, _ = repository.run()
    assert status == 0
    assert (
        "  in several places\n    Deal.legacy, NotFoundError.legacy, Person.legacy and Seed.legacy: each is new" in out
    )
    assert (
        "`Deal.legacy`, `NotFoundError.legacy`, `Person.legacy` and `Seed.legacy`" in repository.run("--changelog")[1]
    )


def test_nothing_has_changed(repository: Repository) -> None:
    assert repository.run() == (0, "Nothing public has changed between v0.1.0 and the work tree.\n", "")
    assert repository.run("--check") == (0, "Nothing is breaking since v0.1.0.\n", "")
    assert repository.run("--changelog")[1].strip() == ""


def test_two_revisions_and_the_work_tree(repository: Repository) -> None:
    repository.edit(DEAL, "money: float", "money: float | None")
    commit(repository.root)
    git(repository.root, "tag", "v0.2.0")
    repository.edit(DEAL, "    info: str | None\n", "")
    before = {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}
    assert repository.listed() == ["breaking removed Deal.info"], "since the last release"
    assert repository.listed("v0.1.0") == ["breaking removed Deal.info", "breaking type Deal.money"]
    assert repository.listed("v0.1.0", "--to", "v0.2.0") == ["breaking type Deal.money"]
    assert repository.listed("v0.2.0", "--to", "HEAD~1") == ["additive type Deal.money"]
    assert "HEAD:src/moco_async/models/deal.py" in repository.run("v0.1.0", "--to", "HEAD")[1]
    assert before == {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}


def test_a_tag_of_another_branch_is_no_release_of_this_one(repository: Repository) -> None:
    git(repository.root, "checkout", "--quiet", "-b", "aside")
    commit(repository.root)
    git(repository.root, "tag", "v9.9.9")
    git(repository.root, "checkout", "--quiet", "main")
    assert "v0.1.0" in repository.run()[1]


def test_before_the_first_release_there_is_nothing_to_compare_with(repository: Repository) -> None:
    git(repository.root, "tag", "--delete", "v0.1.0")
    status, out, err = repository.run("--check")
    assert (status, err) == (0, "")
    assert "Nothing has been released yet" in out


def test_a_clone_without_the_tags_of_releases_is_noticed(repository: Repository) -> None:
    git(repository.root, "tag", "--delete", "v0.1.0")
    repository.changelog(UNRELEASED + "## 0.1.0 (2026-01-31)\n\nThe first version.\n")
    status, out, err = repository.run("--check")
    assert (status, out) == (1, "")
    assert err.startswith("CHANGELOG.md tells of 0.1.0, but there is no tag of a release here: git fetch --tags")


def test_what_is_no_revision_is_said_in_one_line(repository: Repository) -> None:
    assert repository.run("v7") == (2, "", "v7 is no revision of this repository\n")
    assert repository.run("HEAD", "--to=--output=x") == (2, "", "--output=x is no revision of this repository\n")
    shutil.move(repository.root / "src", repository.root / "lib")
    commit(repository.root)
    assert repository.run("v0.1.0", "--to", "HEAD") == (2, "", "HEAD has no src/moco_async\n")
    status, _, err = repository.run()
    assert (status, err.count("\n")) == (2, 1)


def test_a_folder_that_is_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("maintenance.__main__.ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["diff"]) == 2
    assert capsys.readouterr().err == f"{tmp_path} is not in a git repository\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["diff"]) == 2
    assert capsys.readouterr().err == "git is not installed\n"


def test_a_module_that_is_no_python_is_not_taken_for_removed(repository: Repository) -> None:
    repository.edit(DEAL, "class Deal:", "class Deal")
    assert repository.run() == (2, "", "src/moco_async/models/deal.py is no Python\n")


def test_the_draft_is_ready_to_paste(repository: Repository) -> None:
    repository.edit(DEALS, "        stage_id: int,\n", "")
    repository.edit(DEALS, ", *, stage_id: int | Unset = UNSET", "")
    repository.edit(DEALS, DELETE, DELETE + DELETE.replace("delete", "archive").replace("Delete", "Archive"))
    repository.edit(DEAL, "money: float", "money: float | None")
    repository.edit(DEAL, "info: str | None", "info: str")
    repository.edit(DEAL, "tags: Tags of the deal.", "tags: Deprecated. Words.")
    repository.edit(DEAL, "Who is responsible", "The user")
    status, out, _ = repository.run("--changelog")
    assert status == 0
    assert (
        out
        == """\
### Breaking

- `Deal.money` may be `None` now: `float → float | None`.
- `client.deals.create(stage_id=...)`, `client.deals.update(stage_id=...)`: each is gone.

### Added

- `client.deals.archive`: Archive a deal.

### Changed

- `Deal.info` is narrowed: `str | None → str`.

### Deprecated

- `Deal.tags`: Words.

### Documentation

- `Deal.user` is described anew.
"""
    )


def test_a_breaking_change_has_to_be_named(repository: Repository) -> None:
    repository.edit(DEALS, "        stage_id: int,\n", "")
    repository.edit(DEALS, ", *, stage_id: int | Unset = UNSET", "")
    repository.edit(DEAL, "    money: float\n", "    money: float | None\n    mood: str\n")
    names = ["Deal.money", "client.deals.create(stage_id=...)", "client.deals.update(stage_id=...)"]

    def refused(text: str) -> str:
        repository.changelog(text)
        status, out, err = repository.run("--check")
        assert (status, out) == (1, "")
        assert err.endswith("Draft the entry: python -m maintenance diff v0.1.0 --changelog\n")
        return err

    assert "has no section for what is not released yet" in refused("# Changelog\n")
    assert "that is released, as v0.1.0; begin a section" in refused("# Changelog\n\n## 0.1.0 (2026-01-31)\n")
    assert "there is no heading `### Breaking`" in refused(UNRELEASED + "- `Deal.money` may be null.\n")
    everything = refused(f"{UNRELEASED}### Breaking\n\n### Added\n\n- {' '.join(f'`{name}`' for name in names)}\n")
    assert all(f"`{name}`" in everything for name in names), "named elsewhere is not named as breaking"
    assert "Deal.mood" not in everything, "an addition needs no entry"
    assert all(f"`{name}`" in refused(f"{UNRELEASED}### Breaking\n\n- {name}.\n") for name in names), "no backticks"
    err = refused(
        f"{UNRELEASED}### Breaking\n\n- `Deal`, `client.deals.create`, `{names[0]}`\n\n## 0.1.0\n`{names[1]}`"
    )
    assert [name for name in names if f"`{name}`" in err] == names[1:], "strict on names"
    assert f"v0.1.0:src/moco_async/{DEALS}:" in err

    repository.changelog(
        f"{UNRELEASED}Much is new.\n\n### Breaking\n\n- Whoever used `{names[0]}` must reckon with none.\n"
        "- Gone: `await client.deals.create(stage_id=…, other=...)`, `client.deals.update( stage_id=... )`\n\n"
        "### Added\n"
    )
    status, out, err = repository.run("--check")
    assert (status, err) == (0, "")
    assert out == "3 breaking since v0.1.0, all of them named in CHANGELOG.md.\n"


def test_the_draft_passes_the_check(repository: Repository) -> None:
    for edits, _ in (
        KINDS["argument gone"],
        KINDS["type of an option"],
        KINDS["attribute nullable"],
        KINDS["base gone"],
    ):
        for edit in edits:
            repository.edit(*edit)
    for edit in RENAMES["method"][0]:
        repository.edit(*edit)
    assert repository.run("--check")[0] == 1
    repository.changelog(UNRELEASED + repository.run("--changelog")[1])
    assert repository.run("--check")[0] == 0


def test_the_section_of_a_released_version_is_closed(repository: Repository) -> None:
    """Also if nobody has changed its heading; while a release is made, its heading has its date before its tag."""
    repository.edit(DEAL, "    money: float\n", "")
    entry = "### Breaking\n\n- `Deal.money`\n"
    for heading, status in {
        "0.1.0 (unreleased)": 1, "0.1.0": 1, "0.2.0 (2026-12-24)": 0, "Unreleased": 0, "[Unreleased]": 0, "Later": 1,
    }.items():  # fmt: skip
        repository.changelog(f"# Changelog\n\n## {heading}\n\n{entry}")
        assert repository.run("--check")[0] == status, heading


def test_the_check_goes_with_a_report_and_with_another_revision(repository: Repository) -> None:
    repository.edit(DEAL, "    money: float\n", "")
    repository.changelog(f"{UNRELEASED}### Breaking\n\n- `Deal.money`\n")
    commit(repository.root)
    repository.changelog("# Changelog\n")
    assert repository.run("--check")[0] == 1
    assert repository.run("--check", "--to", "HEAD")[0] == 0
    status, out, err = repository.run("--check", "--json")
    assert (status, json.loads(out)["counts"]["breaking"]) == (1, 1)
    assert "Deal.money" in err


def test_a_change_of_the_real_spec_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A filter is taken out of a section, an attribute may be null: exactly that breaks, until CHANGELOG.md says so."""
    root = tmp_path / "repository"
    for part in ("openapi", "src"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    monkeypatch.setattr("maintenance.__main__.ROOT", root)
    git(root, "init", "--quiet", "--template=")
    commit(root)
    git(root, "tag", "v0.1.0")
    section = root / "openapi" / "sections" / "deals.yaml"
    text = section.read_text(encoding="utf-8")
    without, filters = re.subn(r"        - name: closed_to\n          in: query\n(          .*\n)+", "", text)
    nullable, attributes = re.subn(
        r"(        currency:\n          type: )string\n", r"\1[string, 'null']\n", without, count=1
    )
    assert (filters, attributes) == (1, 1)
    section.write_text(nullable, encoding="utf-8")
    generate(bundle(root / "openapi" / "moco.yaml"), root / "src" / "moco_async")
    repository = Repository(root, capsys)

    repository.changelog(UNRELEASED)
    status, out, err = repository.run("--check", "--json")
    assert status == 1
    broken = [each["name"] for each in json.loads(out)["changes"] if each["class"] == "breaking"]
    assert broken == ["Deal.currency", "client.deals.list(closed_to=...)"]
    assert "`Deal.currency` may be None now: str → str | None" in err
    assert "`client.deals.list(closed_to=...)` is gone" in err
    repository.changelog(f"{UNRELEASED}### Breaking\n\n{' and '.join(f'`{name}`' for name in broken)}\n")
    assert repository.run("--check")[0] == 0


def test_what_the_documentation_imports_is_public() -> None:
    files = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    found = re.findall(r"^(?:from|import) moco_async((?:\.\w+)*)", text, re.MULTILINE)
    imported = {module.removeprefix(".") for module in found}
    assert {"", "models", "webhooks", "sandbox"} <= imported <= set(PUBLIC)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[frozenset[str]], Surface]:
    """The surface of the small package after some of the changes above."""
    known: dict[frozenset[str], Surface] = {}

    def surface(kinds: frozenset[str]) -> Surface:
        if kinds not in known:
            files = dict(FILES)
            for kind in sorted(kinds):
                for file, old, new in KINDS[kind][0]:
                    files[file] = files[file].replace(old, new) if old else new
            folder = tmp_path_factory.mktemp("read")
            write(folder / "moco_async", files)
            known[kinds] = read_surface(folder, "moco_async", "src")
        return known[kinds]

    return surface


some_kinds = st.frozensets(st.sampled_from(sorted(KINDS)), max_size=4)


@settings(max_examples=40, deadline=None)
@given(some_kinds)
def test_a_surface_is_no_different_from_itself(
    read: Callable[[frozenset[str]], Surface], kinds: frozenset[str]
) -> None:
    assert compare(read(kinds), read(kinds)) == []


@settings(max_examples=40, deadline=None)
@given(some_kinds, some_kinds)
def test_what_one_way_removes_the_other_way_adds(
    read: Callable[[frozenset[str]], Surface], some: frozenset[str], others: frozenset[str]
) -> None:
    def gone_and_come(changes: list[Any]) -> tuple[set[str], set[str]]:
        gone = {change.name for change in changes if change.what in {"removed", "renamed"}}
        come = {change.name for change in changes if change.what == "added"}
        return gone, come | {change.renamed_to for change in changes if change.renamed_to}

    there, back = compare(read(some), read(others)), compare(read(others), read(some))
    assert gone_and_come(there) == gone_and_come(back)[::-1]
    assert all(change.weight is Weight.BREAKING for change in there if change.what == "removed")


plain = st.sampled_from(["int", "str", "None", "datetime.date", "moco_async.Deal", "Any"]).map(Option)
types = st.recursive(
    plain,
    lambda inner: st.builds(
        lambda name, union: Option(name, (union,)),
        st.sampled_from(["list", "Sequence", "Iterable"]),
        st.frozensets(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
unions = st.frozensets(types, min_size=1, max_size=4)


@given(unions, unions, unions)
def test_fitting_is_an_order(one: frozenset[Option], two: frozenset[Option], three: frozenset[Option]) -> None:
    kin = Kin({})
    assert not kin.outside(one, one)
    assert not kin.outside(one, one | two), "a union takes more than its parts"
    if not kin.outside(one, two) and not kin.outside(two, three):
        assert not kin.outside(one, three)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (Option("bool"), Option("float")),
        (Option("Literal['a']"), Option("str")),
        (Option("Literal[3]"), Option("int")),
        (Option("Literal[True]"), Option("bool")),
        (Option("list", (frozenset({Option("bool")}),)), Option("Sequence", (frozenset({Option("int")}),))),
        (Option("dict", (frozenset({Option("str")}),) * 2), Option("Mapping", (frozenset({Option("str")}),) * 2)),
        (Option("moco_async.NotFoundError"), Option("moco_async.MocoError")),
        (Option("str"), Option("object")),
    ],
)
def test_what_fits_one_way_alone(narrow: Option, wide: Option) -> None:
    kin = Kin({"moco_async.NotFoundError": {"moco_async.MocoError", "Exception"}})
    assert kin.fits(narrow, wide)
    assert not kin.fits(wide, narrow)


def test_what_is_called_has_to_be_called_in_the_same_way() -> None:
    def called(takes: str, returns: str) -> Option:
        arguments = Option("[]", (frozenset({Option(takes)}),))
        return Option("Callable", (frozenset({arguments}), frozenset({Option(returns)})))

    kin = Kin({})
    assert kin.fits(called("int", "bool"), called("int", "int"))
    assert not kin.fits(called("int", "int"), called("int", "bool"))
    assert not kin.fits(called("bool", "int"), called("int", "int"))


def test_a_type_has_one_name_wherever_it_comes_from() -> None:
    paths = ("builtins.list", "typing.List", "list")
    assert {named(path) for path in paths} == {"list"}
    assert named("typing.Sequence") == named("collections.abc.Sequence") == "Sequence"
    assert named("datetime.date") == "datetime.date"
