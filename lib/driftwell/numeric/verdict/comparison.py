"""The null distributions for snapshots of n records over given days and hours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.blocks import blocks_like, burst_variance
from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.null import Null, null
from driftwell.numeric.verdict.units import day_variation, inherited, unit_variance
from driftwell.numeric.verdict.view import DRAWS, View, hours_seen, resample, view, view_key

MIN_DAYS = 3
"""From so many days of a baseline on, the differences between days are known."""

LARGEST_SHARE_OF_CALIBRATION, LARGEST_SHARE_OF_DAYS = 2, 3
"""A snapshot counts as at most twice the calibration half, and three times the records that its days had there:
beyond that a fixed calibration half (or too few days) would repeat the same false alarm every day."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A view and the null distributions for one size of snapshot; any number of snapshots can be compared with it.

    Attributes:
        layout: columns of the features.
        view: what snapshots are compared with.
        topic_norms: (5,) unit of effects.
        nulls: by name: `iid` alone, or `day` and perhaps `block`; of several the larger p-value counts.
        n: records of the snapshot. n_effective: records it counts as. days: days it counts as (`units.pooled_days`).
        day_units: days of the view; day-to-day variation is known from `MIN_DAYS` on.
        seed: of the calibration.
    """

    layout: Layout
    view: View
    topic_norms: Floats
    nulls: dict[str, Null]
    n: int
    n_effective: int
    days: float
    day_units: int
    seed: int

    @property
    def calibrated(self) -> bool:
        """Whether the view has enough days to distinguish drift from day-to-day variation."""
        return "iid" not in self.nulls


def comparison(
    state: Calibration,
    layout: Layout,
    n: int,
    days: float = 1,
    hours: Iterable[int] | None = None,
    day_class: int | None = None,
    forward: bool = True,
) -> Comparison:
    """Draw the null distributions for a snapshot of n records; takes about a second.

    Args:
        days: k, days pooled in the snapshot, see `units.pooled_days`.
        hours: hours of the day it covers, if it is shorter than a day.
        day_class: compare with days of this class only.
        forward: forward chaining, see `units.unit_variance`.
    """
    seen = hours_seen(hours)
    usual = view(state, layout, seen, day_class)
    units = usual.days
    known = int(units.own.sum()) >= MIN_DAYS and units.degrees >= MIN_DAYS - 1
    most = LARGEST_SHARE_OF_CALIBRATION * usual.n
    if known:
        most = min(most, round(LARGEST_SHARE_OF_DAYS * days * round(usual.n_day)))
    n_effective = max(1, min(n, most))
    generator = np.random.default_rng([state.seed, 2, *view_key(seen, day_class), n, round(days), int(forward)])
    sampling = resample(generator, n_effective, usual.rows) - usual.resampled
    if known:
        sets = {"day": (units, forward, burst_variance(state, layout))}
        blocks = blocks_like(state, usual, seen, day_class, n / days)
        if blocks is not None:
            # Blocks within a day are free of trends over days, and have the bursts of a window of their size.
            sets["block"] = (blocks, False, np.zeros(len(usual.trace)))
        nulls = {}
        for name, (of, ahead, bursts) in sets.items():
            variance = inherited(unit_variance(layout, of, usual.trace, ahead), bursts, of, days, n_effective)
            nulls[name] = null(
                layout, sampling, day_variation(layout, of, variance, generator, DRAWS), of.degrees, generator
            )
    else:
        nulls = {"iid": null(layout, sampling, None, 1, generator)}
    return Comparison(layout, usual, state.topic_norms, nulls, n, n_effective, days, int(units.own.sum()), state.seed)
