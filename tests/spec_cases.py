"""The operations of the bundled spec, values for their arguments, and records to answer with.

Everything here is read from `openapi.json` and shares no code with the generator. A value is "meant" as JSON has it;
`rich` says it as Python would.
"""

from __future__ import annotations

import base64
import json
import keyword
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from moco_async import File, models

Node = Mapping[str, Any]
Fullness = Literal["full", "null", "bare"]
"""All attributes; all of them, and null wherever it may be; only those that are always there."""

SPEC: Node = json.loads(resources.files("moco_async.sandbox").joinpath("openapi.json").read_text("utf-8"))


@dataclass(frozen=True)
class Argument:
    """A parameter of the path or the query, or an attribute of the body."""

    wire: str
    place: Literal["path", "query", "body"]
    schema: Node
    required: bool
    style: str | None = None

    @property
    def name(self) -> str:
        """What it is called in Python."""
        return f"{self.wire}_" if keyword.iskeyword(self.wire) else self.wire

    @property
    def words(self) -> str:
        said = self.schema.get("description") or target(self.schema)["description"]
        return " ".join((f"Deprecated. {said}" if self.schema.get("deprecated") else said).split())


@dataclass(frozen=True)
class Answer:
    status: int
    media: str | None
    schema: Node


@dataclass(frozen=True)
class Operation:
    path: str
    method: str
    node: Node

    @property
    def id(self) -> str:
        return str(self.node["operationId"])

    @property
    def paged(self) -> bool:
        return bool(self.node.get("x-paged"))

    def groups(self, kind: str) -> list[list[str]]:
        """Arguments that go together in some way, by their names in Python."""
        names = {argument.wire: argument.name for argument in self.arguments}
        return [[names[wire] for wire in group] for group in self.node.get(kind, ())]

    def completed(self, chosen: set[str]) -> set[str]:
        """Some arguments, and those without which they are refused."""
        names = {argument.name for argument in self.arguments if argument.required} | chosen
        names |= {group[0] for group in self.groups("x-one-of") if not names & set(group)}
        return names.union(*(group for group in self.groups("x-together") if names & set(group)))

    @cached_property
    def body(self) -> tuple[str, Node] | tuple[None, None]:
        """Type and schema of the body."""
        for media, described in self.node.get("requestBody", {}).get("content", {}).items():
            return media, described["schema"]
        return None, None

    @cached_property
    def arguments(self) -> list[Argument]:
        """Those of the path first, in its order."""
        found = []
        for parameter in map(target, self.node["parameters"]):
            required = parameter.get("required", False)
            style = parameter.get("style")
            found.append(Argument(parameter["name"], parameter["in"], parameter["schema"], required, style))
        if (schema := self.body[1]) is not None:
            body = whole(schema)
            found += [Argument(n, "body", inner, n in body["required"]) for n, inner in body["properties"].items()]
        return sorted(found, key=lambda a: self.path.index(f"{{{a.wire}}}") if a.place == "path" else len(self.path))

    @cached_property
    def answers(self) -> list[Answer]:
        """The good ones."""
        found = []
        for status, answer in self.node["responses"].items():
            if status.startswith("2"):
                content = target(answer).get("content", {})
                media = next(iter(content), None)
                found.append(Answer(int(status), media, content[media]["schema"] if media else {}))
        return found

    @cached_property
    def answer(self) -> Answer | None:
        """The good answer that has a body."""
        return next((answer for answer in self.answers if answer.media), None)

    @cached_property
    def empty_answers(self) -> list[int]:
        """The statuses of good answers that may have no body."""
        may_be_empty = bool(self.node.get("x-may-be-empty"))
        return [answer.status for answer in self.answers if may_be_empty or not answer.media]


def target(node: Node) -> Node:
    while "$ref" in node:
        kind, name = node["$ref"].removeprefix("#/components/").split("/")
        node = SPEC["components"][kind][name]
    return node


def whole(schema: Node) -> Node:
    """A schema without a reference at its top, and with all that it is composed of."""
    schema = target(schema)
    composed: dict[str, Any] = {"properties": {}, "required": []}
    for part in (*map(whole, schema.get("allOf", ())), schema):
        properties = composed["properties"] | part.get("properties", {})
        required = [*composed["required"], *part.get("required", ())]
        composed = {**composed, **part, "properties": properties, "required": required}
    return composed


def class_named(schema: Node) -> type | None:
    """The model or enum that a schema is, if it has attributes or members."""
    if "$ref" in schema:
        found = getattr(models, schema["$ref"].rpartition("/")[2], None)
        return found if isinstance(found, type) else None
    return class_named(schema["allOf"][0]) if len(schema.get("allOf", ())) == 1 else None


OPERATIONS = [
    Operation(path, method.upper(), node) for path, item in SPEC["paths"].items() for method, node in item.items()
]


def objections(schema: Node, value: Any) -> list[str]:
    """What JSON Schema has to say against a value."""
    if id(schema) not in _validators:  # the schemas are those of SPEC, and stay
        whole_document = {**schema, "components": SPEC["components"]}
        _validators[id(schema)] = Draft202012Validator(whole_document, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in _validators[id(schema)].iter_errors(value)]


_validators: dict[int, Draft202012Validator] = {}


def may_be_null(schema: Node) -> bool:
    schema = target(schema)
    kinds, options = schema.get("type", ()), schema.get("oneOf", schema.get("anyOf", ()))
    return "null" in (kinds if isinstance(kinds, list) else [kinds]) or any(map(may_be_null, options))


def meant(schema: Node, numbers: Iterator[int]) -> Any:
    """A value with everything that can be in it, different for every number."""
    schema = whole(schema)
    match schema:
        case {"x-file": _}:
            content = f"%PDF {next(numbers)}".encode()
            return {"filename": f"Beleg {next(numbers)}.pdf", "base64": base64.b64encode(content).decode()}
        case {"format": "binary"}:
            return File(f"%PDF {next(numbers)}".encode(), f"Beleg {next(numbers)}.pdf")
        case {"oneOf": [first, *_]} | {"anyOf": [first, *_]}:
            return meant(first, numbers)
        case {"properties": properties} if properties:
            return {name: meant(inner, numbers) for name, inner in properties.items()}
        case {"additionalProperties": dict()}:
            return {"Sector": [f"Pharma {next(numbers)}", "Food & Co"], "Größe [cm]": f"{next(numbers)} + 1"}
        case {"type": "array" | ["array", "null"], "items": items}:
            count = max(1, min(2, schema.get("maxItems", 2)))
            return [meant(items, numbers) for _ in range(count)]
    return plain(schema, next(numbers))


def plain(schema: Node, number: int) -> Any:
    """A value that holds no others."""
    day = date(2026, 1, 1) + timedelta(days=number)
    match schema:
        case {"enum": members}:
            return members[number % len(members)]
        case {"x-range": separator}:
            return f"{day}{separator}{day + timedelta(days=number)}"
        case {"x-separator": separator}:
            return f"a{number}@example.com{separator}b@example.com"
        case {"format": "date"}:
            return day.isoformat()
        case {"format": "date-time"}:
            return f"{day}T14:30:00Z"
    low, high = schema.get("minimum", 1000), schema.get("maximum", 10**9)
    makers: dict[str, Callable[[], Any]] = {
        "integer": lambda: low + number % (high - low + 1),
        "number": lambda: number + 0.25,
        "boolean": lambda: number % 2 == 0,
        "string": lambda: f"Zürich & Söhne, +{number} % = a/b?; #1",
    }
    return makers[kinds_of(schema)[0]]()


def kinds_of(schema: Node) -> list[str]:
    kinds = schema["type"]
    return [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]


def meant_arguments(operation: Operation) -> dict[str, Any]:
    """A value for every argument, by its name in Python, no two of them alike as far as that can be."""
    numbers = iter(range(1, 10_000))
    made = {argument.name: meant(argument.schema, numbers) for argument in operation.arguments}
    for argument in operation.arguments:
        if argument.style == "form":
            made[argument.name] = [without_commas(item) for item in made[argument.name]]
    return made


def without_commas(value: Any) -> Any:
    return value.replace(",", "") if isinstance(value, str) else value


def rich(schema: Node, value: Any, several: Callable[[Iterable[Any]], Any] = tuple) -> Any:
    """The same, said with Python's own types, the SDK's models, enums and files; `several` makes the lists."""
    described = whole(schema)
    match described, value:
        case _, None:
            return None
        case {"x-file": _}, _:
            return File(base64.b64decode(value["base64"]), value["filename"])
        case {"oneOf": options} | {"anyOf": options}, _:
            option = next((option for option in options if not objections(option, value)), options[0])
            return rich(option, value, several)
        case {"enum": _}, str():
            named = class_named(schema)
            return named(value) if named else value
        case {"x-range": separator}, _:
            return tuple(map(date.fromisoformat, value.split(separator)))
        case {"x-separator": separator}, _:
            return value.split(separator)
        case {"format": "date"}, _:
            return date.fromisoformat(value)
        case {"format": "date-time"}, _:
            return datetime.fromisoformat(value).astimezone(UTC)
        case {"properties": properties}, dict() if properties:
            attributes = {
                f"{n}_" if keyword.iskeyword(n) else n: rich(properties[n], v, several) for n, v in value.items()
            }
            named = class_named(schema)
            return named(**attributes) if named else attributes
        case {"items": items}, list():
            return several(rich(items, item, several) for item in value)
    return value


def said_plainly(schema: Node, value: Any) -> Any:
    """The same, said as JSON has it. Files are files all the same."""
    return rich(schema, value) if "x-file" in whole(schema) else value


def answered(schema: Node, fullness: Fullness, number: int = 1) -> Any:
    """A record as MOCO might answer it: out of the spec's examples, `number` being its id."""
    described = whole(schema)
    if fullness == "null" and may_be_null(schema):
        return None
    match described:
        case {"oneOf": options} | {"anyOf": options}:
            return answered(options[-1 if fullness == "null" else 0], fullness, number)
        case {"properties": properties, "required": required} if properties:
            names = required if fullness == "bare" else properties
            made = {name: answered(properties[name], fullness, number) for name in properties if name in names}
            return {**made, "id": number} if isinstance(made.get("id"), int) else made
        case {"type": "array" | ["array", "null"], "items": items} if "properties" in whole(items):
            rows: list[Fullness] = {"full": ["full", "null"], "null": ["bare"], "bare": []}[fullness]  # type: ignore[assignment]
            return [answered(items, row, 10 * number + index) for index, row in enumerate(rows)]
        case {"example": example} if example is not None:
            return example
    return meant(described, iter(range(number, 10_000)))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat)


def any_argument(argument: Argument) -> st.SearchStrategy[Any]:
    if argument.style == "form":
        items = any_value(argument.schema["items"]).map(without_commas)
        return st.lists(items, min_size=1, max_size=3)
    if argument.style == "deepObject":
        return st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, min_size=1, max_size=3), max_size=2)
    return any_value(argument.schema)


def any_value(schema: Node) -> st.SearchStrategy[Any]:
    """Whatever may be meant by a value."""
    described = whole(schema)
    match described:
        case {"x-file": _}:
            names = TEXTS.map(lambda text: "".join(c for c in text if c.isalnum()) + ".pdf")
            contents = st.binary(max_size=20).map(lambda content: base64.b64encode(content).decode())
            return st.fixed_dictionaries({"filename": names, "base64": contents})
        case {"format": "binary"}:
            return st.builds(File, st.binary(max_size=20), st.just("Beleg 7.pdf"))
        case {"enum": members}:
            return st.sampled_from(members)
        case {"oneOf": options} | {"anyOf": options}:
            return st.one_of([any_value(option) for option in options])
        case {"x-range": separator}:
            return st.tuples(DAYS, DAYS).map(lambda days: separator.join(sorted(days)))
        case {"x-separator": separator}:
            return st.lists(TEXTS, min_size=1, max_size=3).map(separator.join)
        case {"type": list(kinds)}:
            return st.one_of([any_value({**described, "type": kind}) for kind in kinds])
        case {"properties": properties, "required": required} if properties:
            needed = {name: any_value(properties[name]) for name in properties if name in required}
            others = {name: any_value(properties[name]) for name in properties if name not in required}
            return st.fixed_dictionaries(needed, optional=others)
        case {"additionalProperties": dict(inner)}:
            return st.dictionaries(TEXTS, any_value(inner), max_size=2)
        case {"type": "array", "items": items}:
            few, many = described.get("minItems", 0), min(described.get("maxItems", 3), 3)
            return st.lists(any_value(items), min_size=few, max_size=many)
        case {"format": "date"}:
            return DAYS
        case {"format": "date-time"}:
            return st.datetimes(datetime(1900, 1, 1)).map(lambda moment: f"{moment.isoformat(timespec='seconds')}Z")
    low, high = described.get("minimum", -(10**9)), described.get("maximum", 10**9)
    return {
        "integer": st.integers(low, high),
        "number": st.integers(-(10**6), 10**6) | st.floats(-1e9, 1e9, allow_nan=False),
        "boolean": st.booleans(),
        "string": TEXTS,
        "null": st.none(),
    }[described["type"]]


@cache
def any_call(number: int) -> st.SearchStrategy[tuple[Operation, dict[str, Any]]]:
    """An operation with the arguments it needs and any others, by their names in Python."""
    operation = OPERATIONS[number]
    needed = {argument.name: any_argument(argument) for argument in operation.arguments if argument.required}
    others = {argument.name: any_argument(argument) for argument in operation.arguments if not argument.required}
    values = st.fixed_dictionaries(needed, optional=others)
    values = values.filter(lambda chosen: operation.completed(set(chosen)) == set(chosen))
    values = values.filter(
        lambda chosen: all(any(chosen.get(n) is not None for n in g) for g in operation.groups("x-one-of"))
    )
    return st.tuples(st.just(operation), values)


def any_calls() -> st.SearchStrategy[tuple[Operation, dict[str, Any]]]:
    return st.integers(0, len(OPERATIONS) - 1).flatmap(any_call)
