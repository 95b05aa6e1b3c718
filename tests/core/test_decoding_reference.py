"""Decoding compared with a slow decoder that reads the spec: the same records, the same differences, each once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from moco_async import ResponseError, _deviations, _lenient, _request, deviations
from moco_async._decoding import Decoder
from moco_async._model import Model
from moco_async._request import Response

from .reference_decoder import Collector, Expected, ReferenceDecoder
from .spec_records import LIST, any_model, damaged, named, parts_of, quick, text_of

PARSERS: dict[str, Callable[[bytes], Any]] = {"json": json.loads, "orjson": orjson.loads}


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(_request, "_loads", lambda: PARSERS[request.param])
    yield request.param
    _deviations.clear_deviations()


@st.composite
def answers(draw: st.DrawFn) -> tuple[type[Model], Any]:
    """A model, and a list of its records that is damaged at some places."""
    model = draw(any_model())
    rows = draw(st.lists(named(model.__name__), min_size=1, max_size=3))
    return model, draw(damaged(rows))


def reference(model: type[Model], row: Any) -> ReferenceDecoder:
    return ReferenceDecoder({"$ref": f"#/components/schemas/{model.__name__}"}, row)


def list_reference(model: type[Model], rows: list[Any]) -> ReferenceDecoder:
    schema = {"type": "array", "items": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return ReferenceDecoder(schema, rows)


def response(parser: str, document: Any) -> Response:
    content = json.dumps(document).encode()
    assume(parser == "json" or b"\\ud800" not in content)  # orjson refuses half a character
    return Response(200, {}, content)


def counted(differences: list[Expected]) -> Counter[str]:
    return Counter(each.where for each in differences)


def counted_deviations() -> Counter[str]:
    """What was counted by model and attribute since the last call."""
    found: Counter[str] = Counter()
    for (where, _), times in deviations().items():
        found[where] += times
    _deviations.clear_deviations()
    return found


@quick
@given(answers())
def test_the_table_decodes_and_observes_what_the_reference_does(found: tuple[type[Model], Any]) -> None:
    model, rows = found
    collector = Collector()
    with _deviations.observe(collector):
        decoded = _lenient.decode_value(list[model], rows)  # type: ignore[valid-type]  # a type made at run time
    expected = list_reference(model, rows)
    assert dict(parts_of(decoded)) == expected.parts
    assert sorted(collector.differences) == sorted(each[:3] for each in expected.differences)
    assert collector.records == expected.records


@quick
@given(answers())
def test_the_straight_line_decodes_what_the_reference_does(found: tuple[type[Model], Any]) -> None:
    model, rows = found
    for row in rows:
        if isinstance(row, dict):
            counted_deviations()
            decoded = model.from_dict(row)
            noted = counted_deviations()
            expected = reference(model, row)
            assert dict(parts_of(decoded)) == expected.parts
            assert text_of(decoded.to_dict()) == text_of(row)
            assert counted([each for each in expected.deviations if not each.sampled]) <= noted
            assert noted <= counted(expected.deviations)


def test_one_counts_every_deviation_once(parser: str) -> None:
    @quick
    @given(answers())
    def check(found: tuple[type[Model], Any]) -> None:
        model, (row, *_) = found
        assume(row is not None)
        answered = response(parser, row)
        counted_deviations()
        decoded = Decoder().one(model, LIST, answered)
        noted = counted_deviations()
        expected = reference(model, row)
        assert dict(parts_of(decoded)) == expected.parts
        assert noted == counted(expected.deviations)

    check()


def test_many_decodes_what_the_reference_does_and_counts_nothing_twice(parser: str) -> None:
    @quick
    @given(answers())
    def check(found: tuple[type[Model], Any]) -> None:
        model, rows = found
        answered = response(parser, rows)
        counted_deviations()
        decoded = Decoder().many(model, LIST, answered)
        noted = counted_deviations()
        assert dict(parts_of(decoded)) == list_reference(model, rows).parts
        first, *others = [
            [each._replace(where="$[]") if each.where == "$" else each for each in reference(model, row).deviations]
            for row in rows
        ]
        certain = [*first, *(each for row in others for each in row if not each.sampled)]
        possible = [*first, *(each for row in others for each in row)]
        assert counted(certain) <= noted <= counted(possible)

    check()


def test_strict_raises_where_and_only_where_the_reference_finds_a_deviation(parser: str) -> None:
    @quick
    @given(answers())
    def check(found: tuple[type[Model], Any]) -> None:
        model, rows = found
        answered = response(parser, rows)
        expected = list_reference(model, rows)
        try:
            decoded = Decoder(strict=True).many(model, LIST, answered)
        except ResponseError as error:
            _, _, said = str(error).partition("differs from the spec at ")
            assert any(said.startswith(f"{each.place}: ") for each in expected.deviations), said
        else:
            assert not expected.deviations
            assert dict(parts_of(decoded)) == expected.parts

    check()
