"""Distances of prompts to the nearest reference cluster, and their statistics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from driftwell.numeric.arrays import Floats
from driftwell.numeric.clusters import nearest
from driftwell.numeric.conformal import OK, Outliers, UsualDistances, outliers
from driftwell.profile.batches import matrix
from driftwell.profile.judged import PLACE
from driftwell.spark.arrow import map_in_arrow

QUANTILES = (0.5, 0.9, 0.95)
APPROXIMATE_ACCURACY = 10_000

ALL_CLUSTERS = -1

KEPT = {
    "record_id": "string",
    "event_date": "date",
    "object_key": "string",
    "position": "bigint",
    "judged": "boolean",
}
"""What stays of a prompt beside its distances. An id may recur, on another day or with another vector: object and
position say which record it was."""


@dataclass(frozen=True)
class Target:
    """A reference profile to measure prompts against.

    Attributes:
        centroids: (k, d).
        usual: the distances that are usual there.
        covered: a prompt within this distance is covered; None where nothing is known to be usual.
    """

    centroids: Floats
    usual: UsualDistances
    covered: float | None


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
        prompts: the columns of `KEPT`, and `embedding`.
        targets: by kind.

    Returns:
        `KEPT`, and `<kind>_cluster`, `<kind>_distance`, `<kind>_p` for each kind; p is null where nothing is known to
        be usual.
    """
    added = [f"{kind}_cluster int, {kind}_distance double, {kind}_p double" for kind in targets]
    names = [*KEPT, *(f"{kind}_{part}" for kind in targets for part in ("cluster", "distance", "p"))]

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                x, columns = matrix(batch.column(len(KEPT))), [batch.column(i) for i in range(len(KEPT))]
                for target in targets.values():
                    own, distance = nearest_distances(x, target.centroids)
                    p = pa.array(target.usual.p_values(distance))
                    if target.usual.n == 0:
                        p = pa.nulls(len(p), pa.float64())
                    columns += [pa.array(own.astype(np.int32)), pa.array(distance), p]
                yield pa.record_batch(columns, names=names)

    kept = [f"{name} {kind}" for name, kind in KEPT.items()]
    return map_in_arrow(prompts.select(*KEPT, "embedding"), measure, ", ".join([*kept, *added]))


def judged_on_days(measured: DataFrame) -> dict[date, int]:
    """Judged prompts of each date that holds any: one narrow action."""
    rows = measured.where("judged").groupBy("event_date").count().collect()
    return {row["event_date"]: row["count"] for row in rows}


def outliers_among(measured: DataFrame, kind: str, n: int, rate: float, n_usual: int) -> Outliers:
    """Which prompts are outliers by Benjamini-Hochberg over all of them.

    One action. What comes to the driver are distinct p-values, of which there are no more than usual distances
    kept: few, however many prompts.

    Args:
        n: number of prompts. n_usual: usual distances.
    """
    p = F.col(f"{kind}_p")
    counted = measured.where(p <= rate).groupBy(p.alias("p")).count().toPandas()
    return outliers(counted["p"].to_numpy(), counted["count"].to_numpy(), n, rate, n_usual)


def is_outlier(kind: str, found: Outliers) -> Column:
    """Whether a prompt is an outlier; null where that is not known."""
    if found.status != OK:
        return F.lit(None).cast("boolean")
    return F.lit(False) if found.threshold is None else F.col(f"{kind}_p") <= F.lit(found.threshold)


def is_covered(kind: str, target: Target) -> Column:
    """Whether a prompt is covered; null where that is not known."""
    return F.col(f"{kind}_distance") <= F.lit(target.covered).cast("double")


def distance_statistics(measured: DataFrame, kind: str, target: Target, found: Outliers, exact: bool) -> dict[int, Row]:
    """Statistics of the distances per cluster that has prompts, and of all under `ALL_CLUSTERS`. One action.

    Args:
        exact: quantiles by sorting; else approximate with accuracy 10,000.
    """
    cluster, distance = F.col(f"{kind}_cluster"), F.col(f"{kind}_distance")
    at = [F.lit(q) for q in QUANTILES]
    quantiles = (
        F.percentile(distance, F.array(*at))
        if exact
        else F.percentile_approx(distance, F.array(*at), APPROXIMATE_ACCURACY)
    )
    covered = is_covered(kind, target)
    rows = (
        measured.select(cluster.alias("cluster"), distance, F.col(f"{kind}_p"), "judged")
        .rollup("cluster")
        .agg(
            F.grouping("cluster").alias("is_all"),
            F.count(F.lit(1)).alias("n"),
            F.avg(distance).alias("mean"),
            F.stddev_samp(distance).alias("std"),
            quantiles.alias("quantiles"),
            F.max(distance).alias("max"),
            F.count_if(is_outlier(kind, found)).alias("outliers"),
            F.avg(covered.cast("double")).alias("coverage"),
            F.count_if("judged").alias("judged"),
            F.count_if(F.col("judged") & ~covered).alias("uncovered"),
        )
        .collect()
    )
    return {ALL_CLUSTERS if row["is_all"] else row["cluster"]: row for row in rows}
