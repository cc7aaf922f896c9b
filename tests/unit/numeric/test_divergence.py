"""Divergences of proportions against hand-worked numbers, scipy, and the formulas written out."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from driftwell.numeric.arrays import Floats
from driftwell.numeric.divergence import jensen_shannon, population_stability_index, total_variation

few = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)

EPSILON = 1e-4


def proportions(seed: int, k: int = 6) -> tuple[Floats, Floats]:
    """Two lists of proportions, each with an empty cluster."""
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(k), 2)
    p[rng.integers(k)] = q[rng.integers(k)] = 0
    return p / p.sum(), q / q.sum()


@pytest.mark.parametrize(
    ("p", "q", "moved"),
    [
        ([0.5, 0.5], [0.75, 0.25], 0.25),
        ([0.2, 0.3, 0.5], [0.4, 0.3, 0.3], 0.2),
        ([1, 0], [0, 1], 1),
        ([0.1, 0.9], [0.1, 0.9], 0),
    ],
)
def test_total_variation_is_the_share_that_moved(p: list[float], q: list[float], moved: float) -> None:
    assert total_variation(np.array(p), np.array(q)) == pytest.approx(moved)


def test_jensen_shannon_worked_by_hand() -> None:
    # Middle (3/4, 1/4). From (1, 0): log2(4/3). From (1/2, 1/2): (log2(2/3) + log2(2)) / 2.
    divergence = (log(4 / 3, 2) + (log(2 / 3, 2) + 1) / 2) / 2
    assert jensen_shannon(np.array([1.0, 0]), np.array([0.5, 0.5])) == pytest.approx(sqrt(divergence))
    assert sqrt(divergence) == pytest.approx(0.557923, abs=1e-6)


def test_jensen_shannon_of_lists_without_a_common_cluster_is_one() -> None:
    assert jensen_shannon(np.array([0.4, 0.6, 0, 0]), np.array([0, 0, 0.3, 0.7])) == pytest.approx(1)


def test_population_stability_index_worked_by_hand() -> None:
    expected = 0.1 * log(1.2) - 0.1 * log(0.8)
    assert expected == pytest.approx(0.0405465, abs=1e-7)
    assert population_stability_index(np.array([0.5, 0.5]), np.array([0.6, 0.4]), EPSILON) == pytest.approx(expected)


def test_population_stability_index_raises_an_empty_cluster_to_epsilon() -> None:
    # (1, 0) becomes (1, 0.25) / 1.25 = (0.8, 0.2).
    found = population_stability_index(np.array([0.5, 0.5]), np.array([1.0, 0]), 0.25)
    assert found == pytest.approx(0.3 * log(1.6) - 0.3 * log(0.4))
    smaller = population_stability_index(np.array([0.5, 0.5]), np.array([1.0, 0]), EPSILON)
    assert found < smaller < np.inf


@few
@given(seeds)
def test_total_variation_and_jensen_shannon_are_those_of_their_definitions(seed: int) -> None:
    p, q = proportions(seed)
    assert total_variation(p, q) == pytest.approx(sum(max(a - b, 0) for a, b in zip(p, q, strict=True)))
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2))


@few
@given(seeds)
def test_population_stability_index_is_that_of_its_definition(seed: int) -> None:
    p, q = proportions(seed)
    raised = [[max(value, EPSILON) for value in values] for values in (p.tolist(), q.tolist())]
    e, a = ([value / sum(values) for value in values] for values in raised)
    expected = sum((y - x) * log(y / x) for x, y in zip(e, a, strict=True))
    assert population_stability_index(p, q, EPSILON) == pytest.approx(expected)
    assert expected > 0


@few
@given(seeds)
def test_all_are_symmetric_zero_for_equal_lists_and_invariant_under_renumbering(seed: int) -> None:
    p, q = proportions(seed)
    order = np.random.default_rng(seed).permutation(len(p))
    for apart in (total_variation, jensen_shannon, lambda a, b: population_stability_index(a, b, EPSILON)):
        assert apart(p, p) == pytest.approx(0, abs=1e-7)
        assert apart(p, q) == pytest.approx(apart(q, p))
        assert apart(p[order], q[order]) == pytest.approx(apart(p, q))
        assert apart(p, (p + q) / 2) < apart(p, q)


@few
@given(seeds)
def test_total_variation_and_jensen_shannon_stay_between_zero_and_one(seed: int) -> None:
    p, q = proportions(seed)
    assert 0 < total_variation(p, q) <= 1
    # Known bounds of one by the other, in bits.
    assert total_variation(p, q) ** 2 / (2 * log(2)) <= jensen_shannon(p, q) ** 2 + 1e-12
    assert jensen_shannon(p, q) ** 2 <= total_variation(p, q) + 1e-12
