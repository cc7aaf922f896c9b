"""Coverage verdicts: which days count, and results where a verdict is impossible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from driftwell.config import DriftSettings
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import ShareHistory, share_history
from driftwell.numeric.verdict.shares import compare_shares
from driftwell.profile.window import TimeWindow
from driftwell.runs.coverage import coverage_changes

SETTINGS = DriftSettings(alpha=0.05)
START = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = TimeWindow(START, START + timedelta(days=30))

K = 2


def usual(seed: int = 0, days: int = 14, hours: NDArray[np.int64] | None = None) -> ShareHistory:
    """300 prompts a day, about 5 % of them not covered, by cluster; days differ."""
    generator = np.random.default_rng(seed)
    n = 300 * days
    day, order = np.arange(n) // 300, np.arange(n)
    share = 1 / (1 + np.exp(3 - 0.4 * generator.standard_normal(days)))
    outside = generator.random(n) < share[day]
    cluster = np.eye(K)[generator.integers(0, K, n)] * outside[:, None]
    flags = np.concatenate([outside[:, None], cluster], axis=1)
    units = planned(day, order)
    hour = order % 24 if hours is None else hours[order % len(hours)]
    return share_history(units, units.sums(flags, day, hour, order), 1 + K)


def statistics(*outside: int) -> dict[int, Any]:
    """Collected rows: for all prompts, then for each cluster with prompts."""
    return {-1: {"uncovered": sum(outside)}} | {i: {"uncovered": n} for i, n in enumerate(outside)}


def on_days(*counts: int) -> dict[date, int]:
    """Judged prompts on the days from the window's start; days without any are left out."""
    return {START.date() + timedelta(days=i): n for i, n in enumerate(counts) if n}


def changes(
    judged: dict[date, int], outside: tuple[int, ...] = (40, 60), window: TimeWindow = MONTH, history: Any = None
) -> dict[int, dict[str, Any]]:
    return coverage_changes(statistics(*outside), judged, history or usual(), K, window, SETTINGS)


def test_days_without_prompts_do_not_count() -> None:
    apart, together = on_days(500, *[0] * 28, 500), on_days(500, 500)
    row = changes(apart)[-1]
    assert (row["days"], row["pooled_days"]) == (2, 2)
    assert row == changes(together)[-1]
    history = usual()
    of_two = compare_shares(history, 1_000, np.array([100, 40, 60]), days=2, alpha=0.05)
    assert row["p_value"] == pytest.approx(of_two.p_raw[0]) and of_two.nulls[0] == "day"
    of_thirty = compare_shares(history, 1_000, np.array([100, 40, 60]), days=30, alpha=0.05)
    assert of_thirty.p_raw[0] < of_two.p_raw[0] / 2


def test_all_days_count_although_one_dominates() -> None:
    row = changes(on_days(1_000, *[1] * 29))[-1]
    assert row["days"] == 30 and row["pooled_days"] == pytest.approx(1.0588, abs=1e-4)


@pytest.mark.parametrize("hours", [3, 4, 23])
def test_a_night_is_one_day_although_it_spans_two_dates(hours: int) -> None:
    start = START.replace(hour=22)
    night = TimeWindow(start, start + timedelta(hours=hours))
    row = changes(on_days(100, 100), (4, 6), night)[-1]
    assert (row["days"], row["pooled_days"]) == (2, 1)
    assert row["p_value"] == changes(on_days(200), (4, 6), night)[-1]["p_value"]


def test_clusters_without_prompts_have_an_uncovered_share_of_zero() -> None:
    found = coverage_changes({-1: {"uncovered": 40}, 0: {"uncovered": 40}}, on_days(500), usual(), K, MONTH, SETTINGS)
    assert found[1]["outside_share"] == 0 and found[1]["outside_verdict"] in ("DRIFT", "NO_DRIFT")
    assert found[-1]["outside_share"] == found[0]["outside_share"] == 0.08


def test_without_judged_prompts_there_is_no_share() -> None:
    found = changes({}, (0, 0))
    for row in found.values():
        assert (row["outside_share"], row["outside_change"], row["p_value"], row["days"]) == (None, None, None, 0)
        assert (row["outside_verdict"], row["outside_status"]) == ("INSUFFICIENT_DATA", "too_few_records")


def test_too_few_prompts_are_reported() -> None:
    row = changes(on_days(29), (1, 1))[-1]
    assert (row["outside_verdict"], row["outside_status"], row["p_value"]) == (
        "INSUFFICIENT_DATA",
        "too_few_records",
        None,
    )
    assert row["outside_share"] == pytest.approx(2 / 29)


def test_hours_without_baseline_prompts_give_no_verdict() -> None:
    start = START.replace(hour=22)
    night, office = TimeWindow(start, start + timedelta(hours=2)), usual(hours=np.arange(8, 18))
    for row in changes(on_days(500), window=night, history=office).values():
        assert (row["outside_verdict"], row["outside_status"]) == ("INSUFFICIENT_DATA", "too_few_calibration_records")
        assert (row["outside_change"], row["p_value"]) == (None, None) and row["outside_share"] is not None


@pytest.mark.parametrize("why", ["no_prompts_baseline", "too_few_calibration_records"])
def test_without_a_history_there_are_shares_and_a_reason(why: str) -> None:
    row = changes(on_days(500, 500), history=why)[-1]
    assert (row["outside_share"], row["outside_verdict"], row["outside_status"]) == (0.1, "INSUFFICIENT_DATA", why)


def test_without_usual_distances_nothing_is_covered_or_not_covered() -> None:
    row = changes(on_days(500, 500), history="no_calibration_records")[-1]
    assert (row["outside_share"], row["outside_status"]) == (None, "no_calibration_records")
