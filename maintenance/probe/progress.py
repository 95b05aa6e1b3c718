"""The progress of a probe on stderr: a bar in a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .walk import Outcome


@contextmanager
def showing(title: str, chosen: Collection[str]) -> Iterator[Callable[[Outcome], None]]:
    """Show a progress that advances with each outcome of the chosen operations."""
    print(title, file=sys.stderr)
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda outcome: print(
            f"{outcome.operation}: {', '.join(filter(None, [outcome.kind, outcome.detail]))}", file=sys.stderr
        )
        return
    columns = TextColumn("{task.description}"), BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, expand=True, transient=True) as progress:
        task = progress.add_task("", total=len(chosen))
        yield lambda outcome: progress.update(
            task, advance=outcome.operation in chosen, description=f"{outcome.operation:35}"
        )
