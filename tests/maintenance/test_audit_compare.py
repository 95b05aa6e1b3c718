"""Comparison: nothing that MOCO publishes is missing from our spec, and what is missing would be found."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from generator.spec.schema import Bundle, Node
from maintenance.__main__ import SPEC, main
from maintenance.audit.compare import compare, type_conflict
from maintenance.audit.exceptions import read_exceptions, sort_differences
from maintenance.audit.facts import BOOLEAN, DATE, INTEGER, LIST, NUMBER, RECORD, TEXT, TIME, Fact, Source
from maintenance.audit.sources import facts_from_spec


def test_every_difference_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 0
    out = capsys.readouterr().out
    assert "256/257" in out  # the one is a slip of the docs
    assert "291/291" in out
    assert "0 new differences" in out


def test_nearly_everything_is_covered(spec: Bundle, recorded: list[Source]) -> None:
    for (source, what), count in compare(facts_from_spec(spec), recorded).counts.items():
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
    ("change", "difference"),
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
def test_what_is_missing_or_different_is_noticed(
    spec: Bundle, recorded: list[Source], change: Callable[[Node], None], difference: str
) -> None:
    changed = Bundle(copy.deepcopy(spec.document), spec.sources)
    change(changed.document)
    comparison = compare(facts_from_spec(changed), recorded)
    done = sort_differences(comparison.differences, read_exceptions(SPEC.parent / "differences.yaml"))
    assert difference in set(map(str, done.new))


def test_what_is_missing_is_one_gap_with_all_that_is_in_it(spec: Bundle, recorded: list[Source]) -> None:
    changed = Bundle(copy.deepcopy(spec.document), spec.sources)
    del schema(changed.document, "ProjectTask")["properties"]["revenue_category"]
    gaps = set(map(str, compare(facts_from_spec(changed), recorded).differences))
    assert "missing docs: GET /projects/{}/tasks: answer revenue_category" in gaps
    assert "missing docs: GET /projects/{}/tasks: answer revenue_category.id" not in gaps


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
