"""Blocks of consecutive records: sizes, ranks and time intervals worked by hand."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from driftwell.numeric.verdict.plan import LAST, MAX_BLOCKS, block_sizes, blocks_of_day, plan_blocks, planned


def test_block_sizes_grow_by_the_root_of_two_below_a_day() -> None:
    assert_allclose(block_sizes(120), [30, 42.4264, 60, 84.8528], rtol=1e-5)
    assert block_sizes(30) == []


def test_a_day_is_cut_into_blocks_of_nearly_the_size_and_evenly_spaced_ones_are_kept() -> None:
    assert blocks_of_day(100, 30, 9) == [(0, 34), (34, 67), (67, 100)]
    assert blocks_of_day(20, 30, 9) == [(0, 20)]
    assert blocks_of_day(300, 30, 3) == [(0, 30), (120, 150), (270, 300)]


def test_no_size_keeps_more_blocks_than_the_maximum_and_they_are_spread_over_the_days() -> None:
    few, many = (plan_blocks(np.arange(days), np.full(days, 5_000)) for days in (14, 390))
    assert max(np.bincount(plan.blocks[:, 0]).max() for plan in (few, many)) <= MAX_BLOCKS
    assert set(few.blocks[:, 1]) == set(range(14))
    of_days = np.unique(many.blocks[:, 1])
    assert of_days[0] == 0 and of_days[-1] == 389 and np.diff(of_days).max() <= 4


def test_only_the_orders_at_the_ends_of_blocks_are_needed() -> None:
    plan = plan_blocks(np.array([7, 3]), np.array([40, 100]))
    assert_array_equal(plan.days, [3, 7])
    # Mean day 70: sizes 30, 42 and 60. Day 3: three, two and two blocks; day 7: one each.
    assert_array_equal(plan.ranks(), [[3, 0], [3, 34], [3, 50], [3, 67], [7, 0]])


def test_blocks_hold_consecutive_records_of_one_day() -> None:
    day, order = np.repeat([3, 7], [100, 40]), np.concatenate([np.arange(100) * 5, np.arange(40)])
    units = planned(day, order)
    of_first_size = units.blocks[units.blocks[:, 0] == 0]
    assert_array_equal(of_first_size, [[0, 0, 0, 170], [0, 0, 170, 335], [0, 0, 335, LAST], [0, 1, 0, LAST]])
