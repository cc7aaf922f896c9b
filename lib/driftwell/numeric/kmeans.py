"""k-means in memory, in single precision, for bounded samples in centred principal coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats, Ints

Singles = NDArray[np.float32]

SAME_POINT = 1e-6
"""Squared distances below this share of a vector's square may be rounding: the vectors count as equal."""


def nearest(z: Singles, centres: Singles) -> tuple[Ints, Singles]:
    """(n, p), (k, p) -> index (n,) of and squared distance (n,) to the nearest centre, all in float32.

    Both lie around the origin (they are centred principal coordinates), so single precision is enough.
    """
    score = z @ centres.T
    score -= np.einsum("ij,ij->i", centres, centres) / 2
    index = score.argmax(axis=1)
    squared = np.einsum("ij,ij->i", z, z) - 2 * score[np.arange(len(z)), index]
    return index, np.maximum(squared, 0)


def kmeans(z: Singles, k: int, iterations: int, generator: np.random.Generator) -> Singles:
    """Lloyd's iterations from k random distinct records until no record changes its cluster.

    Args:
        z: (m, p) records around the origin.
        k: number of centres; fewer if the records have fewer distinct points.
        iterations: at most.

    Returns:
        (at most k, p) centres; one that loses all its records stays in place.
    """
    order = generator.permutation(len(z))
    _, first = np.unique(z[order], axis=0, return_index=True)
    centres, _ = _iterated(z, z[order[np.sort(first)[:k]]], iterations)
    return centres


def lloyd(z: NDArray[np.floating], initial: NDArray[np.floating], iterations: int) -> Floats:
    """Lloyd's iterations from given centres until no record changes its cluster.

    Records are assigned in single precision; the centres of the last assignment are means in double precision.

    Args:
        z: (n, p) records around the origin. initial: (k, p) centres; an empty cluster keeps its centre.
        iterations: at most.

    Returns:
        (k, p) centres; centre i evolved from centre i of `initial`.
    """
    scale = near_one(z)
    start = (initial * scale).astype(np.float32)
    centres, own = _iterated(scaled(z, scale), start, iterations)
    found = np.where(centres == start, initial, centres / np.float64(scale))
    for cluster in () if own is None else np.unique(own):
        found[cluster] = z[own == cluster].mean(axis=0, dtype=np.float64)
    return found


def near_one(z: NDArray[np.floating]) -> float:
    """The power of two that brings the largest element of an array between .5 and 1: single precision then holds all
    squares, and no digit changes. 1 where all are 0."""
    return float(0.5 ** np.frexp(np.abs(z).max(initial=0))[1])


def scaled(z: NDArray[np.floating], scale: float) -> Singles:
    """An array times a power of two, in single precision."""
    single = z.astype(np.float32, copy=False)
    return single if scale == 1 else single * np.float32(scale)


def _iterated(z: Singles, initial: Singles, iterations: int) -> tuple[Singles, Ints | None]:
    """Centres after so many of Lloyd's iterations, or once no record changes, and the assignment they are means of."""
    centres, own = initial.copy(), None
    for _ in range(iterations):
        now, _ = nearest(z, centres)
        if own is not None and np.array_equal(now, own):
            break
        own = now
        members = np.zeros((len(centres), len(z)), np.float32)
        members[own, np.arange(len(z))] = 1
        sizes = np.bincount(own, minlength=len(centres))
        filled = sizes > 0
        centres[filled] = (members @ z)[filled] / sizes[filled, None].astype(np.float32)
    return centres, own


def spread_start(z: Singles, k: int, seed: int) -> Singles:
    """Records to start k-means from, each drawn by its squared distance to those before it.

    k-means++ (Arthur and Vassilvitskii 2007); of `2 + log k` candidates for each, the one that lowers the inertia most
    is taken, as in scikit-learn.

    Args:
        z: (n, p) records around the origin, at least one.

    Returns:
        (at most k, p) distinct records.
    """
    generator, trials = np.random.default_rng(seed), 2 + int(np.log(k))
    norms = np.einsum("ij,ij->i", z, z)

    def squared_to(rows: list[int] | Ints) -> Singles:
        found = norms[:, None] - 2 * (z @ z[rows].T) + norms[rows]
        # A rounding error instead of 0 could let a record be drawn twice.
        found[found < SAME_POINT * norms[:, None]] = 0
        return np.asarray(found)

    chosen = [int(generator.integers(len(z)))]
    squared = squared_to(chosen)[:, 0]
    while len(chosen) < k and squared.any():
        ends = squared.cumsum(dtype=np.float64)
        drawn = np.searchsorted(ends, generator.random(trials) * ends[-1], side="right")
        nearer = np.minimum(squared_to(drawn), squared[:, None])
        best = int(nearer.sum(axis=0, dtype=np.float64).argmin())
        chosen.append(int(drawn[best]))
        squared = nearer[:, best]
    return z[chosen]
