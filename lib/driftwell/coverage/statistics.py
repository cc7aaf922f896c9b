"""Statistics of the distances of prompts, and which prompts are outliers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from driftwell.config import CoverageSettings
from driftwell.coverage.distances import Target
from driftwell.numeric.conformal import OK, Outliers, outliers

QUANTILES = (0.5, 0.9, 0.95)
APPROXIMATE_ACCURACY = 10_000

ALL_CLUSTERS = -1


@dataclass(frozen=True)
class Statistics:
    """Statistics of the distances to one target.

    Attributes:
        by_cluster: an aggregate for each cluster with prompts, and one for all prompts under `ALL_CLUSTERS`.
        exact: whether its quantiles are exact.
    """

    outliers: Outliers
    by_cluster: dict[int, Row]
    exact: bool


def judged_on_days(measured: DataFrame) -> dict[date, int]:
    """Judged prompts per date: one narrow action."""
    rows = measured.where("judged").groupBy("event_date").count().collect()
    return {row["event_date"]: row["count"] for row in rows}


def statistics_of(
    measured: DataFrame, targets: Mapping[str, Target], n: int, settings: CoverageSettings
) -> dict[str, Statistics]:
    """Outliers and statistics of each target: two actions per target.

    Args:
        measured: as returned by `with_distances`. n: its rows.
        settings: quantiles are exact up to `exact_quantile_rows` rows, else approximate with accuracy 10,000.
    """
    exact, found = n <= settings.exact_quantile_rows, {}
    for kind, target in targets.items():
        beyond = _outliers(measured, kind, target, n, settings.outlier_rate)
        found[kind] = Statistics(beyond, _by_cluster(measured, kind, target, beyond, exact), exact)
    return found


def _outliers(measured: DataFrame, kind: str, target: Target, n: int, rate: float) -> Outliers:
    """Which prompts are outliers by Benjamini-Hochberg over all of them.

    One action. The driver receives distinct p-values, no more than there are stored usual distances, however many
    prompts.
    """
    p = F.col(f"{kind}_p")
    counted = measured.where(p <= rate).groupBy(p.alias("p")).count().toPandas()
    return outliers(counted["p"].to_numpy(), counted["count"].to_numpy(), n, rate, target.usual.distances.n)


def is_outlier(kind: str, found: Outliers) -> Column:
    """Whether a prompt is an outlier; null if unknown."""
    if found.status != OK:
        return F.lit(None).cast("boolean")
    return F.lit(False) if found.threshold is None else F.col(f"{kind}_p") <= F.lit(found.threshold)


def is_covered(kind: str, target: Target) -> Column:
    """Whether a prompt is covered; null if unknown."""
    return F.col(f"{kind}_distance") <= F.lit(target.covered).cast("double")


def _by_cluster(measured: DataFrame, kind: str, target: Target, found: Outliers, exact: bool) -> dict[int, Row]:
    """Statistics of the distances for each cluster with prompts, and for all under `ALL_CLUSTERS`. One action.

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
