"""`python -m maintenance drift`: the report on a drift record, and the YAML it prints."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from generator.__main__ import main as generate
from maintenance.__main__ import main
from moco_async.drift import storage as driftfile
from moco_async.drift.storage import Entry, Key, Record
from tests.maintenance import malformed

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "generator" / "spec"
DAY = "2026-03-01"

Seen = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drift.jsonl"


def use_copy(spec: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of a spec, on which the commands work."""
    shutil.copytree(spec, folder / "openapi")
    for tool in ("generator", "maintenance"):
        monkeypatch.setattr(f"{tool}.__main__.SPEC", folder / "openapi" / "moco.yaml")
    monkeypatch.setattr("generator.__main__.PACKAGE", folder / "src" / "moco_async")
    return folder


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of our spec."""
    return use_copy(ROOT / "openapi", tmp_path, monkeypatch)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the small spec, which is written in one line where that is possible."""
    return use_copy(SMALL, tmp_path, monkeypatch)


def write_record(file: Path, seen: Seen, of: int = 100, operation: str = "deals.list") -> None:
    record = Record()
    for (where, kind), shape in seen.items():
        record.entries[Key(operation, 200, where, kind)] = Entry(DAY, DAY, {}, shape)
        record.records.setdefault(operation, Counter())[where.partition(".")[0]] = of
    driftfile.append(str(file), record)


def report(capsys: pytest.CaptureFixture[str], *files: Path) -> dict[str, Any]:
    capsys.readouterr()
    main(["drift", *map(str, files), "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def paste(folder: Path, findings: list[dict[str, Any]]) -> None:
    """Do by hand what the report says."""
    snippets = {
        (each["file"], each["line"], each["action"], each["yaml"]) for one in findings for each in one["snippets"]
    }
    for name, line, action, yaml in sorted(snippets, key=lambda each: (each[1], each[2] == "below"), reverse=True):
        file = folder / name
        lines = file.read_text("utf-8").splitlines()
        indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
        end = line
        while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
            end += 1
        start = line - 1 if action == "instead of" else end
        lines[start:end] = yaml.splitlines()
        file.write_text("\n".join(lines) + "\n", "utf-8")


def test_from_drift_to_a_spec_with_which_strict_passes(
    real: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(malformed.read(file, strict=False, refused=True))
    assert [word for word in malformed.words() if word in file.read_text()] == []
    findings = report(capsys, file)["findings"]
    assert sum(bool(each["snippets"]) for each in findings) == 14
    paste(real, findings)

    ignored = shutil.ignore_patterns("models", "resources", "openapi.json", "__pycache__")
    shutil.copytree(ROOT / "src" / "moco_async", real / "src" / "moco_async", ignore=ignored)
    assert generate([]) == 0
    again = real / "again.jsonl"
    environment = {**os.environ, "PYTHONPATH": str(real / "src")}
    program = [sys.executable, str(ROOT / "tests" / "maintenance" / "malformed.py"), str(again)]
    subprocess.run(program, env=environment, check=True)
    assert "DealHeat" in (real / "src" / "moco_async" / "models" / "deal.py").read_text()
    record, unreadable = driftfile.read(again)
    assert ({key.kind for key in record.entries}, unreadable) == ({"absent"}, {})
    assert record.records["deals.list"]["Deal"] == 4
    capsys.readouterr()
    assert main(["drift", str(again), str(file)]) == 1, "the refusal is left"
    out = capsys.readouterr().out
    assert "1 difference from the spec, 0 of them with a suggestion" in out
    assert "14 differences of the record are in the spec by now" in out


SNIPPETS: list[tuple[str, str, dict[str, Any], str]] = [
    ("Deal.money", "null", {"null": 3}, """
        money:
          type: [number, 'null']
          x-money: true
          description: Value of the deal, in `currency`.
          example: 61000
"""),
    ("Deal.category", "null", {"null": 3}, """
        category:
          description: The stage of the deal. It matters only while `status` is `pending`.
          oneOf:
            - $ref: '#/components/schemas/DealCategorySummary'
            - type: 'null'
"""),
    ("Project.customer", "null", {"null": 3}, """
        customer:
          description: The customer; the whole company where `include_company` asked for it.
          anyOf:
            - $ref: 'companies.yaml#/components/schemas/Company'
            - $ref: '../shared.yaml#/components/schemas/NamedRef'
            - type: 'null'
"""),
    ("Deal.tags[]", "null", {"null": 3}, """
        tags:
          type: array
          items:
            type: [string, 'null']
          description: Tags of the deal.
          example:
            - Important
            - Health
"""),
    ("DealCategorySummary.probability", "type", {"number": 2}, """
        probability:
          type: number
          description: Probability that the deal is won, in percent (0-100).
          example: 30
"""),
    ("ContactGender", "value", {"text": 2, "values": {"Divers::Other": 2}}, """
      enum: [F, M, U, Divers::Other]
      x-enum-varnames: [FEMALE, MALE, UNDEFINED, DIVERS_OTHER]
"""),
    ("NamedRef.id", "missing", {"nothing": 2}, """
      required: [name]
"""),
    ("Deal.by", "unknown", {"object": 3, "attributes": {"id": {"integer": 3}, "name": {"text": 3}}}, """
        by:
          description: Seen in answers; not documented by MOCO.
          allOf:
            - $ref: '../shared.yaml#/components/schemas/NamedRef'
"""),
    ("Deal.heat", "unknown", {"object": 30, "null": 1, "attributes": {"level": {"integer": 30}}}, """
        heat:
          description: Seen in answers; not documented by MOCO.
          oneOf:
            - $ref: '#/components/schemas/DealHeat'
            - type: 'null'
    DealHeat:
      type: object
      description: Seen in answers; not documented by MOCO.
      required: [level]
      properties:
        level:
          type: integer
          description: Seen in answers; not documented by MOCO.
"""),
    ("Deal.rates", "unknown", {"object": 3, "null": 1, "attributes": {"*": {"number": 3}}}, """
        rates:
          type: [object, 'null']
          description: Seen in answers; not documented by MOCO.
          additionalProperties:
            type: number
"""),
]  # fmt: skip


def test_the_yaml_to_paste(real: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_record(file, {(where, kind): shape for where, kind, shape, _ in SNIPPETS})
    findings = report(capsys, file)["findings"]
    printed = {(one["where"], one["kind"]): "\n".join(each["yaml"] for each in one["snippets"]) for one in findings}
    assert all(YAML(typ="safe").load(each["yaml"]) for one in findings for each in one["snippets"])
    for where, kind, _, yaml in SNIPPETS:
        assert printed[where, kind] == yaml.strip("\n")
    paste(real, findings)
    assert main(["drift", str(file)]) == 0
    nothing = f"nothing differs from the spec\n{len(SNIPPETS)} differences of the record are in the spec by now\n"
    assert capsys.readouterr().out == nothing


def test_several_changes_of_one_node_are_in_each_of_its_snippets(
    small: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing: Seen = {(f"Thing.{name}", "missing"): {"nothing": 1} for name in ("id", "from", "seen_at")}
    write_record(file, missing, operation="things.list")
    snippets = [each for one in report(capsys, file)["findings"] for each in one["snippets"]]
    required = "      required: [name, kind, maybe_kind, owner, maker, parts, tags, values]"
    assert [(each["action"], each["yaml"]) for each in snippets] == [("instead of", required)] * 3


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("Deal.nothing", "unknown", {"null": 3}, "nothing but null was seen"),
    ("Deal.both", "unknown", {"text": 3, "list": 1, "items": {}}, "could not tell apart"),
    ("Deal.moodOfUser", "unknown", {"text": 3}, "its name cannot be an attribute in Python"),
    ("Deal.to_dict", "unknown", {"text": 3}, "its name is the name of something every model has"),
    ("Deal.*", "unknown", {"text": 3}, "was not kept"),
    ("Deal.inner", "unknown", {"object": 3, "attributes": {"a": {"null": 3}}}, "nothing but null was seen"),
    ("Deal.rows", "unknown", {"list": 3, "items": {"null": 3, "object": 1, "attributes": {}}}, "are not decoded"),
    ("Deal.closed_on", "type", {"empty text": 3}, "could not tell apart"),
    ("Deal.user", "type", {"integer": 3}, "could not tell apart"),
    ("Project.tasks[]", "null", {"null": 3}, "are not decoded"),
    ("DealStatus", "value", {"text": 3, "values": {"*": 3}}, "do not look like names"),
    ("OfferStatus", "value", {"text": 3, "values": {"": 3}}, "needs x-enum-varnames"),
    ("$", "type", {"text": 3}, "the answer itself"),
    ("$", "error", {"text/html": 3}, "by hand"),
    ("Gone.mood", "unknown", {"text": 3}, "the spec has no Gone"),
    ("Gone.name", "missing", {"nothing": 3}, "the spec has no Gone.name"),
    ("Gone.price", "null", {"null": 3}, "the spec has no such"),
    ("GoneStatus", "value", {"text": 3, "values": {"frozen": 3}}, "the spec has no enum GoneStatus"),
]


def test_a_finding_without_a_suggestion_says_why(real: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_record(file, {(where, kind): shape for where, kind, shape, _ in REFUSED})
    found = {(finding["where"], finding["kind"]): finding for finding in report(capsys, file)["findings"]}
    assert len(found) == len(REFUSED)
    for where, kind, _, reason in REFUSED:
        assert reason in found[where, kind]["reason"], where
        assert (found[where, kind]["change"], found[where, kind]["snippets"]) == (None, [])


def test_an_attribute_is_required_if_no_operation_ever_lacked_it(
    small: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *calls, last = ["things.create", "things.delete", "things.get", "things.list", "things.touch"]
    for call in calls:
        write_record(file, {("Thing.mood", "unknown"): {"text": 10}}, of=10, operation=call)
    shutil.copy(file, small / "lacked")
    write_record(small / "lacked", {("Thing.mood", "unknown"): {"text": 9}}, of=10, operation=last)
    for incomplete in (file, small / "lacked"):
        (finding,) = report(capsys, incomplete)["findings"]
        assert [each["action"] for each in finding["snippets"]] == ["below"]
    write_record(file, {("Thing.mood", "unknown"): {"text": 10}}, of=10, operation=last)
    (finding,) = report(capsys, file)["findings"]
    required = "      required: [id, name, from, kind, maybe_kind, owner, maker, parts, tags, values, seen_at, mood]"
    assert [each["yaml"] for each in finding["snippets"]][1:] == [required]
    assert finding["change"] == "a new attribute of Thing, always there"


def test_the_report_has_the_difference_its_place_its_frequency_and_the_yaml(
    small: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: Seen = {
        ("Thing.mood", "unknown"): {"text": 80},
        ("ThingKind", "value"): {"text": 3, "values": {"huge": 2, "*": 1}},
    }
    write_record(file, seen, operation="things.list")
    write_record(file, {("Thing.mood", "unknown"): {"null": 1}}, of=1, operation="things.get")
    write_record(file, {("$", "error"): {"text/html": 1}}, of=40, operation="things.get")
    assert main(["drift", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "openapi/sections/things.yaml",
        "  openapi/sections/things.yaml:70: 200 with text/html, a shape of answer that is not described",
        "      in 1 of 40 answers; things.get; 2026-03-01",
        "      no suggestion: errors are described by hand",
        "  openapi/sections/things.yaml:174: Thing.mood: not in the spec: text or null",
        "      in 81 of 101 records; things.get, things.list; 2026-03-01",
        "      suggested: a new attribute of Thing",
        "      below openapi/sections/things.yaml:174:",
        "        mood:",
        "          type: [string, 'null']",
        "          description: Seen in answers; not documented by MOCO.",
        "  openapi/sections/things.yaml:178: ThingKind: not in the enum: 'huge', texts that are not names",
        "      3 times; things.list; 2026-03-01",
        "      suggested: 'huge' added; ThingKind is shared: this touches 5 operations",
        "      instead of openapi/sections/things.yaml:178:",
        "      enum: ['', small, very-large, huge]",
        "      instead of openapi/sections/things.yaml:179:",
        "      x-enum-varnames: [NONE, SMALL, VERY_LARGE, HUGE]",
        "",
        "3 differences from the spec, 2 of them with a suggestion",
    ]


def test_several_files_are_one_report(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        write_record(small / name, {("Thing.mood", "unknown"): {"text": 3}}, operation="things.list")
    (finding,) = report(capsys, small / "a", small / "b")["findings"]
    assert finding["operations"] == {"things.list": {"times": 6, "of": 200}}
    assert (finding["shape"], finding["first"]) == ({"text": 6}, DAY)


@pytest.mark.parametrize("arguments", [[], ["a", "--yaml"], ["a", "--patch"]])
def test_a_wrong_command_is_answered_with_the_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["drift", *arguments])


def test_a_file_that_is_not_a_record_is_refused(small: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", str(small / "none")]) == 2
    assert main(["drift", str(ROOT / "README.md")]) == 2
    assert "README.md is not a drift record" in capsys.readouterr().err
    (small / "empty").touch()
    assert main(["drift", str(small / "empty")]) == 0
    write_record(file, {("Thing.mood", "unknown"): {"text": 3}}, operation="things.list")
    with file.open("ab") as stream:
        stream.write(b'{"drift": 1, "rec')
    assert main(["drift", str(file)]) == 1
    assert f"{file}:2: " in capsys.readouterr().out
