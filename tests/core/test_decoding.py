"""From the body of an answer to records: one and many, strict or not, and which rows are checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moco_async import Deviation, ResponseError, _decoding, _deviations, _request, deviations
from moco_async._decoding import SAMPLE_EVERY, Decoder
from moco_async._model import Model
from moco_async._request import Response
from moco_async.models import Activity, Company, NamedRef, Project

from .spec_records import LIST, answer, damage, quick, records, text_of, valid
from .test_model_decoding import fits

STRICT = Decoder(strict=True)
NULL_NAME = Deviation("NamedRef.name", "null is not allowed")


@pytest.fixture(autouse=True)
def _no_deviations() -> Iterator[None]:
    _deviations.clear_deviations()
    yield
    _deviations.clear_deviations()


def names(count: int, **changed: Any) -> list[dict[str, Any]]:
    return [{"id": number, "name": "A", **changed} for number in range(count)]


# --- strict


def test_strict_raises_with_the_place_and_the_reason() -> None:
    rows = [valid("Activity"), valid("Activity", hours="1.5")]
    with pytest.raises(
        ResponseError, match=r"activities\.list differs from the spec at \$\[1\]\.hours: text '1\.5' wh"
    ) as e:
        STRICT.many(Activity, LIST, answer(rows))
    assert e.value.operation == "activities.list"
    assert e.value.status == 200
    with pytest.raises(ResponseError, match=r"at \$\.hours: text '1\.5' where the spec says a number"):
        STRICT.one(Activity, LIST, answer(rows[1]))


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"hours": None}, "hours: null is not allowed"),
        ({"hours": "1"}, "hours: text '1' where"),
        ({"date": "soon"}, "date: text 'soon' where"),
        ({"remote_service": "abacus"}, "remote_service: 'abacus' is not a value of RemoteService"),
        ({"colour": 1}, "colour: not in the spec"),
        ({"user": {"id": 1, "firstname": "A"}}, "user.lastname: missing"),
        ({"project": 5}, "project: a number where the spec says ProjectRef"),
    ],
)
@pytest.mark.parametrize("index", [0, 1, 2, SAMPLE_EVERY])
def test_strict_raises_for_every_deviation_in_any_row(changed: dict[str, Any], place: str, index: int) -> None:
    rows = [valid("Activity") for _ in range(SAMPLE_EVERY + 1)]
    rows[index].update(changed)
    with pytest.raises(ResponseError) as caught:
        STRICT.many(Activity, LIST, answer(rows))
    assert f"differs from the spec at $[{index}].{place}" in str(caught.value)


@pytest.mark.parametrize("model", [Activity, Company, Project])
def test_strict_never_raises_for_an_absent_optional_attribute(model: type[Model]) -> None:
    rows = [valid(model.__name__)]
    assert STRICT.many(model, LIST, answer(rows)) == [model.from_dict(rows[0])]
    assert STRICT.one(model, LIST, answer(rows[0])) == model.from_dict(rows[0])
    rows[0].pop("id")
    with pytest.raises(ResponseError, match=r"at \$\[0\]\.id: missing"):
        STRICT.many(model, LIST, answer(rows))


@pytest.mark.parametrize("document", [None, 5, "text", [], [[]], {"id": 1}])
def test_strict_takes_no_document_of_another_shape(document: Any) -> None:
    with pytest.raises(ResponseError, match=r"differs from the spec at \$"):
        STRICT.one(Activity, LIST, answer(document))


@pytest.mark.parametrize("document", [None, 5, "text", {"id": 1}, [None], [valid("Activity"), 5]])
def test_strict_takes_only_a_list_of_objects_for_a_list(document: Any) -> None:
    with pytest.raises(ResponseError, match=r"differs from the spec at \$(\[[01]\])?: "):
        STRICT.many(Activity, LIST, answer(document))


def test_strict_takes_what_the_spec_says() -> None:
    rows = [valid("Activity"), valid("Activity")]
    assert STRICT.many(Activity, LIST, answer(rows)) == [Activity.from_dict(row) for row in rows]
    assert STRICT.many(Activity, LIST, answer([])) == []
    assert STRICT.one(Activity, LIST, answer(rows[0])) == Activity.from_dict(rows[0])
    assert STRICT.many(str, LIST, answer(["a"])) == ["a"]


@quick
@given(st.data())
def test_what_strict_passes_is_decoded_as_its_annotations_say(data: st.DataObject) -> None:
    model, raw = data.draw(records())
    broken, _ = data.draw(damage(raw))
    try:
        made = STRICT.one(model, LIST, Response(200, {}, json.dumps(broken).encode()))
    except ResponseError:
        return
    hints = get_type_hints(model)
    assert all(fits(hints[name], getattr(made, name)) for name in model._attributes)


# --- not strict


def test_without_strict_a_deviation_is_passed_on() -> None:
    rows = [valid("Activity", hours="1.5"), None, "x", 5]
    first, *others = Decoder().many(Activity, LIST, answer(rows))
    assert text_of(first.to_dict()) == text_of(rows[0])
    assert cast(list[Any], others) == [None, "x", 5]
    for document in ("x", 5, [1]):
        assert cast(Any, Decoder().one(Activity, LIST, answer(document))) == document


@pytest.mark.parametrize("content", [b"", b" \n", b"null"])
def test_an_empty_body_is_neither_a_record_nor_an_empty_list(content: bytes) -> None:
    with pytest.raises(ResponseError):
        Decoder().one(Activity, LIST, Response(200, {}, content))
    with pytest.raises(ResponseError):
        Decoder().many(Activity, LIST, Response(200, {}, content))


@pytest.mark.parametrize("document", [{"message": "?"}, "text", 5, True])
def test_what_is_not_a_list_raises_where_a_list_was_to_come(document: Any) -> None:
    with pytest.raises(ResponseError, match="where a list was expected"):
        Decoder().many(Activity, LIST, answer(document))


@pytest.mark.parametrize("content", [b"<html>busy</html>", b"\xff\xfe", b'{"id": ', b"[1,]"])
def test_what_is_not_json_raises_with_the_beginning_of_it(content: bytes) -> None:
    for strict in (True, False):
        with pytest.raises(ResponseError, match="answered something that is not JSON") as caught:
            Decoder(strict=strict).one(Activity, LIST, Response(200, {"x-request-id": "abc"}, content))
        assert repr(content.decode("utf-8", "replace")) in str(caught.value)
        assert caught.value.request_id == "abc"
        assert caught.value.body == content


@pytest.mark.parametrize("parser", [json, orjson])
def test_what_is_nested_too_deeply_is_an_answer_that_cannot_be_read(
    parser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_request, "_loads", lambda: parser.loads)
    with pytest.raises(ResponseError, match="answered something that is not JSON"):
        Decoder().one(Activity, LIST, Response(200, {}, b"[" * 100_000 + b"]" * 100_000))


@pytest.mark.parametrize("parser", [json, orjson])
def test_a_deeply_nested_value_of_the_wrong_type_is_a_deviation(parser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_request, "_loads", lambda: parser.loads)
    response = Response(200, {}, b'{"name": "A", "id": ' + b"[" * 800 + b"]" * 800 + b"}")
    with pytest.raises(ResponseError, match=r"at \$\.id: a list where the spec says an integer"):
        STRICT.one(NamedRef, LIST, response)
    assert Decoder().one(NamedRef, LIST, response).name == "A"


# --- the sample


def test_one_record_is_always_checked_for_nulls_and_wrong_types() -> None:
    for _ in range(3):
        Decoder().one(NamedRef, LIST, answer({"id": "1", "name": None}))
    assert deviations() == {Deviation("NamedRef.id", "text where the spec says an integer"): 3, NULL_NAME: 3}


def test_the_first_row_of_every_list_is_checked_for_nulls_and_wrong_types() -> None:
    for _ in range(3):
        Decoder().many(NamedRef, LIST, answer([*names(1, name=None), *names(1)]))
    assert deviations() == {NULL_NAME: 3}


def test_of_the_other_rows_one_in_so_many_is_checked_at_another_position_each_time() -> None:
    positions = set()
    for _ in range(5):
        checked = list(Decoder()._sample(2 * SAMPLE_EVERY + 1))
        assert checked[0] == 0
        assert len(checked) == 3
        assert checked[2] - checked[1] == SAMPLE_EVERY
        positions.add(checked[1])
    assert len(positions) == 5


@pytest.mark.parametrize("length", [0, 1, 2, SAMPLE_EVERY, SAMPLE_EVERY + 1, 3 * SAMPLE_EVERY])
def test_a_sample_is_in_the_list_in_order_and_without_repetition(length: int) -> None:
    for _ in range(SAMPLE_EVERY):
        checked = list(Decoder()._sample(length))
        assert checked == sorted(set(checked))
        assert set(checked) <= set(range(length))
    assert list(STRICT._sample(length)) == list(range(length))


def test_every_position_gets_its_turn() -> None:
    seen = {index for _ in range(SAMPLE_EVERY) for index in Decoder()._sample(SAMPLE_EVERY + 1)}
    assert seen == set(range(SAMPLE_EVERY + 1))


def test_nulls_in_unchecked_rows_are_not_counted_and_all_rows_come_back() -> None:
    rows = names(SAMPLE_EVERY, name=None)
    decoded = Decoder().many(NamedRef, LIST, answer(rows))
    assert [row.to_dict() for row in decoded] == rows
    assert deviations()[NULL_NAME] in (1, 2)


@pytest.mark.parametrize("checked", [0, 1])
def test_what_the_straight_line_notices_is_counted_once_in_every_row(
    checked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_decoding, "_turns", iter([checked]))
    rows = [valid("Activity", colour=1, date="soon", customer={"id": 1}) for _ in range(100)]
    Decoder().many(Activity, LIST, answer(rows))
    assert deviations() == {
        Deviation("Activity.colour", "not in the spec"): 100,
        Deviation("Activity.date", "text where the spec says a date"): 100,
        Deviation("NamedRef.name", "missing"): 100,
    }


def test_rows_that_are_not_objects_are_counted_once_each() -> None:
    Decoder().many(NamedRef, LIST, answer([None, *names(1), None, 5, [], "x"]))
    assert deviations() == {
        Deviation("$[]", "null is not allowed"): 2,
        Deviation("$[]", "a number where the spec says NamedRef"): 1,
        Deviation("$[]", "a list where the spec says NamedRef"): 1,
        Deviation("$[]", "text where the spec says NamedRef"): 1,
    }
