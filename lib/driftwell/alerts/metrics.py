"""CloudWatch metrics of completed runs, by dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from driftwell.alerts.changes import DRIFT, NO_DRIFT, coverage_rows
from driftwell.aws.cloudwatch import OLDEST, Metric
from driftwell.config import AlertSettings
from driftwell.errors import UsageError
from driftwell.spark.moments import moment
from driftwell.tables.store import Tables
from driftwell.times import from_micros

UNITS = {
    "drift": "None",
    "p_value": "None",
    "effect": "None",
    "dims95": "None",
    "duplicate_share": "None",
    "inertia": "None",
    "silhouette": "None",
    "coverage": "None",
    "outlier_share": "None",
    "quarantine_share": "None",
    "records": "Count",
    "seconds": "Seconds",
}
"""Every metric and its unit."""

CLOCKS = timedelta(days=1)
"""Upper bound of the difference between two drivers' clocks."""

METADATA = "metadata."
"""Prefix of a metadata key whose mean is published: `metadata.similarity`."""


def check_names(settings: AlertSettings) -> None:
    """Refuse unknown metric names, and namespaces that CloudWatch reserves.

    Raises:
        UsageError: for either.
    """
    for name in settings.metric_names:
        if name not in UNITS and not name.startswith(METADATA):
            known = ", ".join([*UNITS, f"{METADATA}KEY"])
            raise UsageError(f"alerts.metric_names: {name!r} is not a metric; metrics are {known}")
    if settings.namespace.startswith("AWS/"):
        raise UsageError(f"alerts.namespace is {settings.namespace!r}: names starting with AWS/ are reserved")


def unpublished_runs(tables: Tables, now: datetime) -> list[dict[str, Any]]:
    """Completed runs whose metrics are not yet published and not too old; times in microseconds."""
    done = tables.read("runs").where("status = 'done' AND job IN ('ingest', 'snapshot', 'period', 'distance')")
    recent = done.where(_since("finished_at", now - OLDEST))
    # Published after they ended, but possibly by a driver whose clock is behind.
    published = tables.read("alerts").where("kind = 'metrics'").where(_since("published_at", now - OLDEST - CLOCKS))
    times = {name: F.unix_micros(name) for name in ("started_at", "finished_at", "window_start", "window_end")}
    names = ["run_id", "job", "dataset", "records_in", "records_quarantined", *times]
    chosen = recent.join(published.select("run_id"), "run_id", "left_anti").withColumns(times).select(*names)
    return [row.asDict() for row in chosen.orderBy("finished_at", "run_id").collect()]


def _since(time: str, oldest: datetime) -> Column:
    """Rows whose window ends after a moment; without a window, by another time. Delta skips files by both."""
    end = F.col("window_end")
    return (end > moment(oldest)) | (end.isNull() & (F.col(time) > moment(oldest)))


def metrics_of(tables: Tables, runs: list[dict[str, Any]], settings: AlertSettings) -> dict[str, list[Metric]]:
    """Metrics of each run, by run_id, without undefined values."""
    ids = [run["run_id"] for run in runs]
    verdicts = _by_run(tables.read("verdicts"), ids, ["verdict", "p_value", "effect"])
    shapes = ["dims95", "inertia", "silhouette", "duplicate_share", "metadata_means"]
    profiles = _by_run(tables.read("profiles"), ids, shapes)
    distances = _by_run(coverage_rows(tables), ids, ["reference_dataset", "n", "outliers", "coverage"])
    found = {}
    for run in runs:
        run_id = run["run_id"]
        values = {**_verdict(verdicts.get(run_id)), **_shape(profiles.get(run_id, {}))}
        of_dataset = {"Dataset": run["dataset"]} | ({"Job": "period"} if run["job"] == "period" else {})
        groups = [
            (of_dataset, values),
            ({"Dataset": run["dataset"], "Job": run["job"]}, _of_run(run)),
            *_distance(run, distances.get(run_id)),
        ]
        found[run_id] = [m for dimensions, some in groups for m in _metrics(run, dimensions, some, settings)]
    return found


def _by_run(frame: DataFrame, ids: list[str], columns: list[str]) -> dict[str, dict[str, Any]]:
    rows = frame.where(F.col("run_id").isin(ids)).select("run_id", *columns).collect()
    return {row["run_id"]: {name: row[name] for name in columns} for row in rows}


def _verdict(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Drift as 1 or 0, with its numbers; empty if there is no verdict."""
    if row is None:
        return {}
    drifts = {DRIFT: 1.0, NO_DRIFT: 0.0}.get(row["verdict"])
    return {"drift": drifts, "p_value": row["p_value"], "effect": row["effect"]}


def _shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """Measures of a profile, with the means of metadata by key."""
    means = {f"{METADATA}{key}": value for key, value in (row.get("metadata_means") or {}).items()}
    return {name: value for name, value in row.items() if name != "metadata_means"} | means


def _of_run(run: Mapping[str, Any]) -> dict[str, Any]:
    values = {"seconds": (run["finished_at"] - run["started_at"]) / 1e6, "records": run["records_in"]}
    if run["records_in"] and run["records_quarantined"] is not None and run["job"] == "ingest":
        values["quarantine_share"] = run["records_quarantined"] / run["records_in"]
    return values


def _distance(run: Mapping[str, Any], row: Mapping[str, Any] | None) -> Iterable[tuple[dict[str, str], dict[str, Any]]]:
    """Coverage has two dimensions: the prompts and the reference."""
    if row is not None:
        known = row["n"] and row["outliers"] is not None
        share = row["outliers"] / row["n"] if known else None
        dimensions = {"Dataset": run["dataset"], "Reference": row["reference_dataset"]}
        yield dimensions, {"coverage": row["coverage"], "outlier_share": share}


def _metrics(
    run: Mapping[str, Any], dimensions: dict[str, str], values: Mapping[str, Any], settings: AlertSettings
) -> list[Metric]:
    time = from_micros(run["window_end"] or run["finished_at"])
    assert time is not None  # a completed run has ended
    return [
        Metric(settings.metric_names.get(name, name), float(value), time, dimensions, UNITS.get(name, "None"))
        for name, value in values.items()
        if value is not None
    ]
