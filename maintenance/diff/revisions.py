"""Trees and releases of the past."""

from __future__ import annotations

from pathlib import Path

from ..git import FailedError, GitError, commit_of, files_at, git

__all__ = ["has_tag", "last_release", "read_file", "unpack"]

RELEASE = "v[0-9]*"
"""What tags of releases look like."""


def last_release(root: Path) -> str | None:
    """The nearest tag of a release before, or at, what is checked out; `None` if there is none.

    Raises:
        GitError: there is no git, or no repository.
    """
    if git(root, "tag", "--list", RELEASE, "--merged", "HEAD").strip():
        return git(root, "describe", "--tags", "--abbrev=0", "--match", RELEASE, "HEAD").decode().strip()
    return None


def has_tag(root: Path, tag: str) -> bool:
    """Whether there is a tag of this name."""
    return bool(git(root, "tag", "--list", tag).strip())


def unpack(root: Path, revision: str, folder: str, target: Path) -> None:
    """Write a folder as it was at a revision.

    Raises:
        GitError: there is no such revision, or it has no such folder.
    """
    try:
        files = files_at(root, commit_of(root, revision), folder)
    except FailedError:
        raise GitError(f"{revision} has no {folder}") from None
    for name, content in files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def read_file(root: Path, revision: str, file: str) -> str:
    """The text of a file as it was at a revision; nothing if it was not there.

    Raises:
        GitError: there is no such revision.
    """
    try:
        return git(root, "show", f"{commit_of(root, revision)}:./{file}").decode()
    except FailedError:
        return ""
