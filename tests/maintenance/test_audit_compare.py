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


def attribute(document: Node, name: str, key: str) -> Node:
    node: Node = schema(document, name)["properties"][key]
    return node


def remove_parameter(document: Node, key: str, value: str) -> None:
    parameters = document["paths"]["/projects"]["get"]["parameters"]
    parameters.remove(next(each for each in parameters if each.get(key, "").endswith(value)))


TASKS = "/projects/{project_id}/tasks"
CHANGES: list[tuple[Callable[[Node], object], str]] = [
    (lambda d: d["paths"]["/projects/{id}/archive"].pop("put"), "missing docs: PUT /projects/{}/archive"),
    (lambda d: remove_parameter(d, "name", "include_archived"), "missing docs: GET /projects: query include_archived"),
    (lambda d: remove_parameter(d, "$ref", "/Ids"), "missing openapi: GET /projects: query ids"),
    (lambda d: schema(d, "ProjectTaskUpdate")["properties"].pop("hourly_rate"),
     "missing docs: POST /projects/{}/tasks: body hourly_rate"),
    (lambda d: d["paths"][TASKS]["post"].pop("requestBody"), "missing openapi: POST /projects/{}/tasks: body"),
    (lambda d: schema(d, "ProjectTask")["properties"].pop("budget"),
     "missing openapi: GET /projects/{}/tasks: answer budget"),
    (lambda d: schema(d, "RevenueCategory")["properties"].pop("cost_category"),
     "missing docs: GET /offers/{}: answer items[].revenue_category.cost_category"),
    (lambda d: schema(d, "InvoiceStatus")["enum"].remove("overdue"),
     "missing openapi: GET /invoices/{}: answer status=overdue"),
    (lambda d: schema(d, "InvoiceStatus")["enum"].remove("overdue"),
     "missing docs: GET /invoices: query status=overdue"),
    (lambda d: attribute(d, "ProjectTask", "budget").update(type="number"),
     "missing openapi: GET /projects/{}/tasks/{}: answer budget?"),
    (lambda d: attribute(d, "ProjectTask", "hourly_rate").update(type="string"),
     "type openapi: GET /projects/{}/tasks/{}: answer hourly_rate"),
    (lambda d: attribute(d, "ProjectTask", "hourly_rate").update(type="string"),
     "type docs: GET /projects/{}/tasks/{}: answer hourly_rate"),
    (lambda d: schema(d, "Invoice")["properties"].update(items=attribute(d, "Invoice", "items")["items"]),
     "missing openapi: GET /invoices/{}: answer items[].type"),
    (lambda d: d["paths"].update({"/boats": {"get": d["paths"]["/units"]["get"]}}), "extra: GET /boats"),
    (lambda d: schema(d, "ProjectTask")["properties"].update(mood={"type": "string"}),
     "extra: GET /projects/{}/tasks/{}: answer mood"),
    (lambda d: schema(d, "InvoiceStatus")["enum"].append("eaten"), "extra: GET /invoices/{}: answer status=eaten"),
    (lambda d: attribute(d, "ProjectTask", "name").update(type=["string", "null"]),
     "extra: GET /projects/{}/tasks/{}: answer name?"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "difference"), CHANGES)
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
