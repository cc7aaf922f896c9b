"""k-means in memory against scikit-learn: Lloyd's steps, and starts of distinct records."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import KMeans, kmeans_plusplus
from tests.clouds import pairs, topics
from tests.real import real_embeddings

from driftwell.numeric.arrays import Floats
from driftwell.numeric.clusters import cluster_moments, moment_sums
from driftwell.numeric.clusters import nearest as assigned
from driftwell.numeric.kmeans import kmeans, lloyd, near_one, nearest, spread_start

few = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)


def single(z: Floats) -> NDArray[np.float32]:
    return z.astype(np.float32)


def inertia(x: Floats, centroids: Floats) -> float:
    origin = x.mean(axis=0)
    return cluster_moments(moment_sums(x, centroids, origin), origin).inertia or 0.0


def test_lloyd_ends_where_scikit_learn_ends_from_the_same_centroids() -> None:
    x, _ = topics(5, n=300)
    initial = x[[0, 50, 100, 150]]
    expected = KMeans(4, init=initial, n_init=1, algorithm="lloyd", tol=0, max_iter=300).fit(x).cluster_centers_
    np.testing.assert_allclose(lloyd(x, initial, 300), expected, rtol=1e-9)


@few
@given(seeds, st.integers(1, 12))
def test_a_start_consists_of_distinct_records_and_finds_every_group(seed: int, heaps: int) -> None:
    generator = np.random.default_rng(seed)
    on_axes = 100 * generator.permutation(np.eye(12))[:heaps]
    on_a_line = 100 * np.arange(heaps)[:, None] + generator.standard_normal((heaps, 12))
    for centres in (on_axes, on_a_line):
        z = np.repeat(centres, 5, axis=0) + 0.1 * generator.standard_normal((5 * heaps, 12))
        start = spread_start(single(z), heaps, seed)
        assert len(start) == heaps
        assert len({int(np.linalg.norm(centres - record, axis=1).argmin()) for record in start}) == heaps
        same = np.repeat(centres, 3, axis=0)
        assert len(spread_start(single(same), 20, seed)) == heaps


def test_a_start_is_as_good_as_that_of_scikit_learn() -> None:
    x, _ = topics(3, n=300, k=12)
    x -= x.mean(axis=0)
    ours = [pairs(x, spread_start(single(x), 12, seed)).min(axis=1).sum() for seed in range(40)]
    theirs = [pairs(x, kmeans_plusplus(x, 12, random_state=seed)[0]).min(axis=1).sum() for seed in range(40)]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.02)


def test_a_record_distant_from_all_others_is_drawn_although_it_is_the_last() -> None:
    z = single(np.array([[0.0]] * 50 + [[1.0], [1_000.0]]))
    assert all(1_000 in spread_start(z, 2, seed) for seed in range(10))


def test_clusters_of_real_questions_are_as_tight_as_scikit_learn_makes_them() -> None:
    x = real_embeddings("banking77_queries")[:4_000].astype(np.float64)
    z = x - x.mean(axis=0)
    ours = [assigned(z, lloyd(z, spread_start(single(z), 10, seed), 300))[1].sum() for seed in range(5)]
    theirs = [KMeans(10, n_init=1, random_state=seed).fit(z).inertia_ for seed in range(5)]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.01)


@few
@given(seeds)
def test_each_iteration_of_lloyd_lowers_the_inertia_until_it_converges(seed: int) -> None:
    x, _ = topics(seed)
    initial = x[:4]
    after = [inertia(x, lloyd(x, initial, steps)) for steps in range(30)]
    assert after[0] == pytest.approx(inertia(x, initial))
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in pairwise(after))
    final = lloyd(x, initial, 1_000)
    np.testing.assert_array_equal(lloyd(x, final, 1_000), final)


def test_lloyd_keeps_the_centroid_of_an_empty_cluster_and_the_order_of_the_others() -> None:
    x, centroids = topics(6)
    nobody = np.full((1, 6), 99.0)
    initial = np.vstack([centroids[:2], nobody, centroids[2:]])
    found = lloyd(x, initial, 50)
    np.testing.assert_array_equal(found[2], nobody[0])
    np.testing.assert_allclose(found[[0, 1, 3, 4]], lloyd(x, centroids, 50))
    assert pairs(found, initial).argmin(axis=1).tolist() == [0, 1, 2, 3, 4]
    assert not np.array_equal(found[0], initial[0])
    np.testing.assert_array_equal(lloyd(x, np.vstack([centroids, nobody]), 50)[-1], nobody[0])


def test_a_centre_that_loses_its_records_stays_in_place() -> None:
    x = np.array([[7.0, 6], [7, 6], [1, 4], [8, 4], [8, 4], [1, 6]])
    # The last centre first takes (1, 4) and both of (8, 4): it moves to their mean, and its two neighbours take them.
    found = lloyd(x, np.array([[0.0, 0], [2, 8], [4, 8], [4, 2]]), 50)
    np.testing.assert_allclose(found, [[0, 0], [1, 5], [7.5, 5], [17 / 3, 4]], rtol=1e-6)


def test_a_centre_of_a_single_record_moves_to_it() -> None:
    # 19.2 takes 10 alone, and from there 9 too.
    assert lloyd(np.array([[0.0], [1], [9], [10]]), np.array([[0.5], [19.2]]), 50).tolist() == [[0.5], [9.5]]


def test_lloyd_does_not_change_its_input_and_may_do_nothing() -> None:
    x, centroids = topics(7)
    before = centroids.copy()
    lloyd(x, centroids, 10)
    np.testing.assert_array_equal(centroids, before)
    np.testing.assert_array_equal(lloyd(x, centroids, 0), before)
    np.testing.assert_array_equal(lloyd(x[:0], centroids, 10), before)


@few
@given(seeds, st.sampled_from([-100, -40, 40, 100]))
def test_a_power_of_two_changes_no_digit_even_if_single_precision_cannot_hold_the_squares(
    seed: int, power: int
) -> None:
    x, centroids = topics(seed)
    np.testing.assert_array_equal(
        lloyd(2.0**power * x, 2.0**power * centroids, 50), 2.0**power * lloyd(x, centroids, 50)
    )


@pytest.mark.parametrize(("largest", "scale"), [(0.5, 1), (0.75, 1), (1, 0.5), (3, 0.25), (-3, 0.25), (0.1, 8), (0, 1)])
def test_the_largest_number_is_brought_between_a_half_and_one(largest: float, scale: float) -> None:
    assert near_one(np.array([[0.0, largest]])) == scale
    assert near_one(np.zeros((0, 2))) == 1


def test_centroids_of_single_precision_records_are_means_in_double_precision() -> None:
    x, centroids = topics(8)
    found = lloyd(single(x), centroids, 100)
    own = pairs(single(x), found).argmin(axis=1)
    expected = [single(x)[own == i].mean(axis=0, dtype=np.float64) for i in range(4)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_record_at_a_centre_has_no_distance_and_never_a_negative_one() -> None:
    z = single(np.random.default_rng(0).normal(size=(200, 7)))
    index, squared = nearest(z, z)
    assert index.tolist() == list(range(200))
    assert squared.min() == 0
    np.testing.assert_allclose(squared, 0, atol=1e-5)


def test_kmeans_finds_separate_groups_and_takes_no_record_twice() -> None:
    heaps = np.repeat(np.array([[0.0, 0], [10, 0], [0, 10]], dtype=np.float32), 50, axis=0)
    found = kmeans(heaps, 5, 20, np.random.default_rng(0))
    assert sorted(map(tuple, found.tolist())) == [(0, 0), (0, 10), (10, 0)]


def test_kmeans_stops_when_every_centre_is_the_mean_of_its_records() -> None:
    z = single(topics(4, n=500, k=8)[0])
    found = kmeans(z, 8, 200, np.random.default_rng(1))
    own, squared = nearest(z, found)
    np.testing.assert_allclose(found, [z[own == i].mean(axis=0) for i in range(8)], atol=1e-5)
    np.testing.assert_allclose(squared, ((z - found[own]) ** 2).sum(axis=1), atol=1e-3)
