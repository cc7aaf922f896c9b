"""The null distribution of a snapshot's shares: beta-binomial, as wide as days or blocks differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.null import SMALLEST_P
from driftwell.numeric.verdict.units import pooled_days

FACTORS, POINTS = 60, 121
"""Values of the factor df / chi², and quantiles of the expected share, that tails are averaged over."""

MOST_VARIANCE = 0.99
"""Maximum variance of a share, relative to that of a single record."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How much units differ, and how much of that a snapshot's share inherits.

    Attributes:
        between: (g,) variance of the units' shares. sampling: (g,) the part of it that sampling explains.
        inherited: factor of the rest for a snapshot: one over its own units plus one over the baseline's.
        df: degrees of freedom of `between`.
    """

    between: Floats
    sampling: Floats
    inherited: float
    df: int

    def variances(self, factors: Floats) -> Floats:
        """(c,) values of the factor df / chi² -> (c, g) variance of the units' effect on a snapshot.

        Sampling is known, so only the variance between units is uncertain: it is scaled before sampling is subtracted.
        Scaling the difference would make tails too light where sampling is a large part of it.
        """
        return np.asarray(np.maximum(0, factors[:, None] * self.between - self.sampling) * self.inherited)


def spread(n: Floats, hits: Floats, base: Floats, days: float, forward: bool) -> Spread:
    """How much units of n records with (u, g) hits differ, for a snapshot that counts as `days` units."""
    shares, u = hits / n[:, None], len(n)
    binomial = base * (1 - base)
    between = np.sum((shares - shares.mean(axis=0)) ** 2, axis=0) / (u - 1)
    sampling = binomial * np.mean(1 / n)
    if forward:
        later = range(max(1, u // 2), u)
        moved = [
            ((shares[j] - shares[:j].mean(axis=0)) ** 2 - binomial * (1 / n[j] + np.mean(1 / n[:j]) / j)) / (1 + 1 / j)
            for j in later
        ]
        between = np.maximum(between, sampling + np.mean(moved, axis=0))
    return Spread(between, sampling, 1 / days + 1 / pooled_days(n), u - 1)


def two_sided(base: Floats, total: int, share: Floats, n: int, of: Spread) -> Floats:
    """(g,) p-values of observed shares of n records: twice the smaller tail, at most 1.

    The expected share has a beta distribution around the baseline's: if hits come in bursts, whole windows without any
    are common, which a normal distribution of log odds would miss.
    """
    hits = np.round(share * n)
    mean = (base * total + 0.5) / (total + 1)
    most = mean * (1 - mean)
    weights, factors, points, density = _grid(of.df)
    variance = np.minimum(of.variances(factors) + most / total, MOST_VARIANCE * most)  # (c, g)
    size = most / variance - 1
    expected = special.betaincinv(mean * size, (1 - mean) * size, points[:, None, None])  # (z, c, g)
    averaged = [
        np.einsum("z,c,zcg->g", density, weights, tail)
        for tail in (stats.binom.sf(hits - 1, n, expected), stats.binom.cdf(hits, n, expected))
    ]
    return np.asarray(np.clip(2 * np.minimum(*averaged), SMALLEST_P, 1))


def half_width(base: Floats, total: int, share: Floats, n: int, of: Spread, confidence: float) -> Floats:
    """(g,) half the width of the confidence interval of a change; one success and one failure are added to the snapshot
    (Agresti and Caffo 2000), so that no interval has no width."""
    at = (share * n + 1) / (n + 2)
    sampling = at * (1 - at) / n + (base * (1 - base) + 1 / (total + 2)) / total
    weights, factors, _, _ = _grid(of.df)
    sd = np.sqrt(of.variances(factors) + sampling)
    low, high = np.zeros(len(base)), 10 * sd.max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        outside = 2 * weights @ stats.norm.sf(middle / sd)
        low, high = np.where(outside > 1 - confidence, middle, low), np.where(outside > 1 - confidence, high, middle)
    return np.asarray(high)


def _grid(df: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights and values of the factor df / chi², and of the quantiles that a distribution is averaged over."""
    v = (np.arange(FACTORS) + 0.5) / FACTORS
    z = np.linspace(-6, 6, POINTS)
    density = stats.norm.pdf(z)
    return v**2 / (v**2).sum(), df / stats.chi2.ppf(v**3, df), stats.norm.cdf(z), density / density.sum()
