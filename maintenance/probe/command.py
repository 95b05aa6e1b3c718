"""`python -m maintenance probe`: a real account compared with the spec, read-only, in a few minutes."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from generator.spec.schema import Bundle
from moco_async import MocoClient, RateLimit, Request, Response, Send
from moco_async.drift import DriftRecorder
from moco_async.drift.storage import Record, append, read
from moco_async.errors import ConfigurationError

from ..drift.command import compare, read_records
from ..errors import InputError
from ..limits import show
from .operations import Operation, reading_operations
from .progress import showing
from .report import as_json, as_text
from .walk import Outcome, Walk

RATES = {"default": RateLimit.DEFAULT, "standard": RateLimit.STANDARD}
STOPPED = 130
"""The exit status after Ctrl-C, as that of any program."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("--record", metavar="FILE", type=Path, default=Path("moco-drift.jsonl"), help="the drift record to add to")
    add("--only", metavar="RESOURCE", nargs="+", help="only these resources, and what shows their ids")
    add("--rate-limit", choices=RATES, default="default", help="15 requests in 15 seconds, or 120 in two minutes")
    add("--json", action="store_true", help="report for machines")


def run(bundle: Bundle, root: Path, options: argparse.Namespace) -> int:
    """Read the account of the environment, and print the report.

    The exit status is 0 if nothing differs, 1 if something does or cannot be read, 130 if Ctrl-C came before.

    Args:
        bundle: The bundled spec.
        root: The folder of `moco.yaml`.
        options: The command line.

    Raises:
        InputError: nothing can be read, or the record cannot be written.
    """
    operations = list(reading_operations(bundle))
    chosen = _choose(operations, options.only)
    _check_environment()
    _check_record(options.record)
    outcomes, record = _probe(operations, chosen, RATES[options.rate_limit])
    append(str(options.record), record)
    findings, settled = compare(record, bundle, root)
    show((as_json if options.json else as_text)(outcomes, record, findings, settled))
    print(f"\nThe drift record, without values: {options.record.resolve()}", file=sys.stderr)
    kinds = {each.kind for each in outcomes}
    if findings or "failed" in kinds:
        return 1
    return STOPPED if "stopped" in kinds else 0


def _choose(operations: Sequence[Operation], resources: Sequence[str] | None) -> Sequence[Operation]:
    if resources is None:
        return operations
    if unknown := set(resources) - {each.resource for each in operations}:
        raise InputError(f"the spec has nothing to read of {', '.join(sorted(unknown))}")
    return [each for each in operations if each.resource in resources]


def _check_environment() -> None:
    if "MOCO_API_KEY" not in os.environ or not {"MOCO_SUBDOMAIN", "MOCO_BASE_URL"} & os.environ.keys():
        raise InputError(
            "set MOCO_SUBDOMAIN (or MOCO_BASE_URL) and MOCO_API_KEY; to try it, start `python -m moco_async.sandbox`, "
            "and set MOCO_BASE_URL=http://127.0.0.1:8000/api/v1 and the key that it prints"
        )


def _check_record(file: Path) -> None:
    """Find out beforehand whether the record can be written."""
    try:
        append(str(file))
    except OSError as error:
        raise InputError(str(error)) from None
    read_records([file])


def _probe(
    operations: Sequence[Operation], chosen: Sequence[Operation], rate_limit: RateLimit
) -> tuple[list[Outcome], Record]:
    """Read the account until all is read, or somebody presses Ctrl-C: the outcomes, and what was recorded."""
    with TemporaryDirectory() as folder:
        recorder = DriftRecorder(Path(folder) / "drift.jsonl")  # of this run alone, whatever the file holds
        try:
            client = MocoClient.from_env(drift=recorder, middleware=[read_only], rate_limit=rate_limit)
        except ConfigurationError as error:
            raise InputError(str(error)) from None
        with showing(f"{client!r}, read-only", [each.id for each in chosen]) as tell:
            walk = Walk(operations, client, tell)
            with suppress(KeyboardInterrupt):
                asyncio.run(_visit(walk, client, chosen))
        record, _ = read(recorder.path)
    visited = {outcome.operation for outcome in walk.outcomes}
    return walk.outcomes + [Outcome(each.id, "stopped") for each in chosen if each.id not in visited], record


async def _visit(walk: Walk, client: MocoClient, chosen: Sequence[Operation]) -> None:
    async with client:
        await walk.visit(chosen)


async def read_only(request: Request, send: Send) -> Response:
    """Middleware that lets nothing but GET through.

    Raises:
        RuntimeError: it is something else. Nothing has been sent.
    """
    if request.method != "GET":
        raise RuntimeError(f"a probe reads only, and does not send {request.operation}")
    return await send(request)
