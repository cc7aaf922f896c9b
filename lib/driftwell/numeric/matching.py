"""Matching clusters of one fit to those of another: cluster numbers mean nothing across fits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from driftwell.numeric.arrays import Floats


def match(centroids: Floats, baseline_centroids: Floats) -> NDArray[np.int64]:
    """The one-to-one matching of two sets of centroids with the smallest sum of squared distances.

    Args:
        centroids: (k, d) of the new fit. baseline_centroids: (b, d).

    Returns:
        (k,) index of the matched baseline centroid; -1 for the k - b unmatched ones if k > b.
    """
    matched = np.full(len(centroids), -1, dtype=np.int64)
    rows, columns = linear_sum_assignment(cdist(centroids, baseline_centroids, "sqeuclidean"))
    matched[rows] = columns
    return matched


def cosine(a: Floats, b: Floats) -> float | None:
    """Cosine similarity of two vectors, in [-1, 1]; None if either has length 0."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.clip(a @ b / lengths, -1, 1)) if lengths > 0 else None
