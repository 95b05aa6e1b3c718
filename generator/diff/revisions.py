"""Trees of the past, read out of git; nothing of the checkout is touched."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

from .errors import RevisionError

__all__ = ["has_tag", "last_release", "read_file", "unpack"]

RELEASE = "v[0-9]*"
"""What tags of releases look like."""


def last_release(root: Path) -> str | None:
    """The nearest tag of a release before, or at, what is checked out; `None` if there is none.

    Raises:
        RevisionError: there is no git, or no repository.
    """
    if _git(root, "tag", "--list", RELEASE, "--merged", "HEAD").strip():
        return _git(root, "describe", "--tags", "--abbrev=0", "--match", RELEASE, "HEAD").decode().strip()
    return None


def has_tag(root: Path, tag: str) -> bool:
    """Whether there is a tag of this name."""
    return bool(_git(root, "tag", "--list", tag).strip())


def commit_of(root: Path, revision: str) -> str:
    """The id of a commit.

    Raises:
        RevisionError: there is no such revision.
    """
    try:
        return (
            _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            .decode()
            .strip()
        )
    except _FailedError:
        raise RevisionError(f"{revision} is no revision of this repository") from None


def unpack(root: Path, revision: str, folder: str, target: Path) -> None:
    """Write a folder as it was at a revision.

    Raises:
        RevisionError: there is no such revision, or it has no such folder.
    """
    commit = commit_of(root, revision)
    try:
        archive = _git(root, "archive", "--format=zip", commit, "--", folder)
    except _FailedError:
        raise RevisionError(f"{revision} has no {folder}") from None
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(target)


def read_file(root: Path, revision: str, file: str) -> str:
    """The text of a file as it was at a revision; nothing if it was not there.

    Raises:
        RevisionError: there is no such revision.
    """
    try:
        return _git(root, "show", f"{commit_of(root, revision)}:./{file}").decode()
    except _FailedError:
        return ""


class _FailedError(RevisionError):
    """A command of git's has failed."""


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise RevisionError("git is not installed") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if any("not a git repository" in line for line in said):
            raise RevisionError(f"{root} is not in a git repository")
        raise _FailedError(f"git {arguments[0]}: {said[-1] if said else f'exit status {done.returncode}'}")
    return done.stdout
