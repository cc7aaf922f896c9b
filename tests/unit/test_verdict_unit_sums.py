"""Sums of days, hours and blocks: independent of batches, and equal to those made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.unit_sums import added, unit_sums


def test_sums_do_not_depend_on_batches_or_on_the_order_of_records() -> None:
    generator = np.random.default_rng(1)
    n = 500
    day, hour = generator.integers(0, 4, n) + 20, generator.integers(0, 24, n)
    order, values = hour * 1_000 + generator.integers(0, 1_000, n), generator.standard_normal((n, 3))
    units = planned(day, order)
    whole = units.sums(values, day, hour, order)
    total: dict = {}
    for part in np.array_split(generator.permutation(n), 7):
        added(total, units.sums(values[part], day[part], hour[part], order[part]))
    assert total.keys() == whole.keys()
    for name, a in whole.items():
        assert a.shape == (1, 5) and a.dtype == np.float64
        assert_allclose(total[name], a, atol=1e-12)


def test_sums_are_those_of_records_selected_by_hand() -> None:
    generator = np.random.default_rng(2)
    day, hour = np.repeat([0, 1], 90), np.tile(np.arange(90) // 10 + 8, 2)
    order, values = np.tile(np.arange(90), 2), generator.standard_normal((180, 2))
    units = planned(day, order)
    found = unit_sums(units, units.sums(values, day, hour, order), 2)
    at = np.arange(24)
    assert_allclose(found.cells.by_day(at == 9)[1], values[(day == 1) & (hour == 9)].sum(axis=0))
    assert found.cells.counts(at == 8)[0] == 10 and found.cells.counts(at == 7)[0] == 0 and found.cells.total == 180
    # Three blocks of 30 per day: the second of day 1 holds its records 30 to 59, at hours 11 to 13.
    of_size = found.block_units[:, 0] == 0
    assert_array_equal(found.block_units[of_size][4], [0, 1, 30, 12])
    assert_allclose(found.blocks[of_size][4], values[90 + 30 : 90 + 60].sum(axis=0))


def test_records_at_the_same_moment_stay_together() -> None:
    day, order = np.zeros(90, dtype=np.int64), np.repeat([1, 2], [40, 50])
    units = planned(day, order)
    found = unit_sums(units, units.sums(np.ones((90, 1)), day, day, order), 1)
    sizes = found.block_units[found.block_units[:, 0] == 0, 2]
    assert sizes.sum() == 90 and set(sizes) <= {40, 50}


def test_a_day_that_was_not_planned_is_refused() -> None:
    units = planned(np.zeros(40, dtype=np.int64), np.arange(40))
    with pytest.raises(ValueError, match="days that the plan does not hold"):
        units.sums(np.ones((1, 1)), np.array([1]), np.array([0]), np.array([0]))


def test_one_record_of_another_day_among_planned_ones_is_refused() -> None:
    units = planned(np.repeat([3, 5], 40), np.arange(80))
    with pytest.raises(ValueError, match="days that the plan does not hold"):
        units.sums(np.ones((3, 1)), np.array([3, 4, 5]), np.zeros(3, dtype=np.int64), np.arange(3))


def test_records_before_the_first_day_are_left_out() -> None:
    units = planned(np.repeat([3, 5], 40), np.arange(80))
    day, values = np.array([2, 3, 5, 1, 5]), np.array([[100.0], [1], [2], [100], [0]])
    found = unit_sums(units, units.sums(values, day, np.zeros(5, dtype=np.int64), np.array([0, 1, 41, 0, 42])), 1)
    assert_array_equal(found.cells.by_day(np.ones(24, dtype=bool)), [[1.0], [2.0]])
