"""`python -m generator coverage`: that nothing MOCO publishes is missing, and that the command would say so."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.__main__ import INVENTORY, OMISSIONS, main
from generator.bundle import Bundle, Node
from generator.coverage import KINDS, SOURCES, Check, Omission, compare, coverage_of, read_omissions, report
from generator.inventory import Fact, Inventory, read_inventory, write_inventory


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return read_inventory(INVENTORY)


@pytest.fixture(scope="module")
def checks(spec: Bundle, inventory: Inventory) -> list[Check]:
    return compare(spec, inventory)


@pytest.mark.parametrize("source", SOURCES)
def test_every_operation_is_covered(checks: list[Check], source: str) -> None:
    covered, total = coverage_of(checks, source, "operations")
    assert covered == total > 250


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize("source", SOURCES)
def test_nearly_everything_else_is_covered(checks: list[Check], source: str, kind: str) -> None:
    covered, total = coverage_of(checks, source, kind)
    assert covered / total >= 0.99
    assert total > 250


def test_every_gap_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage"]) == 0
    assert "256/256" in capsys.readouterr().out


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


def with_a_record_in_place_of_a_list(document: Node) -> None:
    schema(document, "Invoice")["properties"]["items"] = schema(document, "Invoice")["properties"]["items"]["items"]


@pytest.mark.parametrize(
    ("spoil", "gap"),
    [
        (without_operation, "docs: PUT /projects/{}/archive"),
        (without_parameter, "docs: GET /projects: query include_archived"),
        (without_shared_parameter, "openapi: GET /projects: query ids"),
        (without_body_attribute, "docs: POST /projects/{}/tasks: body hourly_rate"),
        (without_body, "openapi: POST /projects/{}/tasks: body"),
        (without_attribute, "openapi: GET /projects/{}/tasks: answer budget"),
        (without_nested_attribute, "docs: GET /offers/{}: answer items[].revenue_category.cost_category"),
        (without_enum_value, "openapi: GET /invoices/{}: answer status=overdue"),
        (without_enum_value, "docs: GET /invoices: query status=overdue"),
        (without_null, "openapi: GET /projects/{}/tasks/{}: answer budget?"),
        (with_a_record_in_place_of_a_list, "openapi: GET /invoices/{}: answer items[].type"),
    ],
)
def test_what_is_removed_is_noticed(
    spec: Bundle, inventory: Inventory, spoil: Callable[[Node], None], gap: str
) -> None:
    spoiled = Bundle(copy.deepcopy(spec.document), spec.sources)
    spoil(spoiled.document)
    checks = compare(spoiled, inventory)
    assert gap in {check.fact for check in checks if not check.found}
    text, well = report(checks, read_omissions(OMISSIONS))
    assert not well
    assert f"{gap} is n" in text


def test_what_is_missing_is_one_gap_with_all_that_is_in_it(spec: Bundle, inventory: Inventory) -> None:
    spoiled = Bundle(copy.deepcopy(spec.document), spec.sources)
    del schema(spoiled.document, "ProjectTask")["properties"]["revenue_category"]
    gaps = {check.fact for check in compare(spoiled, inventory) if not check.found}
    assert "docs: GET /projects/{}/tasks: answer revenue_category" in gaps
    assert "docs: GET /projects/{}/tasks: answer revenue_category.id" not in gaps


def test_no_reason_is_good_enough_for_an_operation() -> None:
    missing = Check("docs", "operations", "docs: GET /x", found=False)
    assert report([missing], [Omission("*", "Not needed.")])[1] is False


def test_an_omission_that_is_no_gap_is_an_error(checks: list[Check]) -> None:
    stale = Omission("docs: GET /projects: query include_*", "Was missing once.")
    text, well = report(checks, [*read_omissions(OMISSIONS), stale])
    assert not well
    assert f"{stale.pattern!r} is no gap" in text


@pytest.mark.parametrize("text", ["id", "tags[].name?", "items[].type=item|page-break", "symbol?=|1|2", "kind=a|..."])
def test_facts_come_back_as_they_were_written(text: str) -> None:
    assert str(Fact.parse(text)) == text


ATTRIBUTE: Node = {"type": "string", "nullable": False}
ENDPOINT: Node = {"query": [], "body": None, "paginated": False, "global_filters": False, "returns_schema": None}
OPERATION: Node = {"query": {}, "body": None, "responses": {}}


def test_the_inventory_is_made_from_what_was_gathered(tmp_path: Path) -> None:
    ref = [{"name": "id", **ATTRIBUTE}]
    record = [
        {"name": "kind", **ATTRIBUTE, "enum_open": ["a"]},
        {"name": "state", **ATTRIBUTE, "nullable": True, "enum": ["y", "x"]},
        {"name": "guess", **ATTRIBUTE, "nullable": True, "nullable_basis": "inferred"},
        {"name": "rows", "type": "array", "nullable": False, "ref": "Ref"},
    ]
    file = {"name": "file", "type": "object(file-base64)", "fields": [{"name": "base64", "type": "string"}]}
    paged = {"paginated": True, "pagination_basis": "docs", "global_filters": "stated", "returns_schema": "Record"}
    gathered: dict[str, list[Node]] = {
        "endpoints.json": [
            {**ENDPOINT, "method": "GET", "path": "/records", **paged},
            {**ENDPOINT, "method": "GET", "path": "/records/{id}", "returns_schema": "Record (probable)"},
            {**ENDPOINT, "method": "PATCH", "path": "/records/{id}", "body": [file]},
            {**ENDPOINT, "method": "PUT", "path": "/tags/{id}"},
            {**ENDPOINT, "method": "PATCH", "path": "/tags/{id}"},
            {**ENDPOINT, "method": "POST", "path": "/gone", "legacy": True},
        ],
        "entities.json": [{"name": "Record", "attributes": record}, {"name": "Ref", "attributes": ref}],
        "official_operations.json": [
            {
                **OPERATION,
                "method": "PUT",
                "path": "/records/{record_id}",
                "query": {"kinds": ["string:b|a"], "users": {"one_of": [["integer"], "string"]}},
                "responses": {
                    "200": {
                        "attributes": [{"id": "integer", "by?": {"one_of": [{"id": "integer"}, {"name": "string"}]}}]
                    },
                    "422": {"attributes": {"message": "string"}},
                },
            },
            {
                **OPERATION,
                "method": "PATCH",
                "path": "/records/{record_id}",
                "body": {"attributes": {"a": [{"b?": "x"}]}},
            },
        ],
    }
    for name, content in gathered.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    write_inventory(tmp_path, tmp_path / "inventory.json")

    written = json.loads((tmp_path / "inventory.json").read_text("utf-8"))
    assert list(written["docs"]) == [
        "GET /records",
        "GET /records/{}",
        "PUT /records/{}",
        "PATCH /tags/{}",
        "PUT /tags/{}",
    ]
    assert written["docs"]["GET /records"] == {
        "query": ["ids", "page", "updated_after"],
        "answer": ["guess", "kind=a|...", "rows", "rows[].id", "state?=x|y"],
    }
    assert written["docs"]["GET /records/{}"] == {"answer": "GET /records"}
    assert written["docs"]["PUT /records/{}"] == {"body": ["file", "file.base64"]}
    assert written["openapi"] == {
        "PUT /records/{}": {
            "query": ["kinds=a|b", "users"],
            "body": ["a", "a[].b?"],
            "answer": ["by?", "by.id", "by.name", "id"],
        }
    }
    read = read_inventory(tmp_path / "inventory.json")
    assert read["docs"]["GET /records/{}"]["answer"] == written["docs"]["GET /records"]["answer"]
