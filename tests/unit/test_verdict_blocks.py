"""Blocks of consecutive records: the variance of bursts, separated from changes over hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from driftwell.numeric.verdict.blocks import blocks_like, burst_variance, nearest_in_size
from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.cells import Cells
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.units import UnitMeans, inherited
from driftwell.numeric.verdict.view import View

LAYOUT = Layout(d=6, k=4, p=3)
M = LAYOUT.width - 1
DEGREES = np.array([6, 4, 1, 3, 1])
DAYS, A_DAY, BURST = 10, 1_440, 5
SIZES = (30, 90)


def records(burst: int, seed: int = 0) -> NDArray[np.float64]:
    """(days, records, M) normal records in order of time, each asked `burst` times in a row."""
    asked = np.random.default_rng(seed).standard_normal((DAYS, A_DAY // burst, M))
    return np.repeat(asked, burst, axis=1)


def state(x: NDArray[np.float64], sizes: tuple[int, ...] = SIZES) -> Calibration:
    """A calibration half with blocks of these sizes and every fifth record."""
    blocks, of_blocks = [], []
    for number, size in enumerate(sizes):
        means = x.reshape(DAYS, A_DAY // size, size, M).mean(axis=2)
        blocks.append(means.reshape(-1, M))
        day = np.repeat(np.arange(DAYS), A_DAY // size)
        of_blocks.append(np.stack([np.full(len(day), number), day, np.full(len(day), size), 0 * day], axis=1))
    rows = x.reshape(-1, M)[::BURST]
    with_far = [np.pad(a, ((0, 0), (0, 1))).astype(np.float32) for a in (rows, np.concatenate(blocks))]
    none = np.zeros(0, dtype=np.int64)
    return Calibration(
        seed=0,
        days=np.arange(DAYS),
        day_class=np.zeros(DAYS, dtype=np.int64),
        cells=Cells(np.arange(DAYS), np.zeros((0, 2), np.int64), np.zeros(0), np.zeros((0, M + 1))),
        rows=with_far[0],
        row_day=none,
        row_hour=none,
        blocks=with_far[1],
        block_units=np.concatenate(of_blocks),
        topic_norms=np.ones(5),
    )


def test_a_record_asked_five_times_in_a_row_adds_four_times_its_variance() -> None:
    assert_allclose(burst_variance(state(records(BURST)), LAYOUT), 4 * DEGREES, rtol=0.35)


def test_the_position_of_the_records_does_not_matter() -> None:
    x = records(BURST)
    moved = x + 3 * np.arange(M)
    assert_allclose(burst_variance(state(moved), LAYOUT), burst_variance(state(x), LAYOUT), rtol=1e-3)


def test_records_asked_once_add_nothing() -> None:
    assert_allclose(burst_variance(state(records(1)), LAYOUT), 0)


def test_a_change_over_hours_is_not_a_burst() -> None:
    phase = np.random.default_rng(1).uniform(0, 2 * np.pi, (DAYS, 1, M))
    hours = 0.3 * np.sin(2 * np.pi * np.arange(A_DAY)[:, None] / A_DAY + phase)
    # A mean of 30 records varies more by the hour (.3² / 2) than by sampling (1 / 30).
    assert_allclose(burst_variance(state(records(1) + hours), LAYOUT), 0)


def test_bursts_cannot_be_estimated_from_blocks_of_one_size() -> None:
    assert_allclose(burst_variance(state(records(BURST), (30,)), LAYOUT), 0)


def test_the_block_nearest_in_size_is_nearest_by_ratio() -> None:
    units = np.array([[0, 0, 30, 0], [1, 0, 120, 0], [1, 1, 118, 0]])
    assert nearest_in_size(units, 59).tolist() == [True, False, False]
    assert nearest_in_size(units, 61).tolist() == [False, True, True]
    none = nearest_in_size(units[:0], 61)
    assert (none.dtype, none.tolist()) == (bool, [])


def seen_by(day_class: int | None, size: float, hours: tuple[int, ...] = tuple(range(24))) -> UnitMeans | None:
    """Blocks for windows of this size, of days of 1,440 records, the last two of another class."""
    held = state(records(1))
    units = held.block_units.copy()
    units[:, 3] = units[:, 1]  # the blocks of day 3 are at 3 o'clock, but three of 30 records and two
    units[:5, 3] = [20, 20, 20, 22, 22]
    held = replace(held, day_class=np.repeat([0, 1], [8, 2]), block_units=units)
    none, nothing = UnitMeans(np.zeros((0, M)), *np.zeros((3, 0))), np.zeros((0, M), np.float32)
    of = View(0, np.zeros(M), nothing, np.ones(5), none, A_DAY, nothing)
    return blocks_like(held, of, np.isin(np.arange(24), hours), day_class, size)


def test_a_small_window_is_compared_with_blocks_of_its_size_hours_and_days() -> None:
    found = seen_by(None, 30)
    assert found is not None
    assert (set(found.n), set(found.classes), found.own.all()) == ({30.0}, {0}, True)
    assert found.means.shape == (DAYS * A_DAY // 30, M)
    weekend = seen_by(1, 80)
    assert weekend is not None
    assert (set(weekend.n), weekend.own.sum(), len(weekend.n)) == ({90.0}, 2 * 16, 10 * 16)
    assert_array_equal(weekend.own, weekend.classes == 1)
    morning = seen_by(None, 80, (2, 3))
    assert morning is not None and len(morning.n) == 2 * 16


def test_a_window_of_half_a_day_or_hours_without_blocks_have_none() -> None:
    assert seen_by(None, A_DAY / 2 - 1) is not None
    assert seen_by(None, A_DAY / 2) is None
    assert seen_by(None, 30, (15,)) is seen_by(None, 30, (22,)) is None
    assert seen_by(None, 30, (20,)) is not None
    assert seen_by(1, 30, (2, 3)) is None


def test_burst_variance_falls_with_the_records_of_a_snapshot_and_day_variance_does_not() -> None:
    units = UnitMeans(np.zeros((4, M)), np.full(4, 100.0), np.zeros(4, int), np.ones(4, bool))
    tau2, bursts = np.array([3.0, 1, 0, 1, 1]), np.full(5, 100.0)
    # tau² = 3: two of days, one of bursts in days of 100 records; a snapshot of two days has 400.
    assert inherited(tau2, bursts, units, 2, 400)[0] == pytest.approx(2 * (1 / 2 + 1 / 4) + 1 * (1 / 4 + 1 / 4))
    assert inherited(tau2, bursts, units, 2, 400)[1] == pytest.approx(1 / 4 + 1 / 4)
    assert inherited(tau2, bursts, units, 2, 400)[2] == 0
    assert_allclose(inherited(tau2, bursts, units, 1, 100), tau2 * (1 + 1 / 4))
    assert_allclose(inherited(tau2, 0 * bursts, units, 2, 400), tau2 * (1 / 2 + 1 / 4))
