"""Rows of `distance_stats` and `prompt_distances`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.config import CoverageSettings
from driftwell.coverage.distances import Target
from driftwell.coverage.statistics import ALL_CLUSTERS, Statistics, is_covered, is_outlier
from driftwell.numeric.conformal import OK, Outliers
from driftwell.numeric.rounding import DIGITS, rounded
from driftwell.runs.sides import BASELINE, NEWEST
from driftwell.tables.row import Row


def statistics_rows(
    found: Statistics, changes: Mapping[int, Row], target: Target, settings: CoverageSettings
) -> list[Row]:
    """Rows of `distance_stats` for one target: all prompts, then each of its clusters.

    Args:
        changes: as returned by `coverage_changes`.
    """
    outliers = found.outliers
    of_all = {
        "quantile_method": "exact" if found.exact else "approx",
        "n_calibration": target.usual.distances.n,
        "covered_quantile": settings.covered_quantile,
        "covered_distance": rounded(target.covered),
        "outlier_status": outliers.status,
        "fewest_outliers": outliers.fewest,
    }
    return [
        {**of_all, "cluster": cluster, **_statistics(found.by_cluster.get(cluster), outliers), **changes[cluster]}
        for cluster in (ALL_CLUSTERS, *range(len(target.centroids)))
    ]


def _statistics(row: Any, outliers: Outliers) -> dict[str, Any]:
    """Columns of `distance_stats` from an aggregate; a cluster without prompts has no statistics."""
    known = outliers.status == OK
    if row is None or row["n"] == 0:
        return {"n": 0, "outliers": 0 if known else None, "status": "empty"}
    median, p90, p95 = (rounded(quantile) for quantile in row["quantiles"])
    measured = {name: rounded(row[name]) for name in ("mean", "std", "max", "coverage")}
    return {
        **measured,
        "n": row["n"],
        "median": median,
        "p90": p90,
        "p95": p95,
        "outliers": row["outliers"] if known else None,
        "status": "ok",
    }


def prompt_rows(
    measured: DataFrame, run_id: str, dataset: str, targets: Mapping[str, Target], found: Mapping[str, Statistics]
) -> DataFrame:
    """Rows of `prompt_distances`: against the reference's baseline, and its newest profile if that differs."""
    newest = NEWEST if NEWEST in targets else BASELINE

    def stored(column: str) -> Any:
        # Without the condition null becomes the text "null", which cannot be cast.
        return F.when(F.col(column).isNotNull(), F.format_string(f"%.{DIGITS - 1}e", F.col(column)).cast("double"))

    return measured.select(
        F.lit(run_id).alias("run_id"),
        F.lit(dataset).alias("prompt_dataset"),
        "event_date",
        "record_id",
        "object_key",
        "position",
        F.col(f"{BASELINE}_cluster").alias("cluster"),
        stored(f"{BASELINE}_distance").alias("distance"),
        stored(f"{BASELINE}_p").alias("p_value"),
        is_outlier(BASELINE, found[BASELINE].outliers).alias("is_outlier"),
        is_covered(BASELINE, targets[BASELINE]).alias("is_covered"),
        F.col(f"{newest}_cluster").alias("newest_cluster"),
        stored(f"{newest}_distance").alias("newest_distance"),
        stored(f"{newest}_p").alias("newest_p_value"),
        is_covered(newest, targets[newest]).alias("newest_is_covered"),
    )
