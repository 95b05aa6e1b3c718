"""Argument encoders: what is encoded, what is refused, and that errors name the argument."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moco_async import File, _encode, _request
from moco_async._request import Request, Response
from moco_async._values import UNSET, to_json
from moco_async.models import ActivityCreate, NamedRef, ProjectBillingVariant

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
DAY = date(2026, 1, 31)


class Colour(StrEnum):
    RED = "red"


class OldColour(str, Enum):  # noqa: UP042  # this is what people have
    RED = "red"


class Size(IntEnum):
    BIG = 3


class OldSize(int, Enum):
    BIG = 3


class OwnText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


SIMPLE: list[Callable[[str, Any], Any]] = [
    _encode.integer,
    _encode.number,
    _encode.boolean,
    _encode.text,
    _encode.date,
    _encode.time,
]


def csv_of_numbers(name: str, value: Any) -> Any:
    return _encode.csv(name, value, _encode.integer)


def csv_of_texts(name: str, value: Any) -> Any:
    return _encode.csv(name, value, _encode.text)


def emails(name: str, value: Any) -> Any:
    return _encode.joined(name, value, ";")


def period(name: str, value: Any) -> Any:
    return _encode.date_range(name, value, ":")


WRITTEN = [
    (_encode.integer, 0, 0),
    (_encode.integer, -5, -5),
    (_encode.integer, 10**30, 10**30),
    (_encode.integer, Size.BIG, 3),
    (_encode.integer, OldSize.BIG, 3),
    (_encode.number, 1, 1),
    (_encode.number, 1.25, 1.25),
    (_encode.number, 10**400, 10**400),
    (_encode.boolean, True, "true"),
    (_encode.boolean, False, "false"),
    (_encode.text, "", ""),
    (_encode.text, "Zürich, Bäch", "Zürich, Bäch"),
    (_encode.text, Colour.RED, "red"),
    (_encode.text, OldColour.RED, "red"),
    (_encode.text, OwnText("own"), "own"),
    (_encode.date, DAY, "2026-01-31"),
    (_encode.date, "2026-01-31", "2026-01-31"),
    (_encode.time, NOON, "2026-01-31T12:00:00Z"),
    (_encode.time, NOON.replace(microsecond=500_000), "2026-01-31T12:00:00.500000Z"),
    (_encode.time, NOON.astimezone(timezone(timedelta(hours=1))), "2026-01-31T13:00:00+01:00"),
    (_encode.time, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    (_encode.time, "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z"),
    (_encode.time, "2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00+00:00"),
    (_encode.time, "2026-01-31T13:00:00.000-03:30", "2026-01-31T13:00:00.000-03:30"),
    (csv_of_numbers, [1, 2, 3], "1,2,3"),
    (csv_of_numbers, (1,), "1"),
    (csv_of_numbers, {7}, "7"),
    (csv_of_numbers, range(3), "0,1,2"),
    (csv_of_numbers, {1: "a", 2: "b"}.keys(), "1,2"),
    (csv_of_numbers, 7, "7"),
    (csv_of_numbers, [OldSize.BIG, Size.BIG], "3,3"),
    (csv_of_texts, "one", "one"),
    (csv_of_texts, ["one", "two words"], "one,two words"),
    (csv_of_texts, [Colour.RED, OldColour.RED], "red,red"),
    (emails, "a@example.com", "a@example.com"),
    (emails, ["a@example.com", "b@example.com"], "a@example.com;b@example.com"),
    (emails, [OldColour.RED], "red"),
    (period, (DAY, DAY), "2026-01-31:2026-01-31"),
    (period, [date(2025, 12, 1), "2026-01-31"], "2025-12-01:2026-01-31"),
    (period, "2025-12-01:2026-01-31", "2025-12-01:2026-01-31"),
]


@pytest.mark.parametrize(("function", "value", "written"), WRITTEN)
def test_an_argument_is_written_as_moco_wants_it(function: Callable[[str, Any], Any], value: Any, written: Any) -> None:
    result = function("argument", value)
    assert result == written
    assert type(result) is type(written)


@pytest.mark.parametrize("function", [*SIMPLE, csv_of_numbers, csv_of_texts, emails, period])
def test_none_and_unset_pass_through(function: Callable[[str, Any], Any]) -> None:
    assert function("argument", None) is None
    assert function("argument", UNSET) is UNSET


def each(function: Callable[[str, Any], Any], *values: Any) -> list[tuple[Callable[[str, Any], Any], Any]]:
    return [(function, value) for value in values]


WRONG_TYPES = [
    *each(_encode.integer, True, "1", 1.0, Decimal(1), [1], DAY),
    *each(_encode.number, False, "1.5", Decimal("1.5"), [1], DAY),
    *each(_encode.boolean, 1, 0, "true", "", [True]),
    *each(_encode.text, 1, True, b"text", ["text"], DAY, Size.BIG),
    *each(_encode.date, NOON, 20260131, True, (2026, 1, 31)),
    *each(_encode.time, DAY, 1769860800, True, []),
    *each(csv_of_numbers, "1", "1,2", ["1"], [True], [1.0], b"12", True, 1.5, iter([1])),
    *each(csv_of_numbers, [1, None], [UNSET], {1, None}),
    *each(csv_of_texts, 1, [1], [None], b"ab", ["a", UNSET], iter("ab")),
    *each(emails, 1, [1], [None], ["a@example.com", UNSET], b"ab"),
    *each(period, (DAY, None), (None, DAY), (UNSET, DAY), (DAY, UNSET), (DAY, 5), (NOON, NOON)),
]


@pytest.mark.parametrize(("function", "value"), WRONG_TYPES)
def test_an_argument_of_the_wrong_type_is_refused_by_name(function: Callable[[str, Any], Any], value: Any) -> None:
    with pytest.raises(TypeError, match=r"^argument "):
        function("argument", value)


WRONG_VALUES = [
    *each(_encode.number, float("nan"), float("inf"), float("-inf")),
    *each(_encode.date, "", "today", "31.01.2026", "2026-02-30", "2026-01-31T12:00:00Z"),
    *each(_encode.time, "", "now", "2026-01-31", "2026-01-31 12:00:00 UTC", "2026-02-30T12:00:00Z"),
    *each(_encode.time, NOON.replace(tzinfo=None), "2026-01-31T12:00:00", "2026-01-31T12:00:00.000"),
    *each(csv_of_texts, "a,b", ["a", "b,c"], [","]),
    *each(period, (date(2026, 2, 1), DAY), "2026-02-01:2026-01-31", (), (DAY,), (DAY, DAY, DAY)),
    *each(period, DAY, 5, "2026-01-31", "a:b", "", {DAY}, iter([DAY, DAY]), "2026-01-31:"),
]


@pytest.mark.parametrize(("function", "value"), WRONG_VALUES)
def test_a_value_that_moco_would_not_understand_is_refused_by_name(
    function: Callable[[str, Any], Any], value: Any
) -> None:
    with pytest.raises(ValueError, match=r"^argument\b"):
        function("argument", value)


def test_a_refused_value_is_shown_but_not_all_of_it() -> None:
    with pytest.raises(TypeError, match="not str: 'xxx") as caught:
        _encode.integer("argument", "x" * 10_000)
    assert len(str(caught.value)) < 200


@given(st.lists(st.integers(), min_size=1))
def test_ids_come_apart_again_at_the_commas(ids: list[int]) -> None:
    written = _encode.csv("ids", ids, _encode.integer)
    assert isinstance(written, str)
    assert [int(part) for part in written.split(",")] == ids


@given(st.lists(st.text(), min_size=1))
def test_texts_come_apart_again_at_the_commas_or_are_refused(texts: list[str]) -> None:
    if any("," in text for text in texts):
        with pytest.raises(ValueError, match=r"^tags: .* contains a comma"):
            _encode.csv("tags", texts, _encode.text)
    else:
        written = _encode.csv("tags", texts, _encode.text)
        assert isinstance(written, str)
        assert written.split(",") == texts


@given(st.one_of(st.integers(), st.text(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.binary()))
def test_whatever_is_not_refused_is_one_plain_value_and_no_refusal_lacks_the_name(value: Any) -> None:
    for function in (*SIMPLE, csv_of_numbers, csv_of_texts, emails, period):
        try:
            written = function("argument", value)
        except (TypeError, ValueError) as error:
            assert str(error).startswith("argument")  # noqa: PT017
        else:
            assert type(written) in (int, float, str)
            json.dumps(written, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({}, {}),
        ({"Sector": "Pharma"}, {"custom[Sector]": "Pharma"}),
        ({"Sector": ["Pharma", "Food"]}, {"custom[Sector][]": ["Pharma", "Food"]}),
        ({"Sector": ("Pharma",)}, {"custom[Sector][]": ["Pharma"]}),
        ({"Sector": {"Pharma"}}, {"custom[Sector][]": ["Pharma"]}),
        ({"Active": True, "Old": False}, {"custom[Active]": "true", "custom[Old]": "false"}),
        ({"Since": DAY}, {"custom[Since]": "2026-01-31"}),
        ({"Two words": ""}, {"custom[Two words]": ""}),
        ({"Colours": [Colour.RED, OldColour.RED]}, {"custom[Colours][]": ["red", "red"]}),
    ],
)
def test_values_by_name_are_written_in_brackets(value: Any, written: dict[str, Any]) -> None:
    assert _encode.brackets("custom", value) == written


def test_without_values_there_are_no_parameters() -> None:
    assert _encode.brackets("custom", None) == {}
    assert _encode.brackets("custom", UNSET) == {}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Sector=Pharma", r"^custom must be a mapping"),
        (["Sector"], r"^custom must be a mapping"),
        ({"Sector": None}, r"^custom\[Sector\] "),
        ({"Sector": UNSET}, r"^custom\[Sector\] "),
        ({"Sector": 5}, r"^custom\[Sector\] "),
        ({"Sector": NOON}, r"^custom\[Sector\] "),
        ({"Sector": [5]}, r"^custom\[Sector\] "),
        ({"Sector": [None]}, r"^custom\[Sector\] "),
        ({"Sector": b"Pharma"}, r"^custom\[Sector\] "),
    ],
)
def test_values_by_name_of_the_wrong_type_are_refused_by_name(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        _encode.brackets("custom", value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Project", "Project"),
        ("a/b", "a%2Fb"),
        ("../projects", "..%2Fprojects"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("a b", "a%20b"),
        ("%2e%2e", "%252e%252e"),
        ("Zürich", "Z%C3%BCrich"),
        ("...a", "...a"),
        (OldColour.RED, "red"),
    ],
)
def test_text_in_a_path_is_one_segment(value: str, written: str) -> None:
    assert _encode.segment("name", value, _encode.text) == written


@given(st.text())
def test_no_text_in_a_path_leads_elsewhere(value: str) -> None:
    try:
        written = _encode.segment("name", value, _encode.text)
    except ValueError:
        assert not value.strip(".")
        return
    assert unquote(written) == value
    assert not set(written) & set("/?#\\ ")
    assert written not in {"", ".", ".."}


@pytest.mark.parametrize("value", ["", ".", "..", "...", None, UNSET])
def test_a_path_is_not_left_without_a_segment(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^name is part of the URL"):
        _encode.segment("name", value, _encode.text)


def test_an_id_in_a_path_is_an_integer() -> None:
    assert _encode.segment("id", 42) == "42"
    assert _encode.segment("id", OldSize.BIG) == "3"
    for value in ("42", True, 4.2, [42]):
        with pytest.raises(TypeError, match=r"^id must be an integer"):
            _encode.segment("id", value)
    for nothing in (None, UNSET):
        with pytest.raises(ValueError, match=r"^id is part of the URL"):
            _encode.segment("id", nothing)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (1, 1),
        (1.5, 1.5),
        ("text", "text"),
        (ProjectBillingVariant.TASK, "task"),
        (DAY, "2026-01-31"),
        (NOON, "2026-01-31T12:00:00Z"),
        ([DAY, (1, "a"), []], ["2026-01-31", [1, "a"], []]),
        ({"a": {"b": DAY}, "c": UNSET}, {"a": {"b": "2026-01-31"}}),
        ({Colour.RED: 1}, {"red": 1}),
        ({DAY}, ["2026-01-31"]),
        (frozenset({1}), [1]),
        (File(b"%PDF", "a.pdf"), {"filename": "a.pdf", "base64": "JVBERg=="}),
        (NamedRef(id=1, name="A"), {"id": 1, "name": "A"}),
        (
            [ActivityCreate(date=DAY, project_id=1, task_id=2, tag=None)],
            [{"date": "2026-01-31", "project_id": 1, "task_id": 2, "tag": None}],
        ),
    ],
)
def test_a_value_becomes_plain_json(value: Any, plain: Any) -> None:
    written = to_json(value)
    assert json.dumps(written) == json.dumps(plain)
    assert type(written) is type(plain)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_plain_json_stays_as_it_is(value: Any) -> None:
    assert json.dumps(to_json(value)) == json.dumps(value)


@pytest.mark.parametrize("value", [UNSET, [UNSET], b"bytes", Decimal(1), object(), {"a": 1j}, iter([1]), timedelta(1)])
def test_what_json_cannot_represent_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be sent as JSON"):
        to_json(value)


def test_a_time_without_a_zone_is_refused_in_a_body_too() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        to_json({"at": [NOON.replace(tzinfo=None)]})


def test_a_query_leaves_out_what_is_absent_and_encodes_the_rest() -> None:
    request = Request("x.list", "GET", "/x", params={"a": None, "b": UNSET, "from": "+1 &", "n": 0, "tag": "é"})
    assert request.target() == "/x?from=%2B1%20%26&n=0&tag=%C3%A9"


def test_a_query_without_values_is_empty() -> None:
    assert Request("x.list", "GET", "/x").target() == "/x"
    assert Request("x.list", "GET", "/x", params={"a": None, "b": UNSET}).target() == "/x"


def test_a_list_in_a_query_repeats_its_name() -> None:
    params = _encode.brackets("custom", {"Sector": ["Pharma", "Food & Co"], "Size": "L"})
    target = Request("x.list", "GET", "/x", params=params).target()
    assert target == "/x?custom%5BSector%5D%5B%5D=Pharma&custom%5BSector%5D%5B%5D=Food%20%26%20Co&custom%5BSize%5D=L"


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers(), min_size=1))
def test_a_query_is_read_as_it_was_written(params: dict[str, Any]) -> None:
    query = urlsplit(Request("x.list", "GET", "/x", params=params).target()).query
    assert parse_qsl(query, keep_blank_values=True) == [(name, str(value)) for name, value in params.items()]


def test_another_page_is_the_same_question() -> None:
    first = Request("x.list", "GET", "/x", params={"term": "a", "page": 1}, idempotent=False)
    second = first.page(2)
    assert second.params == {"term": "a", "page": 2}
    assert first.params == {"term": "a", "page": 1}
    assert (second.operation, second.method, second.path, second.idempotent) == ("x.list", "GET", "/x", False)


def test_a_body_is_compact_json_in_utf_8() -> None:
    body = {
        "name": "Zürich",
        "date": DAY,
        "tag": None,
        "left_out": UNSET,
        "nested": {"variant": ProjectBillingVariant.TASK},
    }
    content = Request("x.create", "POST", "/x", body=body).content()
    assert content == '{"name":"Zürich","date":"2026-01-31","tag":null,"nested":{"variant":"task"}}'.encode()


def test_no_body_is_not_an_empty_body() -> None:
    assert Request("x.get", "GET", "/x").content() is None
    assert Request("x.create", "POST", "/x", body={}).content() == b"{}"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_body_holds_no_number_that_json_does_not_know(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Request("x.create", "POST", "/x", body={"hours": value}).content()


def test_a_body_is_not_shown() -> None:
    shown = repr(Request("session.create", "POST", "/session", body={"password": "secret"}))
    assert "session.create" in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("method", "repeatable"),
    [("GET", True), ("HEAD", True), ("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False), ("ODD", False)],
)
def test_the_method_says_whether_a_request_may_be_repeated_unless_the_spec_does(method: str, repeatable: bool) -> None:
    assert Request("x.x", method, "/x").idempotent is repeatable
    assert Request("x.x", method, "/x", idempotent=not repeatable).idempotent is not repeatable


ANSWERS: list[tuple[bytes, Any]] = [
    (b"", None),
    (b" \r\n", None),
    (b"null", None),
    (b'{"a": [1, 1.5, true, null, "\xc3\xbc"]}', {"a": [1, 1.5, True, None, "ü"]}),
    (b" [] ", []),
    (b"0", 0),
]


@pytest.fixture(params=["json", "orjson"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both that an installation may have."""
    monkeypatch.setattr(_request, "_loads", lambda: pytest.importorskip(request.param).loads)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("content", "document"), ANSWERS)
def test_an_answer_is_read_as_json_and_an_empty_one_is_none(content: bytes, document: Any) -> None:
    assert Response(200, {"content-type": "application/json"}, content).json() == document


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("content", [b"<html>", b"{", b"'a'", b"\xff", b"\x00", b"1 2"])
def test_a_response_that_is_not_json_raises_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the message is the parser's
        Response(200, {}, content).json()


def test_an_answer_shows_neither_headers_nor_content() -> None:
    response = Response(200, {"x-request-id": "abc", "set-cookie": "secret"}, b'{"api_key": "secret"}')
    assert response.request_id == "abc"
    assert Response(200, {}, b"").request_id is None
    assert "secret" not in repr(response)
    assert repr(response) == "<Response 200: 21 bytes>"
