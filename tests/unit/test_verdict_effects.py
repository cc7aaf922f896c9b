"""Sizes of changes, worked by hand: shares of records that would be of another topic, and Cohen's d."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.comparison import Comparison
from driftwell.numeric.verdict.effects import Effects, effects_of
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.null import Null
from driftwell.numeric.verdict.units import UnitMeans
from driftwell.numeric.verdict.view import View

LAYOUT = Layout(d=2, k=2, p=1)
NOVELTY, RESIDUAL = 4, 6
"""Their columns."""

DAY = {"day": np.array([0.5, 0.01, 0.02, 0.5, 0.5])}
BOTH = {**DAY, "block": np.array([0.1, 0.2, 0.01, 0.6, 0.4])}


def null(mean: float, q95: float) -> Null:
    none = np.zeros((0, 5))
    return Null(np.zeros(0), none, none, none, np.full(5, mean), np.full(5, q95))


def effects(statistics: list[float], by_null: dict[str, Floats], **columns: float) -> Effects:
    """A topic norm of 16 except for displacement, where nothing varies; a record's variance is 4, the residual's 0."""
    delta = np.zeros(LAYOUT.width)
    delta[[NOVELTY, RESIDUAL]] = columns.get("novelty", 0.0), columns.get("residual", 0.0)
    nothing, none = np.zeros((0, 7), np.float32), UnitMeans(np.zeros((0, 7)), *np.zeros((3, 0)))
    usual = View(0, delta, nothing, np.array([7.0, 7, 4, 7, 0]), none, 0.0, nothing)
    nulls = {"day": null(1, 9), "block": null(2, 4)}
    norms = np.array([16.0, 16, 7, 0, 7])
    return effects_of(Comparison(LAYOUT, usual, norms, nulls, 1, 1, 1, 1, 0), delta, np.array(statistics), by_null)


def test_effects_worked_by_hand() -> None:
    # Centres are an eighth of the way from the mean to the 95 % quantile: 1 + 8/8 by day, 2 + 2/8 by block.
    found = effects([2 + 16 * 0.3**2, 6.25, 36, 5, 0], BOTH, novelty=-6, residual=1e-9)
    assert_allclose(found.p_values, [0.5, 0.2, 0.02, 0.6, 0.5])
    assert found.nulls == ("day", "block", "day", "block", "day")
    # sqrt(1.44 / 16), sqrt(4 / 16), -6 / sqrt(4), where nothing varies all of it, and nothing where nothing differs.
    assert_allclose(found.sizes, [0.3, 0.5, -3, 1, 0])
    # (2.5 - 2) / 4, (6 - 3) / 2.
    assert_allclose(found.lower, [0, 0.125, 1.5, 1, 0])
    assert_allclose(found.strengths, np.sqrt([3.44 / 9, 6.25 / 4, 36 / 9, 5 / 4, 0]))


def test_no_change_exceeds_all_records_or_a_hundred_deviations() -> None:
    found = effects([1e9] * 5, DAY, novelty=1e9, residual=-1e-9)
    assert_allclose(found.sizes, [1, 1, 100, 1, -100])
    assert_allclose(found.lower, [1, 1, 100, 1, 100])


def test_a_statistic_below_its_centre_is_no_change() -> None:
    found = effects([1.9] * 5, DAY, novelty=0.5)
    assert_allclose(found.sizes[[0, 1, 3]], 0)
    assert found.sizes[2] == pytest.approx(0.5 / 2)
    assert_allclose(found.lower, 0)
