"""Releases, and the files of a revision or of the work tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..git import git, read_files, resolve_commit

_RELEASES = "v[0-9]*"
_PARTS = ("src/moco_async", "tests/typing", "CHANGELOG.md")


def find_last_release(root: Path) -> str | None:
    """The nearest tag of a release at or before the commit that is checked out; `None` if there is none.

    Raises:
        GitError: git is missing, or there is no repository.
    """
    if git(root, "tag", "--list", _RELEASES, "--merged", "HEAD").strip():
        return git(root, "describe", "--tags", "--abbrev=0", "--match", _RELEASES, "HEAD").decode().strip()
    return None


def has_tag(root: Path, tag: str) -> bool:
    """Whether a tag of this name exists."""
    return bool(git(root, "tag", "--list", tag).strip())


@contextmanager
def checkout(root: Path, revision: str | None) -> Iterator[Path]:
    """A folder with the code, the typing tests and the changelog of a revision; without one, the work tree.

    Raises:
        GitError: there is no such revision.
    """
    if revision is None:
        yield root
        return
    commit = resolve_commit(root, revision)
    with TemporaryDirectory() as folder:
        for part in _PARTS:
            for name, content in read_files(root, commit, part).items():  # the revision may lack one
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        yield Path(folder)
