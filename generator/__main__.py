"""python -m generator [--check | lint | bundle | coverage | inventory DIR]

(nothing)      bundle, lint, generate, format: writes models, resources and the sandbox's copy of the spec
--check        fail if the committed code is not what the spec gives
lint           check the spec alone
bundle         print the bundled spec as JSON
coverage       compare the spec with what MOCO's docs and OpenAPI document have; fail where a gap is not explained
inventory DIR  write openapi/inventory.json, which `coverage` reads, from what was gathered about both in DIR
"""

from __future__ import annotations

import filecmp
import sys
import tempfile
from pathlib import Path

from .bundle import Bundle, SpecError, bundle
from .coverage import compare, read_omissions, report
from .inventory import read_inventory, write_inventory
from .lint import lint
from .project import GenerationError, generate, spec_as_json

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "openapi" / "moco.yaml"
INVENTORY = ROOT / "openapi" / "inventory.json"
OMISSIONS = ROOT / "openapi" / "omissions.yaml"
PACKAGE = ROOT / "src" / "moco_async"
GENERATED = ("models", "resources", "sandbox/openapi.json")


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit status."""
    try:
        match arguments:
            case []:
                generate(checked_spec(), PACKAGE)
            case ["--check"]:
                return _check(checked_spec())
            case ["lint"]:
                print(f"{len(list(checked_spec().operations()))} operations, nothing to complain about")
            case ["bundle"]:
                print(spec_as_json(checked_spec()), end="")
            case ["coverage"]:
                return _coverage(checked_spec())
            case ["inventory", directory]:
                write_inventory(Path(directory), INVENTORY)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (SpecError, GenerationError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def checked_spec() -> Bundle:
    """The bundled spec.

    Raises:
        SpecError: there is something to complain about.
    """
    spec = bundle(SPEC)
    if findings := lint(spec):
        raise SpecError(findings)
    return spec


def _check(spec: Bundle) -> int:
    with tempfile.TemporaryDirectory() as fresh:
        generate(spec, Path(fresh))
        stale = sorted({name for part in GENERATED for name in _differing(Path(fresh), part)})
    for name in stale:
        print(f"src/moco_async/{name} is not what the spec gives", file=sys.stderr)
    if stale:
        print("Run `make generate` and commit what it writes.", file=sys.stderr)
    return int(bool(stale))


def _coverage(spec: Bundle) -> int:
    text, well = report(compare(spec, read_inventory(INVENTORY)), read_omissions(OMISSIONS))
    print(text)
    return int(not well)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
