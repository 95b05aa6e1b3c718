"""The changes of generated code: every kind of change of a spec, its weight and its name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.spec.bundle import bundle
from generator.spec.locations import Locator
from generator.spec.schema import Node
from maintenance.diff.change import Weight
from maintenance.diff.spec_changes import compare
from maintenance.diff.surface import Surface, read_surface

SMALL = Path(__file__).parent.parent / "generator" / "spec" / "moco.yaml"
SPEC = bundle(SMALL)


def schema(document: Node, name: str) -> Node:
    found: Node = document["components"]["schemas"][name]
    return found


def properties(document: Node, name: str) -> Node:
    found: Node = schema(document, name)["properties"]
    return found


def operation(document: Node, path: str = "/things", method: str = "get") -> Node:
    found: Node = document["paths"][path][method]
    return found


def parameter(document: Node, name: str) -> Node:
    found: Node = next(each for each in operation(document)["parameters"] if each["name"] == name)
    return found


ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
QUERY = {"name": "q", "in": "query", "schema": {"type": "integer"}}
LIST, CREATE = "client.things.list", "client.things.create"

# fmt: off
CHANGES: dict[str, tuple[Callable[[Node], object], list[str]]] = {
    "call gone": (lambda d: d["paths"].pop("/things/{id}.pdf"), ["breaking client.things.pdf is gone"]),
    "call new": (
        lambda d: d["paths"].update({"/x": {"get": {**operation(d, "/things/{id}"), "operationId": "things.find"}}}),
        ["additive client.things.find is new"]),
    "another path": (lambda d: d["paths"].update({"/x/{id}.pdf": d["paths"].pop("/things/{id}.pdf")}), []),
    "argument gone": (
        lambda d: operation(d)["parameters"].remove(parameter(d, "ids")), [f"breaking {LIST}(ids=...) is gone"]),
    "argument new": (
        lambda d: operation(d)["parameters"].append(QUERY), [f"additive {LIST}(q=...) is new (int)"]),
    "argument new and required": (
        lambda d: operation(d)["parameters"].append({**QUERY, "required": True}),
        [f"breaking {LIST}(q=...) is new, and required (int)"]),
    "argument renamed": (
        lambda d: parameter(d, "active").update(name="live"), [f"breaking {LIST}(active=...) is called `live` now"]),
    "argument required": (
        lambda d: parameter(d, "active").update(required=True), [f"breaking {LIST}(active=...) is required"]),
    "argument of the body optional": (
        lambda d: schema(d, "ThingCreate").pop("required"), [f"additive {CREATE}(name=...) may be left out"]),
    "argument takes a float": (
        lambda d: parameter(d, "page")["schema"].update(type="number"),
        [f"additive {LIST}(page=...) takes float, not int"]),
    "argument takes less": (
        lambda d: properties(d, "ThingUpdate")["name"].update(type="string"),
        [f"breaking {CREATE}(name=...) takes str, not str | None"]),
    "argument that is no longer a range": (
        lambda d: parameter(d, "period")["schema"].pop("x-range"),
        [f"breaking {LIST}(period=...) takes str, not str | tuple[datetime.date, datetime.date]"]),
    "argument takes several": (
        lambda d: properties(d, "ThingDelete")["reason"].update({"x-separator": ","}),
        ["additive client.things.delete(reason=...) takes Sequence[str] | str, not str"]),
    "argument that is no longer a file": (
        lambda d: schema(d, "FileUpload").pop("x-file"),
        ["additive FileUpload is new", f"breaking {CREATE}(picture=...) takes FileUpload, not File"]),
    "arguments of a path in another order": (
        lambda d: operation(d, "/things/{kind}/parts")["parameters"].insert(0, ID),
        ["breaking client.things.parts(id=...) is new, and required (int)",
         "breaking client.things.parts(kind=...) has another position"]),
    "arguments together": (
        lambda d: operation(d).update({"x-together": [["from", "active"], ["from", "period"]]}),
        [f"breaking {LIST} raises ValueError if only some of from_, period are given"]),
    "no pages any more": (
        lambda d: operation(d).pop("x-paged"), [f"breaking {LIST} returns list[Thing], not Pager[Thing]"]),
    "may be empty": (
        lambda d: operation(d, "/things/{id}").update({"x-may-be-empty": True}),
        ["breaking client.things.get returns Thing | None, not Thing"]),
    "is never empty": (
        lambda d: operation(d, "/things/{id}/touch", "post").pop("x-may-be-empty"),
        ["additive client.things.touch returns Thing, not Thing | None"]),
    "class gone": (
        lambda d: properties(d, "Thing")["owner"].update(anyOf=[{"$ref": "#/components/schemas/Ref"}]),
        ["breaking Owner is gone", "additive Thing.owner is Ref, not Owner | Ref"]),
    "attribute gone": (lambda d: properties(d, "Owner").pop("address"), ["breaking Owner.address is gone"]),
    "attribute new": (
        lambda d: properties(d, "Owner").update(x={"type": "string"}), ["additive Owner.x is new (str | Unset)"]),
    "attribute may be null": (
        lambda d: properties(d, "Owner")["name"].update(type=["string", "null"]),
        ["breaking Owner.name is str | None, not str"]),
    "attribute is never null": (
        lambda d: properties(d, "Thing")["name"].update(type="string"), ["additive Thing.name is str, not str | None"]),
    "attribute may be absent": (
        lambda d: schema(d, "Owner")["required"].remove("name"), ["breaking Owner.name is str | Unset, not str"]),
    "attribute with a list of something else": (
        lambda d: properties(d, "Thing")["parts"].update(items={"type": "string"}),
        ["breaking Thing.parts is list[str], not list[Ref]"]),
    "attribute becomes an enum": (
        lambda d: properties(d, "Owner").update(name={"$ref": "#/components/schemas/ThingKind"}),
        ["additive Owner.name is ThingKind | str, not str", "documentation Owner.name is described anew"]),
    "values of a map": (
        lambda d: schema(d, "Values").update(additionalProperties={"type": "integer"}),
        ["breaking Thing.values is dict[str, int], not dict[str, list[str] | str | None]",
         f"breaking {CREATE}(values=...) takes dict[str, int], not dict[str, list[str] | str | None]"]),
    "values of an enum": (
        lambda d: schema(d, "ThingKind").update({"enum": ["a-b"], "x-enum-varnames": None}),
        ["additive ThingKind.A_B is new ('a-b')",
         *(f"breaking ThingKind.{name} is gone" for name in ("NONE", "SMALL", "VERY_LARGE"))]),
    "deprecated": (
        lambda d: properties(d, "Owner")["name"].update(deprecated=True), ["documentation Owner.name is deprecated"]),
    "described anew": (
        lambda d: (schema(d, "Owner").update(description="x"), operation(d).update(summary="y")),
        ["documentation Owner is described anew", f"documentation {LIST} is described anew"]),
}
# fmt: on


def changed(*kinds: str) -> Node:
    document = copy.deepcopy(SPEC.document)
    for kind in kinds:
        CHANGES[kind][0](document)
    return document


def compared(old: Node, new: Node) -> list[str]:
    found = compare(read_surface(old), read_surface(new), lambda pointer: "")
    return sorted((f"{each.weight} {each.name} {each.text}" for each in found), key=lambda line: line.partition(" ")[2])


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_has_its_weight_and_its_name(kind: str) -> None:
    assert compared(SPEC.document, changed(kind)) == sorted(CHANGES[kind][1], key=lambda line: line.partition(" ")[2])


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("argument required", "spec/sections/things.yaml:20"),
        ("argument new", "spec/sections/things.yaml:17"),  # the list of parameters it belongs to
        ("argument of the body optional", "spec/sections/things.yaml:205"),
        ("attribute may be null", "spec/sections/things.yaml:186"),
        ("argument gone", "spec/sections/things.yaml:8"),
        ("may be empty", "spec/sections/things.yaml:70"),
    ],
)
def test_a_change_is_located_in_the_sections(kind: str, line: str) -> None:
    locator = Locator(SPEC, SMALL.parent)
    found = compare(
        read_surface(SPEC.document), read_surface(changed(kind)), lambda pointer: str(locator.find(*pointer))
    )
    assert [each.location for each in found] == [line]


def test_a_parameter_of_a_path_is_located_at_the_path() -> None:
    locator = Locator(SPEC, SMALL.parent)
    pointer = ("paths", "/things/{kind}/parts", "get", "parameters", 0)
    assert str(locator.find(*pointer)) == "spec/sections/things.yaml:106"


@given(st.sets(st.sampled_from(sorted(CHANGES)), max_size=1))
def test_what_one_way_adds_the_other_way_removes(kinds: set[str]) -> None:
    before, after = read_surface(SPEC.document), read_surface(changed(*kinds))

    def names(old: Surface, new: Surface, text: str) -> set[str]:
        found = compare(old, new, lambda pointer: "")
        return {each.name for each in found if each.text.startswith(text) and each.weight is not Weight.DOCUMENTATION}

    assert names(before, after, "is new") == names(after, before, "is gone")
    assert names(before, after, "is gone") == names(after, before, "is new")


def test_a_spec_does_not_differ_from_itself(spec: Any) -> None:
    assert compared(spec.document, spec.document) == []
