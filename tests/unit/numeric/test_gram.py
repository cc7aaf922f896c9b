"""The Gramian in blocks: the spectrum that numpy finds on all rows at once, under any batching."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracle
from tests.real import real_embeddings

from driftwell.numeric.gram import folded, gram_sums, product_type, spectrum_from_gram, unfolded
from driftwell.numeric.spectrum import spectrum_of


def added_up(x: np.ndarray, cuts: list[int]) -> dict[str, np.ndarray]:
    parts = [gram_sums(part) for part in np.split(x, sorted(cuts)) if len(part)]
    return {name: np.sum([part[name] for part in parts], axis=0) for name in parts[0]}


def cloud(n: int, d: int, offset: float = 0.0, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return (offset + generator.standard_normal((n, d)) * 0.9 ** np.arange(d)).astype(np.float32)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=6), st.integers(0, 99))
def test_blocks_add_up_to_the_spectrum_of_all_rows(cuts: list[int], seed: int) -> None:
    x = cloud(200, 12, 3.0, seed)
    found = spectrum_from_gram(added_up(x, cuts))
    assert found.n == 200
    assert found.mean == pytest.approx(x.mean(axis=0, dtype=np.float64), rel=1e-12)
    assert found.total_variance == pytest.approx(x.astype(float).var(axis=0, ddof=1).sum(), rel=1e-6)
    assert found.explained_variance == pytest.approx(oracle.explained_variance(x), abs=1e-6)


@pytest.mark.parametrize(
    ("n", "d", "wanted"),
    [(8_000, 1_536, np.float64), (9_000, 1_536, np.float32), (200, 10_000, np.float64), (201, 10_000, np.float32)],
)
def test_products_are_precise_while_that_costs_little(n: int, d: int, wanted: type) -> None:
    assert product_type(n, d) is wanted


def test_precise_products_do_not_depend_on_the_blocks() -> None:
    x = cloud(300, 20, 2.0)
    whole, cut = (
        np.sum([gram_sums(part, np.float64)["gram"] for part in np.split(x, cuts)], axis=0) for cuts in ([], [7, 130])
    )
    assert cut == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 5, 8])
def test_a_folded_matrix_holds_each_number_of_the_upper_triangle(d: int) -> None:
    square = np.arange(1.0, d * d + 1).reshape(d, d)
    assert folded(square).shape == ((d + 1) // 2, d + 1)
    assert unfolded(folded(square)) == pytest.approx(np.triu(square))


def test_components_are_those_of_the_spectrum_of_rows_in_memory() -> None:
    x = cloud(500, 10)
    found, wanted = spectrum_from_gram(added_up(x, [100, 350])), spectrum_of(x)
    assert found.components == pytest.approx(wanted.components, abs=1e-5)
    assert found.components.T @ found.components == pytest.approx(np.eye(found.components.shape[1]), abs=1e-12)


def test_real_questions_have_the_spectrum_that_numpy_finds() -> None:
    x = real_embeddings("medquad_questions")[:3000]
    found = spectrum_from_gram(added_up(x, [1000, 1024]))
    assert found.explained_variance == pytest.approx(oracle.explained_variance(x), abs=1e-6)
    assert found.components.shape == (384, oracle.dims95(x))


def test_a_small_spread_far_from_the_origin_is_not_lost() -> None:
    x = (100 + 1e-3 * np.random.default_rng(0).standard_normal((400, 6))).astype(np.float32)
    found = spectrum_from_gram(added_up(x, [50, 51]))
    assert found.total_variance == pytest.approx(x.astype(float).var(axis=0, ddof=1).sum(), rel=1e-5)


def test_equal_vectors_have_no_variance_and_a_single_one_no_spectrum() -> None:
    x = np.repeat(cloud(1, 8, 0.3), 50, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert spectrum_from_gram(added_up(x, [7])).status == "zero_variance"
        assert spectrum_from_gram(added_up(x[:1], [])).status == "too_few_records"


def test_two_records_have_all_their_variance_on_the_line_between_them() -> None:
    # Deviations of 3 and 4 to either side: 2 (9 + 16) / (n - 1).
    found = spectrum_from_gram(added_up(np.array([[1.0, 1], [7, 9]], np.float32), [1]))
    assert found.total_variance == pytest.approx(50)
    assert found.explained_variance == pytest.approx([1, 0], abs=1e-6)
    assert found.components[:, 0] == pytest.approx([0.6, 0.8])


def test_fewer_rows_than_dimensions_leave_the_other_shares_at_zero() -> None:
    x = cloud(4, 9)
    found = spectrum_from_gram(added_up(x, [2]))
    assert found.explained_variance is not None
    assert found.explained_variance == pytest.approx(oracle.explained_variance(x), abs=1e-6)
    assert (found.explained_variance >= 0).all()
    assert found.components.shape[1] == oracle.dims95(x) <= 3
