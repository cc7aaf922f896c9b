"""Shares against a baseline: levels under day-to-day variation, bursts, intervals, and refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import ShareHistory, share_history
from driftwell.numeric.verdict.shares import compare_shares


def history(flags: Floats, days: int, hour: int = 0) -> ShareHistory:
    """(n, g) flags in order of time, equally many per day."""
    n = len(flags)
    day, order = np.arange(n) // (n // days), np.arange(n)
    units = planned(day, order)
    return share_history(units, units.sums(flags, day, np.full(n, hour), order), flags.shape[1])


def flags(shares: Floats, n: int, seed: int) -> Floats:
    """(days x n, g) flags of days with these (days, g) shares."""
    return (np.random.default_rng(seed).random((len(shares) * n, shares.shape[1])) < np.repeat(shares, n, axis=0)) * 1.0


def days_that_differ(generator: np.random.Generator, base: float, days: int, things: int = 1) -> Floats:
    return 1 / (1 + np.exp(-np.log(base / (1 - base)) - 0.3 * generator.standard_normal((days, things))))


def test_day_to_day_variation_is_called_a_change_no_more_often_than_alpha() -> None:
    generator, found = np.random.default_rng(2), []
    for seed in range(60):
        shares = days_that_differ(generator, 0.08, 11)
        usual = history(flags(shares[:10], 150, seed), 10)
        found.append(compare_shares(usual, 1_000, flags(shares[10:], 1_000, seed + 500).sum(axis=0)).p_values[0])
    assert np.mean(np.array(found) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    # A binomial test of the same windows would be wrong half of the time.
    assert np.mean(np.array(found) <= 0.5) == pytest.approx(0.45, abs=0.2)


def test_bursts_of_hits_are_known_from_blocks() -> None:
    generator = np.random.default_rng(3)
    usual = history(np.repeat(generator.random((420, 1)) < 0.1, 10, axis=0) * 1.0, 14)
    window = np.repeat([1.0, 1, 0, 0, 0], 10)
    changes = compare_shares(usual, 50, np.array([window.sum()]))
    assert changes.nulls == ("block",) and changes.verdict == "NO_DRIFT"
    # The interval is that of the wider null: without the blocks it is narrower.
    by_days = replace(usual, block_units=usual.block_units[:0], block_hits=usual.block_hits[:0])
    narrow = compare_shares(by_days, 50, np.array([window.sum()]))
    assert narrow.nulls == ("day",)
    assert changes.high[0] - changes.low[0] > 1.2 * (narrow.high[0] - narrow.low[0])
    independent = history(generator.random((4_200, 1)) < 0.1, 14)
    assert compare_shares(independent, 50, np.array([window.sum()])).verdict == "DRIFT"


def test_a_day_without_hits_is_not_rare_if_they_come_in_bursts() -> None:
    usual = history(np.repeat(np.random.default_rng(7).random((420, 1)) < 0.05, 10, axis=0) * 1.0, 14)
    assert compare_shares(usual, 300, np.zeros(1)).p_raw[0] > 0.1


def test_a_real_change_is_found_with_an_interval_around_it() -> None:
    usual = history(flags(days_that_differ(np.random.default_rng(4), 0.05, 14), 200, 5), 14)
    changes = compare_shares(usual, 800, np.array([160.0]))
    assert (changes.verdict, changes.status) == ("DRIFT", "ok")
    assert changes.snapshot[0] == 0.2 and changes.change[0] == pytest.approx(0.15, abs=0.02)
    assert 0.05 < changes.low[0] < changes.change[0] < changes.high[0] < 0.25
    assert compare_shares(usual, 800, np.array([160.0]), floor=0.14).verdict == "NO_DRIFT"


def test_each_cluster_has_a_p_value_and_all_share_alpha() -> None:
    shares = np.tile([0.5, 0.3, 0.2], (14, 1))
    usual = history(flags(shares, 1_000, 6), 14)
    changes = compare_shares(usual, 1_000, np.array([500.0, 400, 100]))
    assert_array_equal(changes.changed, [False, True, True])
    assert_allclose(np.sort(changes.p_values)[0], 3 * np.sort(changes.p_raw)[0])
    assert np.all(changes.p_values >= changes.p_raw)


def test_pooled_days_have_more_power_than_one() -> None:
    usual = history(flags(days_that_differ(np.random.default_rng(7), 0.1, 14), 300, 8), 14)
    day, week = (compare_shares(usual, 300 * k, np.array([300 * k * 0.16]), days=k) for k in (1, 7))
    assert week.p_raw[0] < day.p_raw[0] and week.high[0] - week.low[0] < day.high[0] - day.low[0]


def test_fewer_than_three_days_are_not_calibrated_and_call_only_a_large_change() -> None:
    usual = history(flags(np.full((2, 1), 0.1), 1_000, 9), 2)
    small, large = (compare_shares(usual, 1_000, np.array([hits])) for hits in (150.0, 400.0))
    assert (small.verdict, small.status, small.nulls) == ("INSUFFICIENT_DATA", "not_calibrated", ("iid",))
    assert large.verdict == "DRIFT"
    assert compare_shares(usual, 1_000, np.array([100.0])).verdict == "NO_DRIFT"


def test_too_few_records_have_no_p_value() -> None:
    usual = history(flags(np.full((14, 1), 0.1), 100, 9), 14)
    changes = compare_shares(usual, 29, np.array([29.0]))
    assert (changes.verdict, changes.status) == ("INSUFFICIENT_DATA", "too_few_records")
    assert np.isnan(changes.p_values).all() and not changes.changed.any()


def test_more_hits_than_records_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and the number of records"):
        compare_shares(history(np.ones((1_400, 1)), 14), 100, np.array([101.0]))


def test_shares_of_zero_and_one_have_p_values_too() -> None:
    usual = history(np.tile([0.0, 1.0], (1_400, 1)), 14)
    same = compare_shares(usual, 300, np.array([0.0, 300.0]))
    assert np.all(same.p_raw > 0.5) and np.all(np.isfinite([same.low, same.high]))
    assert compare_shares(usual, 300, np.array([30.0, 270.0])).changed.all()


def test_hours_are_compared_with_the_same_hours() -> None:
    generator = np.random.default_rng(10)
    n = 14 * 240
    day, hour = np.arange(n) // 240, np.arange(n) % 240 // 10
    evening = (generator.random((n, 1)) < np.where(hour >= 18, 0.5, 0.1)[:, None]) * 1.0
    units = planned(day, np.arange(n))
    usual = share_history(units, units.sums(evening, day, hour, np.arange(n)), 1)
    assert compare_shares(usual, 60, np.array([30.0]), hours=[20]).verdict == "NO_DRIFT"
    assert compare_shares(usual, 60, np.array([30.0]), hours=[9]).verdict == "DRIFT"


def test_a_day_of_a_few_records_is_no_unit_but_counts_for_the_share() -> None:
    shares = days_that_differ(np.random.default_rng(11), 0.1, 14)
    usual = flags(shares, 100, 12)
    day = np.append(np.repeat(np.arange(14), 100), np.full(5, 14))
    all_flags, order = np.concatenate([usual, np.ones((5, 1))]), np.arange(1_405)
    units = planned(day, order)
    longer = share_history(units, units.sums(all_flags, day, np.zeros_like(day), order), 1)
    with_it, without = (compare_shares(of, 400, np.array([40.0])) for of in (longer, history(usual, 14)))
    assert_allclose(with_it.baseline, all_flags.mean(axis=0))
    assert (with_it.baseline_days, without.baseline_days) == (15, 14)
    # Five hits of five would be a day of 100 %: the differences between days would seem many times as large.
    widths = [(found.high - found.low)[0] for found in (with_it, without)]
    assert widths[0] == pytest.approx(widths[1], rel=0.1)


def test_a_p_value_of_exactly_alpha_is_a_change() -> None:
    usual = history(flags(days_that_differ(np.random.default_rng(4), 0.05, 14), 200, 5), 14)
    p = compare_shares(usual, 800, np.array([60.0])).p_values[0]
    found = [compare_shares(usual, 800, np.array([60.0]), alpha=alpha).verdict for alpha in (p, p * (1 - 1e-9))]
    assert found == ["DRIFT", "NO_DRIFT"]
