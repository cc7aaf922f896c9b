"""Seeded k-means in single precision, for centres that only have to be the same every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Ints = NDArray[np.int64]


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
    """Lloyd's iterations from k random distinct records until none changes its cluster.

    Args:
        z: (m, p) records around the origin.
        k: centres wanted; there are fewer where the records have fewer distinct points.
        iterations: where to stop at the latest.

    Returns:
        (at most k, p) centres; one that has lost all its records stays where it was.
    """
    order = generator.permutation(len(z))
    _, first = np.unique(z[order], axis=0, return_index=True)
    centres, own = z[order[np.sort(first)[:k]]].copy(), None
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
    return centres
