"""Usual distances to the reference: computed once per pair of prompts baseline and reference profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.coverage.nearest import distances_only
from driftwell.numeric.arrays import Arrays
from driftwell.numeric.conformal import GRID_POINTS, LARGEST_KEPT, UsualDistances, usual_distances_of
from driftwell.numeric.verdict.outcome import MIN_CALIBRATION
from driftwell.numeric.verdict.share_history import ShareHistory, history_of, share_history
from driftwell.profile.batches import add_up, fused, unfused
from driftwell.profile.judged import PLACE, planned_units
from driftwell.spark.kept import ON_DISK, kept

GRID_ACCURACY = 100_000


@dataclass(frozen=True, eq=False)
class Usual:
    """Usual distances to a reference profile.

    Attributes:
        distances: for p-values and quantiles of single distances.
        uncovered: how often judged records of each day were not covered: overall, then in each cluster; None if there
            are too few of them, or they are not a flow.
    """

    distances: UsualDistances
    uncovered: ShareHistory | None

    def arrays(self) -> Arrays:
        """As named matrices, for storage."""
        parts = {"distances": self.distances.arrays()}
        if self.uncovered is not None:
            parts["uncovered"] = self.uncovered.arrays()
        return fused(parts)


def usual_of(arrays: Mapping[str, Any]) -> Usual:
    """The inverse of `Usual.arrays`."""
    stored = dict(arrays)
    uncovered = unfused(stored, "uncovered")
    return Usual(usual_distances_of(unfused(stored, "distances")), history_of(uncovered) if uncovered else None)


def measure_usual(records: DataFrame, centroids: NDArray[np.float64], covered_quantile: float, is_flow: bool) -> Usual:
    """Distances of records to their nearest centroid: the largest as they are, the others as a grid of quantiles.

    Args:
        records: columns `embedding`, `judged` and those of `PLACE`.
        centroids: (k, d) of a reference profile.
        covered_quantile: a record beyond this quantile of the distances is not covered.
        is_flow: whether days mean anything.
    """
    # Kept on disk: counted, sorted for the largest, summarised, and summed by day.
    with kept(distances_only(records, centroids), ON_DISK) as measured:
        n = measured.count()
        top = measured.orderBy(F.desc("distance")).limit(LARGEST_KEPT).select("distance").toPandas()
        largest = np.sort(top["distance"].to_numpy(dtype=np.float64))
        grid = _grid(measured, largest[0]) if n > len(largest) else np.zeros(0)
        distances = UsualDistances(n, largest, grid)
        uncovered = _uncovered(measured, distances.quantile(covered_quantile), len(centroids)) if is_flow else None
    return Usual(distances, uncovered)


def flags(uncovered: NDArray[np.bool_], cluster: NDArray[np.integer], k: int) -> NDArray[np.float64]:
    """(n,) uncovered, (n,) cluster -> (n, 1 + k) 1 if a record is not covered: overall, and in its cluster."""
    return np.concatenate([np.ones((len(uncovered), 1)), np.eye(k)[cluster]], axis=1) * uncovered[:, None]


def _uncovered(measured: DataFrame, covered: float | None, k: int) -> ShareHistory | None:
    judged = measured.where("judged")
    if covered is None or judged.limit(MIN_CALIBRATION).count() < MIN_CALIBRATION:
        return None
    units, _ = planned_units(judged)

    def summands(
        distance: NDArray[np.float64],
        cluster: NDArray[np.int64],
        day: NDArray[np.int64],
        hour: NDArray[np.int64],
        place: NDArray[np.int64],
    ) -> Arrays:
        return units.sums(flags(distance > covered, cluster, k), day, hour, place)

    return share_history(units, add_up(judged, summands, "distance", "cluster", *PLACE), 1 + k)


def _grid(measured: DataFrame, least_kept: float) -> NDArray[np.float64]:
    at = np.linspace(0, 1, GRID_POINTS).tolist()
    below = measured.where(F.col("distance") <= F.lit(float(least_kept)))
    row = below.agg(F.percentile_approx("distance", at, GRID_ACCURACY)).first()
    assert row is not None  # an aggregate without groups always has one row
    return np.array(row[0], dtype=np.float64)
