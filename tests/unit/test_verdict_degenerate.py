"""Baselines with little or no variance, and vectors of any scale: sizes are bounded, and rounding is not a change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from driftwell.numeric.kmeans import lloyd, spread_start
from driftwell.numeric.verdict.calibration import calibrate
from driftwell.numeric.verdict.effects import MOST_D
from driftwell.numeric.verdict.explanation import explained
from driftwell.numeric.verdict.features import unit_rows
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.judgement import Judgement, judge

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

D = 16
DRAW = np.random.default_rng(0)
ONE, TOPICS = DRAW.standard_normal(D), DRAW.standard_normal((4, D))


def asked(n: int, topics: np.ndarray, noise: float, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return topics[draw.integers(0, len(topics), n)] + noise * draw.standard_normal((n, D))


def judged(baseline: np.ndarray, window: np.ndarray) -> Judgement:
    fit, calibration = np.split(baseline.astype(np.float32), 2)
    features, n = fit_features(fit, 0), len(calibration)
    state = calibrate(features, calibration, np.arange(n) * 10 // n, np.arange(n) % 24, np.arange(n), 0)
    return judge(state, features, len(window), features.sums(window.astype(np.float32))["sums"])


def constant(n: int) -> np.ndarray:
    return np.tile(ONE, (n, 1))


def rounded(x: np.ndarray, seed: int) -> np.ndarray:
    """The same text's vector on another machine: another last digit."""
    return x * (1 + 1e-7 * np.random.default_rng(seed).standard_normal(x.shape))


TWO = TOPICS[:2][np.arange(2_000) % 2]
VARIED = asked(500, TOPICS, 0.3, 1)
BASELINES = {
    "constant": constant(2_000),
    "constant but for rounding": rounded(constant(2_000), 1),
    "two distinct": TWO,
    "constant but for a few": np.where(np.arange(2_000)[:, None] % 50 == 0, TOPICS[0], constant(2_000)),
    "varied along one direction": constant(2_000)
    + np.outer(np.random.default_rng(3).standard_normal(2_000), TOPICS[1]),
    "constant calibration half": np.concatenate([asked(1_000, TOPICS, 0.3, 2), constant(1_000)]),
}


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES)
def test_varied_content_is_drift_however_little_the_baseline_varied(baseline: np.ndarray) -> None:
    found = judged(baseline, VARIED)
    assert found.verdict == "DRIFT"
    main = found.headline
    assert main is not None and main.lower > 0 and abs(main.effect) > 0


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES)
def test_sizes_are_bounded(baseline: np.ndarray) -> None:
    for window in (VARIED, constant(300), -constant(300)):
        found = judged(baseline, window)
        for group in found.groups:
            most = MOST_D if group.group in ("novelty", "residual") else 1
            assert 0 <= group.lower <= most and abs(group.effect) <= most
        assert len(explained(found, "questions")) < 220


@pytest.mark.parametrize("name", ["constant", "constant but for rounding", "two distinct"])
def test_neither_the_same_records_nor_rounding_is_drift(name: str) -> None:
    again = BASELINES[name][-500:]
    for window in (again, rounded(again, 7), 3 * again):
        found = judged(BASELINES[name], window)
        assert (found.verdict, found.p_value) == ("NO_DRIFT", 1)


def test_a_window_of_one_constant_vector_is_drift() -> None:
    found = judged(asked(3_000, TOPICS, 0.5, 4), constant(300))
    assert found.verdict == "DRIFT" and "all the questions" in explained(found, "questions")


@settings(max_examples=10, derandomize=True, deadline=None)
@given(st.integers(-50, 50))
def test_the_scale_of_the_vectors_changes_no_verdict(exponent: int) -> None:
    baseline, window = asked(1_000, TOPICS, 0.5, 5), asked(200, TOPICS[:3], 0.5, 6)
    usual, other = judged(baseline, window), judged(np.ldexp(baseline, exponent), np.ldexp(window, exponent))
    assert other.p_value == pytest.approx(usual.p_value, rel=1e-3)
    assert [g.effect for g in other.groups] == pytest.approx([g.effect for g in usual.groups], rel=1e-3, abs=1e-6)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(-50, 49), st.integers(1, 5))
def test_rows_of_any_length_are_scaled_to_unit_length(exponent: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((20, D)).astype(np.float32)
    found = unit_rows(np.ldexp(x, exponent).astype(np.float32))
    assert found == pytest.approx(x / np.linalg.norm(x, axis=1, keepdims=True), rel=1e-5, abs=1e-7)
    assert np.array_equal(unit_rows(np.zeros((2, D))), np.zeros((2, D)))


@settings(max_examples=20, derandomize=True, deadline=None)
@given(st.integers(-60, 60))
def test_lloyds_iterations_do_not_depend_on_the_scale(exponent: int) -> None:
    z = asked(300, TOPICS, 0.2, 8).astype(np.float32)
    start = spread_start(z, 4, 0)
    usual, other = lloyd(z, start, 20), lloyd(np.ldexp(z, exponent), np.ldexp(start, exponent), 20)
    assert np.ldexp(other, -exponent) == pytest.approx(usual, rel=1e-12)


def test_vectors_of_all_lengths_in_one_batch_are_scaled_each_by_its_own() -> None:
    x = np.random.default_rng(8).standard_normal((6, D)).astype(np.float32)
    lengths = np.array([1e-30, 1e-12, 1, 1e12, 1e25, 0], dtype=np.float32)[:, None]
    wanted = x / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    wanted[-1] = 0
    assert_allclose(unit_rows(x * lengths), wanted, rtol=1e-5, atol=1e-7)
