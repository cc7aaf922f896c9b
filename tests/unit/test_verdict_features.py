"""Row features against their definitions in float64, fused sums against added up rows, storage, and the fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA

from driftwell.errors import InputError
from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.features import CHUNK, features_of, row_features_of
from driftwell.numeric.verdict.fit import MIN_SAMPLE, RIDGE, basis, fit_features, ridge_whitener
from driftwell.numeric.verdict.layout import GROUPS, Layout


def topical(n: int, seed: int, d: int = 12, topics: int = 6) -> Floats:
    """Records around a few topics, away from the origin."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((topics, d)) + 1
    return centres[generator.integers(0, topics, n)] + 0.5 * generator.standard_normal((n, d))


FEATURES = fit_features(topical(600, 1), seed=3)
X = topical(CHUNK + 76, 2)


def test_the_groups_are_adjacent_and_novel_comes_last() -> None:
    layout = Layout(d=4, k=3, p=2)
    assert layout.slices == {
        "location": slice(0, 4),
        "mixture": slice(4, 7),
        "novelty": slice(7, 8),
        "displacement": slice(8, 10),
        "residual": slice(10, 11),
    }
    assert (layout.width, layout.novel) == (12, 11)
    rows = np.arange(24.0).reshape(2, 12)
    assert_allclose(layout.norms(rows)[0], [0 + 1 + 4 + 9, 16 + 25 + 36, 49, 64 + 81, 100])


def test_row_features_follow_their_definitions() -> None:
    row, at = FEATURES.row, FEATURES.layout.slices
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    centred = unit - row.mean
    z = centred @ row.components.astype(float)
    to_micro = np.linalg.norm(z[:, None] - row.micro, axis=2)
    novelty = np.linalg.norm(z[:, None] - row.landmarks, axis=2).min(axis=1)
    own = to_micro.argmin(axis=1)
    found = FEATURES.rows(X)
    assert found.dtype == np.float32
    assert_allclose(found[:, at["location"]], centred, atol=1e-6)
    assert_array_equal(found[:, at["mixture"]], np.eye(len(row.micro))[own])
    assert_allclose(found[:, at["novelty"]][:, 0], novelty, atol=2e-4)
    displacement = np.clip((z - row.micro[own]) / row.scale, -8, 8)
    assert_allclose(found[:, at["displacement"]], displacement, atol=1e-4)
    outside = np.clip((centred**2).sum(axis=1) - (z**2).sum(axis=1), 0, row.residual_clip)
    assert_allclose(found[:, at["residual"]][:, 0], outside, atol=1e-6)
    assert_array_equal(found[:, -1], found[:, at["novelty"]][:, 0] > row.novel_cut)
    assert 0 < found[:, -1].mean() < 0.15


def test_fused_sums_are_the_sums_of_the_rows_and_add_up_over_batches() -> None:
    whole = FEATURES.sums(X)
    assert_allclose(whole["sums"][0], FEATURES.rows(X).sum(axis=0, dtype=np.float64), rtol=1e-6, atol=1e-4)
    assert whole["n"] == len(X)
    parts = [FEATURES.sums(part) for part in np.array_split(X, 5)]
    assert_allclose(sum(part["sums"] for part in parts), whole["sums"], rtol=1e-6, atol=1e-4)
    assert_array_equal(FEATURES.sums(X[:0])["sums"], np.zeros((1, FEATURES.layout.width)))


def test_mapping_the_sum_is_the_sum_of_the_mapped_rows() -> None:
    rows = FEATURES.rows(X).astype(np.float64)
    assert_allclose(FEATURES.mapped(rows.sum(axis=0)[None])[0], FEATURES.mapped(rows).sum(axis=0), rtol=1e-5, atol=1e-2)


def test_features_survive_storage_as_matrices() -> None:
    arrays = FEATURES.arrays()
    assert all(a.ndim == 2 for a in arrays.values())
    # Storage knows float64 only.
    back = features_of({name: a.astype(np.float64) for name, a in arrays.items()})
    assert_array_equal(back.rows(X), FEATURES.rows(X))
    rows = FEATURES.rows(X)
    assert_array_equal(back.mapped(rows), FEATURES.mapped(rows))
    assert_array_equal(row_features_of(FEATURES.row.arrays()).sums(X)["sums"], FEATURES.sums(X)["sums"])


def test_lengths_matter_only_if_vectors_are_not_scaled_first() -> None:
    longer = X * np.linspace(0.5, 2, len(X))[:, None]
    assert_allclose(FEATURES.rows(longer), FEATURES.rows(X), atol=2e-4)
    raw = fit_features(topical(600, 1), seed=3, cosine=False)
    assert not np.allclose(raw.rows(longer), raw.rows(X), atol=0.01)


def test_without_scaling_an_extreme_record_is_clipped() -> None:
    raw = fit_features(topical(600, 1), seed=3, cosine=False)
    wild = raw.rows(1_000 * X[:1])
    at = raw.layout.slices
    assert np.linalg.norm(wild[:, at["location"]]) == pytest.approx(raw.row.norm_clip, rel=1e-5)
    assert np.abs(wild[:, at["displacement"]]).max() <= 8
    assert wild[0, at["residual"]] <= raw.row.residual_clip


def test_the_same_sample_and_seed_give_the_same_features_and_another_seed_other_centres() -> None:
    again, other = fit_features(topical(600, 1), seed=3), fit_features(topical(600, 1), seed=4)
    assert all(np.array_equal(a, b) for a, b in zip(FEATURES.arrays().values(), again.arrays().values(), strict=True))
    assert not np.array_equal(FEATURES.row.micro, other.row.micro)
    assert_array_equal(FEATURES.row.landmarks, other.row.landmarks)


def test_sizes_follow_the_sample() -> None:
    assert [len(a) for a in (FEATURES.row.micro, FEATURES.row.topics, FEATURES.row.landmarks)] == [15, 6, 300]
    assert set(FEATURES.layout.slices) == set(GROUPS)


def test_too_small_a_sample_is_refused_with_what_is_needed() -> None:
    with pytest.raises(InputError, match=f"99 records.*at least {MIN_SAMPLE}"):
        fit_features(topical(99, 1), seed=0)


def test_equal_vectors_can_be_fitted_too() -> None:
    features = fit_features(np.ones((150, 5)), seed=0)
    rows = features.rows(np.ones((3, 5)))
    assert np.isfinite(rows).all() and np.isfinite(features.mapped(rows)).all()


def test_the_ridge_whitener_gives_the_ridge_hotelling_statistic() -> None:
    a = np.random.default_rng(5).standard_normal((40, 6))
    covariance, v = np.cov(a.T), a[0]
    ridge = covariance + RIDGE * np.trace(covariance) / 6 * np.eye(6)
    assert np.sum((v @ ridge_whitener(covariance)) ** 2) == pytest.approx(v @ np.linalg.solve(ridge, v), rel=1e-5)


def test_micro_topics_have_centres_in_the_original_space() -> None:
    centre = FEATURES.micro_centres()
    back = (centre - FEATURES.row.mean) @ FEATURES.row.components
    assert_allclose(back, FEATURES.row.micro, atol=1e-5)


def test_a_row_needs_no_maps() -> None:
    assert {"location_map", "mixture_map", "displacement_map"} & set(FEATURES.row.arrays()) == set()
    assert replace(FEATURES.row, novel_cut=np.inf).rows(X)[:, -1].sum() == 0


def test_the_basis_is_the_principal_components_of_95_percent_of_the_variance() -> None:
    generator = np.random.default_rng(12)
    x = (
        generator.standard_normal((400, 9)) * 0.6 ** np.arange(9) @ np.linalg.qr(generator.random((9, 9)))[0] + 1
    ).astype(np.float32)
    mean, components, scale, _ = basis(x)
    pca = PCA().fit(x.astype(np.float64))
    p = int((np.cumsum(pca.explained_variance_ratio_) < 0.95).sum()) + 1
    assert components.shape == (9, p) and 2 < p < 9
    assert_allclose(mean, pca.mean_, rtol=1e-5)
    assert_allclose(scale, np.sqrt(pca.explained_variance_[:p]), rtol=1e-4)
    assert_allclose(np.abs((components.T * pca.components_[:p]).sum(axis=1)), 1, rtol=1e-4)


def test_a_change_of_a_rare_micro_topic_weighs_more() -> None:
    # As in a chi-squared statistic: by the root of its share of the sample, with one record added to each.
    sample = topical(600, 1)
    row = FEATURES.row
    own = np.linalg.norm(row.project(sample)[1][:, None] - row.micro, axis=2).argmin(axis=1)
    counts = np.bincount(own, minlength=len(row.micro)) + 1
    assert_allclose(FEATURES.mixture_map, 1 / np.sqrt(counts / counts.sum()), rtol=1e-5)
