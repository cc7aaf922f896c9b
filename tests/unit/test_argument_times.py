"""Times on a command line: valid times, and valid windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.command_lines import BASELINE, refusal

from driftwell.cli.arguments import parse
from driftwell.errors import UsageError
from driftwell.times import now

NEXT_YEAR = now().year + 1


@pytest.mark.parametrize("time", ["0001-01-01", "1970-01-01", "1999-12-31T23:59:59Z", f"{NEXT_YEAR + 1}-01-01T00:00:01",
                                  "2262-04-12", "9999-12-31"])  # fmt: skip
@pytest.mark.parametrize("flag", ["--window_start", "--window_end"])
def test_a_time_that_no_data_can_have_is_refused_with_a_remedy(time: str, flag: str) -> None:
    message = refusal(*BASELINE, flag, time)
    assert message.startswith(f"{flag} is {time[:4]}") and "leave it out for an open window" in message


@pytest.mark.parametrize("time", ["2000-01-01", f"{NEXT_YEAR}-12-31T23:59:59", f"{NEXT_YEAR + 1}-01-01"])
def test_times_from_2000_to_the_end_of_next_year_are_accepted(time: str) -> None:
    assert parse([*BASELINE, "--window_end", time]).window_end == datetime.fromisoformat(time).replace(tzinfo=UTC)


@settings(max_examples=100, derandomize=True, deadline=None)
@over(st.datetimes(datetime(2000, 1, 2), datetime(2026, 1, 1)), st.timedeltas(timedelta(0), timedelta(1)))
def test_a_window_that_ends_before_it_starts_is_refused_and_no_other(start: datetime, length: timedelta) -> None:
    window = [f"--window_start={start.isoformat()}", f"--window_end={(start - length).isoformat()}"]
    assert "--window_start must be before --window_end" in refusal(*BASELINE, *window)
    if length:
        start, end = start - length, start
        found = parse([*BASELINE, f"--window_start={start.isoformat()}", f"--window_end={end.isoformat()}"])
        assert (found.window_start, found.window_end) == (start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))


@pytest.mark.parametrize("command", [BASELINE, ["distance"]])
@pytest.mark.parametrize("time", ["yesterday", "2026-02-30", "now"])
def test_a_value_that_is_not_a_time_is_refused_with_an_example(command: list[str], time: str) -> None:
    assert f"--window_end is {time!r}, expected a date or time such as" in refusal(*command, "--window_end", time)


def test_a_period_ends_at_midnight() -> None:
    week = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--period", "week", "--window_end"]
    assert parse([*week, "2026-03-07"]).period == "week"
    assert parse([*week, "2026-03-07T02:00:00+02:00"]).period == "week"
    with pytest.raises(UsageError, match=r"--window_end of a --period.* 2026-03-07 or 2026-03-08"):
        parse([*week, "2026-03-07T12:00:00Z"])
