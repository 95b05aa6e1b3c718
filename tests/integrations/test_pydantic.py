"""Models at home in pydantic: validated as `strict` would, dumped as MOCO sent them, described as the spec does."""

from __future__ import annotations

import asyncio
import copy
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import moco_async.models
from generator.spec.schema import Bundle
from moco_async import Page, Unrecognized
from moco_async._model import Model
from moco_async.models import Activity, ActivityCreate, Company, NamedRef, Project, RemoteService
from moco_async.sandbox import Sandbox

CLASSES = [getattr(moco_async.models, name) for name in moco_async.models.__all__]
LISTS = [
    "activities",
    "catalog_services",
    "comments",
    "companies",
    "contacts",
    "deals",
    "employments",
    "fixed_costs",
    "invoices",
    "offers",
    "planning_entries",
    "presences",
    "projects",
    "purchases",
    "receipts",
    "schedules",
    "units",
    "users",
    "web_hooks",
]
MODELS: list[type[Model]] = [cls for cls in CLASSES if issubclass(cls, Model)]


def within(value: Any) -> Iterator[Model]:
    """A record, and the records in it."""
    if isinstance(value, Model):
        yield value
        for inside in value._present().values():
            yield from within(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from within(inside)


async def listed() -> dict[type[Model], list[Model]]:
    """What the sandbox has, a few of each kind."""
    found: dict[type[Model], list[Model]] = defaultdict(list)
    async with Sandbox(rate_limit=None).client() as client:
        for name in LISTS:
            for row in (await getattr(client, name).list())[:5]:
                for record in within(row):
                    found[type(record)].append(record)
    return found


@cache
def records() -> dict[type[Model], list[Model]]:
    return asyncio.run(listed())


@pytest.fixture
def project() -> Project:
    (found, *_) = records()[Project]
    assert isinstance(found, Project)
    return copy.deepcopy(found)


class TestRecords:
    def test_there_are_many_kinds(self) -> None:
        assert len(records()) > 25

    @pytest.mark.parametrize("mode", ["python", "json"])
    def test_they_are_validated_and_dumped_without_loss(self, mode: Any) -> None:
        for cls, rows in records().items():
            adapter: TypeAdapter[list[Model]] = TypeAdapter(list[cls])  # type: ignore[valid-type]  # known at run time
            plain = [row.to_dict() for row in rows]
            assert adapter.dump_python(rows, mode=mode) == plain
            assert adapter.validate_python(plain) == rows
            assert adapter.validate_json(adapter.dump_json(rows)) == rows

    def test_times_unknown_and_absent_attributes_stay_as_they_came(self) -> None:
        raw = {"id": 7, "created_at": "2026-01-31T14:30:00.120Z", "nobody_knows": {"b": [1.0]}}
        adapter = TypeAdapter(Activity)
        record = adapter.validate_python(raw)
        assert record == Activity.from_dict(raw)
        assert adapter.dump_python(record) == raw
        assert (
            adapter.dump_json(record) == b'{"id":7,"created_at":"2026-01-31T14:30:00.120Z","nobody_knows":{"b":[1.0]}}'
        )

    def test_a_record_passes_as_it_is(self, project: Project) -> None:
        project.billing_variant = Unrecognized("by the moon")
        assert TypeAdapter(Project).validate_python(project) is project

    def test_one_of_another_model_does_not(self, project: Project) -> None:
        with pytest.raises(ValidationError, match="valid dictionary"):
            TypeAdapter(Activity).validate_python(project)

    def test_they_are_fields_of_pydantics_models(self, project: Project) -> None:
        class Report(BaseModel):
            project: Project
            activities: list[Activity]
            customer: Company | NamedRef | None = None
            service: RemoteService | Unrecognized | None = None

        report = Report(project=project, activities=[], customer=project.customer)
        plain = report.model_dump()
        assert plain["project"] == project.to_dict()
        assert plain["customer"] == project.customer.to_dict()
        assert report.model_dump(mode="json") == plain
        assert Report.model_validate(plain).project == project
        assert Report.model_validate_json(report.model_dump_json()).project == project
        assert copy.deepcopy(report) == report

    def test_parts_may_be_left_out(self, project: Project) -> None:
        adapter = TypeAdapter(list[Project])
        (row,) = adapter.dump_python([project], mode="json", exclude={0: {"budget": True, "customer": {"name"}}})
        assert "budget" not in row
        assert row["customer"] == {"id": project.customer.id}
        assert adapter.dump_json([project], include={0: {"id"}}) == b'[{"id":%d}]' % project.id

    def test_any_knows_them(self, project: Project) -> None:
        page = Page([project], number=1, per_page=1, total=1, has_next=False)
        everything = TypeAdapter(dict[str, Any])
        given = {"one": project, "more": page, "text": Unrecognized("x")}
        plain = {"one": project.to_dict(), "more": [project.to_dict()], "text": "x"}
        assert everything.dump_python(given) == everything.dump_python(given, mode="json") == plain
        assert everything.validate_json(everything.dump_json(given)) == plain

    def test_in_a_union_pydantic_finds_what_is_none(self, project: Project) -> None:
        either: TypeAdapter[Any] = TypeAdapter(Project | str | list[int])
        assert either.dump_python([project, "x"][0]) == project.to_dict()
        assert either.dump_json("x") == b'"x"'
        assert either.dump_json([1]) == b"[1]"


class TestInput:
    @pytest.mark.parametrize(
        ("raw", "place", "kind", "message"),
        [
            ({"id": "7"}, ("id",), "wrong_type", "text '7' where the spec says an integer"),
            ({"hours": None}, ("hours",), "null_not_allowed", "null is not allowed"),
            ({"date": "2026-02-30"}, ("date",), "wrong_type", "text '2026-02-30' where the spec says a date"),
            ({"created_at": "now"}, ("created_at",), "wrong_type", "text 'now' where the spec says a time"),
            ({"user": {"id": []}}, ("user", "id"), "wrong_type", "a list where the spec says an integer"),
            (
                {"remote_service": "{x}"},
                ("remote_service",),
                "unknown_value",
                "'{x}' is not a value of RemoteService that the spec knows",
            ),
        ],
    )
    def test_what_strict_refuses_is_refused_with_its_place(
        self, raw: dict[str, Any], place: tuple[str, ...], kind: str, message: str
    ) -> None:
        adapter = TypeAdapter(list[Activity])
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python([{}, raw])
        (error,) = caught.value.errors()
        assert (error["loc"], error["type"], error["msg"]) == ((1, *place), kind, message)
        with pytest.raises(ValidationError) as again:
            adapter.validate_json(json.dumps([{}, raw]))
        assert again.value.errors() == caught.value.errors()

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(ActivityCreate).validate_json(b'{"date": 1, "task_id": null, "tag": []}')
        assert [error["loc"][0] for error in caught.value.errors()] == ["date", "task_id", "tag", "project_id"]

    def test_absent_and_unknown_attributes_are_taken(self) -> None:
        assert TypeAdapter(Activity).validate_python({"new": 1}).to_dict() == {"new": 1}

    def test_but_a_new_record_has_to_have_what_it_requires(self) -> None:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(ActivityCreate).validate_python({"date": "2026-01-31", "project_id": 1, "new": 1})
        (error,) = caught.value.errors()
        assert (error["loc"], error["type"], error["input"]) == (("task_id",), "missing", None)

    @pytest.mark.parametrize("cls", MODELS, ids=lambda cls: cls.__name__)
    def test_what_is_required_may_be_missing_where_answers_have_it(self, cls: type[Model], spec: Bundle) -> None:
        problems = []
        try:
            TypeAdapter(cls).validate_python({})
        except ValidationError as error:
            problems = error.errors()
        schema = spec.document["components"]["schemas"][cls.__name__]
        required = set() if cls.__name__ in spec.answered() else spec.required(schema)
        assert {(each["type"], each["loc"]) for each in problems} == {("missing", (name,)) for name in required}

    def test_pythons_own_values_are_taken(self) -> None:
        given = {
            "date": date(2026, 1, 31),
            "created_at": datetime(2026, 1, 31, tzinfo=UTC),
            "remote_service": RemoteService.JIRA,
            "customer": NamedRef(id=1, name="x"),
        }
        record = TypeAdapter(Activity).validate_python(given)
        assert {name: getattr(record, name) for name in given} == given

    @pytest.mark.parametrize("value", [5, "x", [], None])
    def test_what_is_not_an_object_is_refused(self, value: object) -> None:
        with pytest.raises(ValidationError, match="valid dictionary"):
            TypeAdapter(Project).validate_python(value)

    @pytest.mark.parametrize("value", [object(), datetime(2026, 1, 31)])
    def test_what_json_cannot_say_is_refused(self, value: object) -> None:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(Project).validate_python({"info": value})
        assert [error["type"] for error in caught.value.errors()] == ["not_json"]


class TestPages:
    def test_a_page_is_the_list_of_its_rows(self, project: Project) -> None:
        page = Page([project], number=2, per_page=1, total=9, has_next=True)
        adapter = TypeAdapter(Page[Project])
        assert adapter.validate_python(page) is page
        assert adapter.dump_python(page) == [project.to_dict()]
        again = adapter.validate_json(adapter.dump_json(page))
        assert (again[0], again.number, again.has_next) == (project, 1, False)
        assert TypeAdapter(list[Project]).validate_python(page) == [project]
        assert TypeAdapter(Page).dump_python(page) == [project.to_dict()]

    @pytest.mark.parametrize("mode", ["validation", "serialization"])
    def test_in_the_schema_as_well(self, mode: Any) -> None:
        schema = TypeAdapter(Page[NamedRef]).json_schema(mode=mode)
        assert (schema["type"], schema["items"]) == ("array", {"$ref": "#/$defs/NamedRef"})

    def test_its_rows_are_checked(self) -> None:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(Page[NamedRef]).validate_python([{"id": 1}, {"id": "x"}])
        assert caught.value.errors()[0]["loc"] == (1, "id")


class TestUnrecognized:
    @pytest.mark.parametrize("as_json", [False, True])
    def test_it_is_what_the_enum_lacks(self, as_json: bool) -> None:
        adapter: TypeAdapter[Any] = TypeAdapter(RemoteService | Unrecognized | None)
        for text in ("jira", "abacus"):
            found = adapter.validate_json(f'"{text}"') if as_json else adapter.validate_python(text)
            assert type(found) is (RemoteService if text == "jira" else Unrecognized)
            assert found == text
            assert adapter.dump_python(found, mode="json") == text
        with pytest.raises(ValidationError):
            adapter.validate_python(7)

    @pytest.mark.parametrize("mode", ["validation", "serialization"])
    def test_it_is_text(self, mode: Any) -> None:
        assert TypeAdapter(Unrecognized).json_schema(mode=mode) == {"type": "string"}


class TestSchemas:
    @pytest.mark.parametrize("cls", MODELS, ids=lambda cls: cls.__name__)
    def test_they_say_what_the_spec_says(self, cls: type[Model], spec: Bundle) -> None:
        schema = TypeAdapter(cls).json_schema()
        assert TypeAdapter(cls).json_schema(mode="serialization") == schema
        jsonschema.Draft202012Validator.check_schema(schema)
        source = spec.document["components"]["schemas"][cls.__name__]
        properties = spec.properties(source)
        assert schema["properties"].keys() == properties.keys()
        assert set(schema.get("required", ())) == spec.required(source)
        assert schema["description"] == " ".join(source["description"].split())
        for name, node in properties.items():
            described = schema["properties"][name]
            words = node.get("description") or spec.resolve(node)["description"]
            assert described["description"].removeprefix("Deprecated. ") == " ".join(words.split())
            assert described.get("deprecated", False) == node.get("deprecated", False)
            assert shape(spec, described) == shape(spec, node), name

    def test_the_sandboxes_records_are_valid_by_them(self) -> None:
        for cls, rows in records().items():
            validator = jsonschema.Draft202012Validator(TypeAdapter(cls).json_schema())
            for row in rows:
                validator.validate(row.to_dict())

    def test_an_enum_lists_its_values(self) -> None:
        assert TypeAdapter(Activity).json_schema()["$defs"]["RemoteService"]["enum"] == list(RemoteService)


def shape(spec: Bundle, node: dict[str, Any]) -> set[Any]:
    """What a value may be, in the spec's schema or in ours: types, with formats, and names of models."""
    options = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    found = set().union(*(shape(spec, option) for option in options))
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        known = name in moco_async.models.__all__
        return {name} if known else shape(spec, spec.document["components"]["schemas"][name])
    kind = node.get("type", ())
    for each in [kind] if isinstance(kind, str) else kind:
        match each:
            case "array":
                found.add((each, frozenset(shape(spec, node["items"]))))
            case "object":
                found.add((each, frozenset(shape(spec, node["additionalProperties"]))))
            case "string" if "const" in node:
                found.add(node["const"])
            case "string" if node.get("format") in {"date", "date-time"}:
                found.add(node["format"])
            case _:
                found.add(each)
    return found
