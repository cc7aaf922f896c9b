"""How much days, or blocks of consecutive records, differ from each other without drift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats, Ints
from driftwell.numeric.verdict.layout import Layout


@dataclass(frozen=True, eq=False)
class UnitMeans:
    """Means of u units (days, or blocks).

    Attributes:
        means: (u, m) mapped features. n: (u,) records of each. classes: (u,) class of its day.
        own: (u,) whether its class is the one that the snapshot is compared with.
    """

    means: NDArray[np.floating]
    n: Floats
    classes: Ints
    own: NDArray[np.bool_]

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the differences between units: units minus classes."""
        return len(self.n) - len(np.unique(self.classes))

    @property
    def inverse(self) -> float:
        """Mean of one over the records of each unit."""
        return float(np.mean(1 / self.n))

    @cached_property
    def deviations(self) -> Floats:
        """(u, m) each unit's mean minus the mean of its class."""
        e = self.means.astype(np.float64)
        for of in _members(self.classes):
            e[of] -= e[of].mean(axis=0)
        return e

    def spread(self, layout: Layout) -> Floats:
        """(5,) mean square of the deviations in each group."""
        return np.asarray(layout.norms(self.deviations).sum(axis=0) / max(self.degrees, 1))


def pooled_days(counts: Iterable[float], length: float = np.inf) -> float:
    """The number of equal days that a mean over days with these counts is worth: (sum n)² / sum n².

    A mean over records weights each day by its records n, so its variance from the days' own effects is tau² sum n² /
    (sum n)². A day of 1,000 records and 29 of one are 1.06 days; days without records do not count.

    Args:
        counts: records of each day.
        length: of the window, in days, an upper bound. So a window of less than a day is one day, also across midnight.

    Returns:
        At least 1, also without records.
    """
    n = np.fromiter(counts, dtype=np.float64)
    squares = float(np.sum(n**2))
    return max(1.0, min(float(n.sum() ** 2 / squares), length)) if squares > 0 else 1.0


def unit_variance(layout: Layout, units: UnitMeans, trace: Floats, forward: bool) -> Floats:
    """(5,) tau², the variance of a unit's own effect: max(0, spread of the units - trace x mean(1/n)) in each group.

    Args:
        trace: (5,) variance of one record in each group.
        forward: forward chaining: at least the variance of each later unit against the mean of those before it.
    """
    tau2 = np.maximum(0, units.spread(layout) - trace * units.inverse)
    return np.maximum(tau2, forward_tau2(layout, units, trace)) if forward else tau2


def inherited(tau2: Floats, bursts: Floats, units: UnitMeans, days: float, n: int) -> Floats:
    """(5,) variance of a snapshot's mean against the baseline's from the effects of the units of both.

    (tau² - b) (1/k + 1/u) + b (N/n + 1/u) with b = min(tau², bursts/N): a day's own effect does not depend on its
    number of records, that of bursts is inverse to it.

    Args:
        tau2: (5,) from `unit_variance`. bursts: (5,) variance that bursts add to a record.
        units: of the baseline, N records each (harmonic mean); u of them, by `pooled_days`. days: k, those the
            snapshot counts as. n: its records.
    """
    u, inverse = pooled_days(units.n[units.own]), units.inverse
    of_bursts = np.minimum(tau2, bursts * inverse)
    return np.asarray((tau2 - of_bursts) * (1 / days + 1 / u) + of_bursts * (1 / (inverse * n) + 1 / u))


def day_variation(
    layout: Layout, units: UnitMeans, variance: Floats, generator: np.random.Generator, draws: int
) -> Floats:
    """(draws, m) random draws of the effect of units on a snapshot, before its factor df / chi².

    They are random combinations of the units' deviations, scaled to a variance.

    Args:
        variance: (5,) in each group, from `inherited`.
    """
    out = generator.standard_normal((draws, len(units.n))) @ (units.deviations / np.sqrt(units.degrees))
    for columns, wanted, between in zip(layout.slices.values(), variance, units.spread(layout), strict=True):
        out[:, columns] *= np.sqrt(wanted / max(between, 1e-300))
    return np.asarray(out)


def forward_tau2(layout: Layout, units: UnitMeans, trace: Floats) -> Floats:
    """(5,) variance of a day's effect relative to the days before it: larger than tau² if days follow a trend.

    The mean over the later half of the days of each class of (|its mean - mean of the days before it|² - sampling) /
    (1 + 1/j), j the days of its class before it: that a Monday differs from the weekend is no trend.
    """
    steps = [_steps(layout, units.means[of], units.n[of], trace) for of in _members(units.classes)]
    ahead = np.concatenate(steps)
    return np.asarray(ahead.mean(axis=0)) if len(ahead) else np.zeros(len(trace))


def _steps(layout: Layout, means: NDArray[np.floating], n: Floats, trace: Floats) -> Floats:
    """(l, 5) that variance as estimated from each of the l later days of one class."""
    later = np.arange(max(1, len(n) // 2), len(n))
    before = means.cumsum(axis=0, dtype=np.float64)[later - 1] / later[:, None]
    sampling = 1 / n[later] + (1 / n).cumsum()[later - 1] / later**2
    return np.asarray((layout.norms(means[later] - before) - sampling[:, None] * trace) / (1 + 1 / later)[:, None])


def _members(classes: Ints) -> list[NDArray[np.bool_]]:
    return [classes == c for c in np.unique(classes)]
