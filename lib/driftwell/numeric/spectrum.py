"""The spectrum of a set of vectors: mean, variance shares and principal components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats

VARIANCE_SHARE = 0.95
"""Variance share that `dims95` refers to, and that clusters are fitted on."""

ZERO_VARIANCE = 1e-12
"""Variance below this share of the mean's squared length is rounding of identical float32 vectors, not variance."""


ZERO_VARIANCE_STATUS = "zero_variance"
"""All vectors are equal up to rounding."""


@dataclass(frozen=True)
class Spectrum:
    """Mean, variance shares and principal components of n vectors of width d.

    Attributes:
        n: number of vectors.
        mean: (d,) mean vector; NaN without vectors.
        total_variance: sum over dimensions of the sample variance (divisor n - 1), in squared units of the vectors.
        explained_variance: (d,) shares of the total variance in descending order, summing to 1;
            None for fewer than two vectors or no variance.
        components: (d, p) orthonormal columns in the order of `explained_variance`; p = 0 if that is None.
    """

    n: int
    mean: Floats
    total_variance: float | None
    explained_variance: Floats | None
    components: Floats

    @property
    def status(self) -> str:
        """`ok`, `too_few_records` (n < 2) or `zero_variance`."""
        if self.n < 2:
            return "too_few_records"
        return "ok" if self.explained_variance is not None else ZERO_VARIANCE_STATUS

    def project(self, x: NDArray[np.floating]) -> Floats:
        """(n, d) vectors -> (n, p) centred coordinates in the principal subspace."""
        return np.asarray((x - self.mean) @ self.components)

    def project_single(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """`project` in single precision, at half the time and memory, for clustering large samples."""
        centred = x.astype(np.float32, copy=False) - self.mean.astype(np.float32)
        return np.asarray(centred @ self.components.astype(np.float32))

    def lift(self, z: Floats) -> Floats:
        """(n, p) coordinates in the principal subspace -> (n, d) points of the original space: mean + P z."""
        return self.mean + z @ self.components.T


def undefined_spectrum(n: int, mean: Floats) -> Spectrum:
    """The spectrum without variance: fewer than two vectors, or all equal."""
    return Spectrum(n, mean, 0.0 if n > 1 else None, None, np.zeros((len(mean), 0)))


def has_variance(total_variance: float, mean: Floats) -> bool:
    """Whether a variance is more than the rounding of identical vectors."""
    return total_variance > ZERO_VARIANCE * float(mean @ mean)


def spectrum_of(x: NDArray[np.floating], variance_share: float = VARIANCE_SHARE) -> Spectrum:
    """Exact spectrum of rows in memory, by a symmetric eigensolver on their covariance (divisor n - 1).

    Args:
        x: (n, d) vectors.
        variance_share: components are kept up to this share of the variance.
    """
    n = len(x)
    mean = x.mean(axis=0, dtype=np.float64) if n else np.full(x.shape[1], np.nan)
    if n < 2:
        return undefined_spectrum(n, mean)
    centred = x - mean
    covariance = centred.T @ centred / (n - 1)
    total = float(np.trace(covariance))
    if not has_variance(total, mean):
        return undefined_spectrum(n, mean)
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values[::-1], 0)
    shares = values / values.sum()
    kept = dims_for_share(shares, variance_share)
    return Spectrum(n, mean, total, shares, with_fixed_signs(vectors[:, ::-1][:, :kept]))


def dims_for_share(explained_variance: Floats, share: float = VARIANCE_SHARE) -> int:
    """The smallest number of leading components whose variance shares add up to `share`.

    Args:
        explained_variance: (d,) shares in descending order.
        share: in (0, 1]. A sum that misses it by rounding (1e-12) counts as reaching it.

    Returns:
        Between 1 and d.
    """
    reached = np.cumsum(explained_variance) >= share - 1e-12
    return int(np.argmax(reached)) + 1 if reached.any() else len(explained_variance)


def with_fixed_signs(components: Floats) -> Floats:
    """Flip columns so that each one's entry of largest magnitude is positive: an eigenvector's sign is arbitrary."""
    largest = np.abs(components).argmax(axis=0)
    signs = np.where(components[largest, np.arange(components.shape[1])] < 0, -1.0, 1.0)
    return np.asarray(components * signs)
