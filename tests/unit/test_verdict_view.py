"""Hours and days of the calibration half that a snapshot is compared with, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.cells import Cells
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.view import counts_seen, hours_seen, record_variance, view, view_key

LAYOUT = Layout(d=1, k=1, p=1)
ALL = np.ones(24, dtype=bool)
COUNTS = np.array([100.0, 100, 100, 10, 9])
"""Records of five days at noon; the last has less than a tenth of the median day's."""

LEVELS = np.array([1.0, 2, 3, 7, 50])


def state(counts: np.ndarray = COUNTS) -> Calibration:
    """Days whose records have equal features; one of each is kept. The second and the fourth are of class 1."""
    days = np.arange(len(counts))
    means = np.repeat(LEVELS[: len(days), None], LAYOUT.width, axis=1)
    some = counts > 0
    return Calibration(
        seed=3,
        days=days,
        day_class=days % 2,
        cells=Cells(days, np.stack([days, 12 + 0 * days], axis=1)[some], counts[some], (counts[:, None] * means)[some]),
        rows=means.astype(np.float32),
        row_day=days,
        row_hour=12 + days,
        blocks=np.zeros((0, LAYOUT.width), np.float32),
        block_units=np.zeros((0, 4), np.int64),
        topic_norms=np.ones(5),
    )


def test_a_snapshot_of_some_hours_is_compared_with_them_and_one_on_either_side() -> None:
    assert np.flatnonzero(hours_seen([0, 5])).tolist() == [0, 1, 4, 5, 6, 23]
    assert np.flatnonzero(hours_seen([23])).tolist() == [0, 22, 23]
    assert hours_seen(None).tolist() == [True] * 24


def test_records_of_each_day_are_those_of_its_hours_and_class() -> None:
    assert counts_seen(state(), ALL, None).tolist() == COUNTS.tolist()
    assert counts_seen(state(), ALL, 1).tolist() == [0, 100, 0, 10, 0]
    assert counts_seen(state(), hours_seen([3]), None).tolist() == [0] * 5


def test_a_day_with_few_records_counts_for_the_mean_but_is_not_a_unit() -> None:
    found = view(state(), LAYOUT, ALL, None)
    assert found.n == 319
    assert_allclose(found.mean, COUNTS @ LEVELS / 319)
    assert_allclose(found.days.n, [100, 100, 100, 10])
    assert found.rows.shape == (5, 5)
    assert_allclose(found.days.means, np.repeat(LEVELS[:4, None], 5, axis=1))
    assert found.n_day == pytest.approx(4 / (3 / 100 + 1 / 10))
    assert_allclose(found.rows[:, 0], LEVELS - LEVELS.mean(), rtol=1e-6)
    assert_allclose(found.trace, LEVELS.var(ddof=1), rtol=1e-6)


def test_days_of_another_class_only_show_how_days_differ() -> None:
    found = view(state(), LAYOUT, ALL, 1)
    assert found.n == 110
    assert_allclose(found.mean, (100 * 2 + 10 * 7) / 110)
    assert found.days.own.tolist() == [False, True, False, True]
    assert found.days.classes.tolist() == [0, 1, 0, 1]
    assert found.n_day == pytest.approx(2 / (1 / 100 + 1 / 10))
    assert_allclose(found.rows[:, 0], [-2.5, 2.5])
    some = view(state(), LAYOUT, hours_seen([12]), None)
    assert len(some.rows) == 2 and some.n == 319  # rows are of 12 o'clock and later


def test_without_records_a_view_is_empty() -> None:
    with np.errstate(all="raise"):
        found = view(state(np.zeros(2)), LAYOUT, hours_seen([12]), None)
    assert (found.n, found.n_day, len(found.days.n)) == (0, 0, 0)
    assert_allclose(found.mean, 0)
    assert_allclose(record_variance(LAYOUT, np.ones((1, 5))), 1)


def test_each_view_has_draws_of_its_own() -> None:
    assert view_key(ALL, None) == (2**24 - 1, 0)
    views = [(ALL, None), (ALL, 0), (ALL, 1), *((hours_seen([hour]), None) for hour in range(24))]
    assert len({view_key(*key) for key in views}) == 27
