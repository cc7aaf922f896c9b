"""Conformal p-values of distances against usual distances, and outliers among many of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats

LARGEST_KEPT = 50_000
"""Number of largest usual distances kept as they are, so that small p-values are exact."""

GRID_POINTS = 10_001
"""Number of evenly spaced quantiles that represent the smaller usual distances."""

OUTLIERS_SHARE = 0.01
"""Outliers are few. If more than this share of the prompts would have to exceed all usual distances before the first
could be an outlier, finding none means nothing."""

OK, TOO_FEW, NONE_AT_ALL = "ok", "too_few_calibration_records", "no_calibration_records"


@dataclass(frozen=True)
class UsualDistances:
    """Usual distances.

    Attributes:
        n: their number.
        largest: (t,) the t = min(n, LARGEST_KEPT) largest, ascending.
        grid: (g,) evenly spaced quantiles, ascending, of the n - t others; empty if there are none.
    """

    n: int
    largest: Floats
    grid: Floats

    @property
    def rest(self) -> int:
        """Number of distances that the grid represents."""
        return self.n - len(self.largest)

    def p_values(self, distances: Floats) -> Floats:
        """Conformal p-values (1 + #{usual >= distance}) / (n + 1), in [1 / (n + 1), 1]; 1 if n is 0.

        Exact among the largest distances; below them up to one grid step (1 / 10,000) too large, never too small
        except for the error of the grid itself (1e-5 if its quantiles are approximate).
        Valid for any distribution: an exchangeable record has p <= a with probability at most a
        (Vovk et al. 2005; Bates et al. 2023).

        Args:
            distances: (m,) any finite values.
        """
        at_least = len(self.largest) - np.searchsorted(self.largest, distances, side="left").astype(np.float64)
        if self.rest:
            # A lower bound of the grid steps below a distance, so that usual distances above it are not undercounted.
            steps = np.maximum(np.searchsorted(self.grid, distances, side="left") - 1, 0)
            at_least = at_least + np.ceil(self.rest * (1 - steps / (len(self.grid) - 1)))
        return np.asarray((1 + at_least) / (self.n + 1))

    def quantile(self, q: float) -> float | None:
        """The q-quantile of the usual distances with linear interpolation; None if there are none."""
        if self.n == 0:
            return None
        position = q * (self.n - 1) - self.rest
        if position >= 0:
            return float(np.interp(position, np.arange(len(self.largest)), self.largest))
        return float(np.interp(q * (self.n - 1) / max(self.rest - 1, 1), np.linspace(0, 1, len(self.grid)), self.grid))

    def arrays(self) -> dict[str, Floats]:
        """As named matrices, for storage."""
        return {"n": np.full((1, 1), float(self.n)), "largest": self.largest[None, :], "grid": self.grid[None, :]}


def usual_distances_of(arrays: Mapping[str, Any]) -> UsualDistances:
    """The inverse of `UsualDistances.arrays`."""
    return UsualDistances(int(arrays["n"][0, 0]), arrays["largest"][0], arrays["grid"][0])


def benjamini_hochberg(p_values: Floats, counts: NDArray[np.int64], n: int, rate: float) -> float | None:
    """The largest p-value that the Benjamini-Hochberg procedure rejects; None if it rejects nothing.

    Args:
        p_values: (m,) distinct p-values; those above `rate` may be left out, they cannot be rejected.
        counts: (m,) records with each.
        n: number of records.
        rate: accepted false discovery rate, in (0, 1).
    """
    order = np.argsort(p_values)
    ranks = np.cumsum(counts[order])
    # Equality rejects: rounding of either side (1e-12) must not lose it.
    rejected = p_values[order] <= rate * ranks / n * (1 + 1e-12)
    return float(p_values[order][rejected][-1]) if rejected.any() else None


@dataclass(frozen=True)
class Outliers:
    """Which prompts are outliers.

    Attributes:
        status: `ok`; `too_few_calibration_records` if none was found, and could hardly have been
            (`OUTLIERS_SHARE`); `no_calibration_records` without usual distances.
        threshold: p-values up to it are outliers; None if there are none, or they are unknown.
        fewest: see `fewest_outliers`.
    """

    status: str
    threshold: float | None
    fewest: int | None


def outliers(p_values: Floats, counts: NDArray[np.int64], n: int, rate: float, n_usual: int) -> Outliers:
    """Outliers among n prompts by Benjamini-Hochberg, and whether the usual distances suffice to find any.

    Args:
        p_values, counts, n, rate: as for `benjamini_hochberg`.
        n_usual: number of usual distances behind the p-values.
    """
    if n_usual == 0:
        return Outliers(NONE_AT_ALL, None, None)
    threshold = benjamini_hochberg(p_values, counts, n, rate)
    fewest = fewest_outliers(n, rate, n_usual)
    blind = fewest is None or fewest > max(1, OUTLIERS_SHARE * n)
    return Outliers(TOO_FEW if threshold is None and blind else OK, threshold, fewest)


def fewest_outliers(n: int, rate: float, n_usual: int) -> int | None:
    """How many of n prompts must exceed all usual distances before Benjamini-Hochberg finds the first outlier.

    No p-value is below 1 / (n_usual + 1), and r prompts at it are outliers if it is at most rate r / n. So a single
    prompt is only found with at least n / rate - 1 usual distances. None if even all n would not be enough.
    """
    fewest = max(1, math.ceil(n / (rate * (n_usual + 1)) * (1 - 1e-12)))
    return fewest if fewest <= n else None
