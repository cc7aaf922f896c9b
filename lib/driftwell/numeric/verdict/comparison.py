"""One question to a baseline: how unusual is a snapshot of n records over these days and hours?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.null import Null, null
from driftwell.numeric.verdict.reference import DRAWS, Reference, hours_seen, reference, resample, view_key
from driftwell.numeric.verdict.units import UnitMeans, wobble

Floats = NDArray[np.float64]

MIN_DAYS = 3
"""Days of a baseline from which the differences between days can be told."""

MIN_BLOCKS = 3

LARGEST_SHARE_OF_CALIBRATION, LARGEST_SHARE_OF_DAYS = 2, 3
"""A snapshot counts as at most twice the calibration half, and three times as many records as its days had there:
beyond that a fixed calibration half (or too few days) would repeat the same false alarm every day."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A reference and the null distributions for one size of snapshot; any number of snapshots can be held against it.

    Attributes:
        layout: columns of the features.
        reference: what is compared with.
        topic_norms: (5,) unit of effects.
        nulls: by name: `iid` alone, or `day` and perhaps `block`; of several the larger p-value counts.
        n: records of the snapshot. n_effective: how many they count as. days: days pooled.
        day_units: days the reference has; the wobble of days is known from `MIN_DAYS` on.
        seed: of the calibration.
    """

    layout: Layout
    reference: Reference
    topic_norms: Floats
    nulls: dict[str, Null]
    n: int
    n_effective: int
    days: int
    day_units: int
    seed: int

    @property
    def calibrated(self) -> bool:
        """Whether the reference has days enough to tell drift from the wobble of days."""
        return "iid" not in self.nulls


def comparison(
    state: Calibration,
    layout: Layout,
    n: int,
    days: int = 1,
    hours: Iterable[int] | None = None,
    day_class: int | None = None,
    forward: bool = True,
) -> Comparison:
    """Draw the null distributions for a snapshot of n records; takes about a second.

    Args:
        days: k, days pooled in the snapshot.
        hours: hours of the day it covers, where it is shorter than a day.
        day_class: compare with days of this class only.
        forward: forward chaining, see `units.wobble`.
    """
    seen = hours_seen(hours)
    ref = reference(state, layout, seen, day_class)
    units = ref.days
    known = int(units.own.sum()) >= MIN_DAYS and units.degrees >= MIN_DAYS - 1
    most = LARGEST_SHARE_OF_CALIBRATION * ref.n
    if known:
        most = min(most, LARGEST_SHARE_OF_DAYS * days * round(ref.n_day))
    n_effective = max(1, min(n, most))
    generator = np.random.default_rng([state.seed, 2, *view_key(seen, day_class), n, days, int(forward)])
    sampling = resample(generator, n_effective, ref.rows) - ref.resampled
    if known:
        sets = {"day": (units, forward)}
        blocks = blocks_like(state, ref, seen, day_class, n / days)
        if blocks is not None:
            # Forward chaining is of days; blocks of one day follow no trend of days.
            sets["block"] = (blocks, False)
        nulls = {
            name: null(
                layout, sampling, wobble(layout, of, ref.trace, days, ahead, generator, DRAWS), of.degrees, generator
            )
            for name, (of, ahead) in sets.items()
        }
    else:
        nulls = {"iid": null(layout, sampling, None, 1, generator)}
    return Comparison(layout, ref, state.topic_norms, nulls, n, n_effective, days, int(units.own.sum()), state.seed)


def blocks_like(
    state: Calibration, ref: Reference, hours: NDArray[np.bool_], day_class: int | None, size: float
) -> UnitMeans | None:
    """The blocks of consecutive records nearest in size to a day of the snapshot; None from half a day on.

    Bursts (one user, many nearly equal questions) make small windows differ more than records drawn at random.
    """
    if size >= ref.n_day / 2 or not len(state.blocks):
        return None
    number, day, n, hour = state.block_units.T
    sizes = np.unique(number)
    typical = np.array([np.median(n[number == i]) for i in sizes])
    chosen = (number == sizes[np.argmin(np.abs(np.log(typical / size)))]) & hours[hour]
    own = np.ones(len(day), dtype=bool) if day_class is None else state.day_class[day] == day_class
    classes = np.zeros(len(day), dtype=np.int64) if day_class is None else state.day_class[day]
    if (chosen & own).sum() < MIN_BLOCKS:
        return None
    return UnitMeans(state.blocks[chosen, :-1], n[chosen].astype(np.float64), classes[chosen], own[chosen])
