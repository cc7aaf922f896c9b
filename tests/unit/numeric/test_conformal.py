"""Conformal p-values by counting, quantiles by numpy, and Benjamini-Hochberg by a loop in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from driftwell.numeric.arrays import Floats
from driftwell.numeric.conformal import (
    GRID_POINTS,
    LARGEST_KEPT,
    UsualDistances,
    benjamini_hochberg,
    fewest_outliers,
    outliers,
    usual_distances_of,
)

few = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)


def usual_distances(distances: Floats, kept: int, points: int = 0) -> UsualDistances:
    """The `kept` largest distances unchanged, and `points` quantiles of the others."""
    ordered = np.sort(distances)
    rest, largest = np.split(ordered, [max(len(ordered) - kept, 0)])
    grid = np.quantile(rest, np.linspace(0, 1, points)) if len(rest) else np.zeros(0)
    return UsualDistances(len(ordered), largest, grid)


def exact(distances: Floats) -> UsualDistances:
    return usual_distances(distances, len(distances))


def by_counting(usual: Floats, distances: Floats) -> Floats:
    """The definition: (1 + how many usual distances are at least as large) / (n + 1)."""
    return np.array([(1 + sum(u >= distance for u in usual)) / (len(usual) + 1) for distance in distances])


def around(distances: Floats) -> Floats:
    """The distances themselves, points between them, and points beyond both ends."""
    ordered = np.sort(distances)
    ends = [ordered[0] - 1, ordered[-1] + 1]
    return np.concatenate([ordered, (ordered[1:] + ordered[:-1]) / 2, np.nextafter(ordered, np.inf), ends])


def test_p_values_worked_by_hand() -> None:
    usual = exact(np.array([0.5, 0.2, 0.3, 0.3]))
    found = usual.p_values(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    np.testing.assert_allclose(found, [5 / 5, 5 / 5, 4 / 5, 2 / 5, 2 / 5, 1 / 5])


@few
@given(seeds, st.sampled_from([1, 3, 6]))
def test_p_values_are_those_of_counting(seed: int, decimals: int) -> None:
    usual = np.random.default_rng(seed).gamma(3, size=40).round(decimals)  # few decimals: many ties
    distances = around(usual)
    np.testing.assert_allclose(exact(usual).p_values(distances), by_counting(usual, distances), rtol=1e-12)


@few
@given(seeds, st.sampled_from([1, 6]))
def test_p_values_below_the_largest_are_never_too_small_and_at_most_one_grid_step_too_large(
    seed: int, decimals: int
) -> None:
    usual = np.random.default_rng(seed).gamma(3, size=200).round(decimals)
    short = usual_distances(usual, kept=60, points=21)
    distances = around(usual)
    found, expected = short.p_values(distances), by_counting(usual, distances)
    assert (found >= expected - 1e-12).all()
    assert (found <= expected + 1 / 20 + 1e-12).all()
    above = distances > short.largest[0]
    np.testing.assert_allclose(found[above], expected[above], rtol=1e-12)
    assert above.sum() >= 60


@few
@given(seeds)
def test_a_larger_distance_never_has_a_larger_p_value(seed: int) -> None:
    usual = np.random.default_rng(seed).gamma(3, size=300)
    found = usual_distances(usual, kept=40, points=11).p_values(np.sort(around(usual)))
    assert (np.diff(found) <= 0).all()
    assert found[0] == 1
    assert found[-1] == pytest.approx(1 / 301)


@few
@given(seeds, st.sampled_from([0.05, 0.1, 0.3]), st.sampled_from([1, 6]))
def test_no_more_records_than_promised_have_small_p_values_against_the_others(
    seed: int, level: float, decimals: int
) -> None:
    alike = np.random.default_rng(seed).gamma(3, size=50).round(decimals)
    p = [exact(np.delete(alike, i)).p_values(alike[i : i + 1])[0] for i in range(len(alike))]
    assert sum(value <= level + 1e-12 for value in p) <= level * len(alike)


def test_without_usual_distances_nothing_is_unusual_and_there_is_no_quantile() -> None:
    none = exact(np.zeros(0))
    assert none.p_values(np.array([0.0, 1e9])).tolist() == [1, 1]
    assert none.quantile(0.95) is None


@few
@given(seeds, st.integers(1, 60), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(seed: int, n: int, q: float) -> None:
    usual = np.random.default_rng(seed).gamma(3, size=n)
    assert exact(usual).quantile(q) == pytest.approx(np.quantile(usual, q), rel=1e-12)


@pytest.mark.parametrize("kept", [1, 2, 3, 4])
@pytest.mark.parametrize("q", [0, 0.1, 0.25, 0.5, 0.6, 0.75, 1])
def test_quantiles_are_exact_if_the_grid_holds_all_distances(kept: int, q: float) -> None:
    usual = np.array([1.0, 2, 4, 8, 16])
    found = usual_distances(usual, kept, points=5 - kept).quantile(q)
    below, at = 4 - kept, 4 * q  # positions of the largest in the grid, and of the quantile
    if not below < at < below + 1:  # between the grid and the kept ones is the end of the grid
        assert found == pytest.approx(np.quantile(usual, q))


@few
@given(seeds, st.floats(0, 1))
def test_quantiles_from_the_grid_are_off_by_at_most_one_grid_step(seed: int, q: float) -> None:
    usual = np.random.default_rng(seed).gamma(3, size=400)
    found = usual_distances(usual, kept=60, points=21).quantile(q)
    assert found is not None
    low, high = (np.quantile(usual, np.clip(q + step, 0, 1)) for step in (-0.05, 0.05))
    assert low <= found <= high
    if q * 399 >= 340:  # among the 60 that are kept
        assert found == pytest.approx(np.quantile(usual, q), rel=1e-12)


def test_at_production_sizes_outliers_and_coverage_are_exact() -> None:
    n = 300_000
    usual = np.random.default_rng(5).gamma(3, size=n)
    found = usual_distances(usual, LARGEST_KEPT, GRID_POINTS)
    assert found.quantile(0.95) == pytest.approx(np.quantile(usual, 0.95), rel=1e-12)
    distance = np.quantile(usual, [0.5, 0.95, 0.9999])
    counted = (1 + (usual[None, :] >= distance[:, None]).sum(axis=1)) / (n + 1)
    p = found.p_values(distance)
    np.testing.assert_allclose(p[1:], counted[1:], rtol=1e-12)
    assert counted[0] <= p[0] <= counted[0] + 1 / 10_000


@pytest.mark.parametrize("kept", [10, 40])
def test_usual_distances_survive_storage(kept: int) -> None:
    made = usual_distances(np.random.default_rng(3).gamma(3, size=40), kept, 5)
    back = usual_distances_of(made.arrays())
    assert back.n == made.n == 40
    np.testing.assert_array_equal(back.largest, made.largest)
    np.testing.assert_array_equal(back.grid, made.grid)
    shapes = {"n": (1, 1), "largest": (1, kept), "grid": (1, len(made.grid))}
    assert {name: array.shape for name, array in made.arrays().items()} == shapes


def loop(p_values: list[Fraction], rate: Fraction) -> Fraction | None:
    """Benjamini and Hochberg's step-up, one record at a time, in exact arithmetic."""
    largest = None
    for rank, p in enumerate(sorted(p_values), 1):
        if p <= rate * rank / len(p_values):
            largest = p
    return largest


def threshold(p_values: list[Fraction], rate: Fraction) -> float | None:
    distinct = sorted(set(p_values))[::-1]
    counts = np.array([p_values.count(p) for p in distinct], dtype=np.int64)
    return benjamini_hochberg(np.array([float(p) for p in distinct]), counts, len(p_values), float(rate))


@few
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.sampled_from([5, 10, 25, 50]))
def test_benjamini_hochberg_with_ties_is_that_of_the_loop(numerators: list[int], percent: int) -> None:
    p_values, rate = [Fraction(number, 200) for number in numerators], Fraction(percent, 100)
    expected = loop(p_values, rate)
    assert threshold(p_values, rate) == (None if expected is None else float(expected))


@few
@given(seeds)
def test_benjamini_hochberg_calls_the_records_that_scipy_calls_even_without_the_large_p_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = np.concatenate([rng.uniform(size=40), rng.uniform(size=10) / 50])
    called = false_discovery_control(p) <= 0.1
    for chosen in (p, p[p <= 0.1]):
        found = benjamini_hochberg(chosen, np.ones(len(chosen), np.int64), len(p), 0.1)
        np.testing.assert_array_equal(p <= (found or 0), called)
    assert called.any()


def test_a_p_value_that_equals_its_bound_is_rejected_whatever_the_rounding() -> None:
    for rate in (Fraction(1, 100), Fraction(5, 100), Fraction(1, 10)):
        for n in range(1, 60):
            for rank in range(1, n + 1):
                p = float(rate * rank / n)
                assert benjamini_hochberg(np.array([p]), np.array([rank]), n, float(rate)) == p
                just_above = np.array([p * (1 + 1e-9)])
                assert benjamini_hochberg(just_above, np.array([rank]), n, float(rate)) is None


def test_a_p_value_above_its_own_bound_is_rejected_with_a_larger_one_below_its_bound() -> None:
    # Of four: 0.04 is above 0.05 / 4, 0.05 is not above 0.05 * 4 / 4.
    assert benjamini_hochberg(np.array([0.05, 0.04]), np.array([3, 1]), 4, 0.05) == 0.05


def test_nothing_is_rejected_of_nothing() -> None:
    assert benjamini_hochberg(np.zeros(0), np.zeros(0, np.int64), 1_000, 0.05) is None
    assert benjamini_hochberg(np.array([0.04]), np.array([1]), 1_000, 0.05) is None


def rejected_at_the_smallest(r: int, n: int, rate: float, n_calibration: int) -> bool:
    """Whether Benjamini-Hochberg rejects anything of r prompts beyond all usual distances and n - r at p = 1."""
    p, counts = np.array([1 / (n_calibration + 1), 1.0]), np.array([r, n - r])
    return benjamini_hochberg(p, counts, n, rate) is not None


@few
@given(st.integers(1, 400), st.sampled_from([0.01, 0.05, 0.2]), st.integers(1, 3_000))
def test_the_fewest_outliers_are_those_that_benjamini_hochberg_rejects_first(n: int, rate: float, usual: int) -> None:
    by_trying = next((r for r in range(1, n + 1) if rejected_at_the_smallest(r, n, rate, usual)), None)
    assert fewest_outliers(n, rate, usual) == by_trying


def test_a_single_outlier_needs_as_many_usual_distances_as_prompts_over_the_rate() -> None:
    assert [fewest_outliers(100, 0.05, n) for n in (18, 19, 257, 1_998, 1_999)] == [None, 100, 8, 2, 1]


def test_without_prompts_there_can_be_no_outlier() -> None:
    assert fewest_outliers(0, 0.05, 1_000) is None


def status_of(n: int, n_calibration: int, extreme: int = 0) -> tuple[str, float | None]:
    """The status for n prompts, some beyond all usual distances and the others at p = 1."""
    p, counts = np.array([1 / (n_calibration + 1), 1.0]), np.array([extreme, n - extreme])
    found = outliers(p[counts > 0], counts[counts > 0], n, 0.05, n_calibration)
    return found.status, found.threshold


def test_having_no_outliers_is_only_known_if_some_could_be_found() -> None:
    assert status_of(1_000, 257, extreme=5) == ("too_few_calibration_records", None)
    assert status_of(1_000, 257, extreme=100) == ("ok", 1 / 258)
    assert status_of(1_000, 50_000) == ("ok", None)
    assert status_of(10, 257) == ("ok", None)  # one of ten would be found
    assert status_of(10, 150) == ("too_few_calibration_records", None)  # two would
    # Ten of a thousand are one percent: 1,000 / (0.05 x 2,000) = 10.
    assert status_of(1_000, 1_999) == ("ok", None)
    assert status_of(1_000, 1_998) == ("too_few_calibration_records", None)
    assert status_of(1_000, 10) == status_of(1_000, 10, extreme=1_000) == ("too_few_calibration_records", None)
    # In a large window a few in a million may go undetected.
    assert status_of(1_000_000, 1_000_000) == ("ok", None)
    assert status_of(1_000, 0) == ("no_calibration_records", None)
