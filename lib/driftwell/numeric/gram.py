"""The Gramian of vectors, added up block by block: all that principal components need, in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from driftwell.numeric.arrays import Arrays, Floats
from driftwell.numeric.spectrum import Spectrum, dims_for_share, has_variance, undefined_spectrum, with_fixed_signs

PRECISE_PRODUCTS = 2 * 10**10
"""Products (n d²) that take half a second in float64: 8,000 vectors of width 1,536, or 135,000 of 384."""


def product_type(n: int, d: int) -> type[np.floating]:
    """The type for products of n vectors of width d: float64 while that costs next to nothing.

    In float64 the result is the same to 12 digits under any batching; in float32, which is twice as fast, to 7.
    """
    return np.float64 if n * d * d <= PRECISE_PRODUCTS else np.float32


def gram_sums(x: NDArray[np.floating], product: type[np.floating] = np.float32) -> Arrays:
    """What one batch adds to the Gramian, the sum of x xᵀ.

    The product, d² numbers per record, is taken around the mean of the batch, so that rounding is relative to the
    spread and not to the distance from 0; the mean's part is added in float64.

    Args:
        x: (n, d) vectors, at least one. product: type of the products, see `product_type`.

    Returns:
        `gram` (ceil(d / 2), d + 1): the upper triangle, see `folded`; `moments` (1, d + 1): the sum of the vectors,
        and n.
    """
    n, mean = len(x), x.mean(axis=0, dtype=np.float64)
    # The mean rounded to the products' type, which is not quite the mean.
    near = mean.astype(product)
    centred = x.astype(product, copy=False) - near
    gram = (centred.T @ centred).astype(np.float64)
    near, rest = near.astype(np.float64), n * (mean - near)
    gram += np.outer(near, n * near + rest) + np.outer(rest, near)
    return {"gram": folded(gram), "moments": np.append(n * mean, float(n))[None, :]}


def folded(symmetric: Floats) -> Floats:
    """The upper triangle of a (d, d) matrix without gaps, which halves what travels between tasks and to the driver.

    Returns:
        (ceil(d / 2), d + 1): row i from its diagonal on, then row d - 1 - i from its diagonal on.
    """
    d = len(symmetric)
    rows = [np.append(symmetric[i, i:], symmetric[d - 1 - i, d - 1 - i :]) for i in range((d + 1) // 2)]
    return np.stack(rows)


def unfolded(rows: Floats) -> Floats:
    """The inverse of `folded`: the (d, d) upper triangle, 0 below the diagonal."""
    d = rows.shape[1] - 1
    upper = np.zeros((d, d))
    for i, row in enumerate(rows):
        upper[i, i:] = row[: d - i]
        upper[d - 1 - i, d - 1 - i :] = row[d - i :]
    return upper


def spectrum_from_gram(sums: Mapping[str, Any]) -> Spectrum:
    """The spectrum of all vectors whose `gram_sums` were added up, with components up to `VARIANCE_SHARE`.

    All eigenvectors are found at once, by divide and conquer: half the time of finding all eigenvalues and then the
    vectors of the components that are kept (4,096 dimensions: 8 s against 17).
    """
    total, n = sums["moments"][0, :-1], round(float(sums["moments"][0, -1]))
    mean = total / n
    if n < 2:
        return undefined_spectrum(n, mean)
    covariance = (unfolded(sums["gram"]) - n * np.outer(mean, mean)) / (n - 1)
    variance = float(np.trace(covariance))
    if not has_variance(variance, mean):
        return undefined_spectrum(n, mean)
    values, vectors = eigh(covariance, lower=False, driver="evd", overwrite_a=True)
    values = np.maximum(values[::-1], 0)
    shares = values / values.sum()
    kept = dims_for_share(shares)
    return Spectrum(n, mean, variance, shares, with_fixed_signs(vectors[:, : -kept - 1 : -1]))
