"""What git remembers of a repository; nothing of a checkout is touched."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from .errors import InputError


class GitError(InputError):
    """Git has not what is asked for."""


class UnknownRevisionError(GitError):
    """There is no such commit."""


class FailedError(GitError):
    """A command of git's has failed."""


def git(root: Path, *arguments: str) -> bytes:
    """What a command of git's prints.

    Raises:
        GitError: there is no git, or no repository.
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
    """The id of a commit.

    Raises:
        UnknownRevisionError: there is no such revision.
    """
    try:
        found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except FailedError:
        raise UnknownRevisionError(f"{revision} is not a revision of this repository") from None
    return found.decode().strip()


def files_at(root: Path, commit: str, *folders: str) -> dict[str, bytes]:
    """The files of a commit by their paths.

    Raises:
        FailedError: there is no such folder.
    """
    archive = git(root, "archive", "--format=tar", commit, "--", *folders)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        opened = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
        return {name: stream.read() for name, stream in opened.items() if stream}
