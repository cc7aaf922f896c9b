"""How far days, or blocks of consecutive records, differ from each other without any drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.verdict.layout import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UnitMeans:
    """Means of u units (days, or blocks).

    Attributes:
        means: (u, m) mapped features. n: (u,) records of each. classes: (u,) class of its day.
        own: (u,) whether it is of the class that the snapshot is compared with.
    """

    means: NDArray[np.floating]
    n: Floats
    classes: Ints
    own: NDArray[np.bool_]

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the differences between units: their number less that of classes."""
        return len(self.n) - len(np.unique(self.classes))

    def deviations(self) -> Floats:
        """(u, m) each unit's mean less the mean of its class."""
        e = self.means.astype(np.float64)
        for of in _members(self.classes):
            e[of] -= e[of].mean(axis=0)
        return e


def wobble(
    layout: Layout,
    units: UnitMeans,
    trace: Floats,
    days: int,
    forward: bool,
    generator: np.random.Generator,
    draws: int,
) -> Floats:
    """Random draws of the units' own effect on a snapshot, before its factor df / chi²: (draws, m).

    A unit's mean differs from the mean of all by sampling and by its own effect, of variance
    tau² = max(0, SSB - trace x mean(1/n)) in each group, SSB the mean square of the deviations. Draws are random
    combinations of the deviations themselves, scaled to tau² (1/k + 1/u) for a snapshot of k units.

    Args:
        trace: (5,) variance of one record in each group.
        days: k, units pooled in the snapshot.
        forward: take tau² at least as large as that of each later unit against the mean of those before it.
    """
    e, df = units.deviations(), units.degrees
    between = layout.norms(e).sum(axis=0) / df
    tau2 = np.maximum(0, between - trace * np.mean(1 / units.n))
    if forward:
        tau2 = np.maximum(tau2, forward_tau2(layout, units, trace))
    scale = np.sqrt((1 / days + 1 / units.own.sum()) / df)
    out = generator.standard_normal((draws, len(e))) @ (e * scale)
    for columns, t, ssb in zip(layout.slices.values(), tau2, between, strict=True):
        out[:, columns] *= np.sqrt(t / max(ssb, 1e-300))
    return np.asarray(out)


def forward_tau2(layout: Layout, units: UnitMeans, trace: Floats) -> Floats:
    """(5,) variance of the effect of a day as the days before it see it: larger than tau² where days follow a trend.

    The mean over the later half of the days of each class of (|its mean - mean of the days before it|² - sampling) /
    (1 + 1/j), j the days of its class before it: that a Monday differs from the weekend is no trend.
    """
    steps = [_steps(layout, units.means[of], units.n[of], trace) for of in _members(units.classes)]
    ahead = np.concatenate(steps)
    return np.asarray(ahead.mean(axis=0)) if len(ahead) else np.zeros(len(trace))


def _steps(layout: Layout, means: NDArray[np.floating], n: Floats, trace: Floats) -> Floats:
    """(l, 5) that variance as each of the l later days of one class tells it."""
    later = np.arange(max(1, len(n) // 2), len(n))
    before = means.cumsum(axis=0, dtype=np.float64)[later - 1] / later[:, None]
    sampling = 1 / n[later] + (1 / n).cumsum()[later - 1] / later**2
    return np.asarray((layout.norms(means[later] - before) - sampling[:, None] * trace) / (1 + 1 / later)[:, None])


def _members(classes: Ints) -> list[NDArray[np.bool_]]:
    return [classes == c for c in np.unique(classes)]
