"""Shares without drift: the binomial and t tests as limits, and intervals like Student's and Agresti and Caffo's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.null import SMALLEST_P
from driftwell.numeric.verdict.share_null import Spread, half_width, spread, two_sided


def known(variance: Floats, df: int = 5) -> Spread:
    """Units with negligible sampling variance."""
    return Spread(variance, np.zeros_like(variance), 1.0, df)


def of_the_effect(found: Spread) -> float:
    """The variance of the effect of units on a snapshot, at its estimate."""
    return float(found.variances(np.ones(1))[0, 0])


def test_if_only_the_snapshot_is_uncertain_it_is_the_binomial_test() -> None:
    certain, n = 10**9, 200
    p = two_sided(np.array([0.1, 0.1]), certain, np.array([0.15, 0.1]), n, known(np.zeros(2)))
    assert p[0] == pytest.approx(2 * stats.binom.sf(29, n, 0.1), rel=1e-2)
    assert p[1] == 1


def test_if_only_days_are_uncertain_it_is_the_t_test_for_a_new_observation() -> None:
    generator = np.random.default_rng(1)
    shares = 0.4 + 0.01 * generator.standard_normal((6, 1))
    n = np.full(6, 1e7)
    of = spread(n, shares * n[:, None], shares.mean(axis=0), 1, forward=False)
    assert of.df == 5
    for t in (1.0, 2.5, 5.0):
        moved = shares.mean() + t * np.sqrt(of_the_effect(of))
        p = two_sided(shares.mean(axis=0), 6 * 10**7, np.array([moved]), 10**8, of)[0]
        # On the logit scale, so nearly and not exactly.
        assert p == pytest.approx(2 * stats.t.sf(t, 5), rel=0.15)


def test_sampling_is_subtracted_after_the_variance_between_days_is_drawn() -> None:
    generator, between, sampling, df, draws = np.random.default_rng(6), 4e-4, 3e-4, 6, 400_000
    effect = np.sqrt(np.maximum(0, between * df / generator.chisquare(df, draws) - sampling))
    shares = 0.4 + effect * generator.standard_normal(draws)
    of = Spread(np.array([between]), np.array([sampling]), 1.0, df)
    for moved in (0.02, 0.04):
        wanted = np.mean(np.abs(shares - 0.4) >= moved)
        assert two_sided(np.array([0.4]), 10**9, np.array([0.4 + moved]), 10**7, of)[0] == pytest.approx(
            wanted, rel=0.1
        )


def test_the_interval_is_students_where_days_are_uncertain_and_agresti_caffos_where_they_are_not() -> None:
    of = known(np.array([0.02**2]))
    width = half_width(np.array([0.4]), 10**9, np.array([0.4]), 10**9, of, 0.95)[0]
    assert width == pytest.approx(0.02 * stats.t.isf(0.025, 5), rel=0.02)
    width = half_width(np.array([0.4]), 10**9, np.array([0.25]), 100, known(np.zeros(1)), 0.95)[0]
    assert width == pytest.approx(stats.norm.isf(0.025) * np.sqrt(26 / 102 * 76 / 102 / 100), rel=1e-3)


def test_equal_days_leave_nothing_between_days() -> None:
    n = np.full(8, 100.0)
    assert of_the_effect(spread(n, np.full((8, 1), 10.0), np.array([0.1]), 1, forward=True)) == 0


def test_a_trend_counts_as_larger_differences_between_days() -> None:
    n = np.full(10, 1e6)
    rising = (0.1 + 0.01 * np.arange(10))[:, None] * n[:, None]
    plain, forward = (of_the_effect(spread(n, rising, np.array([0.145]), 1, ahead)) for ahead in (False, True))
    assert forward > 1.4 * plain


def test_how_units_differ_worked_by_hand() -> None:
    n, base = np.array([10.0, 20, 40, 40]), np.array([0.25])
    hits = n[:, None] * np.array([[0.1], [0.2], [0.3], [0.4]])
    found = spread(n, hits, base, 2, forward=False)
    assert found.between == pytest.approx(0.05 / 3)
    assert found.sampling == pytest.approx(0.1875 * (0.1 + 0.05 + 0.025 + 0.025) / 4)
    assert found.inherited == pytest.approx(1 / 2 + 3_700 / 110**2)
    assert found.df == 3
    # The third unit against the two before it, the fourth against three: what sampling leaves, over 3/2 and 4/3.
    steps = [(0.15**2 - 0.1875 * (0.025 + 0.0375)) / (3 / 2), (0.2**2 - 0.1875 * (0.025 + 0.175 / 9)) / (4 / 3)]
    ahead = spread(n, hits, base, 2, forward=True)
    assert ahead.between == pytest.approx(found.sampling + np.mean(steps))
    # If later units differ less from earlier ones, all count.
    calm = n[:, None] * np.array([[0.1], [0.4], [0.25], [0.25]])
    assert spread(n, calm, base, 2, forward=True).between == pytest.approx(np.var([0.1, 0.4, 0.25, 0.25], ddof=1))


def test_of_three_days_the_later_two_are_compared_with_those_before_them() -> None:
    n, shares = np.full(3, 1e9), np.array([0.1, 0.3, 0.6])
    found = spread(n, (n * shares)[:, None], np.array([1 / 3]), 1, forward=True)
    assert found.between == pytest.approx((0.2**2 / 2 + 0.4**2 / (3 / 2)) / 2)


def test_the_variance_between_units_is_uncertain_and_sampling_is_not() -> None:
    of = Spread(np.array([0.3, 0.1]), np.array([0.2, 0.2]), 0.5, 4)
    assert_allclose(of.variances(np.array([1.0, 4])), [[0.05, 0], [0.5, 0.1]])


@pytest.mark.parametrize("hits", [4, 20, 60])
@pytest.mark.parametrize("df", [4, 10**6])
def test_with_units_tails_are_beta_binomial_averaged_over_the_uncertain_variance(hits: int, df: int) -> None:
    # The baseline's share of 99 records is counted as (9.9 + 0.5) of 100, and its own sampling adds to the variance.
    mean, n = 0.104, 200
    of = Spread(np.array([0.002]), np.zeros(1), 0.5, df)
    factors = df / stats.chi2.ppf((np.arange(300) + 0.5) / 300, df)
    size = mean * (1 - mean) / np.minimum(0.001 * factors + mean * (1 - mean) / 99, 0.99 * mean * (1 - mean)) - 1
    law = stats.betabinom(n, mean * size, (1 - mean) * size)
    expected = min(1, 2 * min(law.cdf(hits).mean(), law.sf(hits - 1).mean()))
    assert two_sided(np.array([0.1]), 99, np.array([hits / n]), n, of) == pytest.approx(expected, rel=0.05)


def test_p_values_have_a_minimum() -> None:
    assert two_sided(np.array([0.1]), 10**9, np.ones(1), 1_000, known(np.zeros(1))) == SMALLEST_P


def test_an_interval_of_few_records_is_that_of_agresti_and_caffo() -> None:
    # One success and one failure are added to 28 of 98 records; the baseline's share is a fifth of 50 records.
    sampling = 0.29 * 0.71 / 98 + (0.16 + 1 / 52) / 50
    found = half_width(np.array([0.2]), 50, np.array([28 / 98]), 98, known(np.zeros(1)), 0.9)
    assert found == pytest.approx(stats.norm.isf(0.05) * np.sqrt(sampling), rel=1e-6)
