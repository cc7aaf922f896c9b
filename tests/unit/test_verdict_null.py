"""Null distributions against known tails, variation of units against known variances, and Holm by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.null import SMALLEST_P, holm, null
from driftwell.numeric.verdict.units import UnitMeans, day_variation, forward_tau2, inherited, unit_variance
from driftwell.numeric.verdict.view import DRAWS, resample

LAYOUT = Layout(d=6, k=4, p=3)
M = LAYOUT.width - 1
DEGREES = np.array([6, 4, 1, 3, 1])


def normal(seed: int, rows: int = DRAWS) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, M))


def units(means: np.ndarray, n: float = 100.0, classes: np.ndarray | None = None) -> UnitMeans:
    u = len(means)
    return UnitMeans(means, np.full(u, n), np.zeros(u, int) if classes is None else classes, np.ones(u, bool))


def drawn(of: UnitMeans, trace: np.ndarray, days: int, draws: int) -> np.ndarray:
    """Draws of the effect of units without forward chaining or bursts."""
    variance = inherited(unit_variance(LAYOUT, of, trace, False), np.zeros(5), of, days, 100)
    return day_variation(LAYOUT, of, variance, np.random.default_rng(0), draws)


def test_holm_worked_by_hand() -> None:
    assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.5])), [0.04, 0.09, 0.09, 0.5])
    assert_allclose(holm(np.array([0.9, 0.8])), [1, 1])
    assert_allclose(holm(np.array([0.2])), [0.2])


def test_tails_of_squared_normal_draws_are_those_of_chi_square_far_beyond_the_draws() -> None:
    found = np.mean(
        [np.log(null(LAYOUT, normal(s), None, 1, None).p_values(stats.chi2.isf(1e-3, DEGREES))) for s in range(10)], 0
    )
    assert_allclose(np.exp(found)[[0, 1, 3]], 1e-3, rtol=0.25)
    assert_allclose(np.exp(found)[[2, 4]], 1e-3, rtol=0.5)


def test_few_units_give_the_tail_of_hotelling() -> None:
    df = 4
    # One column: y = 0 and u normal with the factor df / chi² is Student's t.
    at = stats.t.isf(np.array([0.05, 0.005]) / 2, df) ** 2
    u = normal(3, 4_000)
    of = null(LAYOUT, 1e-6 * normal(4, 4_000), u, df, np.random.default_rng(0))
    tails = [of.p_values(np.full(5, t))[2] for t in at]
    assert_allclose(tails, [0.05, 0.005], rtol=0.25)


def test_p_values_have_a_minimum_and_a_zero_statistic_is_no_evidence() -> None:
    of = null(LAYOUT, normal(5), None, 1, np.random.default_rng(0))
    assert_allclose(of.p_values(np.full(5, 1e9)), SMALLEST_P)
    assert np.all(of.p_values(np.zeros(5)) > 0.8)


def test_equal_units_do_not_vary() -> None:
    e = 1e-3 * normal(6, 8)
    trace = np.full(5, 1e3)
    assert_allclose(drawn(units(e), trace, 1, 50), 0)


def test_the_variance_of_the_variation_is_that_between_units_beyond_sampling() -> None:
    e, trace = normal(7, 40), 20.0 * DEGREES
    draws = drawn(units(e), trace, 2, 4_000)
    between = LAYOUT.norms(e - e.mean(axis=0)).sum(axis=0) / 39
    expected = (between - trace / 100) * (1 / 2 + 1 / 40)
    assert_allclose(LAYOUT.norms(draws).mean(axis=0), expected, rtol=0.12)


def test_differences_between_classes_do_not_count_as_variation() -> None:
    classes = np.repeat([0, 1], 10)
    e = 0.1 * normal(8, 20) + 50.0 * classes[:, None]
    draws = drawn(units(e, 1e9, classes), np.ones(5), 1, 500)
    assert np.sqrt(np.mean(draws**2)) == pytest.approx(0.1 * np.sqrt(1 + 1 / 20), rel=0.2)
    assert units(e, 1e9, classes).degrees == 18


def test_forward_chaining_detects_a_trend_that_the_spread_of_days_understates() -> None:
    days = 0.01 * normal(9, 14)
    trend = days + np.arange(14)[:, None] / 14
    assert np.all(forward_tau2(LAYOUT, units(days, 1e9), np.ones(5)) < 0.001 * DEGREES)
    tau2 = LAYOUT.norms(trend - trend.mean(axis=0)).sum(axis=0) / 13
    assert np.all(forward_tau2(LAYOUT, units(trend, 1e9), np.ones(5)) > 1.4 * tau2)


def test_forward_chaining_does_not_mistake_classes_for_a_trend() -> None:
    weekend = np.arange(14) % 7 >= 5
    days = 0.01 * normal(9, 14) + 50.0 * weekend[:, None]
    found = forward_tau2(LAYOUT, units(days, 1e9, weekend.astype(np.int64)), np.ones(5))
    assert np.all(found < 0.001 * DEGREES)


def test_units_whose_draws_are_those_of_sampling_double_it() -> None:
    y = normal(15)
    found, squares = null(LAYOUT, y, y, 10**6, np.random.default_rng(0)), LAYOUT.norms(y)
    assert_allclose(found.mean, 4 * squares.mean(axis=0))
    assert_allclose(found.q95, 4 * np.quantile(squares, 0.95, axis=0), rtol=0.02)
    alone = null(LAYOUT, y, None, 1, np.random.default_rng(0))
    assert_allclose(found.p_values(4 * alone.q95), alone.p_values(alone.q95), rtol=0.02)


def test_forward_chaining_worked_by_hand() -> None:
    # The later two of four days: 4 - (0 + 2) / 2 and 8 - (0 + 2 + 4) / 3, over 1 + 1/2 and 1 + 1/3.
    four = np.tile(np.array([[0.0], [2], [4], [8]]), M)
    n, trace = np.array([10.0, 20, 5, 4]), np.full(5, 12.0)
    steps = [(9 - 12 * (1 / 5 + 0.15 / 4)) / (3 / 2), (36 - 12 * (1 / 4 + 0.35 / 9)) / (4 / 3)]
    of = UnitMeans(four, n, np.zeros(4, int), np.ones(4, bool))
    assert forward_tau2(LAYOUT, of, trace)[[2, 4]] == pytest.approx(np.mean(steps))
    assert forward_tau2(LAYOUT, of, 0 * trace) == pytest.approx(DEGREES * (6 + 27) / 2)
    # Another class of two days has one step, 6² / 2.
    both = np.concatenate([four, np.tile([[100.0], [106.0]], M)])
    assert forward_tau2(LAYOUT, units(both, 1.0, np.array([0, 0, 0, 0, 1, 1])), 0 * trace) == pytest.approx(
        DEGREES * 17
    )
    # If days follow a trend that is more than their spread, it counts.
    spread = DEGREES * np.var([0, 2, 4, 8], ddof=1)
    assert unit_variance(LAYOUT, units(four, 1e9), 0 * trace, False) == pytest.approx(spread)
    assert unit_variance(LAYOUT, units(four, 1e9), 0 * trace, True) == pytest.approx(DEGREES * 16.5)


def test_the_spread_of_units_is_a_sample_variance_and_zero_for_a_single_one() -> None:
    assert units(np.tile([[1.0], [3.0]], M)).spread(LAYOUT) == pytest.approx(2 * DEGREES)
    assert_allclose(units(normal(1, 1)).spread(LAYOUT), 0)


def test_moments_of_the_draws_are_those_of_scipy_with_the_skewness_in_bounds() -> None:
    y = normal(12)
    found, squares = null(LAYOUT, y, None, 1, np.random.default_rng(0)), LAYOUT.norms(y)
    assert_allclose(found.means[0], squares.mean(axis=0))
    assert_allclose(found.deviations[0], squares.std(axis=0))
    assert_allclose(found.skews[0], stats.skew(squares, axis=0))
    assert_allclose(found.mean, squares.mean(axis=0))
    assert_allclose(found.q95, np.quantile(squares, 0.95, axis=0))
    assert_allclose(found.weights, 1)
    extreme = np.zeros((DRAWS, M))
    assert_allclose(null(LAYOUT, extreme + 1, None, 1, np.random.default_rng(0)).skews, 0.05)
    extreme[0] = 100
    assert_allclose(null(LAYOUT, extreme, None, 1, np.random.default_rng(0)).skews, 4)


@pytest.mark.parametrize("df", [4, 1_000])
def test_mean_and_quantile_with_units_are_those_of_normal_sampling_plus_students_t(df: int) -> None:
    found = null(LAYOUT, normal(13, 6_000), 2 * normal(14, 6_000), df, np.random.default_rng(0))
    # The mean is that without the factor of the units: 1 + 2² per column.
    assert_allclose(found.mean, 5 * DEGREES, rtol=0.05)
    draw = np.random.default_rng(1)
    t = draw.standard_normal((40_000, 6)) * np.sqrt(df / draw.chisquare(df, (40_000, 1)))
    squared = (draw.standard_normal((40_000, 6)) + 2 * t) ** 2
    wanted = [np.quantile(squared[:, :columns].sum(axis=1), 0.95) for columns in DEGREES]
    assert_allclose(found.q95, wanted, rtol=0.08)
    assert found.weights.sum() == pytest.approx(1)
    # Far in the tail too.
    wanted = [np.mean(squared[:, :columns].sum(axis=1) >= 40) for columns in (6, 4, 1)]
    assert_allclose(found.p_values(np.full(5, 40.0))[[0, 1, 2]], wanted, rtol=0.25)


def test_one_unit_has_no_days_before_it() -> None:
    assert_allclose(forward_tau2(LAYOUT, units(normal(1, 1)), np.ones(5)), 0)


def test_means_of_records_drawn_with_replacement_have_the_variance_of_means() -> None:
    rows = normal(10, 300).astype(np.float32)
    found = resample(np.random.default_rng(0), 50, rows - rows.mean(axis=0))
    assert_allclose(LAYOUT.norms(found).mean(axis=0), LAYOUT.norms(rows).mean(axis=0) / 50, rtol=0.15)
    assert_allclose(resample(np.random.default_rng(0), 0, rows), 0)


def test_means_of_very_many_records_have_it_too() -> None:
    rows = normal(11, 30).astype(np.float32)
    rows -= rows.mean(axis=0)
    for n in (400, 4_000):
        found = resample(np.random.default_rng(0), n, rows)
        assert_allclose(LAYOUT.norms(found).mean(axis=0), LAYOUT.norms(rows).mean(axis=0) / n, rtol=0.15)
        assert np.abs(found.mean(axis=0)).max() < 5 / np.sqrt(n * DRAWS)
