"""No value of an answer is ever in the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moco_async import DriftRecorder, Request
from moco_async._model import Model
from moco_async.models import Activity, Deal, Project
from tests.drift.recorded import GET, answer, rows, several

ROOT = Path(__file__).parent.parent.parent


SECRETS = st.integers(10**9, 10**10).map(lambda number: f"Zq{number}")
"""Texts that cannot be there by chance, and are not names of enum values."""
NAMES = st.text("bcdfghjklmnpqrstvwxz", min_size=12, max_size=12).map(lambda text: f"q{text}")
"""Texts that look like names of the API, but are not where such names are."""
NUMBERS = st.integers(10**9, 10**10) | st.floats(1e9, 1e10).filter(lambda number: number % 1 > 0)
DAYS = st.dates().map(lambda day: day.replace(year=1000 + day.year % 900).isoformat())
LEAVES = SECRETS | NAMES | NUMBERS | DAYS | DAYS.map("{}T10:00:00Z".format) | st.booleans() | st.none()
MAPS = st.dictionaries(SECRETS, LEAVES, max_size=3)
FIELDS = st.dictionaries(SECRETS | NAMES, LEAVES, max_size=3)
DOCUMENTS = st.recursive(
    LEAVES | MAPS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SECRETS, inner, max_size=3), max_leaves=8
)
ENUMS = {"status", "type", "remote_service", "billing_variant", "kind"}


@st.composite
def malformed_rows(draw: st.DrawFn) -> tuple[type[Model], list[Any]]:
    """Rows with secrets in the place of attributes, of those of inner records, and of what unreachable_url knows."""
    resource, kind = draw(st.sampled_from([("deals", Deal), ("projects", Project), ("activities", Activity)]))
    found = rows(resource)[:3]
    for row in found:
        for record in [row, *(value for value in row.values() if isinstance(value, dict) and "id" in value)]:
            names = draw(st.lists(st.sampled_from(sorted(record)), max_size=4, unique=True))
            for name in names:
                record[name] = draw(SECRETS if name in ENUMS else DOCUMENTS)
            record[draw(st.sampled_from(["mood", "Name with a space", "x" * 60]))] = draw(DOCUMENTS)
            record["custom_properties"] = draw(FIELDS | st.lists(FIELDS))
            record["heat"] = {"custom_fields": draw(FIELDS)}
    return kind, found


def leaves(value: Any) -> Iterator[str]:
    """Every text that came from outside, those of keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(key)
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def injected(value: Any) -> set[str]:
    """Those that cannot be in a file by chance."""
    return {text for text in leaves(value) if len(text) >= 10 and ("q" in text[:2].lower() or text[:1].isdigit())}


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(malformed_rows(), DOCUMENTS, SECRETS)
def test_no_value_is_ever_in_the_file(
    tmp_path: Path, malformed: tuple[type[Model], list[Any]], body: Any, media: str
) -> None:
    file = tmp_path / "drift.jsonl"
    file.unlink(missing_ok=True)
    kind, found = malformed
    recorder = DriftRecorder(file, every=2)
    several(recorder, kind, found)
    recorder.refused(Request(f"GET /{media}", "GET", f"/{media}"), answer(body, 422))
    recorder.refused(GET, answer(media.encode(), 500, media))
    recorder.save()
    written = file.read_text()
    secrets = injected(found) | injected(body) | {media}
    assert [secret for secret in secrets if secret in written] == []
