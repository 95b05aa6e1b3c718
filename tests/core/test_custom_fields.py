"""Custom fields: Python values in, what MOCO keeps out, and back."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moco_async import MocoClient
from moco_async.custom_fields import LIMIT, CustomFields, UnknownCustomFieldWarning
from moco_async.models import CustomProperty
from moco_async.sandbox import Sandbox


def field(name: str, kind: str, *defaults: str, entity: str = "Project") -> CustomProperty:
    raw = {"id": 1, "name": name, "kind": kind, "entity": entity, "defaults": list(defaults)}
    return CustomProperty.from_dict(raw)


FIELDS = CustomFields.of(
    [
        field("Connection", "String"),
        field("Notes", "Textarea"),
        field("Site", "Link"),
        field("Signed", "Boolean"),
        field("Start", "Date"),
        field("Size", "Select", "small", "large"),
        field("Sectors", "MultiSelect", "Pharma", "Chemistry"),
        field("Elsewhere", "String", entity="Deal"),
    ],
    "Project",
)

VALUES = st.fixed_dictionaries(
    {},
    optional={
        "Connection": st.text(max_size=20),
        "Notes": st.text(max_size=20),
        "Site": st.sampled_from(["", "https://example.com", "mailto:a@example.com", "tel:+41441234567"]),
        "Signed": st.booleans(),
        "Start": st.dates(),
        "Size": st.sampled_from(["", "small", "large"]),
        "Sectors": st.lists(st.sampled_from(["Pharma", "Chemistry"])),
    },
)


@given(VALUES)
def test_what_is_encoded_is_decoded_again(values: dict[str, Any]) -> None:
    encoded = FIELDS.encode(values)
    assert FIELDS.decode(encoded) == values
    assert all(isinstance(value, str | list) for value in encoded.values())


def test_encoded_values_are_strings() -> None:
    values = {"Signed": True, "Start": date(2026, 1, 31), "Sectors": ("Pharma",)}
    assert FIELDS.encode(values) == {"Signed": "1", "Start": "2026-01-31", "Sectors": ["Pharma"]}
    assert FIELDS.encode({"Signed": False, "Start": "2026-01-31"}) == {"Signed": "0", "Start": "2026-01-31"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Connection", 7, "takes a string"),
        ("Signed", "1", "takes True or False"),
        ("Signed", 1, "takes True or False"),
        ("Start", datetime(2026, 1, 31), "takes a date"),
        ("Start", "31.01.2026", "31.01.2026"),
        ("Site", "example.com", "takes a link"),
        ("Size", "medium", "has no option 'medium', only"),
        ("Sectors", "Pharma", "takes a list of strings"),
        ("Sectors", ["Farma"], "has no option 'Farma'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        FIELDS.encode({name: value})


def test_an_unknown_name_is_warned_of_and_left_out() -> None:
    with pytest.warns(UnknownCustomFieldWarning, match="'Sekctors', so MOCO would ignore it; did you mean 'Sectors'"):
        assert FIELDS.encode({"Sekctors": ["Pharma"], "Connection": "x"}) == {"Connection": "x"}
    with pytest.warns(UnknownCustomFieldWarning, match="Elsewhere"):
        FIELDS.encode({"Elsewhere": "x"})


def test_more_than_twelve_kilobytes_are_refused_before_they_are_sent() -> None:
    assert FIELDS.encode({"Notes": "x" * LIMIT})
    with pytest.raises(ValueError, match="may take up to 12288 bytes; these take 12289"):
        FIELDS.encode({"Notes": "x" * LIMIT, "Connection": "y"})
    with pytest.raises(ValueError, match="12288 bytes"):
        FIELDS.encode({"Notes": "ü" * (LIMIT // 2 + 1)})


@given(st.dictionaries(st.sampled_from([*FIELDS.names, "unknown"]), st.none() | st.text() | st.lists(st.text())))
def test_nothing_that_moco_sends_brings_decoding_down(values: dict[str, str | list[str] | None]) -> None:
    assert FIELDS.decode(values).keys() == values.keys()


@pytest.fixture
async def client() -> AsyncIterator[MocoClient]:
    async with Sandbox(rate_limit=None).client() as made:
        yield made


async def test_against_an_account(client: MocoClient) -> None:
    for name, kind in (("Signed", "Boolean"), ("Start", "Date")):
        await client.custom_properties.create(name=name, kind=kind, entity="Project")
    project = (await client.projects.list())[0]
    fields = CustomFields.of(await client.custom_properties.list().all(), "Project")
    values = {"Signed": True, "Start": date(2026, 2, 1)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        changed = await client.projects.update(project.id, custom_properties=fields.encode(values))
    decoded = fields.decode(changed.custom_properties)
    assert {name: decoded[name] for name in values} == values
