"""Read access to git repositories; checkouts are not touched, and a repository's configuration runs nothing."""

from __future__ import annotations

import io
import os
import re
import subprocess
from pathlib import Path, PurePosixPath

from .errors import InputError

SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.sshCommand=false"),
    *("-c", "log.showSignature=false", "-c", "diff.external=", "-c", "core.pager=cat", "-c", "core.askPass="),
    *("--no-pager", "--no-replace-objects"),
)
"""What overrides the configuration of a repository that is read; a clone has only that of the user."""
SECONDS = 120
"""How long a command may take."""
LARGEST = 64_000_000
"""The size in bytes of all files that are read at once."""

_USERS = re.compile(r"(?!GIT_)|GIT_(ASKPASS|SSH|SSL|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|CEILING)")


class GitError(InputError):
    """A revision or a repository that git does not have."""


class UnknownRevisionError(GitError):
    """A revision that does not exist."""


class FailedError(GitError):
    """A git command that failed."""


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """The output of a git command that reads a repository, or makes one.

    Raises:
        GitError: git is not installed, or there is no repository, or it takes too long.
        FailedError: the command failed, for a reason of its own.
    """
    clones = arguments[0] == "clone"
    environment = {name: value for name, value in os.environ.items() if _USERS.match(name)}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    environment["GIT_ALLOW_PROTOCOL"] = "file:git:http:https:ssh" if clones else "none"
    command = ["git", "-C", str(root), *(() if clones else SAFE), *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, env=environment, timeout=SECONDS)
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} takes longer than {SECONDS} seconds") from None
    except ValueError:  # a null byte in an argument
        raise FailedError(f"git {arguments[0]}: an argument is not text") from None
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


def describe_commit(root: Path, commit: str) -> str:
    """The short id and the day of a commit."""
    return git(root, "rev-list", "-1", "--no-commit-header", "--format=%h %cs", commit).decode().strip()


def read_files(root: Path, commit: str, *folders: str, suffix: str = "") -> dict[str, bytes]:
    """The content of the files of a commit by path, as they were committed: no attribute hides or changes one.

    Raises:
        GitError: they are too large, or one of them is missing or leads out of the repository.
    """
    files: dict[str, tuple[str, int]] = {}
    for entry in git(root, "ls-tree", "-r", "-z", "-l", commit, "--", *folders).split(b"\0")[:-1]:
        head, _, path = entry.partition(b"\t")
        mode, _, blob, size = head.decode().split()
        name = path.decode(errors="backslashreplace")
        if mode.startswith("100") and name.endswith(suffix):
            if ".." in PurePosixPath(name).parts or name.startswith("/"):
                raise GitError(f"{name} leads out of the repository")
            files[name] = blob, int(size) if size.isdecimal() else 0
    if sum(size for _, size in files.values()) > LARGEST:
        raise GitError(f"the files are larger than {LARGEST // 1_000_000} MB")
    content = git(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob, _ in files.values()).encode())
    found: dict[str, bytes] = {}
    stream = io.BytesIO(content)
    for name in files:
        size = stream.readline().split()[-1].decode()
        if not size.isdecimal():
            raise GitError(f"{name} is missing in the repository")
        found[name] = stream.read(int(size))
        stream.read(1)
    return found
