"""Small values: what is absent, and dates and times that go back as they came."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moco_async import _values
from moco_async._values import UNSET, Unset, date_text, parse_date, parse_time, time_text

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def test_unset_is_false_and_has_a_repr() -> None:
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert isinstance(UNSET, Unset)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_unset_is_the_same_after_a_pickle(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(UNSET, protocol)) is UNSET
    assert pickle.loads(pickle.dumps([UNSET], protocol))[0] is UNSET


def test_unset_is_the_same_after_a_copy() -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy(UNSET) is UNSET
    assert copy.deepcopy({"a": [UNSET]})["a"][0] is UNSET


@given(st.dates())
def test_a_date_is_read_as_it_is_written(day: date) -> None:
    assert parse_date(date_text(day)) == day
    assert date_text(parse_date(day.isoformat())) == day.isoformat()


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-1-31", "20260131", "2026-W05-6", "2026-02-30", "0000-00-00", "2026-01-31T00:00:00Z",
     " 2026-01-31", "31.01.2026", "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0663\u0661", "2026-01-3\ud800"],
)  # fmt: skip
def test_something_that_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # half of the messages are Python's
        parse_date(text)


@pytest.mark.parametrize("value", [None, True, 20260131, 1.5, [], {}, ["2026-01-31"], date(2026, 1, 31)])
def test_a_date_that_is_not_a_string_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        parse_date(value)


def test_refused_dates_are_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="is not a date"):
            parse_date("2026-W05-6")


def test_only_so_many_dates_are_remembered() -> None:
    remembered = _values._Dates()
    days = [date(2000, 1, 1) + timedelta(days=number) for number in range(remembered.limit + 10)]
    assert [remembered[day.isoformat()] for day in days] == days
    assert len(remembered) <= remembered.limit


WRITTEN = [
    ("2026-01-31T12:00:00Z", NOON),
    ("2026-01-31T12:00:00.000Z", NOON),
    ("2026-01-31T12:00:00.515Z", NOON.replace(microsecond=515_000)),
    ("2026-01-31T12:00:00.000000Z", NOON),
    ("2026-01-31T12:00:00.000001Z", NOON.replace(microsecond=1)),
    ("2026-01-31T12:00:00+00:00", NOON),
    ("2026-01-31T12:00:00.000+00:00", NOON),
    ("2026-01-31T12:00:00", NOON),
    ("2026-01-31T12:00:00.000", NOON),
    ("2026-01-31T13:00:00+01:00", NOON),
    ("2026-01-31T13:00:00.000+01:00", NOON),
    ("2026-01-31T08:30:00.250000-03:30", NOON.replace(microsecond=250_000)),
    ("2026-01-31T00:00:00Z", NOON.replace(hour=0)),
    ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
    ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "moment"), WRITTEN)
def test_a_time_is_aware_and_goes_back_as_it_came(text: str, moment: datetime) -> None:
    parsed = parse_time(text)
    assert parsed.utcoffset() is not None
    assert parsed == moment
    assert time_text(parsed) == text


@pytest.mark.parametrize(("text", "moment"), WRITTEN)
def test_a_time_goes_back_as_it_came_after_copy_and_pickle(text: str, moment: datetime) -> None:
    for twin in (
        copy.copy(parse_time(text)),
        copy.deepcopy(parse_time(text)),
        *(pickle.loads(pickle.dumps(parse_time(text), protocol)) for protocol in range(6)),
    ):
        assert twin == moment
        assert time_text(twin) == text


def two_digits(most: int) -> st.SearchStrategy[str]:
    return st.integers(0, most).map("{:02d}".format)


@given(
    day=st.dates().map(date.isoformat),
    clock=st.tuples(two_digits(23), two_digits(59), two_digits(59)).map(":".join),
    fraction=st.sampled_from([0, 3, 6]).flatmap(
        lambda digits: st.text("0123456789", min_size=digits, max_size=digits).map(lambda text: text and "." + text)
    ),
    zone=st.sampled_from(["Z", "", "+00:00"])
    | st.tuples(st.sampled_from("+-"), two_digits(23), two_digits(59))
    .map(lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}")
    .filter(lambda text: text != "-00:00"),
)
def test_every_usual_way_of_writing_a_time_goes_back_as_it_came(day: str, clock: str, fraction: str, zone: str) -> None:
    text = f"{day}T{clock}{fraction}{zone}"
    parsed = parse_time(text)
    assert parsed.utcoffset() is not None
    assert time_text(parsed) == text


PIECES = ["2026", "0001", "-", "01", "30", "T", "t", " ", "14", "24", "00", ":", "60", ".", ",", "5", "000", "123456",
          "Z", "z", "+", "-00:00", "+00:00", "+01:00", "UTC", "W05", "\ud800", "\u0665", "\x00"]  # fmt: skip


def almost_times() -> st.SearchStrategy[str]:
    places = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)
    return st.builds(
        lambda text, place, piece: str(text[: place[0]] + piece + text[place[1] :]),
        st.sampled_from([text for text, _ in WRITTEN]),
        places,
        st.sampled_from(["", *PIECES]),
    )


@given(almost_times() | st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text(max_size=30))
@example("2026-01-31T24:00:00Z")
@example("2026-01-31T14:30:00Z\x00")
@example("2026-01-31T14:30:00+01:00:30")
def test_any_text_is_refused_or_goes_back_as_it_came(text: str) -> None:
    try:
        parsed = parse_time(text)
    except ValueError:
        return
    assert time_text(parsed) == text


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-31", "2026-01-31 12:00:00 UTC", "2026-01-31 12:00:00Z", "2026-01-31T12:00Z", "2026-01-31T12:00:00,5Z",
     "2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.0000000Z", "2026-01-31T12:00:00-00:00", "2026-01-31T24:00:00Z",
     "2026-01-31T12:00:60Z", "2026-02-30T12:00:00Z", "20260131T120000Z", "2026-01-31T12:00:00z", "12:00"],
)  # fmt: skip
def test_a_time_that_could_not_go_back_as_it_came_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # half of the messages are Python's
        parse_time(text)


@pytest.mark.parametrize("value", [None, True, 1769860800, 1.5, [], {}, NOON])
def test_a_time_that_is_not_a_string_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        parse_time(value)


def test_a_time_is_the_same_moment_however_it_was_written() -> None:
    times = [parse_time(text) for text, moment in WRITTEN if moment == NOON]
    assert len(times) > 5
    assert set(times) == {NOON}
    assert all(time.astimezone(ZoneInfo("Europe/Zurich")).hour == 13 for time in times)
    assert max(parse_time("2026-01-31T12:00:00.001Z"), *times) == NOON + timedelta(milliseconds=1)


def test_a_changed_time_keeps_the_way_it_was_written() -> None:
    later = parse_time("2026-01-31T12:00:00.000+01:00") + timedelta(hours=1)
    assert time_text(later) == "2026-01-31T13:00:00.000+01:00"
    assert time_text(later.replace(day=1)) == "2026-01-01T13:00:00.000+01:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000001Z"),
        ("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000001Z"),
        ("2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00.000001+00:00"),
    ],
)
def test_a_changed_time_never_loses_digits(text: str, expected: str) -> None:
    assert time_text(parse_time(text) + timedelta(microseconds=1)) == expected


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2026-01-31T12:00:00Z"),
        (NOON.replace(microsecond=5), "2026-01-31T12:00:00.000005Z"),
        (NOON.replace(tzinfo=timezone(timedelta(0), "GMT")), "2026-01-31T12:00:00Z"),
        (NOON.replace(tzinfo=ZoneInfo("Europe/London")), "2026-01-31T12:00:00Z"),
        (NOON.replace(tzinfo=ZoneInfo("Europe/Zurich")), "2026-01-31T12:00:00+01:00"),
    ],
)
def test_an_aware_datetime_is_written_with_its_offset_and_utc_as_z(moment: datetime, text: str) -> None:
    assert time_text(moment) == text


class Nowhere(tzinfo):
    def utcoffset(self, _: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


@pytest.mark.parametrize("moment", [NOON.replace(tzinfo=None), NOON.replace(tzinfo=Nowhere())])
def test_a_datetime_without_a_time_zone_is_not_written(moment: datetime) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        time_text(moment)


def test_a_time_shows_its_zone_in_words() -> None:
    assert repr(parse_time("2026-01-31T12:00:00.000Z")).endswith("tzinfo=UTC)")
    assert parse_time("2026-01-31T12:00:00.000Z").tzname() == "UTC"
    assert parse_time("2026-01-31T12:00:00.000+01:00").tzname() == "UTC+01:00"
