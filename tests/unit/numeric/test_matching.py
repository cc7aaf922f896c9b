"""Matching clusters of two fits: against all possible matchings, and on two halves of real data."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from tests.real import real_embeddings

from driftwell.numeric.arrays import Floats
from driftwell.numeric.matching import cosine, match

few = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)


def cost(a: Floats, b: Floats) -> float:
    return float(((a - b) ** 2).sum())


@few
@given(seeds)
def test_a_permutation_of_noisy_centroids_is_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    baseline = rng.normal(size=(8, 20))
    order = rng.permutation(8)
    assert match(baseline[order] + rng.normal(size=(8, 20)) * 0.2, baseline).tolist() == order.tolist()


@few
@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_no_other_matching_costs_less(seed: int, k: int, b: int) -> None:
    rng = np.random.default_rng(seed)
    centroids, baseline = rng.normal(size=(k, 3)), rng.normal(size=(b, 3))
    matched = match(centroids, baseline)
    rows = np.flatnonzero(matched >= 0)
    assert len(rows) == len(set(matched[rows].tolist())) == min(k, b)
    assert (matched[matched < 0] == -1).all()
    if k <= b:
        least = min(cost(centroids, baseline[list(chosen)]) for chosen in permutations(range(b), k))
    else:
        least = min(cost(centroids[list(chosen)], baseline) for chosen in permutations(range(k), b))
    assert cost(centroids[rows], baseline[matched[rows]]) == pytest.approx(least)


def test_the_smallest_sum_wins_over_the_nearest_pair() -> None:
    # 1 is nearest to 0.9, but then 0 would have to go to 10.
    assert match(np.array([[0.9], [0.0]]), np.array([[1.0], [10]])).tolist() == [1, 0]


def test_a_surplus_cluster_has_no_match() -> None:
    assert match(np.array([[0.0], [50], [10]]), np.array([[10.0], [0]])).tolist() == [1, -1, 0]
    assert match(np.array([[10.0]]), np.array([[0.0], [10]])).tolist() == [1]


def test_two_halves_of_the_same_queries_agree_once_their_clusters_are_matched() -> None:
    x = real_embeddings("banking77_queries")[::3]
    order = np.random.default_rng(11).permutation(len(x))
    one, other = (
        KMeans(10, n_init=1, random_state=seed).fit(half).cluster_centers_.astype(np.float64)
        for seed, half in enumerate(np.array_split(x[order], 2))
    )
    matched = match(other, one)
    by_index = np.linalg.norm(other - one, axis=1)
    by_match = np.linalg.norm(other - one[matched], axis=1)
    assert sorted(matched.tolist()) == list(range(10))
    assert np.median(by_match) < np.median(by_index) / 2
    assert by_match.mean() < by_index.mean() * 2 / 3


def test_cosine_worked_by_hand() -> None:
    assert cosine(np.array([3.0, 4]), np.array([4.0, 3])) == pytest.approx(24 / 25)
    assert cosine(np.array([1.0, 0]), np.array([0.0, 2])) == 0
    assert cosine(np.array([1.0, 1]), np.array([-2.0, -2])) == pytest.approx(-1)


@pytest.mark.parametrize("a", [np.zeros(3), np.ones(3)])
def test_cosine_with_a_zero_vector_is_undefined(a: Floats) -> None:
    assert cosine(a, np.zeros(3)) is None
    assert cosine(np.zeros(3), a) is None


def test_cosine_of_parallel_vectors_is_at_most_one_despite_rounding() -> None:
    vectors = np.random.default_rng(0).normal(size=(200, 5))
    lengths = np.linalg.norm(vectors, axis=1)
    assert (np.einsum("ij,ij->i", vectors, vectors) / lengths**2 > 1).any()
    assert all(cosine(a, a) <= 1 and cosine(a, -a) >= -1 for a in vectors)


@few
@given(seeds)
def test_cosine_stays_in_its_range_and_ignores_lengths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=5), rng.normal(size=5)
    same = cosine(a, a)
    assert same is not None
    assert 1 - 1e-12 <= same <= 1
    assert cosine(3 * a, 0.2 * b) == pytest.approx(cosine(b, a))
