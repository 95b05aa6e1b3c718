"""Every operation of the spec, from call to request and back: what is sent, refused and returned."""

from __future__ import annotations

import collections.abc
import datetime
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from moco_async import UNSET, File, MocoClient, NotFoundError, Page, Pager, ResponseError, ServerError, Unset
from moco_async._model import Model
from moco_async._resource import Resource
from tests.spec_cases import (
    OPERATIONS,
    SPEC,
    Answer,
    Argument,
    Fullness,
    Node,
    Operation,
    answered,
    any_calls,
    class_named,
    kinds_of,
    may_be_null,
    meant_arguments,
    objections,
    rich,
    said_plainly,
    whole,
)

BASE = "https://beispiel.mocoapp.example/api/v1"
FULLNESS: tuple[Fullness, ...] = ("full", "null", "bare")
DAY = datetime.date(2026, 1, 31)
NOON = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)

quick = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


def those_with(condition: Callable[[Operation], Any]) -> pytest.MarkDecorator:
    chosen = [operation for operation in OPERATIONS if condition(operation)]
    return pytest.mark.parametrize("operation", chosen, ids=lambda operation: operation.id)


@dataclass
class Moco:
    """A fake server that keeps requests and responds."""

    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(500)
    requests: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        transport = httpx.MockTransport(self._receive)
        self.http = httpx.AsyncClient(transport=transport)
        self.client = MocoClient(base_url=BASE, api_key="key", http_client=self.http, rate_limit=None, strict=True)

    def _receive(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
def moco() -> Moco:
    return Moco()


def find_method(moco: Moco, operation: Operation) -> Callable[..., Any]:
    resource, _, name = operation.id.partition(".")
    found: Callable[..., Any] = getattr(getattr(moco.client, resource), name)
    return found


def find_class(tag: str) -> type[Resource]:
    return type(getattr(Moco().client, tag))


def called(moco: Moco, operation: Operation, arguments: Mapping[str, Any]) -> Awaitable[Any]:
    """The call with these arguments, by their names in Python, not yet awaited."""
    in_path = [argument.name for argument in operation.arguments if argument.place == "path"]
    positional = [arguments[name] for name in in_path if name in arguments]
    others = {name: value for name, value in arguments.items() if name not in in_path}
    return cast(Awaitable[Any], find_method(moco, operation)(*positional, **others))


async def sent(moco: Moco, operation: Operation, arguments: Mapping[str, Any]) -> httpx.Request:
    """The one request that a call sends."""
    moco.requests.clear()
    moco.answer = lambda _: plainest_answer(operation)
    await called(moco, operation, arguments)
    (request,) = moco.requests
    return request


def plainest_answer(operation: Operation) -> httpx.Response:
    answer = operation.answers[0]
    if answer.media is None:
        return httpx.Response(answer.status)
    if answer.media == "application/pdf":
        return httpx.Response(answer.status, content=b"%PDF", headers={"Content-Type": "application/pdf"})
    is_list = answer.schema.get("type") == "array"
    return httpx.Response(answer.status, json=[] if is_list else answered(answer.schema, "bare"))


def every_value(operation: Operation, say: Callable[[Node, Any], Any] = rich) -> tuple[dict[str, Any], dict[str, Any]]:
    """A value for every argument as it is meant, and as it is said."""
    if (operation.id, say) not in _all:
        values = meant_arguments(operation)
        _all[operation.id, say] = values, said(operation, values, say)
    values, arguments = _all[operation.id, say]
    return dict(values), dict(arguments)


_all: dict[Any, tuple[dict[str, Any], dict[str, Any]]] = {}


def said(operation: Operation, values: Mapping[str, Any], say: Callable[[Node, Any], Any]) -> dict[str, Any]:
    """Values as Python says them."""
    schemas = {argument.name: argument.schema for argument in operation.arguments}
    return {n: value if isinstance(value, File) else say(schemas[n], value) for n, value in values.items()}


def required_names(operation: Operation) -> set[str]:
    return {argument.name for argument in operation.arguments if argument.required}


def only(names: set[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def optional_arguments(operation: Operation) -> list[Argument]:
    return [argument for argument in operation.arguments if not argument.required]


def expect(request: httpx.Request, operation: Operation, meant: Mapping[str, Any]) -> None:
    """Check that a request is what the spec makes of these values, and nothing besides."""
    path, query, body = operation.path, [], {}
    for argument in operation.arguments:
        if argument.name not in meant:
            continue
        value = meant[argument.name]
        match argument.place:
            case "path":
                path = path.replace(f"{{{argument.wire}}}", quote(written(value), safe=""))
            case "query":
                query += in_query(argument, value)
            case "body":
                body[argument.wire] = value
    raw_path, _, raw_query = request.url.raw_path.decode().partition("?")
    assert request.method == operation.method
    assert f"{request.url.scheme}://{request.url.host}{raw_path}" == BASE + path
    assert sorted(parse_qsl(raw_query, keep_blank_values=True, strict_parsing=bool(raw_query))) == sorted(query)
    assert request.headers["authorization"] == "Token token=key"
    assert request.headers["accept"].startswith("application/json")
    assert "x-impersonate-user-id" not in request.headers
    match operation.body:
        case None, None:
            assert request.content == b""
            assert "content-type" not in request.headers
        case "application/json", Mapping() as schema:
            assert request.headers["content-type"] == "application/json"
            arrived = json.loads(request.content)
            assert to_text(arrived) == to_text(body)
            assert objections(schema, arrived) == []
        case "multipart/form-data", Mapping() as schema:
            assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
            arrived = multipart_files(request)
            assert arrived == body
            assert set(whole(schema)["required"]) <= set(arrived)
        case other:
            raise AssertionError(other)


def in_query(argument: Argument, value: Any) -> list[tuple[str, str]]:
    """The names and values of a query parameter as MOCO wants them."""
    match argument.style:
        case None:
            return [(argument.wire, written(value))]
        case "form":
            return [(argument.wire, ",".join(map(written, value)))]
        case "deepObject":
            pairs = []
            for key, wanted in value.items():
                if isinstance(wanted, list):
                    pairs += [(f"{argument.wire}[{key}][]", item) for item in wanted]
                else:
                    pairs.append((f"{argument.wire}[{key}]", wanted))
            return pairs
    raise AssertionError(argument.style)


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def multipart_files(request: httpx.Request) -> dict[str, File]:
    """The files of a multipart body by the names of their fields."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + request.content).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        found[str(name)] = File(cast(bytes, content), str(part.get_filename()), part.get_content_type())
    return found


def to_text(document: Any) -> str:
    """JSON as text, which tells 1 from 1.0 and from true."""
    return json.dumps(document, sort_keys=True)


def test_the_spec_has_operations_of_every_shape() -> None:
    assert len(OPERATIONS) > 250
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)
    arguments = [argument for operation in OPERATIONS for argument in operation.arguments]
    assert {(a.place, a.style) for a in arguments} == {
        ("path", None), ("query", None), ("query", "form"), ("query", "deepObject"), ("body", None),
    }  # fmt: skip
    assert {operation.body[0] for operation in OPERATIONS} == {None, "application/json", "multipart/form-data"}


@every_operation
async def test_all_arguments_arrive_as_moco_wants_them(moco: Moco, operation: Operation) -> None:
    for say in (rich, said_plainly):
        meant, arguments = every_value(operation, say)
        expect(await sent(moco, operation, arguments), operation, meant)


@those_with(optional_arguments)
async def test_every_argument_arrives_without_the_others(moco: Moco, operation: Operation) -> None:
    meant, arguments = every_value(operation)
    for name in arguments:
        chosen = operation.completed({name})
        expect(await sent(moco, operation, only(chosen, arguments)), operation, only(chosen, meant))


@those_with(optional_arguments)
async def test_with_the_required_arguments_alone_nothing_else_is_sent(moco: Moco, operation: Operation) -> None:
    meant, arguments = every_value(operation)
    needed = only(operation.completed(set()), arguments)
    expect(await sent(moco, operation, needed), operation, only(set(needed), meant))
    nothing = {argument.name: UNSET for argument in optional_arguments(operation)}
    expect(await sent(moco, operation, nothing | needed), operation, only(set(needed), meant))


@those_with(optional_arguments)
async def test_none_is_null_in_a_body_and_not_sent_in_a_query(moco: Moco, operation: Operation) -> None:
    meant, arguments = every_value(operation)
    in_query = {a.name: None for a in optional_arguments(operation) if a.place == "query"}
    in_body = {a.name: None for a in operation.arguments if a.place == "body" and may_be_null(a.schema)}
    needed = operation.completed(set())
    for name in needed - required_names(operation):  # null is as good as nothing, and one of them is needed
        in_body.pop(name, None)
    nulls = in_query | in_body
    expect(await sent(moco, operation, only(needed, arguments) | nulls), operation, only(needed, meant) | in_body)


@those_with(lambda operation: operation.groups("x-one-of") or operation.groups("x-together"))
async def test_arguments_that_need_each_other_are_refused_alone(moco: Moco, operation: Operation) -> None:
    _, arguments = every_value(operation)
    for group in operation.groups("x-one-of"):
        with pytest.raises(ValueError, match=f"one of {', '.join(group)} is required"):
            await sent(moco, operation, {n: value for n, value in arguments.items() if n not in group})
    for group in operation.groups("x-together"):
        for name in group:
            with pytest.raises(ValueError, match=f"only together with {name}"):
                called(moco, operation, {n: value for n, value in arguments.items() if n != name})


@quick
@given(any_calls())
async def test_any_arguments_arrive(call: tuple[Operation, dict[str, Any]]) -> None:
    moco = Moco()
    operation, meant = call
    for say in (rich, said_plainly):
        expect(await sent(moco, operation, said(operation, meant, say)), operation, meant)


@those_with(lambda operation: any(argument.style == "form" for argument in operation.arguments))
async def test_one_value_stands_for_a_list_of_one(moco: Moco, operation: Operation) -> None:
    meant, arguments = every_value(operation)
    for argument in operation.arguments:
        if argument.style == "form":
            meant[argument.name] = meant[argument.name][:1]
            arguments[argument.name] = arguments[argument.name][0]
    expect(await sent(moco, operation, arguments), operation, meant)


@every_operation
def test_an_unknown_or_missing_argument_is_a_type_error(moco: Moco, operation: Operation) -> None:
    _, arguments = every_value(operation)
    with pytest.raises(TypeError, match="unexpected keyword argument 'no_such'"):
        called(moco, operation, {**arguments, "no_such": 1})
    for name in required_names(operation):
        others = {other: value for other, value in arguments.items() if other != name}
        with pytest.raises(TypeError, match=f"missing 1 required .*'{name}'"):
            find_method(moco, operation)(**others)
    keywords = [argument for argument in operation.arguments if argument.place != "path"]
    if keywords:
        with pytest.raises(TypeError, match=r"positional arguments? but"):
            find_method(moco, operation)(*arguments.values())
    assert moco.requests == []


def refused_for(argument: Argument) -> list[Any]:
    """Values that an argument cannot have. Of a body, only what is written by hand is checked before MOCO does."""
    schema = whole(argument.schema)
    if argument.place == "body":
        checked = "x-separator" in schema or schema.get("format") in ("date", "date-time")
        return [*wrong_texts(schema), 5, True] if checked else []
    if argument.place == "path":
        return [*wrong_texts(schema), None, UNSET, ".."]
    if argument.style == "deepObject":
        return ["Sector", 5, ["Sector"], {"Sector": 5}, {"Sector": None}, {"Sector": [5]}, {"Sector": []}]
    if argument.style == "form":
        items = wrong_texts(whole(schema["items"]))
        return [[], [None], [UNSET], *items, *([item] for item in items), iter([])]
    return wrong_texts(schema)


def wrong_texts(schema: Node) -> list[Any]:
    """Values of a wrong type, or texts of a wrong form, for what is one text in an address."""
    match schema:
        case {"x-range": _}:
            return [5, True, b"ab", "2026-01-31", "2026-01-31:", (DAY,), (DAY, None), (NOON, NOON), [DAY, DAY, DAY],
                    ("2026-02-01", "2026-01-31")]  # fmt: skip
        case {"x-separator": _}:
            return [5, True, b"a@example.com", [5], [None], NOON]
        case {"format": "date"}:
            return [5, True, NOON, [DAY], "31.01.2026", "2026-02-30", "", "2026-01-31T12:00:00Z"]
        case {"format": "date-time"}:
            return [5, True, DAY, NOON.replace(tzinfo=None), [NOON], "now", "", "2026-01-31", "2026-01-31T12:00:00"]
        case {"anyOf": _}:  # a code, as text or as a number
            return [True, 7.5, b"text", DAY, object()]
    return {
        "integer": ["7", True, 7.0, b"7", DAY, object()],
        "number": ["7", True, float("nan"), b"7"],
        "boolean": ["true", "", 1, 0, 1.0],
        "string": [5, True, b"text", DAY, object()],
    }[kinds_of(schema)[0]]


@those_with(lambda operation: any(map(refused_for, operation.arguments)))
async def test_a_value_of_the_wrong_type_is_refused_by_name(moco: Moco, operation: Operation) -> None:
    _, arguments = every_value(operation)
    for argument in operation.arguments:
        for wrong in refused_for(argument):
            with pytest.raises((TypeError, ValueError), match=rf"^{argument.name}\b"):
                await called(moco, operation, {**arguments, argument.name: wrong})
    assert moco.requests == []


@those_with(lambda operation: operation.answer and operation.answer.media == "application/json" and not operation.paged)
async def test_the_response_is_returned(moco: Moco, operation: Operation) -> None:
    answer = cast(Answer, operation.answer)
    _, arguments = every_value(operation)
    for document in example_documents(answer):
        assert objections(answer.schema, document) == []
        moco.requests.clear()
        moco.answer = lambda _, document=document: httpx.Response(answer.status, json=document)  # type: ignore[misc]
        result = await called(moco, operation, arguments)
        assert to_text(as_json(result)) == to_text(document)
        assert same(result, rich(answer.schema, document, list))
        assert len(moco.requests) == 1


@those_with(
    lambda operation: operation.answer and class_named(operation.answer.schema.get("items", operation.answer.schema))
)
async def test_an_answer_of_another_shape_is_refused_if_strict(moco: Moco, operation: Operation) -> None:
    answer = cast(Answer, operation.answer)
    is_list = answer.schema.get("type") == "array"
    _, arguments = every_value(operation)
    record = answered(answer.schema["items"] if is_list else answer.schema, "full")
    strange = {**record, "no_such": 1}
    moco.answer = lambda _: httpx.Response(answer.status, json=[strange] if is_list else strange)
    with pytest.raises(ResponseError, match=rf"{re.escape(operation.id)} differs .*no_such: not in the spec"):
        await called(moco, operation, arguments)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def example_documents(answer: Answer) -> list[Any]:
    """Records as the spec has them, with all attributes and with few; as a list if it is one."""
    if answer.schema.get("type") == "array":
        rows = [answered(answer.schema["items"], fullness, n) for n, fullness in enumerate(FULLNESS, 1)]
        return [rows, []]
    return [answered(answer.schema, fullness) for fullness in FULLNESS]


def as_json(result: Any) -> Any:
    if isinstance(result, list | Page):
        return [as_json(row) for row in result]
    return result.to_dict() if isinstance(result, Model) else result


@those_with(lambda operation: operation.paged)
async def test_a_list_is_read_from_its_pages(moco: Moco, operation: Operation) -> None:
    (answer,) = operation.answers
    row = answer.schema["items"]
    full, null, bare = (answered(row, fullness, n) for n, fullness in enumerate(FULLNESS, 1))
    meant, arguments = every_value(operation)
    first = meant["page"]
    moco.answer = two_pages(answer, first, [[full, null], [bare]])

    page = await called(moco, operation, arguments)
    assert isinstance(page, Page)
    assert to_text(as_json(page)) == to_text([full, null])
    assert (page.number, page.per_page, page.total, page.has_next) == (first, 2, 2 * first + 1, True)
    following = await page.next()
    assert to_text(as_json(following)) == to_text([bare])
    assert (following.number, following.has_next) == (first + 1, False)
    assert same([*page, *following], [rich(row, raw, list) for raw in (full, null, bare)])

    moco.requests.clear()
    pager = called(moco, operation, arguments)
    assert isinstance(pager, Pager)
    assert moco.requests == [], "a list is not asked for before it is awaited"
    assert to_text(as_json(await pager.all())) == to_text([full, null, bare])
    for number, request in enumerate(moco.requests, first):
        expect(request, operation, {**meant, "page": number})
    assert len(moco.requests) == 2


def two_pages(answer: Answer, first: int, pages: list[list[Any]]) -> Callable[[httpx.Request], httpx.Response]:
    """Answers pages as MOCO does, the last page being named before the next one."""

    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        headers = {"X-Page": str(number), "X-Per-Page": "2", "X-Total": str(2 * first + 1)}
        if number == first:
            last = str(request.url.copy_set_param("page", number + 1))
            headers["Link"] = f'<{last}>; rel="last", <{last}>; rel="next"'
        return httpx.Response(answer.status, json=pages[number - first], headers=headers)

    return page


@those_with(lambda operation: operation.answer and operation.answer.media == "application/pdf")
async def test_a_document_comes_as_a_file(moco: Moco, operation: Operation) -> None:
    name = "attachment; filename=\"R1704.pdf\"; filename*=UTF-8''R1704%20Z%C3%BCrich.pdf"
    headers = {"Content-Type": "application/pdf", "Content-Disposition": name}
    moco.answer = lambda _: httpx.Response(200, content=b"%PDF-1.4 \x00\xff", headers=headers)
    _, arguments = every_value(operation)
    file = await called(moco, operation, arguments)
    assert file == File(b"%PDF-1.4 \x00\xff", "R1704 Zürich.pdf", "application/pdf")


@those_with(lambda operation: operation.empty_answers)
async def test_an_answer_without_a_body_is_none(moco: Moco, operation: Operation) -> None:
    _, arguments = every_value(operation)
    for status in operation.empty_answers:
        for headers in ({}, {"Content-Type": "application/json"}):
            moco.answer = lambda _, status=status, headers=headers: httpx.Response(status, headers=headers)  # type: ignore[misc]
            assert await called(moco, operation, arguments) is None


@every_operation
async def test_an_error_names_the_operation(moco: Moco, operation: Operation) -> None:
    moco.answer = lambda _: httpx.Response(404)
    _, arguments = every_value(operation)
    with pytest.raises(NotFoundError) as refusal:
        await called(moco, operation, arguments)
    (request,) = moco.requests
    assert (refusal.value.operation, refusal.value.method) == (operation.id, operation.method)
    assert str(request.url.copy_with(query=None)) == BASE + refusal.value.path


@every_operation
async def test_only_idempotent_operations_are_retried(moco: Moco, operation: Operation) -> None:
    harmless = operation.node.get("x-idempotent", operation.method in ("GET", "PUT", "DELETE"))
    moco.answer = lambda _: httpx.Response(503, headers={"Retry-After": "0"})
    _, arguments = every_value(operation)
    with pytest.raises(ServerError):
        await called(moco, operation, arguments)
    first, *repeated = moco.requests
    assert len(repeated) == (3 if harmless else 0)
    assert all((again.url, again.content) == (first.url, first.content) for again in repeated)


@every_operation
def test_the_signature_is_what_the_spec_says(moco: Moco, operation: Operation) -> None:
    parameters = inspect.signature(find_method(moco, operation)).parameters
    in_path = [argument.name for argument in operation.arguments if argument.place == "path"]
    assert list(parameters)[: len(in_path)] == in_path == [f"{n}" for n in re.findall(r"{(\w+)}", operation.path)]
    assert set(parameters) == {argument.name for argument in operation.arguments}
    for argument in operation.arguments:
        parameter = parameters[argument.name]
        positional = argument.place == "path"
        assert parameter.kind is (parameter.POSITIONAL_OR_KEYWORD if positional else parameter.KEYWORD_ONLY)
        nothing = UNSET if argument.place == "body" else None
        assert parameter.default is (parameter.empty if argument.required else nothing)


@every_operation
def test_the_annotations_are_what_the_spec_says(moco: Moco, operation: Operation) -> None:
    hints = get_type_hints(find_method(moco, operation))
    assert hints["return"] == result_type(operation)
    for argument in operation.arguments:
        hint = hints[argument.name]
        for say in (rich, said_plainly):
            _, arguments = every_value(operation, say)
            assert fits(hint, arguments[argument.name]), f"{argument.name}: {hint}"
        optional = not argument.required
        may_be_none = may_be_null(argument.schema) or (optional and argument.place == "query")
        assert (NoneType in union_members(hint)) is may_be_none, f"{argument.name}: {hint}"
        assert (Unset in union_members(hint)) is (optional and argument.place == "body"), f"{argument.name}: {hint}"
        assert not {Any, object} & set(union_members(hint))


def result_type(operation: Operation) -> Any:
    answer = operation.answer
    if answer is None:
        return NoneType
    if answer.media == "application/pdf":
        kind: Any = File
    elif answer.schema.get("type") == "array":
        items = answer.schema["items"]
        row = class_named(items) or {"string": str, "integer": int}[items["type"]]
        kind = Pager[row] if operation.paged else list[row]  # type: ignore[valid-type]  # a type made at run time
    else:
        kind = class_named(answer.schema)
    return kind | None if operation.empty_answers else kind


def union_members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def fits(hint: Any, value: Any) -> bool:
    return any(fits_one(option, value) for option in union_members(hint))


def fits_one(hint: Any, value: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin is collections.abc.Sequence:
        return isinstance(value, list | tuple) and all(fits(inner[0], item) for item in value)
    if origin is collections.abc.Mapping:
        return isinstance(value, Mapping) and all(fits(inner[1], item) for item in value.values())
    if origin is tuple:
        return isinstance(value, tuple) and all(map(fits, inner, value))
    if hint is float:
        return type(value) in (int, float)
    if hint is datetime.date:
        return type(value) is datetime.date
    return isinstance(value, hint) if hint not in (int, bool) else type(value) is hint


@every_operation
def test_the_docstring_says_what_the_spec_says(moco: Moco, operation: Operation) -> None:
    doc = inspect.getdoc(find_method(moco, operation)) or ""
    words = " ".join(doc.split())
    assert words.startswith(" ".join(operation.node["summary"].split()))
    assert " ".join(operation.node.get("description", "").split()) in words
    for argument in operation.arguments:
        assert f" {argument.name}: {argument.words}" in words
    assert doc.rstrip().endswith(f"\nMOCO's docs: {operation.node['externalDocs']['url']}")
    assert ("`None`" in doc.partition("Returns:")[2]) is bool(operation.answer and operation.empty_answers)


def test_there_are_methods_for_the_operations_of_the_spec_and_no_others() -> None:
    tags = [tag["name"] for tag in SPEC["tags"]]
    resources = {name for base in MocoClient.__mro__[1:2] for name in vars(base) if not name.startswith("_")}
    assert resources == set(tags)
    for tag in tags:
        methods = {f"{tag}.{name}" for name in vars(find_class(tag)) if not name.startswith("_")}
        assert methods == {operation.id for operation in OPERATIONS if operation.node["tags"] == [tag]}
