"""The generator: what it writes, and what it refuses to write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.__main__ import main
from generator.errors import GenerationError, SpecError
from generator.spec.bundle import bundle
from generator.spec.lint import lint
from generator.spec.schema import Bundle
from generator.writer import generate

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

Node = dict[str, Any]


@pytest.fixture(scope="session")
def small_spec() -> Bundle:
    return bundle(HERE / "spec" / "moco.yaml")


def test_every_shape_is_written_as_in_the_golden_files(small_spec: Bundle, tmp_path: Path) -> None:
    """After a wanted change: UPDATE_GOLDEN=1 make test, and read the difference."""
    assert lint(small_spec) == []
    generate(small_spec, tmp_path)
    golden = HERE / "golden"
    if "UPDATE_GOLDEN" in os.environ:
        shutil.rmtree(golden, ignore_errors=True)
        for file in tmp_path.rglob("*.py"):
            target = golden / file.relative_to(tmp_path).with_suffix(".py.txt")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    written = {file.relative_to(tmp_path).as_posix(): file.read_text() for file in tmp_path.rglob("*.py")}
    expected = {file.relative_to(golden).as_posix()[:-4]: file.read_text() for file in golden.rglob("*.py.txt")}
    assert written == expected


def test_the_output_does_not_depend_on_the_seed_of_hashes(small_spec: Bundle, tmp_path: Path) -> None:
    generate(small_spec, tmp_path / "here")
    program = (
        "import sys, pathlib; from generator.spec.bundle import bundle; from generator.writer import generate;"
        "generate(bundle(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]))"
    )
    spec = HERE / "spec" / "moco.yaml"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    command = [sys.executable, "-c", program, str(spec), str(tmp_path / "there")]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    for file in (tmp_path / "here").rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "there" / file.relative_to(tmp_path / "here")).read_bytes()


def test_a_changed_file_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    generate(bundle(HERE / "spec" / "moco.yaml"), tmp_path)
    monkeypatch.setattr("generator.__main__.SPEC", HERE / "spec" / "moco.yaml")
    monkeypatch.setattr("generator.__main__.PACKAGE", tmp_path)
    assert main(["--check"]) == 0
    (tmp_path / "models" / "ref.py").write_text("# edited by hand")
    assert main(["--check"]) == 1
    generate(bundle(HERE / "spec" / "moco.yaml"), tmp_path)
    (tmp_path / "resources" / "left_over.py").write_text("")
    assert main(["--check"]) == 1


def test_an_unknown_argument_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--chekc"])
    assert "--check" in capsys.readouterr().err


def operation(spec: Bundle, path: str, method: str = "get") -> Node:
    found: Node = spec.document["paths"][path][method]
    return found


def schema(spec: Bundle, name: str) -> Node:
    found: Node = spec.document["components"]["schemas"][name]
    return found


def parameter(spec: Bundle, name: str) -> Node:
    found: Node = next(each for each in operation(spec, "/things")["parameters"] if each.get("name") == name)
    return found


# fmt: off
WRONG: dict[str, tuple[Callable[[Bundle], object], str]] = {
    "no operationId": (lambda s: operation(s, "/things").pop("operationId"), "has no operationId"),
    "an operationId that is not a call": (
        lambda s: operation(s, "/things").update(operationId="listThings"),
        "is not a call like projects.list"),
    "an operationId of another resource": (
        lambda s: operation(s, "/things").update(operationId="others.list"),
        "does not begin with its tag"),
    "an operationId used twice": (
        lambda s: operation(s, "/things", "post").update(operationId="things.list"),
        "is used 2 times"),
    "a keyword as a method": (lambda s: operation(s, "/things").update(operationId="things.import"), "is not a call"),
    "no summary": (lambda s: operation(s, "/things").pop("summary"), "needs a summary"),
    "a description outside the schema": (
        lambda s: parameter(s, "active").update(description="Active?"),
        "where the generator does not look"),
    "a parameter with content": (
        lambda s: parameter(s, "active").update(content={}) or parameter(s, "active").pop("schema"),
        "has no schema"),
    "a default": (lambda s: parameter(s, "active")["schema"].update(default=True), "would go out with every request"),
    "a list that would repeat its parameter": (lambda s: parameter(s, "kinds").pop("explode"), "comma-separated"),
    "an object that would not be in brackets": (
        lambda s: parameter(s, "custom_properties").update(style="form"),
        "brackets"),
    "a parameter in a header": (lambda s: parameter(s, "active").update({"in": "header"}), "path and query"),
    "a paged list without a page": (lambda s: parameter(s, "page").update(name="seite"), "takes page too"),
    "a page that is not marked": (lambda s: operation(s, "/things").pop("x-paged"), "not marked x-paged"),
    "arguments that are none": (
        lambda s: operation(s, "/things").update({"x-together": [["from", "until"]]}),
        "names until, which is not an argument"),
    "a reserved name": (lambda s: parameter(s, "active").update(name="self"), "cannot be used in Python"),
    "one name in path and body": (
        lambda s: schema(s, "ThingDelete")["properties"].update(id={"type": "integer", "description": "Again."}),
        "as a parameter and in the body"),
    "a path parameter unreachable_url declares": (
        lambda s: operation(s, "/things/{id}").update(parameters=[]),
        "are not those of the path"),
    "a $ref with siblings": (
        lambda s: schema(s, "Thing")["properties"]["kind"].update(description="Lost."),
        "$ref has siblings (description)"),
    "nullable": (lambda s: schema(s, "Part")["properties"]["count"].update(nullable=True), "nullable is OpenAPI 3.0"),
    "null in an enum": (lambda s: schema(s, "ThingKind")["enum"].append(None), "null in an enum"),
    "an inline enum": (lambda s: schema(s, "Part")["properties"]["count"].update(enum=[1]), "inline enum"),
    "an inline object": (lambda s: schema(s, "Part")["properties"]["count"].update(properties={}), "inline object"),
    "an attribute named like a method": (
        lambda s: schema(s, "Part")["properties"].update(to_dict={"type": "string", "description": "No."}),
        "something every model has"),
    "an attribute that is not a name": (
        lambda s: schema(s, "Part")["properties"].update({"a b": {"type": "string", "description": "No."}}),
        "cannot be an attribute"),
    "an attribute without a word": (
        lambda s: schema(s, "Part")["properties"]["count"].pop("description"),
        "needs a description"),
    "a requirement that does not exist": (lambda s: schema(s, "Part")["required"].append("cuont"), "requires 'cuont'"),
    "what answers lack is required": (lambda s: s.absent.update(Ref={"id": ["recorded"]}), "knows of answers without"),
    "what is deprecated is required": (
        lambda s: schema(s, "Ref")["properties"]["id"].update(deprecated=True),
        "is required and deprecated",
    ),
    "what answers lack is not there": (lambda s: s.absent.update(Part={"cuont": ["recorded"]}), "is not in the spec"),
    "what answers lack by hearsay": (lambda s: s.absent.update(Thing={"kind": ["heard"]}), "has heard for a source"),
    "money that is not marked": (
        lambda s: schema(s, "Thing")["properties"]["price"].pop("x-money"),
        "is an amount of money by its name",
    ),
    "money that is not a number": (
        lambda s: schema(s, "Thing")["properties"]["name"].update({"x-money": True}),
        "x-money: true is for numbers",
    ),
    "an extension unreachable_url knows": (
        lambda s: operation(s, "/things").update({"x-pagged": True}),
        "x-pagged is not an extension"),
    "a schema with a name of its own kind": (
        lambda s: (
            s.document["components"]["schemas"].update(thing_part={"description": "No."})
            or s.sources.update({"schemas/thing_part": "sections/things.yaml"})
        ),
        "is named like ProjectTask",
    ),
    "an answer of an unknown type": (
        lambda s: operation(s, "/things/{id}.pdf")["responses"]["200"].update(content={"text/csv": {}}),
        "the client knows JSON and PDF"),
    "a body of an unknown type": (
        lambda s: operation(s, "/things", "post")["requestBody"].update(content={"text/csv": {}}),
        "one, JSON or multipart"),
}
# fmt: on


@pytest.mark.parametrize("case", WRONG)
def test_the_lint_names_what_would_be_silently_wrong(case: str) -> None:
    spec = bundle(HERE / "spec" / "moco.yaml")
    change, expected = WRONG[case]
    change(spec)
    found = [str(finding) for finding in lint(spec)]
    assert any(expected in finding for finding in found), found
    assert all(finding.startswith(("sections/", "shared.yaml", "absent.yaml")) for finding in found), (
        "a finding names its file"
    )


BROKEN: dict[str, tuple[str, str, str, str]] = {
    "a reference without a target": ("sections/things.yaml", "schemas/Part' }", "schemas/Prat' }", "has no target"),
    "a path that is not listed": ("moco.yaml", "  /things/{id}.pdf: {", "  /things/{id}.pfd: {", "is not listed"),
    "a path that refers to another": ("moco.yaml", "~1things~1{id}~1touch'", "~1things~1{id}'", "refer to itself"),
    "an unused component": ("sections/things.yaml", "    Part:\n", "    Prat: {}\n    Part:\n", "nothing refers to"),
    "a file that is missing": ("moco.yaml", "touch: { $ref: 'sections/things", "touch: { $ref: 'sections/t", ""),
    "no YAML": ("shared.yaml", "components:", "components: [", "shared.yaml: "),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_spec_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    shutil.copytree(HERE / "spec", tmp_path / "spec")
    file, before, after, expected = BROKEN[case]
    text = (tmp_path / "spec" / file).read_text()
    assert before in text
    (tmp_path / "spec" / file).write_text(text.replace(before, after, 1))
    with pytest.raises(SpecError) as caught:
        bundle(tmp_path / "spec" / "moco.yaml")
    assert expected in str(caught.value)


def _mixed_enum(spec: Bundle) -> None:
    schema(spec, "ThingKind")["enum"] = ["small", 1]


def _two_lists(spec: Bundle) -> None:
    schema(spec, "Thing")["properties"]["parts"]["items"] = {
        "anyOf": [{"$ref": "#/components/schemas/Ref"}, {"type": "integer"}]
    }


def _twins(spec: Bundle) -> None:
    schema(spec, "Thing")["properties"]["owner"]["anyOf"] = [
        {"$ref": "#/components/schemas/Ref"},
        {"$ref": "#/components/schemas/Owner"},
    ]


def _equal_members(spec: Bundle) -> None:
    schema(spec, "ThingKind").update(enum=["very-large", "very_large"])
    del schema(spec, "ThingKind")["x-enum-varnames"]


@pytest.mark.parametrize("change", [_mixed_enum, _two_lists, _twins, _equal_members])
def test_what_the_library_or_the_types_cannot_say_fails(change: Callable[[Bundle], None], tmp_path: Path) -> None:
    spec = bundle(HERE / "spec" / "moco.yaml")
    change(spec)
    with pytest.raises((GenerationError, ValueError)):
        generate(spec, tmp_path)
    assert not (tmp_path / "resources").exists()
