"""`python -m maintenance diff`: revisions, the report, and whether CHANGELOG.md names what breaks."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from generator.spec.bundle import bundle
from generator.writer import spec_as_json
from maintenance.__main__ import main
from maintenance.diff.python_changes import FACES
from tests.maintenance.repository import Repository, commit, git

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "generator" / "spec"
UNRELEASED = "# Changelog\n\n## 0.2.0 (unreleased)\n\n"

ERRORS = '''
__all__ = ["MocoError"]


class MocoError(Exception):
    """Whatever goes wrong."""

    hint: str
'''
TYPED = "from moco_async.errors import MocoError\n\nMocoError().hint.upper()\n"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a small package that has been released."""
    root = tmp_path_factory.mktemp("released")
    shutil.copytree(SMALL, root / "openapi")
    package = root / "src" / "moco_async"
    (package / "sandbox").mkdir(parents=True)
    (package / "__init__.py").write_text("__all__: list[str] = []\n")
    (package / "errors.py").write_text(ERRORS)
    (package / "py.typed").touch()
    (root / "tests" / "typing").mkdir(parents=True)
    (root / "tests" / "typing" / "check_calls.py").write_text(TYPED)
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0 (2026-01-31)\n\nThe first version.\n")
    write_bundle(root)
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    commit(root)
    git(root, "tag", "v0.1.0")
    return root


def write_bundle(root: Path) -> None:
    text = spec_as_json(bundle(root / "openapi" / "moco.yaml"))
    (root / "src" / "moco_async" / "sandbox" / "openapi.json").write_text(text, "utf-8")


@pytest.fixture
def repository(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Repository:
    root = tmp_path / "repository"
    shutil.copytree(released, root)
    monkeypatch.setattr("maintenance.__main__.ROOT", root)
    return Repository(root, capsys)


THINGS = "openapi/sections/things.yaml"
NAME = "        name: { type: [string, 'null'], description: Its name. }\n        from"
OWNER = "        name: { type: string, description: Its name. }\n        address"


def take_out_active(repository: Repository) -> None:
    """Take a filter out of the spec."""
    active = "        - { name: active, in: query, schema: { type: boolean, description: Only active ones. } }\n"
    repository.edit(THINGS, active, "")
    repository.edit(THINGS, "      x-together: [[from, active]]\n", "")
    write_bundle(repository.root)


def let_the_name_of_an_owner_be_null(repository: Repository) -> None:
    repository.edit(THINGS, OWNER, OWNER.replace("string", "[string, 'null']"))
    write_bundle(repository.root)


def test_the_report_has_the_weight_the_name_and_the_line(repository: Repository) -> None:
    assert repository.run("diff") == (0, "Nothing public has changed between v0.1.0 and the work tree.\n", "")
    assert repository.run("diff", "--check") == (0, "Nothing breaks since v0.1.0.\n", "")
    let_the_name_of_an_owner_be_null(repository)
    take_out_active(repository)
    repository.edit(THINGS, "description: Whose it is.", "description: Who owns it.")
    repository.edit("openapi/shared.yaml", "type: integer, description: Id of", "type: number, description: Id of")
    repository.edit("src/moco_async/errors.py", "    hint: str\n", "")
    write_bundle(repository.root)
    status, out, err = repository.run("diff")
    assert (status, err) == (0, "")
    assert (
        out
        == """\
Changes in the work tree for users of v0.1.0: 4 breaking, 5 additive, 1 documentation.

Breaking (4)
  client.things
    list(active=...) is gone                                          openapi/sections/things.yaml:8
  errors.MocoError
    hint is gone                                                   v0.1.0:src/moco_async/errors.py:8
  Owner
    name is str | None, not str                                     openapi/sections/things.yaml:184
  tests/typing
    MocoError().hint.upper() is an error to a type checker: "MocoError" has no attribute "hint"
                                                                v0.1.0:tests/typing/check_calls.py:3

Additive (5)
  client.things
    delete(id=...), document(id=...), get(id=...) and 2 more: each takes float, not int
                                                                              openapi/shared.yaml:19

Documentation (1)
  Thing
    owner is described anew                                         openapi/sections/things.yaml:158
"""
    )


def test_two_revisions_and_the_work_tree(repository: Repository) -> None:
    let_the_name_of_an_owner_be_null(repository)
    commit(repository.root)
    git(repository.root, "tag", "v0.2.0")
    take_out_active(repository)
    before = {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}

    def names(*arguments: str) -> list[str]:
        return re.findall(r"`([^`]+)`", repository.run("diff", *arguments, "--changelog")[1])

    assert names() == ["client.things.list(active=...)"], "since the last release"
    assert names("v0.1.0") == ["Owner.name", "client.things.list(active=...)"]
    assert names("v0.1.0", "--to", "v0.2.0") == ["Owner.name"]
    assert "Owner.name` is str, not str | None" in repository.run("diff", "v0.2.0", "--to", "HEAD~1", "--changelog")[1]
    found = {path: path.read_bytes() for path in repository.root.rglob("*") if path.is_file()}
    assert {path: text for path, text in found.items() if ".mypy_cache" not in path.parts} == before


def test_releases_are_the_tags_of_this_branch(repository: Repository) -> None:
    git(repository.root, "checkout", "--quiet", "-b", "aside")
    commit(repository.root)
    git(repository.root, "tag", "v9.9.9")
    git(repository.root, "checkout", "--quiet", "main")
    assert "v0.1.0" in repository.run("diff")[1]
    git(repository.root, "tag", "--delete", "v0.1.0")
    assert repository.run("diff", "--check") == (0, "There is no release yet to compare with.\n", "")
    repository.write_changelog(UNRELEASED + "## 0.1.0 (2026-01-31)\n\nThe first version.\n")
    status, out, err = repository.run("diff", "--check")
    assert (status, out) == (1, "")
    assert err.startswith("CHANGELOG.md has a section on 0.1.0, but no tag of a release is here: git fetch --tags")


def test_an_unknown_revision_is_reported_in_one_line(repository: Repository) -> None:
    assert repository.run("diff", "v7") == (2, "", "v7 is not a revision of this repository\n")
    assert repository.run("diff", "HEAD", "--to=--output=x")[2] == "--output=x is not a revision of this repository\n"
    shutil.move(repository.root / "src", repository.root / "lib")
    commit(repository.root)
    status, _, err = repository.run("diff", "v0.1.0", "--to", "HEAD")
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("HEAD has no bundled spec")


def test_a_folder_without_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("maintenance.__main__.ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["diff"]) == 2
    assert capsys.readouterr().err == f"{tmp_path} is not in a git repository\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["diff"]) == 2
    assert capsys.readouterr().err == "git is not installed\n"


def test_the_draft_is_ready_to_paste(repository: Repository) -> None:
    let_the_name_of_an_owner_be_null(repository)
    repository.edit(THINGS, "description: Whose it is.", "description: Who owns it.")
    repository.edit(THINGS, NAME, NAME.replace("[string, 'null']", "string"))
    cost = "        cost: { type: number, description: What it costs. }\n        lost_at"
    repository.edit(THINGS, "        lost_at", cost)
    write_bundle(repository.root)
    assert (
        repository.run("diff", "--changelog")[1]
        == """\
### Breaking

- `Owner.name` is str | None, not str.

### Added

- `Thing.cost`: What it costs.

### Changed

- `Thing.name` is str, not str | None.

### Documentation

- `Thing.owner` is described anew.
"""
    )


def test_a_breaking_change_has_to_be_named(repository: Repository) -> None:
    let_the_name_of_an_owner_be_null(repository)
    take_out_active(repository)
    names = ["Owner.name", "client.things.list(active=...)"]

    def refused(text: str) -> str:
        repository.write_changelog(text)
        status, out, err = repository.run("diff", "--check")
        assert (status, out) == (1, "")
        assert err.endswith("Draft the entry: python -m maintenance diff v0.1.0 --changelog\n")
        return err

    assert "has no section on what is not released yet" in refused("# Changelog\n")
    assert "v0.1.0 is released; begin a section" in refused("# Changelog\n\n## 0.1.0 (2026-01-31)\n")
    assert "the heading `### Breaking` is missing" in refused(UNRELEASED + "- `Owner.name` may be null.\n")
    everything = refused(f"{UNRELEASED}### Breaking\n\n### Added\n\n- {' '.join(f'`{name}`' for name in names)}\n")
    assert all(f"`{name}`" in everything for name in names), "named elsewhere is not named as breaking"
    assert all(f"`{name}`" in refused(f"{UNRELEASED}### Breaking\n\n- {name}.\n") for name in names), "no backticks"
    err = refused(
        f"{UNRELEASED}### Breaking\n\n- `Owner`, `client.things.list`, `{names[0]}`\n\n## 0.1.0\n`{names[1]}`"
    )
    assert [name for name in names if f"`{name}`" in err] == names[1:], "strict on names"
    assert "openapi/sections/things.yaml:8" in err

    repository.write_changelog(
        f"{UNRELEASED}Much is new.\n\n### Breaking\n\n- Check `{names[0]}` for `None`.\n"
        "- Gone: `await client.things.list(active=…, other=...)`\n\n### Added\n"
    )
    assert repository.run("diff", "--check") == (0, "2 breaking since v0.1.0, each named in CHANGELOG.md.\n", "")


def test_an_error_of_the_typing_tests_is_named_by_what_stands_in_the_line(repository: Repository) -> None:
    repository.edit("src/moco_async/errors.py", "hint: str\n", "hint: str | None\n")
    for named, status in {"`MocoError`": 0, "`MocoError.hint`": 0, "`client.things.list`": 1, "": 1}.items():
        repository.write_changelog(f"{UNRELEASED}### Breaking\n\n- {named}\n")
        assert repository.run("diff", "--check")[0] == status, named


def test_the_draft_passes_the_check(repository: Repository) -> None:
    let_the_name_of_an_owner_be_null(repository)
    take_out_active(repository)
    repository.edit("src/moco_async/errors.py", "hint: str\n", "hint: str | None\n")
    status, out, err = repository.run("diff", "--check", "--changelog")
    assert (status, "`client.things.list(active=...)` is gone" in err) == (1, True)
    repository.write_changelog(UNRELEASED + out)
    commit(repository.root)
    repository.write_changelog("# Changelog\n")
    assert repository.run("diff", "--check")[0] == 1
    assert repository.run("diff", "--check", "--to", "HEAD")[0] == 0


def test_the_section_of_a_released_version_is_closed(repository: Repository) -> None:
    """Even with its old heading; a version in the making has its date in the heading before it has a tag."""
    take_out_active(repository)
    entry = "### Breaking\n\n- `client.things.list(active=...)`\n"
    for heading, status in {
        "0.1.0 (unreleased)": 1, "0.1.0": 1, "0.2.0 (2026-12-24)": 0, "Unreleased": 0, "[Unreleased]": 0, "Later": 1,
    }.items():  # fmt: skip
        repository.write_changelog(f"# Changelog\n\n## {heading}\n\n{entry}")
        assert repository.run("diff", "--check")[0] == status, heading


def test_what_the_documentation_imports_is_public() -> None:
    files = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.py")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    found = re.findall(r"^(?:from|import) moco_async((?:\.\w+)*)", text, re.MULTILINE)
    imported = {module.removeprefix(".") for module in found}
    assert {"", "models", "webhooks", "sandbox"} <= imported <= {"models", *(path[11:] for path in FACES)}
