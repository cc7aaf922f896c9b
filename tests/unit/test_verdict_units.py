"""Pooled days: by hand, by the variance of a pooled mean, and in windows across midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.numeric.verdict.units import pooled_days
from driftwell.profile.window import TimeWindow

few = settings(max_examples=50, derandomize=True, deadline=None)
counts = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


def test_equal_days_are_counted_as_they_are() -> None:
    assert [pooled_days([70] * k) for k in (1, 2, 7, 30)] == [1, 2, 7, 30]


def test_one_large_day_among_small_ones_is_hardly_more_than_one() -> None:
    assert (
        pooled_days([1_000] + [1] * 29) == pytest.approx(1_029**2 / (1_000_000 + 29)) == pytest.approx(1.0588, abs=1e-4)
    )
    assert pooled_days([500, 0, 0, 500]) == 2


@pytest.mark.filterwarnings("error")
def test_a_window_counts_as_no_more_days_than_it_is_long_and_as_one_at_least() -> None:
    assert pooled_days([50, 50], length=4 / 24) == 1
    assert pooled_days([50, 50], length=1.0) == 1
    assert pooled_days([50, 100, 50], length=2.0) == 2
    assert pooled_days([]) == pooled_days([0, 0]) == 1


@few
@given(counts, st.integers(0, 10_000))
def test_it_is_one_over_the_variance_of_a_mean_over_records_from_days(n: list[int], seed: int) -> None:
    weights = np.array(n) / sum(n)
    assert 1 / pooled_days(n) == pytest.approx(np.sum(weights**2))
    assert 1 <= pooled_days(n) <= np.count_nonzero(n) * (1 + 1e-12)
    shuffled = np.random.default_rng(seed).permutation([*n, 0])
    assert pooled_days(shuffled) == pytest.approx(pooled_days(n))
    assert pooled_days(10 * np.array(n, dtype=float)) == pytest.approx(pooled_days(n))


@few
@given(st.integers(0, 10**6), st.integers(1, 24 * 3_600), st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_window_of_a_day_or_less_is_one_day_wherever_midnight_falls(
    begin: int, seconds: int, before: int, after: int
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=begin)
    window = TimeWindow(start, start + timedelta(seconds=seconds))
    assert pooled_days([before, after], window.length) == 1


def test_whole_days_count_without_a_window() -> None:
    assert pooled_days([10, 10, 10]) == 3
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert pooled_days([75, 75], TimeWindow(start, start + timedelta(days=30)).length) == 2
