"""OpenAPI documents as facts, and facts as lines of the inventory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.spec.locations import Location
from generator.spec.schema import Node
from maintenance.__main__ import SPEC
from maintenance.audit.document import read_document
from maintenance.audit.facts import BOOLEAN, DATE, INTEGER, LIST, NUMBER, RECORD, TEXT, TIME, Fact, Source
from maintenance.audit.inventory import format_fact, parse_fact, read_inventory, write_inventory


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
        assert [format_fact(fact) for fact in read.values()] == facts


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
    assert [format_fact(fact) for fact in read.parts["query"].values()] == ["page integer", "custom text"]
    assert [format_fact(fact) for fact in read.parts["body"].values()] == ["a!"]
    assert read.parts["query"]["page"].position == ("components", "p", "P")


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
    assert parse_fact(format_fact(fact), Location("")) == fact


def test_a_range_comes_back(tmp_path: Path) -> None:
    fact = Fact("x", frozenset({INTEGER}), bounds=(1, 10))
    assert parse_fact(format_fact(fact), Location("")) == fact


def test_what_is_not_a_fact_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a fact"):
        parse_fact("a fact that is none!", Location(""))


def test_the_inventory_comes_back_as_it_was_written(recorded: list[Source], tmp_path: Path) -> None:
    write_inventory(recorded, tmp_path / "inventory.json")
    assert read_inventory(tmp_path / "inventory.json") == recorded
    assert (tmp_path / "inventory.json").read_bytes() == (SPEC.parent / "inventory.json").read_bytes()
