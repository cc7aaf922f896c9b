"""Is a distance unusual? Conformal p-values against usual distances, and outliers among many of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats

LARGEST_KEPT = 50_000
"""Usual distances kept as they are, from the largest down, so that small p-values are exact."""

GRID_POINTS = 10_001
"""Evenly spaced quantiles that stand for the usual distances below those."""

OUTLIERS_SHARE = 0.01
"""Outliers are few. Where more than this share of the prompts would have to lie beyond all usual distances before the
first could be called an outlier, that none was called says nothing."""

OK, TOO_FEW, NONE_AT_ALL = "ok", "too_few_calibration_records", "no_calibration_records"


@dataclass(frozen=True)
class UsualDistances:
    """The distances that count as usual.

    Attributes:
        n: how many there are.
        largest: (t,) the t = min(n, LARGEST_KEPT) largest, ascending.
        grid: (g,) evenly spaced quantiles, ascending, of the n - t others; empty where there are none.
    """

    n: int
    largest: Floats
    grid: Floats

    @property
    def rest(self) -> int:
        """How many distances the grid stands for."""
        return self.n - len(self.largest)

    def p_values(self, distances: Floats) -> Floats:
        """Conformal p-values (1 + #{usual >= distance}) / (n + 1), in [1 / (n + 1), 1]; 1 where n is 0.

        Exact among the largest distances kept; below them up to one grid step (1 / 10,000) too large, never
        too small but for the error of the grid itself (1e-5 where its quantiles are approximate).
        Valid for any distribution: a record like those has p <= a with probability at most a
        (Vovk et al. 2005; Bates et al. 2023).

        Args:
            distances: (m,) any finite values.
        """
        at_least = len(self.largest) - np.searchsorted(self.largest, distances, side="left").astype(np.float64)
        if self.rest:
            # At least this many grid steps lie below a distance: never fewer usual distances than there are above it.
            steps = np.maximum(np.searchsorted(self.grid, distances, side="left") - 1, 0)
            at_least = at_least + np.ceil(self.rest * (1 - steps / (len(self.grid) - 1)))
        return np.asarray((1 + at_least) / (self.n + 1))

    def quantile(self, q: float) -> float | None:
        """The q-quantile of the usual distances with linear interpolation; None where there are none."""
        if self.n == 0:
            return None
        position = q * (self.n - 1) - self.rest
        if position >= 0:
            return float(np.interp(position, np.arange(len(self.largest)), self.largest))
        return float(np.interp(q * (self.n - 1) / max(self.rest - 1, 1), np.linspace(0, 1, len(self.grid)), self.grid))

    def arrays(self) -> dict[str, Floats]:
        """The state as named matrices, for storage."""
        return {"n": np.full((1, 1), float(self.n)), "largest": self.largest[None, :], "grid": self.grid[None, :]}


def usual_distances_of(arrays: Mapping[str, Any]) -> UsualDistances:
    """The usual distances that `UsualDistances.arrays` described."""
    return UsualDistances(int(arrays["n"][0, 0]), arrays["largest"][0], arrays["grid"][0])


def benjamini_hochberg(p_values: Floats, counts: NDArray[np.int64], n: int, rate: float) -> float | None:
    """The largest p-value that the Benjamini-Hochberg procedure rejects; None where it rejects nothing.

    Args:
        p_values: (m,) distinct p-values; those above `rate` may be left out, they cannot be rejected.
        counts: (m,) how many records have each.
        n: how many records there are in all.
        rate: the expected share of false ones among the records called outliers, in (0, 1).
    """
    order = np.argsort(p_values)
    ranks = np.cumsum(counts[order])
    # Equality counts: rounding of either side (1e-12) must not lose it.
    rejected = p_values[order] <= rate * ranks / n * (1 + 1e-12)
    return float(p_values[order][rejected][-1]) if rejected.any() else None


@dataclass(frozen=True)
class Outliers:
    """Which prompts are outliers.

    Attributes:
        status: `ok`; `too_few_calibration_records` where none was called, and could hardly have been
            (`OUTLIERS_SHARE`); `no_calibration_records` where nothing is known to be usual.
        threshold: p-values up to it are outliers; None where there are none, or nothing is known of them.
        fewest: see `fewest_outliers`.
    """

    status: str
    threshold: float | None
    fewest: int | None


def outliers(p_values: Floats, counts: NDArray[np.int64], n: int, rate: float, n_usual: int) -> Outliers:
    """Outliers among n prompts by Benjamini-Hochberg, and whether so many usual distances can show any.

    Args:
        p_values, counts, n, rate: as of `benjamini_hochberg`.
        n_usual: usual distances that the p-values are from.
    """
    if n_usual == 0:
        return Outliers(NONE_AT_ALL, None, None)
    threshold = benjamini_hochberg(p_values, counts, n, rate)
    fewest = fewest_outliers(n, rate, n_usual)
    blind = fewest is None or fewest > max(1, OUTLIERS_SHARE * n)
    return Outliers(TOO_FEW if threshold is None and blind else OK, threshold, fewest)


def fewest_outliers(n: int, rate: float, n_usual: int) -> int | None:
    """How many of n prompts must lie beyond all usual distances before Benjamini-Hochberg calls the first an outlier.

    No p-value is smaller than 1 / (n_usual + 1), and r prompts at it are outliers where it is at most rate r / n.
    So one prompt alone is only seen with n / rate - 1 usual distances or more. None where all n would not be enough.
    """
    fewest = max(1, math.ceil(n / (rate * (n_usual + 1)) * (1 - 1e-12)))
    return fewest if fewest <= n else None
