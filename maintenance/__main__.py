"""Keep the spec true to MOCO, and say what a change means for users."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from generator.errors import CommandError
from generator.spec.lint import read_spec

from .audit import command as audit
from .diff import command as diff
from .drift import command as drift
from .errors import InputError
from .limits import show
from .probe import command as probe

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "openapi" / "moco.yaml"


def main(arguments: list[str]) -> int:
    """Run the command line; the exit status is 0 for success, 1 for a finding, 2 for unreadable input."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except CommandError as error:
        show(error, file=sys.stderr)
        return error.status
    except RecursionError:
        show("something that was read is nested too deeply, or leads back to itself", file=sys.stderr)
        return InputError.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m maintenance", description=__doc__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    audited = commands.add_parser("audit", help="compare the spec with what MOCO publishes")
    audit.add_arguments(audited)
    audited.set_defaults(run=_audit)
    compared = commands.add_parser("diff", help="what has changed for users: breaking, additive, documentation")
    diff.add_arguments(compared)
    compared.set_defaults(run=_diff)
    drifted = commands.add_parser("drift", help="report what a DriftRecorder has recorded")
    drift.add_arguments(drifted)
    drifted.set_defaults(run=_drift)
    probed = commands.add_parser("probe", help="read a real account once, and report what differs from the spec")
    probe.add_arguments(probed)
    probed.set_defaults(run=_probe)
    return parser


def _audit(options: argparse.Namespace) -> int:
    return audit.run(read_spec(SPEC), SPEC.parent, options)


def _diff(options: argparse.Namespace) -> int:
    return diff.run(ROOT, options)


def _drift(options: argparse.Namespace) -> int:
    return drift.run(read_spec(SPEC), SPEC.parent, options)


def _probe(options: argparse.Namespace) -> int:
    return probe.run(read_spec(SPEC), SPEC.parent, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
