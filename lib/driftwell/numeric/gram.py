"""The Gramian of a cloud of vectors, added up block by block: all that principal components need, in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from driftwell.numeric.spectrum import (
    Spectrum,
    dims_for_share,
    has_variance,
    undefined_spectrum,
    with_fixed_signs,
)

Floats = NDArray[np.float64]
Arrays = dict[str, Floats]


def gram_sums(x: NDArray[np.float32], pilot: NDArray[np.float32]) -> Arrays:
    """What one batch adds to the Gramian.

    Products are float32, which is twice as fast, of vectors around a pilot mean, so that little is lost when the mean
    is taken off; sums over batches are float64.

    Args:
        x: (n, d) vectors. pilot: (d,) a point near their mean, the same for all batches.

    Returns:
        `gram` (d, d): of x - pilot; `moments` (1, d + 1): their sum, and n.
    """
    shifted = x - pilot
    total = shifted.sum(axis=0, dtype=np.float64)
    return {"gram": (shifted.T @ shifted).astype(np.float64), "moments": np.append(total, float(len(x)))[None, :]}


def spectrum_from_gram(sums: Mapping[str, Any], pilot: NDArray[np.float32]) -> Spectrum:
    """The spectrum of all vectors whose `gram_sums` were added up, with components up to `VARIANCE_SHARE`.

    The full spectrum takes eigenvalues only; vectors are found for the components that are kept.
    """
    total, n = sums["moments"][0, :-1], round(float(sums["moments"][0, -1]))
    offset = total / n
    mean = pilot.astype(np.float64) + offset
    if n < 2:
        return undefined_spectrum(n, mean)
    covariance = (sums["gram"] - n * np.outer(offset, offset)) / (n - 1)
    variance = float(np.trace(covariance))
    if not has_variance(variance, mean):
        return undefined_spectrum(n, mean)
    d = len(mean)
    values = np.maximum(eigh(covariance, eigvals_only=True, driver="evr")[::-1], 0)
    shares = values / values.sum()
    kept = dims_for_share(shares)
    _, vectors = eigh(covariance, subset_by_index=[d - kept, d - 1], driver="evr")
    return Spectrum(n, mean, variance, shares, with_fixed_signs(vectors[:, ::-1]))
