"""Clusters in the original space: assignment, additive moments, inertia, silhouette.

All distances are squared Euclidean. Sums are taken around a fixed `origin` near the data, in float64, so that parts
computed anywhere add up to the same whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Arrays, Floats, Ints


def squared_distances(x: Floats, centroids: Floats) -> Floats:
    """(n, d) vectors, (k, d) centroids -> (n, k) squared Euclidean distances, never negative.

    Both should be shifted near the origin first: the expansion |x|² - 2 x·c + |c|² loses digits far from it.
    """
    cross = x @ centroids.T
    norms = np.einsum("ij,ij->i", x, x)[:, None] + np.einsum("ij,ij->i", centroids, centroids)
    return np.asarray(np.maximum(norms - 2 * cross, 0))


def nearest(x: Floats, centroids: Floats) -> tuple[Ints, Floats]:
    """(n, d), (k, d) -> index (n,) of and squared distance (n,) to the nearest centroid; ties go to the lower index."""
    squared = squared_distances(x, centroids)
    index = squared.argmin(axis=1)
    return index, squared[np.arange(len(x)), index]


def moment_sums(x: NDArray[np.floating], centroids: Floats, origin: Floats, measures: Floats | None = None) -> Arrays:
    """What one batch adds to the moments of k clusters; added up over batches it makes a `ClusterMoments`.

    Args:
        x: (n, d) vectors. centroids: (k, d). origin: (d,) a fixed point near the data.
        measures: (n, m) numbers to average by cluster; non-finite ones are missing.

    Returns:
        `stats` (k, 3): records, squared distance from the origin, squared distance to the centroid;
        `sums` (k, d): of x - origin; `norms` (1, 1): of the vectors' Euclidean lengths;
        with measures `measured` (k, m): numbers that are not missing, and `measure_sums` (k, m).
    """
    shifted = x - origin
    own, squared = nearest(shifted, centroids - origin)
    k = len(centroids)
    members = np.zeros((len(x), k))
    members[np.arange(len(x)), own] = 1
    from_origin = np.einsum("ij,ij->i", shifted, shifted)
    stats = np.stack([np.bincount(own, weights, k) for weights in (np.ones(len(x)), from_origin, squared)], axis=1)
    norms = np.linalg.norm(x.astype(np.float64), axis=1).sum()
    sums = {"stats": stats, "sums": members.T @ shifted, "norms": np.full((1, 1), norms)}
    if measures is not None and measures.size:
        there = np.isfinite(measures)
        sums["measured"] = members.T @ there
        sums["measure_sums"] = members.T @ np.where(there, measures, 0)
    return sums


@dataclass(frozen=True)
class ClusterMoments:
    """Exact first and second moments of records grouped by their nearest of k centroids in d dimensions.

    Attributes:
        sizes: (k,) records.
        means: (k, d) mean of each cluster's records; NaN if it is empty.
        scatters: (k,) sum of squared distances of the records to their cluster's mean.
        squared: (k,) sum of squared distances of the records to their centroid.
        mean: (d,) mean of all records.
        mean_norm: mean Euclidean length of the records; NaN if there are none.
        measured: (k, m) records for which each of m measures is known. measure_sums: (k, m) their sums.
    """

    sizes: Ints
    means: Floats
    scatters: Floats
    squared: Floats
    mean: Floats
    mean_norm: float
    measured: Floats
    measure_sums: Floats

    @property
    def n(self) -> int:
        """Number of records."""
        return int(self.sizes.sum())

    @property
    def proportions(self) -> Floats:
        """(k,) share of the records in each cluster; NaN without records."""
        return np.asarray(self.sizes / self.n if self.n else np.full(len(self.sizes), np.nan))

    @property
    def inertias(self) -> Floats:
        """(k,) mean squared distance of each cluster's records to its centroid; NaN if it is empty."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.squared / self.sizes)

    @property
    def inertia(self) -> float | None:
        """Mean squared distance of a record to its nearest centroid (per record, not a sum); None without records."""
        return float(self.squared.sum() / self.n) if self.n else None

    @property
    def measure_means(self) -> Floats:
        """(k + 1, m) mean of each measure in each cluster, last over all of them; NaN if none is known."""
        counts, totals = (np.vstack([a, a.sum(axis=0)]) for a in (self.measured, self.measure_sums))
        return np.asarray(np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0))


def cluster_moments(sums: Mapping[str, Any], origin: Floats) -> ClusterMoments:
    """Moments from added up `moment_sums` around the same origin."""
    sizes = np.rint(sums["stats"][:, 0]).astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        shifted = sums["sums"] / sizes[:, None]
        scatters = sums["stats"][:, 1] - sizes * np.einsum("ij,ij->i", shifted, shifted)
        mean = sums["sums"].sum(axis=0) / sizes.sum()
        mean_norm = float(sums["norms"][0, 0] / np.float64(sizes.sum()))
    return ClusterMoments(
        sizes=sizes,
        means=origin + shifted,
        scatters=np.where(sizes > 1, np.maximum(scatters, 0), 0),
        squared=sums["stats"][:, 2],
        mean=origin + mean,
        mean_norm=mean_norm,
        measured=sums.get("measured", np.zeros((len(sizes), 0))),
        measure_sums=sums.get("measure_sums", np.zeros((len(sizes), 0))),
    )


def silhouette_sums(x: NDArray[np.floating], centroids: Floats, origin: Floats, moments: ClusterMoments) -> Arrays:
    """What one batch adds to the silhouette of its records, exact without comparing pairs.

    The mean squared distance of x to the members of a cluster is |x - m|² + scatter / size, with m the members' mean;
    x itself is left out of its own cluster. A record alone in its cluster scores 0, as in Rousseeuw (1987), Spark and
    scikit-learn.

    Args:
        x: (n, d) vectors, part of those in the moments.
        centroids: (k, d) and origin: (d,), the same as for the moments, so that no record changes its cluster.

    Returns:
        `silhouette` (1, 1): sum of the records' silhouettes; check `has_silhouette` first.
    """
    shifted = x - origin
    own, _ = nearest(shifted, centroids - origin)
    filled = moments.sizes > 0
    position = np.cumsum(filled) - 1
    own, sizes, scatters = position[own], moments.sizes[filled], moments.scatters[filled]
    to_members = squared_distances(shifted, moments.means[filled] - origin) + scatters / sizes
    rows = np.arange(len(x))
    within = to_members[rows, own] * sizes[own] / np.maximum(sizes[own] - 1, 1)
    to_members[rows, own] = np.inf
    other = to_members.min(axis=1)
    larger = np.maximum(within, other)
    scores = np.where(sizes[own] > 1, (other - within) / np.where(larger > 0, larger, 1), 0)
    return {"silhouette": np.full((1, 1), scores.sum())}


def has_silhouette(moments: ClusterMoments) -> bool:
    """Whether the silhouette is defined: at least two clusters hold records."""
    return int((moments.sizes > 0).sum()) >= 2


def silhouette_of(x: NDArray[np.floating], centroids: Floats, origin: Floats) -> float | None:
    """Mean silhouette of (n, d) vectors in memory under (k, d) centroids; None if undefined.

    Args:
        origin: (d,) a fixed point near the data.
    """
    moments = cluster_moments(moment_sums(x, centroids, origin), origin)
    if not has_silhouette(moments):
        return None
    return float(silhouette_sums(x, centroids, origin, moments)["silhouette"][0, 0] / moments.n)
