"""`python -m maintenance audit`: that nothing MOCO publishes is missed, and that the command says so."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.spec.locations import Location
from generator.spec.schema import Bundle, Node
from maintenance.__main__ import SPEC, main
from maintenance.audit.compare import compare, type_conflict
from maintenance.audit.document import read_document
from maintenance.audit.exceptions import read_known, sort_out
from maintenance.audit.facts import BOOLEAN, DATE, INTEGER, LIST, NUMBER, RECORD, TEXT, TIME, Fact, Source
from maintenance.audit.inventory import parsed, read_inventory, write_inventory, written
from maintenance.audit.sources import spec_of

BOATS = Path(__file__).parent / "published"


# --- our own spec, and what MOCO publishes


@pytest.fixture(scope="module")
def recorded() -> list[Source]:
    return read_inventory(SPEC.parent / "inventory.json")


def test_every_difference_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 0
    out = capsys.readouterr().out
    assert "256/257" in out  # the one is a slip of the docs
    assert "291/291" in out
    assert "0 new differences" in out


def test_nearly_everything_is_covered(spec: Bundle, recorded: list[Source]) -> None:
    for (source, what), count in compare(spec_of(spec), recorded).counts.items():
        assert count.found / count.total >= 0.99, (source, what)
        assert count.total > 150, (source, what)


def schema(document: Node, name: str) -> Node:
    node: Node = document["components"]["schemas"][name]
    return node


def without_operation(document: Node) -> None:
    del document["paths"]["/projects/{id}/archive"]["put"]


def without_parameter(document: Node) -> None:
    operation = document["paths"]["/projects"]["get"]
    operation["parameters"] = [each for each in operation["parameters"] if each.get("name") != "include_archived"]


def without_shared_parameter(document: Node) -> None:
    operation = document["paths"]["/projects"]["get"]
    operation["parameters"] = [each for each in operation["parameters"] if not each.get("$ref", "").endswith("/Ids")]


def without_body_attribute(document: Node) -> None:
    del schema(document, "ProjectTaskUpdate")["properties"]["hourly_rate"]


def without_body(document: Node) -> None:
    del document["paths"]["/projects/{project_id}/tasks"]["post"]["requestBody"]


def without_attribute(document: Node) -> None:
    del schema(document, "ProjectTask")["properties"]["budget"]


def without_nested_attribute(document: Node) -> None:
    del schema(document, "RevenueCategory")["properties"]["cost_category"]


def without_enum_value(document: Node) -> None:
    schema(document, "InvoiceStatus")["enum"].remove("overdue")


def without_null(document: Node) -> None:
    schema(document, "ProjectTask")["properties"]["budget"]["type"] = "number"


def with_text_in_place_of_a_number(document: Node) -> None:
    schema(document, "ProjectTask")["properties"]["hourly_rate"]["type"] = "string"


def with_a_record_in_place_of_a_list(document: Node) -> None:
    schema(document, "Invoice")["properties"]["items"] = schema(document, "Invoice")["properties"]["items"]["items"]


def with_an_operation_of_our_own(document: Node) -> None:
    document["paths"]["/boats"] = {"get": document["paths"]["/units"]["get"]}


def with_an_attribute_of_our_own(document: Node) -> None:
    schema(document, "ProjectTask")["properties"]["mood"] = {"type": "string"}


def with_a_value_of_our_own(document: Node) -> None:
    schema(document, "InvoiceStatus")["enum"].append("eaten")


def with_a_null_of_our_own(document: Node) -> None:
    schema(document, "ProjectTask")["properties"]["name"]["type"] = ["string", "null"]


@pytest.mark.parametrize(
    ("spoil", "difference"),
    [
        (without_operation, "missing docs: PUT /projects/{}/archive"),
        (without_parameter, "missing docs: GET /projects: query include_archived"),
        (without_shared_parameter, "missing openapi: GET /projects: query ids"),
        (without_body_attribute, "missing docs: POST /projects/{}/tasks: body hourly_rate"),
        (without_body, "missing openapi: POST /projects/{}/tasks: body"),
        (without_attribute, "missing openapi: GET /projects/{}/tasks: answer budget"),
        (without_nested_attribute, "missing docs: GET /offers/{}: answer items[].revenue_category.cost_category"),
        (without_enum_value, "missing openapi: GET /invoices/{}: answer status=overdue"),
        (without_enum_value, "missing docs: GET /invoices: query status=overdue"),
        (without_null, "missing openapi: GET /projects/{}/tasks/{}: answer budget?"),
        (with_text_in_place_of_a_number, "type openapi: GET /projects/{}/tasks/{}: answer hourly_rate"),
        (with_text_in_place_of_a_number, "type docs: GET /projects/{}/tasks/{}: answer hourly_rate"),
        (with_a_record_in_place_of_a_list, "missing openapi: GET /invoices/{}: answer items[].type"),
        (with_an_operation_of_our_own, "extra: GET /boats"),
        (with_an_attribute_of_our_own, "extra: GET /projects/{}/tasks/{}: answer mood"),
        (with_a_value_of_our_own, "extra: GET /invoices/{}: answer status=eaten"),
        (with_a_null_of_our_own, "extra: GET /projects/{}/tasks/{}: answer name?"),
    ],
)
def test_what_is_spoilt_is_noticed(
    spec: Bundle, recorded: list[Source], spoil: Callable[[Node], None], difference: str
) -> None:
    spoiled = Bundle(copy.deepcopy(spec.document), spec.sources)
    spoil(spoiled.document)
    comparison = compare(spec_of(spoiled), recorded)
    done = sort_out(comparison.differences, read_known(SPEC.parent / "differences.yaml"))
    assert difference in set(map(str, done.new))


def test_what_is_missing_is_one_gap_with_all_that_is_in_it(spec: Bundle, recorded: list[Source]) -> None:
    spoiled = Bundle(copy.deepcopy(spec.document), spec.sources)
    del schema(spoiled.document, "ProjectTask")["properties"]["revenue_category"]
    gaps = set(map(str, compare(spec_of(spoiled), recorded).differences))
    assert "missing docs: GET /projects/{}/tasks: answer revenue_category" in gaps
    assert "missing docs: GET /projects/{}/tasks: answer revenue_category.id" not in gaps


# --- a document as facts


def document(schema: Node, **components: Node) -> Source:
    """An OpenAPI document with one operation that answers with this schema."""
    answer = {"200": {"content": {"application/json": {"schema": schema}}}}
    whole = {"paths": {"/boats": {"get": {"responses": answer}}}, "components": {"schemas": components}}
    return read_document("openapi", whole, lambda node: "boats")


@pytest.mark.parametrize(
    ("schema", "facts"),
    [
        ({"type": "string"}, ["x text"]),
        ({"type": "string", "format": "date"}, ["x date"]),
        ({"type": "string", "format": "date-time", "nullable": True}, ["x? time"]),
        ({"type": ["number", "null"]}, ["x? number"]),
        ({"type": "integer", "minimum": 1, "maximum": 9}, ["x integer = 1..9"]),
        ({"type": "string", "enum": ["a", None, "b"]}, ["x? text = a | b"]),
        ({"type": "array", "items": {"enum": ["a"], "type": "string"}}, ["x list of text = a"]),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, ["x list of integer"]),
        ({"oneOf": [{"$ref": "#/components/schemas/Ref"}, {"type": "null"}]}, ["x? record", "x.id integer"]),
        ({"allOf": [{"$ref": "#/components/schemas/Ref"}], "nullable": True}, ["x? record", "x.id integer"]),
        ({"allOf": [{"type": "object", "nullable": True, "properties": {}}]}, ["x? record"]),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Ref"}}, ["x list", "x[].id integer"]),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, ["x integer|text"]),
        ({"$ref": "#/components/schemas/Tree"}, ["x record", "x.parent record"]),
        ({}, ["x"]),
    ],
)
def test_a_schema_as_facts(schema: Node, facts: list[str]) -> None:
    ref: Node = {"type": "object", "properties": {"id": {"type": "integer"}}}
    tree: Node = {"type": "object", "properties": {"parent": {"$ref": "#/components/schemas/Tree"}}}
    for whole in ({"properties": {"x": schema}}, {"type": "array", "items": {"properties": {"x": schema}}}):
        read = document(whole, Ref=ref, Tree=tree).operations["GET /boats"].parts["answer"]
        assert [written(fact) for fact in read.values()] == facts


def test_parameters_and_bodies_as_facts() -> None:
    shared = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    own = {"name": "custom[]", "in": "query", "required": True, "schema": {"type": "string"}}
    body = {"content": {"application/json": {"schema": {"properties": {"a": {}}, "required": ["a"]}}}}
    operation = {"parameters": [own, {"name": "id", "in": "path"}], "requestBody": {"$ref": "#/components/bodies/B"}}
    whole: Node = {
        "paths": {"/boats/{boat_id}": {"parameters": [{"$ref": "#/components/p/P"}], "put": operation}},
        "components": {"bodies": {"B": body}, "p": {"P": shared}},
    }
    read = read_document("openapi", whole, lambda node: "boats").operations["PUT /boats/{}"]
    assert [written(fact) for fact in read.parts["query"].values()] == ["page integer", "custom text"]
    assert [written(fact) for fact in read.parts["body"].values()] == ["a!"]
    assert read.parts["query"]["page"].place == ("components", "p", "P")


@pytest.mark.parametrize(
    ("theirs", "ours", "by_example", "fine"),
    [
        (INTEGER, NUMBER, True, True),
        (INTEGER, NUMBER, False, False),
        (NUMBER, INTEGER, True, False),
        (DATE, TEXT, True, True),
        (DATE, TEXT, False, False),
        (TEXT, DATE, True, False),
        (TIME, TIME, False, True),
        (BOOLEAN, TEXT, True, False),
        (LIST, RECORD, True, False),
    ],
)
def test_types_that_differ(theirs: str, ours: str, by_example: bool, fine: bool) -> None:
    facts = Fact("x", frozenset({theirs})), Fact("x", frozenset({ours}))
    assert (type_conflict(*facts, by_example=by_example, query=False) == "") == fine


def test_rows_that_differ() -> None:
    texts, numbers = (Fact("x", frozenset({LIST}), rows=frozenset({kind})) for kind in (TEXT, INTEGER))
    assert type_conflict(texts, numbers, by_example=True, query=False) == "list of text there, list of integer here"
    assert not type_conflict(texts, texts, by_example=True, query=False)


def test_a_list_of_ours_is_text_with_commas_in_a_query() -> None:
    text, rows = Fact("x", frozenset({TEXT})), Fact("x", frozenset({LIST}))
    assert not type_conflict(text, rows, by_example=False, query=True)
    assert type_conflict(rows, text, by_example=False, query=True) == "list there, text here"


# --- what is recorded

types = st.frozensets(st.sampled_from([TEXT, INTEGER, NUMBER, BOOLEAN, DATE, TIME, RECORD, LIST]), max_size=2)
values = st.lists(st.sampled_from(["a", "page-break", "Invoice::Payment", "x y", "", "1"]), max_size=3, unique=True)
known_facts = st.builds(
    Fact,
    name=st.sampled_from(["id", "items[].vat.code", "from"]),
    types=types,
    nullable=st.booleans(),
    values=values.filter(lambda each: each != [""]).map(tuple),
    required=st.booleans(),
)
lists = known_facts.map(lambda fact: replace(fact, types=frozenset({LIST}), rows=frozenset({INTEGER, TEXT})))


@given(known_facts | lists, st.booleans())
def test_facts_come_back_as_they_were_written(fact: Fact, closed: bool) -> None:
    fact = replace(fact, closed=closed or not fact.values)
    assert parsed(written(fact), Location("")) == fact


def test_a_range_comes_back(tmp_path: Path) -> None:
    fact = Fact("x", frozenset({INTEGER}), bounds=(1, 10))
    assert parsed(written(fact), Location("")) == fact


def test_what_is_no_fact_is_an_error() -> None:
    with pytest.raises(ValueError, match="no fact"):
        parsed("a fact that is none!", Location(""))


def test_the_inventory_comes_back_as_it_was_written(recorded: list[Source], tmp_path: Path) -> None:
    write_inventory(recorded, tmp_path / "inventory.json")
    assert read_inventory(tmp_path / "inventory.json") == recorded
    assert (tmp_path / "inventory.json").read_bytes() == (SPEC.parent / "inventory.json").read_bytes()


# --- the command, with a spec of its own


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, nothing known, and pages that agree with it."""
    shutil.copytree(BOATS / "openapi", tmp_path / "openapi")
    shutil.copytree(BOATS / "boats", tmp_path / "docs")
    (tmp_path / "openapi" / "differences.yaml").write_text("")
    monkeypatch.setattr("maintenance.__main__.SPEC", tmp_path / "openapi" / "moco.yaml")
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_pages_that_agree_with_the_spec(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--docs", str(folder / "docs")]) == 0
    assert "0 new differences" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            '"name": "Anna",',
            '"name": "Anna",\n  "mast": 2,',
            ["answer attribute mast", "GET /boats, POST /boats, PUT /boats/{}", "boats.md:11 ↔ "],
        ),
        ("`sailing` = at sea", "`sailing` = at sea, `sunk` = below it", ["value of status: sunk", "boats.md:5 ↔ "]),
        ('"name": "Anna"', '"name": null', ["null name?", "boats.md:10 ↔ openapi/sections/boats.yaml:"]),
        ('"grade": 1', '"grade": "A"', ["type seats[].grade (text there, integer here)"]),
        ("- **ids**", "- **term** – text\n- **ids**", ["query parameter term", "GET /boats"]),
        (
            "- **length** – 12.5",
            "- **crew** – 12.5",
            ["body attribute crew", "body attribute length", "does not publish"],
        ),
        (
            "## PUT /boats/{id}",
            "## PUT /boats/{id}/launch",
            ["operation PUT /boats/{}/launch", "operation PUT /boats/{}"],
        ),
    ],
)
def test_what_differs_is_told_with_both_places(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, lines: list[str]
) -> None:
    edit(folder / "docs" / "boats.md", old, new)
    assert main(["audit", "--docs", str(folder / "docs")]) == 1
    out = capsys.readouterr().out
    for line in lines:
        assert line in out


def test_what_is_known_is_not_told_again_and_what_is_none_any_more_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder / "docs" / "boats.md", "- **ids**", "- **term** – text\n- **ids**")
    known = folder / "openapi" / "differences.yaml"
    known.write_text("- reason: Not needed.\n  differences: ['missing docs: GET /boats: query t*']\n")
    assert main(["audit", "--docs", str(folder / "docs")]) == 0
    out = capsys.readouterr().out
    assert "0 new differences; 1 known ones, for 1 reasons" in out
    assert "Not needed." not in out
    assert main(["audit", "--docs", str(folder / "docs"), "--known"]) == 0
    assert "Not needed.\n  missing docs: GET /boats: query term\n" in capsys.readouterr().out
    edit(folder / "docs" / "boats.md", "- **term** – text\n", "")
    assert main(["audit", "--docs", str(folder / "docs")]) == 1
    assert "'missing docs: GET /boats: query t*' is no difference (any more)" in capsys.readouterr().out


def test_the_report_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "docs" / "boats.md", "- **ids**", "- **term** – text\n- **ids**")
    assert main(["audit", "--docs", str(folder / "docs"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    (new,) = report["new"]
    assert new["key"] == "missing docs: GET /boats: query term"
    assert (new["theirs"], new["ours"]) == ("boats.md:22", "openapi/sections/boats.yaml:8")
    assert {"source": "docs", "what": "query parameter", "found": 2, "total": 3} in report["counts"]


def test_the_report_as_an_issue(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "docs" / "boats.md", "`sailing` = at sea", "`sailing` = at sea, `sunk` = below it, `lost` = gone")
    assert main(["audit", "--docs", str(folder / "docs"), "--markdown"]) == 1
    out = capsys.readouterr().out
    assert "### `sections/boats.yaml`" in out
    assert "- [ ] values of `status`: `sunk`, `lost` – GET /boats, POST /boats, PUT /boats/{}<br>boats.md:5 ↔ " in out


def test_an_issue_is_never_too_long(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = "\n".join(f"- **parameter_number_{number}** – text" for number in range(1_000))
    edit(folder / "docs" / "boats.md", "- **ids**", f"{names}\n- **ids**")
    assert main(["audit", "--docs", str(folder / "docs"), "--markdown"]) == 1
    out = capsys.readouterr().out
    assert len(out) < 65_536
    assert "\n\nAnd more, which `python -m maintenance audit` tells.\n\nFor each: mend" in out


def openapi() -> Node:
    """An OpenAPI document that agrees with the pages, in the manner of MOCO's."""
    boat = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string"},
            "length": {"type": "number", "nullable": True},
            "status": {"type": "string", "enum": ["moored", "sailing"]},
            "seats": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "kind": {"type": "string"},
                        "grade": {"type": "integer", "minimum": 1, "maximum": 3},
                    },
                },
            },
        },
    }
    body = {"properties": {"name": {"type": "string"}, "length": {"type": "number"}}}

    def operation(answer: Node, **more: object) -> Node:
        content = {"application/json": {"schema": answer}}
        return {"tags": ["Boats"], "responses": {"200": {"content": content}, "404": {"description": ""}}, **more}

    update = operation(boat, requestBody={"content": {"application/json": {"schema": body}}})
    query = [
        {"name": "status", "in": "query", "schema": {"type": "string", "enum": ["moored", "sailing"]}},
        {"name": "ids", "in": "query", "schema": {"type": "string"}},
    ]
    return {
        "openapi": "3.0.3",
        "info": {"version": "1.0.0"},
        "paths": {
            "/boats": {"get": operation({"type": "array", "items": boat}, parameters=query), "post": update},
            "/boats/{boat_id}": {"put": update, "patch": update},
        },
    }


def test_an_openapi_document_with_places_in_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = openapi()
    (folder / "theirs.json").write_text(json.dumps(whole, indent=1))
    assert main(["audit", "--openapi", str(folder / "theirs.json")]) == 0
    assert "3/3" in capsys.readouterr().out  # PUT and its PATCH twin are one
    body = whole["paths"]["/boats"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["crew"] = {"type": "integer"}
    (folder / "theirs.json").write_text(text := json.dumps(whole, indent=1))
    assert main(["audit", "--openapi", str(folder / "theirs.json")]) == 1
    line = next(number for number, line in enumerate(text.split("\n"), 1) if '"crew"' in line)
    out = capsys.readouterr().out
    assert f"theirs.json:{line} ↔ openapi/sections/boats.yaml:" in out
    assert "POST /boats, PUT /boats/{}" in out


@pytest.fixture
def published(folder: Path) -> Iterator[str]:
    """The folder on the web."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_document_on_the_web(folder: Path, published: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "theirs.json").write_text(json.dumps(openapi()))
    assert main(["audit", "--openapi", f"{published}/theirs.json"]) == 0
    assert main(["audit", "--openapi", f"{published}/theirs.yaml"]) == 2
    assert "theirs.yaml cannot be read: Client error '404" in capsys.readouterr().err


def test_yaml_is_as_good_as_json(folder: Path) -> None:
    with (folder / "theirs.yaml").open("w") as file:
        YAML(typ="safe").dump(openapi(), file)
    assert main(["audit", "--openapi", str(folder / "theirs.yaml")]) == 0


def test_what_is_recorded_is_compared_with_from_then_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "theirs.json").write_text(json.dumps(openapi()))
    docs, theirs = ["--docs", str(folder / "docs")], ["--openapi", str(folder / "theirs.json")]
    assert main(["audit", *docs, *theirs, "--record"]) == 0
    names = [source.name for source in read_inventory(folder / "openapi" / "inventory.json")]
    assert names == ["docs", "openapi"]
    edit(folder / "openapi" / "sections" / "boats.yaml", "enum: [moored, sailing]", "enum: [moored]")
    capsys.readouterr()
    assert main(["audit"]) == 1
    out = capsys.readouterr().out
    assert "value of status: sailing" in out
    assert "docs: boats.md ↔ openapi/sections/boats.yaml:" in out
    edit(folder / "openapi" / "sections" / "boats.yaml", "enum: [moored]", "enum: [moored, sailing]")
    edit(folder / "docs" / "boats.md", '"length": null', '"length": 12, "mast": 1')
    assert main(["audit", *docs, "--record"]) == 1  # what is recorded is still a difference
    assert [source.name for source in read_inventory(folder / "openapi" / "inventory.json")] == ["docs", "openapi"]
    assert main(["audit"]) == 1


def test_what_is_not_published_any_more_is_told_until_that_is_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, audit = folder / "docs" / "boats.md", ["audit", "--docs", str(folder / "docs")]
    (folder / "theirs.json").write_text(json.dumps(openapi()))
    assert main([*audit, "--openapi", str(folder / "theirs.json"), "--record"]) == 0
    edit(page, '- **ids** – "1,2" (comma-separated)\n', "")
    edit(page, "`sailing` = at sea", "")
    edit(page, "## PUT /boats/{id}", "## Change a boat")  # nothing that is read as an operation
    capsys.readouterr()
    assert main(audit) == 1
    out = capsys.readouterr().out
    assert "MOCO published it when we last looked, and does no more" in out
    assert "query parameter ids" in out
    assert "values of status: moored, sailing" in out
    assert "operation PUT /boats/{}" in out
    assert "docs: boats.md ↔ openapi/sections/boats.yaml:" in out
    assert "body attribute" not in out.partition("the spec has of")[0]  # they went with the operation
    assert main([*audit, "--record"]) == 1
    assert main(audit) == 0


# --- the docs' history


def git(folder: Path, *arguments: str, day: str = "2025-02-03") -> str:
    names = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
    mine = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z"}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **names, **mine}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def history(folder: Path) -> Path:
    """A repository of the docs: a parameter is renamed, the words change, an attribute and an operation come."""
    docs = folder / "docs"
    page = docs / "boats.md"
    edit(page, "- **status** –", "- **state** –")
    git(docs, "init", "--quiet")
    git(docs, "add", ".")
    git(docs, "commit", "--quiet", "-m", "begin", day="2025-01-02")
    edit(page, "- **state** –", "- **status** –")
    git(docs, "commit", "--quiet", "-am", "rename", day="2025-02-03")
    edit(page, "Returns an array of boats", "Returns an array of all boats")
    git(docs, "commit", "--quiet", "-am", "words", day="2025-02-04")
    (docs / "style.css").write_text("")
    git(docs, "add", ".")
    git(docs, "commit", "--quiet", "-m", "no page", day="2025-02-05")
    edit(page, '"name": "Anna",', '"name": "Anna",\n  "mast": 2,')
    page.write_text(page.read_text() + "\n## DELETE /boats/{id}\n")
    git(docs, "commit", "--quiet", "-am", "more", day="2025-02-06")
    return docs


def test_only_what_a_change_brought(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--docs", str(history), "--since", "HEAD~4"]) == 1
    out = capsys.readouterr().out
    assert "~ query parameter state → status: as in the spec" in out
    assert "+ answer attribute mast: not in the spec" in out
    assert "GET /boats, POST /boats, PUT /boats/{}  boats.md:11" in out
    assert "+ operation DELETE /boats/{}: not in the spec" in out
    assert main(["audit", "--docs", str(history), "--since", "HEAD~1", "--markdown"]) == 1
    out = capsys.readouterr().out
    assert "- [ ] added answer attribute `mast` – GET /boats" in out
    assert "status" not in out
    assert main(["audit", "--docs", str(history), "--since", "HEAD~1", "--json"]) == 1
    assert {each["name"] for each in json.loads(capsys.readouterr().out)} == {"", "mast"}
    assert main(["audit", "--docs", str(history), "--since", "HEAD~4..HEAD~2"]) == 0
    assert "mast" not in capsys.readouterr().out
    assert main(["audit", "--docs", str(history), "--since", "HEAD"]) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_what_is_left_out_on_purpose_is_not_to_be_done(history: Path) -> None:
    (history.parent / "openapi" / "differences.yaml").write_text(
        "- reason: Not needed.\n  differences: ['missing docs: *: answer mast', 'missing docs: DELETE /boats/{}']\n"
    )
    assert main(["audit", "--docs", str(history), "--since", "HEAD~4"]) == 0


def test_a_bare_repository_and_an_address_will_do(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = history.parent / "bare.git"
    git(history.parent, "clone", "--quiet", "--bare", str(history), str(bare))
    for location in (str(bare), f"file://{bare}"):
        assert main(["audit", "--docs", location]) == 1
        assert "answer attribute mast" in capsys.readouterr().out


# --- what goes wrong


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--docs", "nowhere"], "nowhere"),
        (["--docs", "openapi"], "openapi"),
        (["--docs", "file:///nowhere"], "cannot be cloned"),
        (["--openapi", "nowhere.json"], "nowhere.json cannot be read"),
        (["--openapi", "http://127.0.0.1:9/openapi.json"], "cannot be read"),
        (["--openapi", "docs/boats.md"], "no OpenAPI document"),
        (["--openapi", "openapi/differences.yaml"], "no OpenAPI document"),
        (["--since", "HEAD"], "--since needs --docs"),
        (["--record"], "--record needs"),
        (["--docs", "docs", "--since", "HEAD", "--record"], "--since and --record do not go together"),
        (["--known", "--markdown"], "--known is for the text alone"),
    ],
)
def test_a_source_that_cannot_be_read(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    assert main(["audit", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("revision", ["nope", "--output=x", "nope..HEAD", "HEAD..nope", "HEAD:boats.md"])
def test_a_revision_that_is_none(history: Path, capsys: pytest.CaptureFixture[str], revision: str) -> None:
    assert main(["audit", "--docs", str(history), f"--since={revision}"]) == 2
    assert "has no revision" in capsys.readouterr().err
    assert not (history / "x").exists()


def test_a_page_in_another_encoding(folder: Path) -> None:
    page = folder / "docs" / "boats.md"
    page.write_bytes(page.read_bytes() + "Länge\n".encode("latin-1"))
    assert main(["audit", "--docs", str(folder / "docs")]) == 0
