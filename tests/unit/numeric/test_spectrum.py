"""The spectrum against numpy's eigenvalues and hand-worked numbers, and sets of vectors without one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.real import real_embeddings

from driftwell.numeric.arrays import Floats
from driftwell.numeric.spectrum import dims_for_share, has_variance, spectrum_of, with_fixed_signs

few = settings(max_examples=25, derandomize=True, deadline=None)
seeds = st.integers(0, 10_000)


def cloud(seed: int, n: int = 60, d: int = 5) -> Floats:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * np.linspace(3, 0.3, d) + rng.normal(size=d)


def shares_by_numpy(x: NDArray[np.floating]) -> Floats:
    """Variance shares by numpy's covariance and eigenvalues, largest first."""
    values = np.linalg.eigvalsh(np.cov(x.astype(np.float64), rowvar=False))[::-1]
    return values / values.sum()


def counted_by_hand(shares: Floats, wanted: float) -> int:
    total = 0.0
    for count, share in enumerate(shares, 1):
        total += share
        if total >= wanted:
            return count
    raise AssertionError("the shares do not add up to what is wanted")


def test_real_queries_have_the_dimensions_and_variance_shares_that_numpy_finds() -> None:
    x = real_embeddings("banking77_queries")
    spectrum, expected = spectrum_of(x), shares_by_numpy(x)
    assert spectrum.explained_variance is not None
    np.testing.assert_allclose(spectrum.explained_variance, expected, rtol=1e-6, atol=1e-12)
    dims = dims_for_share(spectrum.explained_variance)
    assert dims == counted_by_hand(expected, 0.95) == spectrum.components.shape[1]
    assert 100 < dims < 384  # the cap of 100 components that the public example has would be in the way
    assert spectrum.total_variance == pytest.approx(x.astype(np.float64).var(axis=0, ddof=1).sum(), rel=1e-9)


def test_projection_to_the_components_keeps_ninety_five_percent_of_the_variance_and_no_less_would_do() -> None:
    x = cloud(1, 400, 12)
    spectrum = spectrum_of(x)
    assert spectrum.total_variance is not None
    kept = spectrum.project(x).var(axis=0, ddof=1)
    assert kept.sum() >= 0.95 * spectrum.total_variance
    assert kept[:-1].sum() < 0.95 * spectrum.total_variance
    np.testing.assert_allclose(spectrum.components.T @ spectrum.components, np.eye(len(kept)), atol=1e-12)


def test_shares_worked_by_hand() -> None:
    # Deviations of 3, 1 and 0 along the axes: sums of squares 18, 2 and 0, divided by n - 1 = 3.
    x = np.array([[13.0, 5, 7], [7, 5, 7], [10, 6, 7], [10, 4, 7]])
    spectrum = spectrum_of(x, 0.9)
    np.testing.assert_allclose(spectrum.mean, [10, 5, 7])
    assert spectrum.total_variance == pytest.approx(20 / 3)
    np.testing.assert_allclose(spectrum.explained_variance, [0.9, 0.1, 0], atol=1e-12)
    np.testing.assert_allclose(spectrum.components, [[1], [0], [0]], atol=1e-12)
    assert spectrum.status == "ok"


def test_two_records_have_all_their_variance_on_the_line_between_them() -> None:
    # Deviations of 3 and 4 to either side: 2 (9 + 16) / (n - 1).
    spectrum = spectrum_of(np.array([[1.0, 1], [7, 9]]))
    assert spectrum.total_variance == pytest.approx(50)
    np.testing.assert_allclose(spectrum.explained_variance, [1, 0], atol=1e-12)
    np.testing.assert_allclose(spectrum.components, [[0.6], [0.8]])


def test_lifting_all_projected_points_gives_them_back() -> None:
    x = cloud(2)
    spectrum = spectrum_of(x, 1.0)
    np.testing.assert_allclose(spectrum.lift(spectrum.project(x)), x, atol=1e-12)


def test_a_projection_in_single_precision_is_the_same_to_six_digits() -> None:
    x = cloud(4)
    spectrum = spectrum_of(x)
    found = spectrum.project_single(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, spectrum.project(x), atol=1e-5)


def test_the_zero_of_the_projection_is_the_mean() -> None:
    x = cloud(3)
    spectrum = spectrum_of(x)
    np.testing.assert_allclose(spectrum.project(x).mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(spectrum.lift(np.zeros((1, spectrum.components.shape[1])))[0], x.mean(axis=0))


def test_fewer_records_than_dimensions_have_at_most_n_minus_one_components() -> None:
    x = cloud(4, n=4, d=9)
    spectrum = spectrum_of(x, 1.0)
    assert spectrum.explained_variance is not None
    assert spectrum.components.shape == (9, 3)
    np.testing.assert_allclose(spectrum.explained_variance, shares_by_numpy(x), atol=1e-12)
    assert (spectrum.explained_variance >= 0).all()


@pytest.mark.parametrize(
    ("x", "status", "total_variance"),
    [
        (np.ones((1, 3), np.float32), "too_few_records", None),
        (np.full((5, 3), 0.1, np.float32), "zero_variance", 0.0),
        (np.zeros((2, 3), np.float32), "zero_variance", 0.0),
    ],
)
def test_one_record_or_equal_records_have_no_spectrum(
    x: NDArray[np.float32], status: str, total_variance: float | None
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrum = spectrum_of(x)
    assert (spectrum.status, spectrum.total_variance, spectrum.explained_variance) == (status, total_variance, None)
    np.testing.assert_allclose(spectrum.mean, x[0].astype(np.float64))
    assert spectrum.project(x).shape == (len(x), 0)
    np.testing.assert_allclose(spectrum.lift(spectrum.project(x)), x.astype(np.float64))


def test_no_records_have_no_spectrum_and_raise_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrum = spectrum_of(np.zeros((0, 3), np.float32))
    assert (spectrum.status, spectrum.n, spectrum.total_variance) == ("too_few_records", 0, None)
    assert spectrum.mean.shape == (3,)
    assert np.isnan(spectrum.mean).all()


def test_rounding_of_equal_vectors_is_not_variance_but_a_millionth_of_their_length_is() -> None:
    mean = np.full(48, 0.1)
    assert not has_variance(1e-15, mean)
    assert [has_variance(variance, np.array([0.6, 0.8])) for variance in (0.9e-12, 1.1e-12)] == [False, True]
    x = np.repeat(mean[None, :], 40, axis=0)
    x[::2, 0] += 1e-5
    assert spectrum_of(x).status == "ok"
    assert dims_for_share(shares_by_numpy(x)) == 1


@few
@given(seeds, st.floats(0.05, 1.0))
def test_dims_for_share_is_the_smallest_count_that_reaches_it(seed: int, share: float) -> None:
    shares = np.sort(np.random.default_rng(seed).dirichlet(np.ones(12)))[::-1]
    count = dims_for_share(shares, share)
    assert 1 <= count <= 12
    assert shares[:count].sum() >= share - 1e-9
    assert shares[: count - 1].sum() < share


def test_dims_for_share_accepts_a_sum_that_is_reached_up_to_rounding() -> None:
    # 0.7 + 0.2 + 0.05 is 0.9499999999999998 in floating point.
    assert dims_for_share(np.array([0.7, 0.2, 0.05, 0.05])) == 3
    assert dims_for_share(np.array([0.7, 0.2, 0.04999, 0.05001])) == 4
    assert dims_for_share(np.array([1.0])) == 1
    assert dims_for_share(np.full(10, 0.1), 1.0) == 10  # they add up to 0.9999999999999999
    assert dims_for_share(np.array([0.6, 0.3])) == 2  # never reached: all


@few
@given(seeds)
def test_fixed_signs_do_not_depend_on_the_signs_given_and_are_idempotent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    components = np.linalg.qr(rng.normal(size=(6, 4)))[0]
    fixed = with_fixed_signs(components)
    np.testing.assert_array_equal(with_fixed_signs(fixed), fixed)
    np.testing.assert_array_equal(with_fixed_signs(components * rng.choice([-1.0, 1.0], 4)), fixed)
    np.testing.assert_array_equal(np.abs(fixed), np.abs(components))
    assert (fixed.max(axis=0) >= -fixed.min(axis=0)).all()


def test_fixed_signs_of_no_components_are_none() -> None:
    assert with_fixed_signs(np.zeros((7, 0))).shape == (7, 0)


@few
@given(seeds)
def test_the_spectrum_does_not_depend_on_the_order_of_the_records(seed: int) -> None:
    x = cloud(seed)
    one, other = spectrum_of(x), spectrum_of(np.random.default_rng(seed).permutation(x))
    np.testing.assert_allclose(other.explained_variance, one.explained_variance, rtol=1e-9)
    np.testing.assert_allclose(other.components, one.components, atol=1e-7)


@few
@given(seeds, st.floats(0.1, 100))
def test_variance_shares_do_not_change_when_the_cloud_is_turned_moved_or_scaled(seed: int, scale: float) -> None:
    x = cloud(seed)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))[0]
    one, other = spectrum_of(x), spectrum_of(scale * x @ rotation + 7)
    assert one.total_variance is not None
    np.testing.assert_allclose(other.explained_variance, one.explained_variance, rtol=1e-8)
    assert other.total_variance == pytest.approx(scale**2 * one.total_variance)
