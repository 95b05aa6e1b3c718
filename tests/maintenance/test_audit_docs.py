"""The docs as facts: small pages with every irregularity of MOCO's dialect, and what is to be read in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.audit.docs import lenient_json, read_docs
from maintenance.audit.docs.phrases import read_hints, read_names
from maintenance.audit.facts import Source
from maintenance.audit.inventory import format_fact

PAGES = Path(__file__).parent / "published" / "docs"


@pytest.fixture(scope="module")
def docs() -> Source:
    return read_docs({file.relative_to(PAGES).as_posix(): file.read_text("utf-8") for file in PAGES.rglob("*.md")})


def facts(docs: Source, key: str, part: str) -> list[str]:
    return [format_fact(fact) for _, fact in sorted(docs.operations[key].parts[part].items())]


def test_every_operation_is_found_under_its_name(docs: Source) -> None:
    assert sorted(docs.operations) == sorted(
        [
            "DELETE /boats/{}",
            "DELETE /boats/{}/anchors/{}",
            "DELETE /boats/{}/reasons",
            "DELETE /ports/{}",  # the heading was copied, the call is right
            "GET /boats",
            "GET /boats/{}",
            "GET /boats/{}.pdf",
            "GET /boats/{}/anchors",
            "GET /boats/{}/seats/{}",
            "GET /moorings/{}/{}",  # the heading leaves the parameters out
            "GET /port_purchases",
            "GET /port_purchases/{}",
            "GET /port_sales",
            "GET /ports/{}",
            "GET /sails",
            "GET /sails/{}",  # the call is misspelt, the heading is right
            "GET /session",  # no heading, only a call
            "PATCH /boats/{}/papers",
            "PATCH /moorings/{}/{}",
            "PATCH /sails/{}",  # the heading's method counts
            "POST /boats",
            "POST /boats/bulk",
            "POST /sails",
            "POST /sails/{}/hoist",
            "POST /session",
            "PUT /boats/{}",
            "PUT /boats/{}/update_status",
            "PUT /ports/{}",  # after a fence that unreachable_url closed, and without a slash
        ]
    )


def line_of(position: object) -> str:
    file, _, line = str(position).rpartition(":")
    return (PAGES / file).read_text("utf-8").split("\n")[int(line) - 1]


def test_an_operation_stands_on_the_page_that_describes_it(docs: Source) -> None:
    boats = docs.operations["GET /boats"]
    assert (boats.page, line_of(boats.position)) == ("sections/boats.md", "## GET /boats")
    assert docs.operations["POST /session"].page == "login.md"


def test_every_fact_knows_its_line(docs: Source) -> None:
    for operation in docs.operations.values():
        for facts in operation.parts.values():
            for name, fact in facts.items():
                last = re.split(r"[.\]]", name)[-1]
                assert last in line_of(fact.position) or re.search(
                    "Global filters|paged|are valid", line_of(fact.position)
                ), name


def test_parameters_of_the_query(docs: Source) -> None:
    assert "; ".join(facts(docs, "GET /boats", "query")) == (
        "crew text = Sailor | Cook | ...; custom_properties; flag text = de | ch | ...; from date; "
        "grade integer = 1 | 2 | 3 | 4; home text = Kiel | Genoa | Split; ids; is_old boolean; max_length; "
        "min_length; page; sorting; status list = moored | sailing; to date; updated_after"
    )
    assert facts(docs, "GET /boats/{}.pdf", "query") == ["letter_paper_id"]
    assert facts(docs, "DELETE /boats/{}", "query") == ["merge_boat_id"]


def test_attributes_of_an_answer(docs: Source) -> None:
    assert "; ".join(facts(docs, "GET /boats/{}", "answer")) == (
        "account text; built_on date; captain? record; captain.id; captain.mate record; captain.mate.id; "
        "captain.mate.name; created_at time; custom_properties record; file_url text; harbour_vat record; "
        "harbour_vat.code; harbour_vat.tax; hull record; hull.beam?; hull.length integer; id integer; "
        "length number; name text; seats list; seats[].cushioned boolean; seats[].id integer; "
        "seats[].kind text = bench | chair | sun-deck | none; seats[].price integer; seats[].rate number; "
        "seats[].window boolean; seats_total integer; status text = moored | sailing; tags list of text"
    )


def test_an_attribute_of_rows_is_known_by_its_name_alone() -> None:
    page = """## Attributes

- rate (`weekly` or `monthly`)
- id (of two things)

```json
{ "seats": [{ "id": 5, "rate": "weekly" }], "masts": [{ "id": 6 }] }
```

## GET /boats
"""
    read = read_docs({"boats.md": page})
    assert "seats[].rate text = weekly | monthly" in facts(read, "GET /boats", "answer")
    assert not [fact for fact in facts(read, "GET /boats", "answer") if fact.startswith(("rate", "id"))]


def test_a_list_leaves_out_what_its_words_say(docs: Source) -> None:
    left_out = set(facts(docs, "GET /boats/{}", "answer")) - set(facts(docs, "GET /boats", "answer"))
    assert {each.split("[")[0].split(".")[0].split(" ")[0] for each in left_out} == {"hull", "seats"}


def test_rows_of_a_record_have_operations_of_their_own(docs: Source) -> None:
    assert facts(docs, "GET /boats/{}/seats/{}", "answer")[1:3] == [
        "id integer",
        "kind text = bench | chair | sun-deck | none",
    ]


def test_what_the_docs_do_not_say_is_not_made_up(docs: Source) -> None:
    for key in ("GET /boats/{}/anchors", "PUT /boats/{}/update_status", "DELETE /boats/{}", "GET /boats/{}.pdf"):
        assert facts(docs, key, "answer") == []


def test_of_several_records_that_of_the_path_is_answered(docs: Source) -> None:
    assert facts(docs, "GET /port_sales", "answer") == ["berth text", "id integer"]
    assert facts(docs, "GET /port_purchases", "answer") == ["id integer", "quay text"]
    assert facts(docs, "GET /port_purchases/{}", "answer") == ["id integer", "quay text"]


def test_attributes_of_a_body(docs: Source) -> None:
    assert "; ".join(facts(docs, "POST /boats", "body")) == (
        "currency! text; custom_properties record; event text = launch | sink | rise; file record; file.base64; "
        "file.filename text; harbour_id! integer; kind text = Boat | Boat::Small | Ship; length! number; "
        "name! text; owner_id integer; river_id! integer; seats list; seats[].kind text; seats[].price integer; "
        "seats[].view text; tags list"
    )
    assert facts(docs, "DELETE /boats/{}/reasons", "body") == ["reason! text"]
    assert facts(docs, "PATCH /boats/{}/papers", "body") == ["file"]
    assert facts(docs, "PUT /ports/{}", "body") == ["berth!", "quay", "towing_day", "towing_fee"]
    assert facts(docs, "POST /session", "body") == ["email text", "password text"]


def test_an_update_takes_what_the_creation_takes_but_for_the_exceptions(docs: Source) -> None:
    created = {each.split(" ")[0].rstrip("!") for each in facts(docs, "POST /boats", "body")}
    updated = {each.split(" ")[0] for each in facts(docs, "PUT /boats/{}", "body")}
    assert created - updated == {"currency", "kind"}


def test_many_at_once_take_what_one_takes(docs: Source) -> None:
    assert {"boats list", "boats[].length! number", "boats[].seats[].kind text"} <= set(
        facts(docs, "POST /boats/bulk", "body")
    )


def test_values_in_a_sentence(docs: Source) -> None:
    assert facts(docs, "PUT /boats/{}/update_status", "body") == ["status text = sailing | sunk"]


def test_an_answer_is_told_from_a_part_of_the_body_by_the_sentence_before_it(docs: Source) -> None:
    assert facts(docs, "PATCH /moorings/{}/{}", "answer") == ["moored integer"]
    assert facts(docs, "PATCH /moorings/{}/{}", "body") == ["names list of text"]
    assert facts(docs, "GET /session", "answer") == ["id integer", "uuid text"]


def test_an_example_inside_of_an_entry_is_of_the_attribute_it_speaks_of(docs: Source) -> None:
    assert "; ".join(facts(docs, "GET /sails/{}", "answer")) == (
        "area integer; boat record; boat.id integer; boom? record; boom.id integer; boom.material text; "
        "exhaused boolean; id integer; mast record; mast.height integer; mast.id integer"
    )
    assert facts(docs, "GET /sails", "answer") == facts(docs, "GET /sails/{}", "answer")


def test_a_body_by_its_list_and_by_its_example_together(docs: Source) -> None:
    assert "; ".join(facts(docs, "POST /sails", "body")) == (
        "area! integer|text; boat_id integer; color text; pattern! record; weight integer"
    )
    assert "; ".join(facts(docs, "PATCH /sails/{}", "body")) == (
        "area integer|text; boat_id integer; color text; pattern record; title text; weight integer"
    )


def test_what_another_page_names_for_an_operation(docs: Source) -> None:
    assert {"towing_day", "towing_fee"} <= docs.operations["GET /ports/{}"].parts["answer"].keys()


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("**name** – x", [("name", False)]),
        ("**name\\*** – x", [("name", True)]),
        ("**name*** – x", [("name", True)]),
        ("**name\\** – x", [("name", True)]),
        ("**from, to** – x", [("from", False), ("to", False)]),
        ("**from** / **to** - x", [("from", False), ("to", False)]),
        ("either **a\\*** or **b\\*** – x", [("a", True), ("b", True)]),
        ("`name` – x", [("name", False)]),
        ("name_of_it – x", [("name_of_it", False)]),
        ("items.vat (x)", [("items.vat", False)]),
        ("[Global filters apply](../x)", []),
        ("A sentence about something.", []),
        ("`{variable}` – x", []),
        ("**X-Page** – x", []),
    ],
)
def test_names_at_the_beginning_of_an_entry(entry: str, names: list[tuple[str, bool]]) -> None:
    assert [tuple(mention) for mention in read_names(entry)[0]] == names


@pytest.mark.parametrize(
    ("words", "values", "closed"),
    [
        ('"a", "b" or "c" (default: "a")', ("a", "b", "c"), True),
        ('""a", "b"', ("a", "b"), True),
        ('"a" (the first), "b"', ("a", "b"), True),
        ("`a` / `b` , default is `a`, say `b` to change", ("a", "b"), True),
        ('("a" for these, "b" for those). Use it.', ("a", "b"), True),
        ('(e.g., "a", "b", "c`) or `null`', ("a", "b", "c"), False),
        ('"de", "de-AT" or "fr"', ("de", "de-AT", "fr"), True),
        ("A | B | C", ("A", "B", "C"), True),
        ('"A" (A / A::B / C)', ("A", "A::B", "C"), True),
        ('"2018-01-01", "2018-01-31"', (), True),
        ('"a@example.com", "b@example.com"', (), True),
        ('["a", "b"]', (), True),
        ('"pending" or "archived" (Inbox / Archive)', ("pending", "archived"), True),
        ("true/false (yes/no)", (), True),
        ('part "true" means this, "false" means that', (), True),
        ("name of the account holder (if any)", (), True),
    ],
)
def test_values_that_an_entry_lists(words: str, values: tuple[str, ...], closed: bool) -> None:
    said = read_hints(words)
    assert (said.values, said.closed) == (values, closed)


def plain(value: lenient_json.Value | None) -> Any:
    """What was read, as Python has it."""
    assert value is not None
    match value.kind:
        case "record":
            return {name: plain(inner) for name, inner in value.entries}
        case "list":
            return [plain(row) for row in value.rows]
        case "number" | "word":
            return json.loads(value.text)
        case _:
            return value.text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"a": 1, // a comment\n"b": 2}', {"a": 1, "b": 2}),
        ('{"a": "x", ⚠️ words, and more\n"b": 2}', {"a": "x", "b": 2}),
        ('{"a:": "h", "b": 1}', {"a": "h", "b": 1}),
        ('{"a", 12.0, "b": 1}', {"a": 12.0, "b": 1}),
        ('{"a: "4000",\n"b": 1}', {"a": "4000", "b": 1}),
        ('{"a": [1, 2,], "b": {"c": 3,},}', {"a": [1, 2], "b": {"c": 3}}),
        ('"a": {"b": 1}', {"a": {"b": 1}}),
        ("{a: 1, b: [{c: 2}]}", {"a": 1, "b": [{"c": 2}]}),
        ('{"a": [{"b": 1}, ...], ...}', {"a": [{"b": 1}]}),
        ('{"a": "open,\n"b": 1}', {"a": "open,", "b": 1}),
        ('{"a": {"b": 1}', {"a": {"b": 1}}),
        ('{"a": , "b": 1}', {"a": "", "b": 1}),
        ('{"a"}', {"a": ""}),
    ],
)
def test_json_as_people_write_it(written: str, read: Any) -> None:
    assert plain(lenient_json.read(written)) == read


@pytest.mark.parametrize("text", ["", "no JSON", "curl -X GET", '"only a text"', "12"])
def test_what_is_no_json_at_all(text: str) -> None:
    assert lenient_json.read(text) is None


names = st.text("abÄz_ -9", min_size=1, max_size=9).map(lambda text: f"n{text}n")
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(names, documents, max_size=4) | st.lists(documents, max_size=4), st.sampled_from([None, 1, 2]))
def test_good_json_is_read_as_it_is(document: Any, indent: int | None) -> None:
    assert plain(lenient_json.read(json.dumps(document, ensure_ascii=False, indent=indent))) == document


@given(st.text(st.characters(codec="utf-8")), st.text('{}[]":,.\n a1', max_size=60))
def test_nothing_is_too_bad_to_be_read(anything: str, marks: str) -> None:
    lenient_json.read(anything)
    lenient_json.read("{" + marks)


@given(st.text(st.characters(codec="utf-8")), st.text('#`*-\n {}"[]()/GETPOSTabc', max_size=120))
def test_no_page_is_too_bad_to_be_read(anything: str, marks: str) -> None:
    read_docs({"page.md": anything, "other.md": f"## GET /a\n\n{marks}\n"})
