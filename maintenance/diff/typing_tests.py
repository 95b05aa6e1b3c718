"""The typing tests of an older revision, checked by mypy against newer code.

They see what neither the spec nor the names of hand-written code show: a template that writes other signatures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from ..errors import InputError
from .change import Change, Weight

TESTS = "tests/typing"

_ERROR = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): error: (?P<message>.*?)(?:  \[[a-z-]+\])?")


def check(tests: Path, source: Path, revision: str) -> Iterator[Change]:
    """The lines of the tests that the code contradicts.

    Args:
        tests: A folder with the tests.
        source: The folder that holds the package.
        revision: The revision of the tests.

    Raises:
        InputError: mypy is missing, or fails.
    """
    files = sorted(path.name for path in tests.glob("*.py"))
    if not files:
        return
    options = ["--strict", "--no-error-summary", "--follow-imports=silent", "--config-file="]
    cache = f"--cache-dir={source.parent / '.mypy_cache' / TESTS}"
    command = [sys.executable, "-m", "mypy", *options, cache, *files]
    environment = {**os.environ, "MYPYPATH": str(source)}
    done = subprocess.run(command, cwd=tests, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1} or done.stderr:
        raise InputError(f"mypy cannot check {TESTS} of {revision}: {done.stderr or done.stdout}")
    matches = filter(None, map(_ERROR.fullmatch, done.stdout.splitlines()))
    for (file, line), messages in groupby(matches, key=lambda match: (match["file"], match["line"])):
        code = (tests / file).read_text("utf-8").splitlines()[int(line) - 1].strip()
        text = f"is an error to a type checker: {next(messages)['message']}"
        yield Change(Weight.BREAKING, code, text, TESTS, f"{revision}:{TESTS}/{file}:{line}")
