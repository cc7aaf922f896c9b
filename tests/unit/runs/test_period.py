"""Which sums of a day count in a period: no record twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from driftwell.runs.period import disjoint

DAY = date(2026, 3, 5)
MIDNIGHT = datetime(2026, 3, 5, tzinfo=UTC)


def row(name: str, first_hour: float, last_hour: float, finished: int) -> dict[str, Any]:
    return {
        "run_id": name,
        "event_date": DAY,
        "window_start": MIDNIGHT + timedelta(hours=first_hour),
        "window_end": MIDNIGHT + timedelta(hours=last_hour),
        "finished_at": MIDNIGHT + timedelta(days=2, minutes=finished),
    }


def chosen(*rows: dict[str, Any]) -> set[str]:
    return {row["run_id"] for row in disjoint(list(rows))}


def test_of_two_runs_on_the_whole_day_the_newer_counts() -> None:
    assert chosen(row("first", 0, 24, 1), row("again", 0, 24, 2)) == {"again"}


def test_a_whole_day_takes_precedence_over_its_hours_even_if_it_is_older() -> None:
    assert chosen(row("day", 0, 24, 1), row("morning", 0, 12, 5), row("evening", 12, 24, 6)) == {"day"}


def test_disjoint_hours_are_added_up_and_overlapping_ones_are_not() -> None:
    assert chosen(row("a", 0, 12, 1), row("b", 12, 24, 2)) == {"a", "b"}
    assert chosen(row("a", 0, 12, 1), row("b", 6, 18, 2), row("c", 18, 24, 3)) == {"b", "c"}


def test_a_week_contains_the_whole_day() -> None:
    assert chosen(row("week", -48, 120, 1), row("day", 0, 24, 2)) == {"day"}
