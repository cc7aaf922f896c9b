"""When a record happened: its timestamp, the folders of the key, the time of the object."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from driftwell.archive.event_time import Arrival, BadTimestamp, arrival_of, record_time
from driftwell.archive.key_dates import KeyDates

MODIFIED = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
DATES = KeyDates.read_at(datetime(2027, 1, 1, tzinfo=UTC))
ARRIVAL = Arrival(MODIFIED, "object", MODIFIED)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "event_time", "latest"),
    [
        ("2026/01/02/03/stream-1-2026-01-02-03-04-05-uuid.gz", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),
        ("prompts/2026/01/02/03/x", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),
        ("s3://bucket/my prompts=1/2026/01/02/23/x", at(2026, 1, 2, 23), at(2026, 1, 3, 0)),
        ("prompts/2026/01/02/x", at(2026, 1, 2), at(2026, 1, 3)),
        ("a/year=2026/month=01/day=02/hour=03/x", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),
        ("a/year=2026/month=1/day=2/hour=3/x", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),
        ("a/year=2026/month=12/day=31/x", at(2026, 12, 31), at(2027, 1, 1)),
        ("copy-of/2025/06/07/08/then/2026/01/02/03/x", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),
        ("year=2025/month=6/day=7/2026/01/02/03/x", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),
        ("2026/01/02/year=2025/month=06/day=07/x", at(2025, 6, 7), at(2025, 6, 8)),
        ("2026/01/02/03/2026/13/01/x", at(2026, 1, 2, 3), at(2026, 1, 2, 4)),  # the last one is not a date
        ("2024/02/29/00/x", at(2024, 2, 29), at(2024, 2, 29, 1)),
        ("2026/01/02/77/x", at(2026, 1, 2), at(2026, 1, 3)),  # 77 is not an hour: a folder under the day
    ],
)
def test_the_date_folders_in_the_key_give_the_time(key, event_time, latest):
    assert arrival_of(key, MODIFIED, DATES) == Arrival(event_time, "key", latest)


@pytest.mark.parametrize(
    "key",
    [
        "x.gz",
        "2026/02/30/03/x",
        "2025/02/29/x",
        "12026/01/02/03/x",
        "2026/01/02",
        "v2026/01/02/03/x",
        "1999/01/02/03/x",
        "year=2026/day=02/month=01/x",
        "\u0662\u0660\u0662\u0666/\u0660\u0661/\u0660\u0662/x",  # digits, but not ASCII
    ],
)
def test_a_key_without_a_valid_date_falls_back_to_the_time_of_the_object(key):
    assert arrival_of(key, MODIFIED, DATES) == Arrival(MODIFIED, "object", MODIFIED)


def test_a_naive_modification_time_is_utc_and_other_zones_are_converted():
    assert arrival_of("x", datetime(2026, 5, 6, 7), DATES).event_time == at(2026, 5, 6, 7)
    zone = timezone(timedelta(hours=2))
    assert arrival_of("x", datetime(2026, 5, 6, 7, tzinfo=zone), DATES).event_time == at(2026, 5, 6, 5)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-05-01T10:20:30Z", at(2026, 5, 1, 10, 20, 30)),
        ("2026-05-01T10:20:30", at(2026, 5, 1, 10, 20, 30)),
        ("2026-05-01 10:20:30.123456", at(2026, 5, 1, 10, 20, 30, 123456)),
        ("2026-05-01T10:20:30.123456789Z", at(2026, 5, 1, 10, 20, 30, 123456)),
        ("2026-05-01T10:20:30+02:00", at(2026, 5, 1, 8, 20, 30)),
        ("2026-05-01T10:20:30-0530", at(2026, 5, 1, 15, 50, 30)),
        ("2026-05-01", at(2026, 5, 1)),
        ("20260501T102030Z", at(2026, 5, 1, 10, 20, 30)),
        (" 2026-05-01 ", at(2026, 5, 1)),
        (1777631400000, at(2026, 5, 1, 10, 30)),
        (1777631400123, at(2026, 5, 1, 10, 30, 0, 123000)),
        (1777631400000.5, at(2026, 5, 1, 10, 30, 0, 500)),
        (1.7776314e12, at(2026, 5, 1, 10, 30)),
        ("1777631400000", at(2026, 5, 1, 10, 30)),
        (946684800000, at(2000, 1, 1)),
    ],
)
def test_iso_text_and_epoch_milliseconds_are_read(value, wanted):
    assert record_time(value, ARRIVAL, None) == wanted


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("yesterday at 5", "'aaaaaaaaa aa 9' is neither ISO 8601 nor epoch milliseconds"),
        ("05/01/2026", "neither ISO 8601"),
        ("2026-13-01", "neither ISO 8601"),
        ("2026-05-01T25:00:00Z", "neither ISO 8601"),
        ("0001-01-01T00:00:00+14:00", "neither ISO 8601"),  # before the year 1 in UTC
        ("9999-12-31T23:59:59-14:00", "neither ISO 8601"),
        ("\ud800", "neither ISO 8601"),
        ("²⁰²⁶", "neither ISO 8601"),
        ("9" * 5000, "neither ISO 8601"),
        ("1999-12-31T23:59:59Z", "1999-12-31 is before 2000-01-01"),
        (1777631400, "are these seconds"),
        ("1777631400", "are these seconds"),
        (0, "are these seconds"),
        (-1, "are these seconds"),
        (-1e300, "are these seconds"),
        (1777631400000000, "up to the year 9999"),  # microseconds
        (-(10**400), "are these seconds"),
        (10**400, "up to the year 9999"),
        (1e300, "up to the year 9999"),
        (math.inf, "up to the year 9999"),
        (-math.inf, "up to the year 9999"),
        (math.nan, "up to the year 9999"),
        ("9999-12-31T23:59:59Z", "more than a day after arrival"),
        (True, "a bool; expected ISO 8601"),
        ([2026, 5, 1], "a list; expected ISO 8601"),
        ({"$date": 1777631400000}, "a dict; expected ISO 8601"),
    ],
)
def test_anything_else_is_a_bad_timestamp_that_says_why(value, detail):
    with pytest.raises(BadTimestamp, match=detail):
        record_time(value, ARRIVAL, None)


def test_a_day_ahead_of_arrival_is_allowed_and_more_is_not():
    limit = MODIFIED + timedelta(days=1)
    assert record_time(limit.isoformat(), ARRIVAL, None) == limit
    with pytest.raises(BadTimestamp, match="more than a day after arrival"):
        record_time((limit + timedelta(microseconds=1)).isoformat(), ARRIVAL, None)


def test_arrival_is_the_end_of_the_hour_in_the_key():
    arrival = arrival_of("2026/01/02/03/x", MODIFIED, DATES)
    assert record_time("2026-01-03T04:00:00Z", arrival, None) == at(2026, 1, 3, 4)
    with pytest.raises(BadTimestamp):
        record_time("2026-01-03T04:00:00.000001Z", arrival, None)


def test_lateness_is_unlimited_unless_configured():
    assert record_time("2001-01-01", ARRIVAL, None) == at(2001, 1, 1)
    limit = MODIFIED - timedelta(days=2.5)
    assert record_time(limit.isoformat(), ARRIVAL, 2.5) == limit
    with pytest.raises(BadTimestamp, match=r"more than 2\.5 days before arrival"):
        record_time((limit - timedelta(microseconds=1)).isoformat(), ARRIVAL, 2.5)


def test_a_text_in_the_wrong_field_is_not_quoted():
    with pytest.raises(BadTimestamp) as error:
        record_time("My password is Tr0ub4dor", ARRIVAL, None)
    assert "password" not in str(error.value)
    assert "Tr0ub4dor" not in str(error.value)
