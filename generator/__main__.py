"""From the spec to code, and what keeps the spec true. Without a command: write models, resources and the sandbox's
copy of the spec."""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .audit import command as audit
from .bundle import Bundle, SpecError, bundle
from .diff import command as diff
from .drift import command as drift
from .errors import CommandError
from .lint import lint
from .project import generate, spec_as_json

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "openapi" / "moco.yaml"
PACKAGE = ROOT / "src" / "moco_async"
GENERATED = ("models", "resources", "sandbox/openapi.json")


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit status: 0 all is well, 1 there is something to do, 2 wrongly asked."""
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.run
    try:
        return command(given)
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the committed code is not what the spec gives")
    parser.set_defaults(run=_generate)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands.add_parser("lint", help="check the spec alone").set_defaults(run=_lint)
    commands.add_parser("bundle", help="print the bundled spec as JSON").set_defaults(run=_bundle)
    audited = commands.add_parser(
        "audit",
        help="compare the spec with MOCO's docs and OpenAPI document; without sources, with what was recorded of them",
    )
    audit.add_arguments(audited)
    audited.set_defaults(run=_audit)
    compared = commands.add_parser("diff", help="what has changed for users: breaking, additive, documentation")
    diff.add_arguments(compared)
    compared.set_defaults(run=_diff)
    drifted = commands.add_parser("drift", help="report what a DriftRecorder has noted, and patch the spec")
    drift.add_arguments(drifted)
    drifted.set_defaults(run=_drift)
    return parser


def checked_spec() -> Bundle:
    """The bundled spec.

    Raises:
        SpecError: there is something to complain about.
    """
    spec = bundle(SPEC)
    if findings := lint(spec):
        raise SpecError(findings)
    return spec


def _generate(given: argparse.Namespace) -> int:
    spec = checked_spec()
    if given.check:
        return _check(spec)
    generate(spec, PACKAGE)
    return 0


def _check(spec: Bundle) -> int:
    with tempfile.TemporaryDirectory() as fresh:
        generate(spec, Path(fresh))
        stale = sorted({name for part in GENERATED for name in _differing(Path(fresh), part)})
    for name in stale:
        print(f"src/moco_async/{name} is not what the spec gives", file=sys.stderr)
    if stale:
        print("Run `make generate` and commit what it writes.", file=sys.stderr)
    return int(bool(stale))


def _differing(fresh: Path, part: str) -> list[str]:
    def files(root: Path) -> set[str]:
        under = root / part
        found = [under] if under.is_file() else under.rglob("*")
        return {path.relative_to(root).as_posix() for path in found if path.suffix in {".py", ".json"}}

    expected, committed = files(fresh), files(PACKAGE)
    differing = expected ^ committed
    return [
        *differing,
        *(name for name in expected & committed if not filecmp.cmp(fresh / name, PACKAGE / name, shallow=False)),
    ]


def _lint(given: argparse.Namespace) -> int:
    print(f"{len(list(checked_spec().operations()))} operations, nothing to complain about")
    return 0


def _bundle(given: argparse.Namespace) -> int:
    print(spec_as_json(checked_spec()), end="")
    return 0


def _audit(given: argparse.Namespace) -> int:
    return audit.run(checked_spec(), SPEC.parent, given)


def _diff(given: argparse.Namespace) -> int:
    return diff.run(ROOT, given)


def _drift(given: argparse.Namespace) -> int:
    return drift.run(checked_spec(), SPEC.parent, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
