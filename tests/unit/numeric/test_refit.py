"""Models refitted on a sample, against scikit-learn and numpy step by step on the same sample."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from tests import oracle
from tests.real import real_embeddings

from driftwell.numeric.refit import Refit, refit


def test_a_refit_of_real_questions_is_that_of_scikit_learn() -> None:
    sample = real_embeddings("medquad_questions")[:640]
    initial = sample[::80].astype(np.float64)
    found, (dims, inertia, silhouette) = refit(sample, initial, 200), oracle.refit(sample, initial)
    assert found.dims == dims
    assert found.inertia == pytest.approx(inertia, rel=1e-6)
    assert found.silhouette == pytest.approx(silhouette, abs=1e-6)


def test_a_wider_cloud_has_more_dimensions_and_a_larger_inertia() -> None:
    rng = np.random.default_rng(4)
    narrow, wide = (rng.normal(size=(500, 30)) * np.geomspace(1, last, 30) for last in (0.01, 0.5))
    found = [refit(x, x[:5], 50) for x in (narrow, wide)]
    assert (found[0].dims or 0) < (found[1].dims or 0) <= 30
    assert (found[0].inertia or 0) < (found[1].inertia or 0)


def test_the_order_of_the_sample_does_not_matter() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 10)) + 3 * rng.integers(0, 2, (300, 1))
    initial = x[:4]
    one, other = refit(x, initial, 100), refit(rng.permutation(x), initial, 100)
    assert other.dims == one.dims
    assert other.inertia == pytest.approx(one.inertia)
    assert other.silhouette == pytest.approx(one.silhouette)


def test_clusters_that_all_records_share_have_an_inertia_but_no_silhouette() -> None:
    x = np.random.default_rng(2).normal(size=(50, 4))
    found = refit(x, np.zeros((1, 4)), 50)
    assert found.silhouette is None
    # One cluster, whose centroid is the mean.
    assert found.inertia == pytest.approx(x.var(axis=0).sum())


@pytest.mark.parametrize("sample", [np.zeros((0, 3), "f4"), np.ones((1, 3), "f4"), np.full((9, 3), 0.1, "f4")])
def test_no_record_one_record_or_equal_records_give_no_measures(sample: NDArray[np.float32]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refit(sample, np.eye(3), 50) == Refit(None, None, None)


def test_two_records_are_enough() -> None:
    # Half the distance of 4 from the mean, squared, is 4 for each; then each is its own cluster.
    x = np.array([[0.0, 0], [4, 0]])
    assert refit(x, np.array([[2.0, 0]]), 50) == Refit(1, pytest.approx(4), None)
    assert refit(x, x, 50) == Refit(1, pytest.approx(0), pytest.approx(0))
