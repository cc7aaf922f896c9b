"""Moments: UTC whatever the machine's zone, and the same after storage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.errors import UsageError
from driftwell.times import EPOCH, from_micros, iso, micros, midnight, now, parse_moment

few = settings(max_examples=100, derandomize=True, deadline=None)
moments = st.datetimes(timezones=st.just(UTC))


@pytest.fixture(autouse=True)
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in India: a naive time read as local would be off by five and a half hours."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31 12:30", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+05:30", datetime(2026, 1, 31, 6, 30, tzinfo=UTC)),
        ("2026-01-01T00:00:00+01:00", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456Z", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
        ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_utc_unless_it_has_a_zone(text: str, expected: datetime) -> None:
    found = parse_moment(text, "--window_start")
    assert found == expected
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-02-30", "31.01.2026", "2026-01", "1767225600"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_an_invalid_time_is_refused_with_flag_value_and_an_example(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_moment(text, "--window_end")
    wanted = "expected a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z"
    assert str(error.value) == f"--window_end is {text!r}, {wanted}"


def test_microseconds_worked_by_hand() -> None:
    assert micros(EPOCH) == 0
    assert micros(datetime(1970, 1, 2, 0, 0, 0, 7, tzinfo=UTC)) == 86_400_000_007
    assert micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert micros(datetime(1970, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))) == 0


@few
@given(moments)
def test_a_moment_survives_storage_as_microseconds(moment: datetime) -> None:
    assert from_micros(micros(moment)) == moment


def test_no_moment_stays_none() -> None:
    assert from_micros(None) is None
    assert iso(None) is None


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"),
        (datetime(2026, 1, 31, 0, 0, 0, 1, tzinfo=UTC), "2026-01-31T00:00:00.000001Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01"),
    ],
)
def test_a_moment_is_shown_in_full_and_a_midnight_as_its_date(moment: datetime, text: str) -> None:
    assert iso(moment) == text


@few
@given(moments | moments.map(lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0)))
def test_a_shown_time_can_be_typed(moment: datetime) -> None:
    text = iso(moment)
    assert text is not None
    assert parse_moment(text, "--window_start") == moment


def test_now_is_utc() -> None:
    before = time.time()
    found = now()
    assert before <= found.timestamp() <= time.time()
    assert found.utcoffset() == timedelta(0)


@given(moments)
def test_a_time_other_than_midnight_is_refused_with_the_midnights_around_it(time: datetime) -> None:
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    assert midnight(day, "--window_end") == day
    if time != day and day.year < 9_999:
        with pytest.raises(UsageError, match=f"expected a midnight UTC: {iso(day)} or {iso(day + timedelta(days=1))}"):
            midnight(time, "--window_end")
