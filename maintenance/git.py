"""Read access to git repositories; checkouts are not touched."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from .errors import InputError


class GitError(InputError):
    """A revision or a repository that git does not have."""


class UnknownRevisionError(GitError):
    """A revision that does not exist."""


class FailedError(GitError):
    """A git command that failed."""


def git(root: Path, *arguments: str) -> bytes:
    """The output of a git command.

    Raises:
        GitError: git is not installed, or there is no repository.
        FailedError: the command failed, for a reason of its own.
    """
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if any("not a git repository" in line or "cannot change to" in line for line in said):
            raise GitError(f"{root} is not in a git repository")
        raise FailedError(f"git {arguments[0]}: {said[-1] if said else f'exit status {done.returncode}'}")
    return done.stdout


def resolve_commit(root: Path, revision: str) -> str:
    """The id of the commit that a revision names.

    Raises:
        UnknownRevisionError: there is no such revision.
    """
    try:
        found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except FailedError:
        raise UnknownRevisionError(f"{revision} is not a revision of this repository") from None
    return found.decode().strip()


def read_files(root: Path, commit: str, *folders: str) -> dict[str, bytes]:
    """The content of the files of a commit by path.

    Raises:
        FailedError: there is no such folder.
    """
    archive = git(root, "archive", "--format=tar", commit, "--", *folders)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        opened = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: stream.read() for name, stream in opened.items() if stream}
