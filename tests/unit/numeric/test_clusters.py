"""Clusters against scikit-learn's inertia and silhouette, and the formula over all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from tests.clouds import pairs, topics
from tests.real import real_embeddings

from driftwell.numeric.arrays import Floats
from driftwell.numeric.clusters import (
    ClusterMoments,
    cluster_moments,
    has_silhouette,
    moment_sums,
    nearest,
    silhouette_of,
    silhouette_sums,
    squared_distances,
)

few = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)


def moments_of(x: NDArray[np.floating], centroids: Floats) -> ClusterMoments:
    origin = x.mean(axis=0, dtype=np.float64)
    return cluster_moments(moment_sums(x, centroids, origin), origin)


def silhouette(x: NDArray[np.floating], centroids: Floats) -> float:
    found = silhouette_of(x, centroids, x.mean(axis=0, dtype=np.float64))
    assert found is not None
    return found


def silhouette_by_pairs(x: NDArray[np.floating], own: NDArray[np.int64]) -> float:
    """Rousseeuw's definition over all pairs of records; a record alone in its cluster scores 0."""
    distances, scores = pairs(x, x), []
    for i, cluster in enumerate(own):
        mates = np.flatnonzero((own == cluster) & (np.arange(len(x)) != i))
        if len(mates) == 0:
            scores.append(0.0)
            continue
        a = distances[i, mates].mean()
        b = min(distances[i, own == other].mean() for other in set(own.tolist()) - {cluster})
        scores.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return float(np.mean(scores))


def test_squared_distances_are_those_of_the_definition_and_never_negative() -> None:
    x, centroids = topics(1)
    np.testing.assert_allclose(squared_distances(x, centroids), pairs(x, centroids), rtol=1e-9)
    same = squared_distances(x, x)
    assert (same >= 0).all()
    assert np.diag(same).max() < 1e-12


def test_a_record_between_two_centroids_goes_to_the_lower_number() -> None:
    own, squared = nearest(np.array([[0.0, 0], [3, 4]]), np.array([[1.0, 0], [-1, 0], [3, 4]]))
    assert own.tolist() == [0, 2]
    assert squared.tolist() == [1, 0]


def test_inertia_and_silhouette_of_real_queries_are_those_of_scikit_learn() -> None:
    x = real_embeddings("banking77_queries")[::8]
    fitted = KMeans(10, n_init=1, random_state=7).fit(x)
    centroids = fitted.cluster_centers_.astype(np.float64)
    moments = moments_of(x, centroids)
    labels = fitted.predict(x)
    np.testing.assert_array_equal(moments.sizes, np.bincount(labels, minlength=10))
    assert moments.inertia == pytest.approx(fitted.inertia_ / len(x), rel=1e-5)
    assert silhouette(x, centroids) == pytest.approx(silhouette_score(x, labels, metric="sqeuclidean"), abs=1e-5)
    assert moments.mean_norm == pytest.approx(1, abs=1e-3)


def test_moments_are_the_direct_sums_over_each_cluster() -> None:
    x, centroids = topics(2)
    moments, own = moments_of(x, centroids), pairs(x, centroids).argmin(axis=1)
    for cluster in range(len(centroids)):
        members = x[own == cluster]
        assert moments.sizes[cluster] == len(members)
        np.testing.assert_allclose(moments.means[cluster], members.mean(axis=0))
        assert moments.scatters[cluster] == pytest.approx(((members - members.mean(axis=0)) ** 2).sum())
        assert moments.inertias[cluster] == pytest.approx(((members - centroids[cluster]) ** 2).sum(axis=1).mean())
    np.testing.assert_allclose(moments.mean, x.mean(axis=0))
    np.testing.assert_allclose(moments.proportions, moments.sizes / 120)
    assert moments.mean_norm == pytest.approx(np.sqrt((x**2).sum(axis=1)).mean())
    assert moments.n == 120


@pytest.mark.filterwarnings("error")
def test_an_empty_cluster_and_a_single_record_are_counted_as_scikit_learn_counts_them() -> None:
    x, centroids = topics(3, k=3)
    lonely, nobody = np.full((1, 6), 60.0), np.full((1, 6), -60.0)
    x, centroids = np.vstack([x, lonely]), np.vstack([nobody, centroids, lonely + 1])
    moments, own = moments_of(x, centroids), pairs(x, centroids).argmin(axis=1)
    assert moments.sizes[0] == 0
    assert moments.sizes[-1] == 1
    assert np.isnan(moments.inertias[0])
    assert np.isnan(moments.means[0]).all()
    assert moments.inertias[-1] == pytest.approx(6)
    assert moments.scatters[[0, -1]].tolist() == [0, 0]
    assert moments.inertia == pytest.approx(pairs(x, centroids).min(axis=1).mean())
    expected = silhouette_score(x, own, metric="sqeuclidean")
    assert silhouette(x, centroids) == pytest.approx(expected)
    assert silhouette_by_pairs(x, own) == pytest.approx(expected)


def test_two_groups_of_equal_vectors_have_silhouette_one() -> None:
    x = np.repeat(np.array([[0.1, 0.2], [0.7, 0.3]], np.float32), 5, axis=0)
    centroids = x[[0, 5]].astype(np.float64)
    moments = moments_of(x, centroids)
    assert moments.sizes.tolist() == [5, 5]
    assert moments.inertia == pytest.approx(0, abs=1e-15)
    assert silhouette(x, centroids) == pytest.approx(1)
    assert silhouette_score(x, [0] * 5 + [1] * 5, metric="sqeuclidean") == pytest.approx(1)


def test_a_silhouette_worked_by_hand() -> None:
    # On a line: 0 and 2 in one cluster, 10 in the other. a = 4 for both; b = 100 and 64; the single record scores 0.
    x, centroids = np.array([[0.0], [2], [10]]), np.array([[1.0], [10]])
    assert silhouette(x, centroids) == pytest.approx((96 / 100 + 60 / 64 + 0) / 3)


@pytest.mark.parametrize(("centroids", "defined"), [([[0.0], [9]], True), ([[0.0]], False), ([[0.0], [50]], False)])
def test_a_silhouette_needs_two_clusters_with_records(centroids: list[list[float]], defined: bool) -> None:
    x = np.array([[0.0], [1], [9]])
    assert has_silhouette(moments_of(x, np.array(centroids))) is defined
    assert (silhouette_of(x, np.array(centroids), np.zeros(1)) is not None) is defined


@pytest.mark.filterwarnings("error")
def test_measures_are_averaged_by_cluster_and_non_numbers_are_missing() -> None:
    x, centroids = np.array([[0.0], [1], [9], [10]]), np.array([[0.5], [9.5], [99]])
    measures = np.array([[1, 5, np.nan], [2, np.inf, np.nan], [4, 7, np.nan], [6, np.nan, -np.inf]])
    origin = np.array([5.0])
    moments = cluster_moments(moment_sums(x, centroids, origin, measures), origin)
    assert moments.measured.tolist() == [[2, 1, 0], [2, 1, 0], [0, 0, 0]]
    assert moments.measure_sums.tolist() == [[3, 5, 0], [10, 7, 0], [0, 0, 0]]
    none = np.nan
    wanted = [[1.5, 5, none], [5, 7, none], [none, none, none], [13 / 4, 6, none]]  # all records last
    np.testing.assert_array_equal(moments.measure_means, wanted)


@pytest.mark.parametrize("measures", [None, np.zeros((3, 0))])
def test_without_measures_there_are_no_means(measures: Floats | None) -> None:
    sums = moment_sums(np.array([[0.0], [1], [9]]), np.array([[0.0], [9]]), np.zeros(1), measures)
    assert {name: of.shape for name, of in sums.items()} == {"stats": (2, 3), "sums": (2, 1), "norms": (1, 1)}
    moments = cluster_moments(sums, np.zeros(1))
    assert moments.measure_means.shape == (3, 0)
    assert silhouette_sums(np.array([[9.0]]), np.array([[0.0], [9]]), np.zeros(1), moments)["silhouette"].shape == (
        1,
        1,
    )


@few
@given(seeds)
def test_equal_records_have_no_scatter_and_it_is_never_negative(seed: int) -> None:
    heaps = np.random.default_rng(seed).normal(size=(4, 6)) + 3
    moments = moments_of(np.repeat(heaps, [1, 2, 3, 7], axis=0), heaps)
    assert (moments.scatters >= 0).all()
    assert moments.scatters[0] == 0
    np.testing.assert_allclose(moments.scatters, 0, atol=1e-12)


@pytest.mark.filterwarnings("error")
def test_no_records_have_no_inertia_and_no_proportions() -> None:
    origin = np.ones(3)
    moments = cluster_moments(moment_sums(np.zeros((0, 3), np.float32), np.eye(3)[:2], origin), origin)
    assert (moments.n, moments.inertia) == (0, None)
    assert np.isnan(moments.proportions).all()
    assert np.isnan(moments.mean).all()
    assert np.isnan(moments.mean_norm)
    assert not has_silhouette(moments)


def test_moments_far_from_zero_keep_their_digits() -> None:
    x, centroids = topics(4)
    near, far = moments_of(x, centroids), moments_of(x + 1e5, centroids + 1e5)
    np.testing.assert_allclose(far.scatters, near.scatters, rtol=1e-7)
    assert silhouette(x + 1e5, centroids + 1e5) == pytest.approx(silhouette(x, centroids), rel=1e-7)


@few
@given(seeds, st.lists(st.integers(0, 120), max_size=5))
def test_moments_of_parts_add_up_to_those_of_the_whole(seed: int, cuts: list[int]) -> None:
    x, centroids = topics(seed)
    origin = centroids.mean(axis=0)
    whole = moment_sums(x, centroids, origin)
    parts = [moment_sums(part, centroids, origin) for part in np.split(x, sorted(cuts))]
    for name, expected in whole.items():
        np.testing.assert_allclose(sum(part[name] for part in parts), expected, rtol=1e-9, atol=1e-9)
    moments = cluster_moments(whole, origin)
    scores = [silhouette_sums(p, centroids, origin, moments)["silhouette"][0, 0] for p in np.split(x, sorted(cuts))]
    assert sum(scores) / len(x) == pytest.approx(silhouette(x, centroids))


@few
@given(seeds)
def test_measures_do_not_change_when_records_are_shuffled_or_the_space_is_turned_and_moved(seed: int) -> None:
    x, centroids = topics(seed)
    rng = np.random.default_rng(seed)
    rotation, step = np.linalg.qr(rng.normal(size=(6, 6)))[0], rng.normal(size=6) * 10
    for y, c in [(rng.permutation(x), centroids), (x @ rotation + step, centroids @ rotation + step)]:
        assert moments_of(y, c).inertia == pytest.approx(moments_of(x, centroids).inertia, rel=1e-9)
        assert silhouette(y, c) == pytest.approx(silhouette(x, centroids), rel=1e-9)


@few
@given(seeds)
def test_renumbering_clusters_changes_no_measure(seed: int) -> None:
    x, centroids = topics(seed)
    order = np.random.default_rng(seed).permutation(len(centroids))
    one, other = moments_of(x, centroids), moments_of(x, centroids[order])
    np.testing.assert_array_equal(other.sizes, one.sizes[order])
    assert silhouette(x, centroids[order]) == pytest.approx(silhouette(x, centroids), rel=1e-9)


@few
@given(seeds, st.integers(2, 6))
def test_the_silhouette_is_that_of_all_pairs_even_for_float32(seed: int, k: int) -> None:
    x, centroids = topics(seed, n=40, k=k)
    x32 = x.astype(np.float32)
    own = pairs(x32, centroids).argmin(axis=1)
    if len(set(own.tolist())) > 1:
        assert silhouette(x32, centroids) == pytest.approx(silhouette_by_pairs(x32, own), abs=1e-6)
