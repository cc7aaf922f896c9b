"""Which sums of the calibration half are kept: of every hour of every day, and of blocks of consecutive records.

A small snapshot is compared with blocks: runs of consecutive records of its own size, within one day. Planning them
takes the number of records per day and the order (a time) of the records at a few ranks; adding up (`unit_sums`) takes
one pass over batches in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from driftwell.numeric.arrays import Ints
from driftwell.numeric.verdict.cells import MOST_DAYS
from driftwell.numeric.verdict.unit_sums import Units

SMALLEST_BLOCK = 30
"""Records of the smallest blocks, which is also the smallest snapshot judged. Sizes grow by steps of the root of 2."""

MAX_BLOCKS = 128
"""Blocks kept of each size, over all days."""

LAST = 2**62
"""End of a day's last block; float64 holds it exactly, so it survives storage."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Ranks of the blocks to keep.

    Attributes:
        days: (D,) days with records, ascending, in any numbering (such as days since 1970).
        blocks: (b, 4) of each block: number of its size, position of its day in `days`, and the ranks [first, last)
            of its records among those of that day, by their order.
        counts: (D,) records of each day.
    """

    days: Ints
    counts: Ints
    blocks: Ints

    def ranks(self) -> Ints:
        """(r, 2) distinct day and rank (from 0) of the records whose order must be looked up."""
        at = np.concatenate([self.blocks[:, [1, 2]], self.blocks[:, [1, 3]]])
        at = np.unique(at[at[:, 1] < self.counts[at[:, 0]]], axis=0)
        return np.stack([self.days[at[:, 0]], at[:, 1]], axis=1)

    def located(self, orders: Mapping[tuple[int, int], int]) -> Units:
        """The plan with the ranks turned into intervals of the order.

        Args:
            orders: the order of the record at each (day, rank) of `ranks`. Records of equal order stay together.
        """
        ends = np.zeros((len(self.blocks), 2), dtype=np.int64)
        for i, (_, day, first, last) in enumerate(self.blocks.tolist()):
            ends[i, 0] = orders[int(self.days[day]), first]
            ends[i, 1] = orders[int(self.days[day]), last] if last < self.counts[day] else LAST
        return Units(self.days, np.concatenate([self.blocks[:, :2], ends], axis=1))


def plan_blocks(days: Ints, counts: Ints) -> Plan:
    """Blocks of 30, 42, 60, 85, ... records, below the mean day, evenly spaced in each day.

    At most `MAX_BLOCKS` of each size, evenly spaced over the days; only the newest `MOST_DAYS` days.

    Args:
        days: (D,) days, in any order. counts: (D,) records of the calibration half on each, at least 1.
    """
    order = np.argsort(days)[-MOST_DAYS:]
    days, counts = np.asarray(days, np.int64)[order], np.asarray(counts, np.int64)[order]
    blocks = [
        (number, day, first, last)
        for number, size in enumerate(block_sizes(float(counts.mean()) if len(counts) else 0.0))
        for day in _spread(len(counts), MAX_BLOCKS)
        for first, last in blocks_of_day(int(counts[day]), size, max(1, MAX_BLOCKS // len(counts)))
    ]
    return Plan(days, counts, np.array(blocks, dtype=np.int64).reshape(-1, 4))


def block_sizes(below: float) -> list[float]:
    """Sizes from `SMALLEST_BLOCK` up in steps of the root of 2, below a day's records."""
    steps = SMALLEST_BLOCK * 2 ** np.arange(0, 30, 0.5)
    return [float(size) for size in steps[steps < below]]


def blocks_of_day(count: int, size: float, most: int) -> list[tuple[int, int]]:
    """Ranks [first, last) of at most `most` evenly spaced blocks of nearly `size` records of a day."""
    blocks = max(1, round(count / size))
    ends = np.array([0, *(len(part) for part in np.array_split(np.arange(count), blocks))]).cumsum()
    return [(int(ends[i]), int(ends[i + 1])) for i in _spread(blocks, most)]


def _spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers below `count`, evenly spaced."""
    return [int(i) for i in np.unique(np.linspace(0, count - 1, min(most, count)).round())]


def planned(day: Ints, order: Ints) -> Units:
    """The units of records in memory: what Spark finds with two narrow queries."""
    days, counts = np.unique(day, return_counts=True)
    plan = plan_blocks(days, counts)
    sorted_orders = {int(d): np.sort(order[day == d]) for d in plan.days}
    return plan.located({(d, rank): int(sorted_orders[d][rank]) for d, rank in plan.ranks().tolist()})
