"""Generate models, resources and the sandbox's copy of the spec from `openapi/`."""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .errors import CommandError
from .spec.lint import read_spec
from .spec.schema import Bundle
from .writer import generate, spec_as_json

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "openapi" / "moco.yaml"
PACKAGE = ROOT / "src" / "moco_async"
GENERATED = ("models", "resources", "sandbox/openapi.json")


def main(arguments: list[str]) -> int:
    """Run the command line; the exit status is 0 for success, 1 for a finding, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
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
    return parser


def _generate(options: argparse.Namespace) -> int:
    spec = read_spec(SPEC)
    if options.check:
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
    common = expected & committed
    changed = [name for name in common if not filecmp.cmp(fresh / name, PACKAGE / name, shallow=False)]
    return [*(expected ^ committed), *changed]


def _lint(options: argparse.Namespace) -> int:
    print(f"{len(list(read_spec(SPEC).operations()))} operations, nothing to complain about")
    return 0


def _bundle(options: argparse.Namespace) -> int:
    print(spec_as_json(read_spec(SPEC)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
