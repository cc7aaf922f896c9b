"""Shares without drift: the binomial and t tests as limits, and intervals like Student's and Agresti and Caffo's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.share_null import Spread, half_width, spread, two_sided


def known(variance: Floats, df: int = 5) -> Spread:
    """Units whose sampling is negligible."""
    return Spread(variance, np.zeros_like(variance), 1.0, df)


def of_the_effect(found: Spread) -> float:
    """The variance of the effect of units on a snapshot, at its estimate."""
    return float(found.variances(np.ones(1))[0, 0])


def test_where_nothing_is_uncertain_but_the_snapshot_it_is_the_binomial_test() -> None:
    certain, n = 10**9, 200
    p = two_sided(np.array([0.1, 0.1]), certain, np.array([0.15, 0.1]), n, known(np.zeros(2)))
    assert p[0] == pytest.approx(2 * stats.binom.sf(29, n, 0.1), rel=1e-2)
    assert p[1] == 1


def test_where_only_days_are_uncertain_it_is_the_t_test_for_a_new_observation() -> None:
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


def test_sampling_is_taken_off_after_the_variance_between_days_was_drawn() -> None:
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
