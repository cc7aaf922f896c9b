"""Which distances to the reference are usual: computed once per pair of prompts baseline and reference profile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.coverage.distances import distances_only
from driftwell.numeric.conformal import GRID_POINTS, LARGEST_KEPT, Calibration

GRID_ACCURACY = 100_000


def calibrate(records: DataFrame, centroids: NDArray[np.float64]) -> Calibration:
    """The distances of records to their nearest centroid: the largest as they are, the others as a grid of quantiles.

    Args:
        records: column `embedding`.
        centroids: (k, d) of a reference profile.
    """
    # Kept on disk: counted, sorted for the largest and, where there are more, summarised.
    distances = distances_only(records, centroids).persist(StorageLevel.DISK_ONLY)
    n = distances.count()
    top = distances.orderBy(F.desc("distance")).limit(LARGEST_KEPT).toPandas()["distance"].to_numpy(dtype=np.float64)
    largest = np.sort(top)
    grid = _grid(distances, largest[0]) if n > len(largest) else np.zeros(0)
    distances.unpersist()
    return Calibration(n, largest, grid)


def _grid(distances: DataFrame, least_kept: float) -> NDArray[np.float64]:
    at = np.linspace(0, 1, GRID_POINTS).tolist()
    below = distances.where(F.col("distance") <= F.lit(float(least_kept)))
    row = below.agg(F.percentile_approx("distance", at, GRID_ACCURACY)).first()
    assert row is not None  # an aggregate without groups always has one row
    return np.array(row[0], dtype=np.float64)
