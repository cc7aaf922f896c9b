"""The null distribution of the statistics, and p-values far into its tail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.layout import Layout

GRID = 200
"""Number of values of the factor df / chi² that the tail is averaged over; they are denser where it is large."""

SMALLEST_P = 1e-16


@dataclass(frozen=True, eq=False)
class Null:
    """Pearson III distributions, one per group and value of the factor, with what effects need.

    Attributes:
        weights: (c,) of the values of the factor, summing to 1.
        means, deviations, skews: (c, 5) of the draws at each value.
        mean, q95: (5,) of the draws over all values.
    """

    weights: Floats
    means: Floats
    deviations: Floats
    skews: Floats
    mean: Floats
    q95: Floats

    def p_values(self, statistics: Floats) -> Floats:
        """(5,) statistics -> (5,) probability of one at least as large without drift, at least 1e-16.

        P(Gamma_k >= (T - m) / s sqrt(k) + k) with k = 4 / skewness², averaged over the factor.
        """
        shape = 4 / self.skews**2
        standard = (statistics - self.means) / self.deviations
        tails = stats.gamma.sf(standard * np.sqrt(shape) + shape, shape)
        return np.asarray(np.maximum(self.weights @ tails, SMALLEST_P))


def null(
    layout: Layout,
    sampling: NDArray[np.floating],
    day_variation: Floats | None,
    df: int,
    generator: np.random.Generator,
) -> Null:
    """The null distribution of |y + sqrt(c) u|², c = df / chi²_df.

    A single fit over all c misses the tail if units are few (up to four times too small at .05 %), so there is one
    at each value of c, and the tails are averaged.

    Args:
        sampling: (B, m) draws y of the sampling error.
        day_variation: (B, m) draws u of the units' effect; None without units. df: its degrees of freedom.
    """
    yy = layout.norms(sampling)
    if day_variation is None:
        return _fitted(np.ones(1), yy[None, :, :], yy)
    uu = layout.norms(day_variation)
    yu = layout.norms(sampling + day_variation) - yy - uu  # 2 y.u
    points = (np.arange(GRID) + 0.5) / GRID
    factors = (df / stats.chi2.ppf(points**3, df))[:, None, None]
    random = df / generator.chisquare(df, (len(yy), 1))
    return _fitted(
        points**2 / (points**2).sum(),
        yy + np.sqrt(factors) * yu + factors * uu,
        yy + np.sqrt(random) * yu + random * uu,
        mean=(yy + yu + uu).mean(axis=0),
    )


def _fitted(weights: Floats, draws: Floats, mixed: Floats, mean: Floats | None = None) -> Null:
    """Pearson III by moments to draws (c, B, 5); q95 from the mixed draws (B, 5)."""
    means = draws.mean(axis=1)
    centred = draws - means[:, None, :]
    deviations = np.sqrt(np.mean(centred**2, axis=1)) + 1e-150
    skews = np.mean((centred / deviations[:, None, :]) ** 3, axis=1)
    return Null(
        weights=weights,
        means=means,
        deviations=deviations,
        skews=np.clip(skews, 0.05, 4),
        mean=mixed.mean(axis=0) if mean is None else mean,
        q95=np.quantile(mixed, 0.95, axis=0),
    )


def holm(p_values: Floats) -> Floats:
    """(k,) p-values -> (k,) adjusted p-values by Holm (1979): reject all that are at most alpha."""
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1, steps)
    return adjusted
