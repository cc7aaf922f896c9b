"""Blocks of consecutive records: how bursts (one user, many nearly equal questions) affect means of windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats, Ints
from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.units import UnitMeans
from driftwell.numeric.verdict.view import View, record_variance

MIN_BLOCKS = 3

SMALL, LARGE = 30, 85
"""Sizes of the blocks that separate bursts from changes over hours: both are far shorter than a day."""

LEAST_RATIO, LEAST_DEGREES, LEAST_BURSTS = 2, 30, 1
"""Blocks of the two sizes; degrees of freedom in each; variance that bursts add to a record, relative to its own. With
less, bursts cannot be distinguished from chance, or matter little."""


def nearest_in_size(block_units: Ints, size: float) -> NDArray[np.bool_]:
    """(b,) which blocks are of the size nearest to so many records.

    Args:
        block_units: (b, 4) number of its size, position of its day, its records, its middle hour.
    """
    number, n = block_units[:, 0], block_units[:, 2]
    sizes = np.unique(number)
    if len(sizes) == 0:
        return np.zeros(0, dtype=bool)
    typical = np.array([np.median(n[number == i]) for i in sizes])
    return np.asarray(number == sizes[np.argmin(np.abs(np.log(typical / size)))])


def blocks_like(
    state: Calibration, view: View, hours: NDArray[np.bool_], day_class: int | None, size: float
) -> UnitMeans | None:
    """The blocks nearest in size to a day of the snapshot; None from half a day on.

    Bursts make small windows differ more than random records would.
    """
    if size >= view.n_day / 2:
        return None
    _, day, n, hour = state.block_units.T
    chosen = nearest_in_size(state.block_units, size) & hours[hour]
    own = np.ones(len(day), dtype=bool) if day_class is None else state.day_class[day] == day_class
    classes = np.zeros(len(day), dtype=np.int64) if day_class is None else state.day_class[day]
    if (chosen & own).sum() < MIN_BLOCKS:
        return None
    return UnitMeans(state.blocks[chosen, :-1], n[chosen].astype(np.float64), classes[chosen], own[chosen])


def burst_variance(state: Calibration, layout: Layout) -> Floats:
    """(5,) variance that bursts add to a record: a mean of n records has this over n, beyond its own sampling.

    Within a day means of consecutive records differ by sampling and bursts, which both fall as one over their number,
    and by changes over hours, which hardly fall from the smaller to the larger size. So the difference between the
    two sizes is free of hours. 0 if there are too few blocks to tell, or it is less than `LEAST_BURSTS`.
    """
    small, large = (_within_days(state, size) for size in (SMALL, LARGE))
    if min(small.degrees, large.degrees) < LEAST_DEGREES or small.inverse < LEAST_RATIO * large.inverse:
        return np.zeros(len(state.topic_norms))
    rows = state.rows[:, :-1] - state.rows[:, :-1].mean(axis=0, dtype=np.float64)
    sampling = record_variance(layout, rows)
    of_bursts = (small.spread(layout) - large.spread(layout)) / (small.inverse - large.inverse) - sampling
    return np.asarray(np.where(of_bursts >= LEAST_BURSTS * sampling, of_bursts, 0.0))


def _within_days(state: Calibration, size: float) -> UnitMeans:
    """Blocks of a size, around the mean of their day."""
    of = nearest_in_size(state.block_units, size)
    _, day, n, _ = state.block_units[of].T
    return UnitMeans(state.blocks[of, :-1], n.astype(np.float64), day, np.ones(len(day), dtype=bool))
