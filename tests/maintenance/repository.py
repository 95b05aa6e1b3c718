"""A git repository to be changed, and `python -m maintenance` run in it."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from maintenance.__main__ import main

SECONDS = 120
"""How long a command may take that reads something hostile."""


def git(folder: Path, *arguments: str, day: str = "2025-02-03") -> str:
    """The output of a git command, as an author without a configuration runs it."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _author(day).items()}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _author(day: str) -> dict[str, str]:
    return {"NAME": "A", "EMAIL": "a@example.com", "DATE": f"{day}T12:00:00Z"}


def commit(folder: Path, message: str = "change", *, day: str = "2025-02-03") -> None:
    """Commit everything in a folder."""
    git(folder, "add", "--all", day=day)
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message, day=day)


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that a file has to contain."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@dataclass
class Repository:
    """A repository with a package and its spec."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def edit(self, file: str, old: str, new: str) -> None:
        edit(self.root / file, old, new)

    def write_changelog(self, text: str) -> None:
        (self.root / "CHANGELOG.md").write_text(text, "utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of a command."""
        self.capsys.readouterr()
        status = main([*arguments])
        out, err = self.capsys.readouterr()
        return status, out, err


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence that a command ends with."""
    capsys.readouterr()
    before = time.monotonic()
    assert main([*arguments]) == 2
    assert time.monotonic() - before < SECONDS
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err
