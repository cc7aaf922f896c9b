"""Distances of prompts to the nearest reference cluster, and their statistics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from driftwell.arrow import map_in_arrow
from driftwell.numeric.clusters import nearest
from driftwell.numeric.conformal import Calibration, benjamini_hochberg
from driftwell.profile.batches import matrix
from driftwell.profile.judged import PLACE

Floats = NDArray[np.float64]

QUANTILES = (0.5, 0.9, 0.95)
APPROXIMATE_ACCURACY = 10_000

ALL_CLUSTERS = -1


@dataclass(frozen=True)
class Target:
    """A reference profile to measure prompts against: (k, d) centroids, and what counts as usual there."""

    centroids: Floats
    calibration: Calibration


def nearest_distances(x: NDArray[np.floating], centroids: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(n, d) vectors -> number of (n,) and Euclidean distance to (n,) the nearest centroid, in the original space."""
    origin = centroids.mean(axis=0)
    own, squared = nearest(x - origin, centroids - origin)
    return own, np.sqrt(squared)


def distances_only(records: DataFrame, centroids: Floats) -> DataFrame:
    """Per record the distance to its nearest centroid, that `cluster`, `judged` and the columns of `PLACE`."""
    kept = ["judged", *PLACE]
    names = ["distance", "cluster", *kept]

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                own, distance = nearest_distances(matrix(batch.column(0)), centroids)
                columns = [pa.array(distance), pa.array(own.astype(np.int32)), *batch.columns[1:]]
                yield pa.record_batch(columns, names=names)

    columns = "distance double, cluster int, judged boolean, day int, hour int, place bigint"
    return map_in_arrow(records.select("embedding", *kept), measure, columns)


def with_distances(prompts: DataFrame, targets: Mapping[str, Target]) -> DataFrame:
    """Per prompt and target the nearest cluster, the distance to it and its conformal p-value; vectors are dropped.

    Args:
        prompts: columns `record_id`, `event_date`, `judged`, `embedding`.
        targets: by kind.

    Returns:
        `record_id`, `event_date`, `judged`, and `<kind>_cluster`, `<kind>_distance`, `<kind>_p` for each kind.
    """
    added = [f"{kind}_cluster int, {kind}_distance double, {kind}_p double" for kind in targets]
    names = ["record_id", "event_date", "judged"] + [
        f"{kind}_{part}" for kind in targets for part in ("cluster", "distance", "p")
    ]

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                x, columns = matrix(batch.column(3)), [batch.column(i) for i in range(3)]
                for target in targets.values():
                    own, distance = nearest_distances(x, target.centroids)
                    p = target.calibration.p_values(distance)
                    columns += [pa.array(own.astype(np.int32)), pa.array(distance), pa.array(p)]
                yield pa.record_batch(columns, names=names)

    chosen = prompts.select("record_id", "event_date", "judged", "embedding")
    return map_in_arrow(chosen, measure, ", ".join(["record_id string, event_date date, judged boolean", *added]))


def outlier_threshold(measured: DataFrame, kind: str, n: int, rate: float) -> float | None:
    """The p-value up to which prompts are outliers by Benjamini-Hochberg; None where there are none.

    One action. What comes to the driver are distinct p-values, of which there are no more than calibration distances
    kept: few, however many prompts.

    Args:
        n: number of prompts.
    """
    p = F.col(f"{kind}_p")
    counted = measured.where(p <= rate).groupBy(p.alias("p")).count().toPandas()
    return benjamini_hochberg(counted["p"].to_numpy(), counted["count"].to_numpy(), n, rate)


def is_outlier(kind: str, threshold: float | None) -> Column:
    """Whether a prompt is an outlier."""
    return F.lit(False) if threshold is None else F.col(f"{kind}_p") <= F.lit(threshold)


def distance_statistics(
    measured: DataFrame, kind: str, threshold: float | None, covered_distance: float | None, exact: bool
) -> dict[int, Row]:
    """Statistics of the distances per cluster that has prompts, and of all under `ALL_CLUSTERS`. One action.

    Args:
        covered_distance: a prompt within it is covered.
        exact: quantiles by sorting; else approximate with accuracy 10,000.
    """
    cluster, distance = F.col(f"{kind}_cluster"), F.col(f"{kind}_distance")
    at = [F.lit(q) for q in QUANTILES]
    quantiles = (
        F.percentile(distance, F.array(*at))
        if exact
        else F.percentile_approx(distance, F.array(*at), APPROXIMATE_ACCURACY)
    )
    covered = distance <= F.lit(covered_distance)
    rows = (
        measured.select(cluster.alias("cluster"), distance, F.col(f"{kind}_p"), "judged", "event_date")
        .rollup("cluster")
        .agg(
            F.grouping("cluster").alias("is_all"),
            F.count(F.lit(1)).alias("n"),
            F.avg(distance).alias("mean"),
            F.stddev_samp(distance).alias("std"),
            quantiles.alias("quantiles"),
            F.max(distance).alias("max"),
            F.count_if(is_outlier(kind, threshold)).alias("outliers"),
            F.avg(covered.cast("double")).alias("coverage"),
            F.count_if("judged").alias("judged"),
            F.count_if(F.col("judged") & ~covered).alias("outside"),
            (F.datediff(F.max("event_date"), F.min("event_date")) + 1).alias("days"),
        )
        .collect()
    )
    return {ALL_CLUSTERS if row["is_all"] else row["cluster"]: row for row in rows}
