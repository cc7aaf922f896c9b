"""What a command prints at its end: short tables of what its run left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.runs.ingest import Ingested
from driftwell.tables.store import Tables
from driftwell.times import from_micros, iso

EXAMPLE_WIDTH = 44


def of_ingest(tables: Tables, dataset: str, found: Ingested) -> str:
    """How many records came in, and why some were left out."""
    if not found.run_ids:
        return f"{dataset}: nothing new in the archive"
    lines = [
        f"{dataset}: {found.objects} objects, {found.records_in} records = {found.records_good} good + "
        f"{found.records_quarantined} quarantined + {found.records_duplicate} duplicate"
    ]
    if found.records_quarantined:
        rejected = tables.read("quarantine").where(F.col("batch_id").isin(found.run_ids))
        reasons = rejected.groupBy("reason").count().orderBy(F.desc("count"), "reason").collect()
        lines.append("  quarantined: " + ", ".join(f"{row['reason']} {row['count']}" for row in reasons))
    return "\n".join(lines)


def of_baseline(tables: Tables, run_id: str) -> str:
    """The profile of a baseline and its clusters."""
    profile = _profile(tables, run_id)
    active = tables.read("datasets").where(F.col("active_baseline_id") == profile["profile_id"])
    state = "active" if not active.isEmpty() else "not active: see driftwell baseline promote"
    title = f"baseline {profile['profile_id']} ({state})  {_window(profile)}"
    return "\n".join([title, _measures(profile), _clusters(tables, run_id)])


def of_snapshot(tables: Tables, run_id: str) -> str:
    """A snapshot against its baseline: metrics, and clusters by how much they moved."""
    profile = _profile(tables, run_id)
    drift = _pandas(tables, "drift", run_id, ["metric", "baseline_value", "snapshot_value", "change", "effect"])
    columns = ["cluster", "baseline_proportion", "snapshot_proportion", "change", "centroid_shift", "centroid_cosine"]
    moved = _pandas(tables, "cluster_drift", run_id, columns)
    moved = moved.reindex(moved["change"].abs().sort_values(ascending=False, kind="stable").index)
    moved["example"] = moved["cluster"].map(_examples_by_baseline_cluster(tables, run_id))
    renamed = {"baseline_proportion": "baseline", "snapshot_proportion": "snapshot"}
    baseline_id = _one(tables.read("runs").where(F.col("run_id") == run_id).select("baseline_id"))["baseline_id"]
    title = f"snapshot of {profile['dataset']} against {baseline_id}  {_window(profile)}"
    return "\n".join([title, _measures(profile), _table(drift), "", _table(moved.rename(columns=renamed))])


def of_distance(tables: Tables, run_id: str) -> str:
    """Distances of prompts to the reference, over all and per cluster."""
    columns = ["reference_kind", "cluster", "n", "median", "p95", "max", "outliers", "coverage"]
    ids = [
        "prompt_dataset",
        "reference_dataset",
        "window_start",
        "window_end",
        "reference_profile_id",
        "calibration_used",
    ]
    stats = _pandas(tables, "distance_stats", run_id, [*columns, *ids])
    first = stats.iloc[0]
    title = (
        f"distances of {first['prompt_dataset']} to {first['reference_dataset']}  {_window(first)}; usual distances "
        f"from {first['calibration_used']}"
    )
    pinned = stats[stats["reference_kind"] == "baseline"].sort_values("cluster")
    lines = [title, f"against {pinned['reference_profile_id'].iloc[0]} (pinned baseline; cluster -1 = all)"]
    lines.append(_table(pinned[columns[1:]]))
    newest = stats[(stats["reference_kind"] == "newest") & (stats["cluster"] == -1)]
    if newest["reference_profile_id"].iloc[0] != pinned["reference_profile_id"].iloc[0]:
        lines.append(f"against {newest['reference_profile_id'].iloc[0]} (newest profile)")
        lines.append(_table(newest[columns[1:]]))
    return "\n".join(lines)


def _profile(tables: Tables, run_id: str) -> dict[str, Any]:
    chosen = tables.read("profiles").where(F.col("run_id") == run_id).drop("explained_variance")
    return _one(_with_micros(chosen))


def _measures(profile: dict[str, Any]) -> str:
    shown = ["n", "dimension", "dims95", "inertia", "silhouette", "k"]
    values = ", ".join(f"{name} {_text(profile[name])}" for name in shown)
    return values if profile["status"] == "ok" else f"{values}; status {profile['status']}"


def _clusters(tables: Tables, run_id: str) -> str:
    clusters = _pandas(tables, "clusters", run_id, ["cluster", "size", "proportion", "inertia", "example_ids"])
    clusters["example"] = [_short(ids) for ids in clusters.pop("example_ids")]
    return _table(clusters.sort_values("cluster"))


def _examples_by_baseline_cluster(tables: Tables, run_id: str) -> dict[int, str]:
    clusters = _pandas(tables, "clusters", run_id, ["matched_baseline_cluster", "example_ids"])
    pairs = zip(clusters["matched_baseline_cluster"], clusters["example_ids"], strict=True)
    return {int(cluster): _short(ids) for cluster, ids in pairs if pd.notna(cluster)}


def _pandas(tables: Tables, name: str, run_id: str, columns: list[str]) -> pd.DataFrame:
    return _with_micros(tables.read(name).where(F.col("run_id") == run_id).select(*columns)).toPandas()


def _with_micros(frame: DataFrame) -> DataFrame:
    """Times as microseconds: a timestamp would pass through the driver's local time."""
    for name in ("window_start", "window_end"):
        if name in frame.columns:
            frame = frame.withColumn(name, F.unix_micros(name))
    return frame


def _one(frame: DataFrame) -> dict[str, Any]:
    row = frame.first()
    assert row is not None  # the run that is shown has just written it
    return row.asDict()


def _window(row: Any) -> str:
    start, end = (
        None if pd.isna(row[name]) else iso(from_micros(int(row[name]))) for name in ("window_start", "window_end")
    )
    return f"{start} to {end}" if start else f"as of {end}"


def _short(ids: Sequence[str]) -> str:
    """The first example of a cluster, cut to fit a terminal."""
    text = ids[0] if len(ids) else ""
    return text if len(text) <= EXAMPLE_WIDTH else text[: EXAMPLE_WIDTH - 1] + "…"


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(frame: pd.DataFrame) -> str:
    text = frame.map(_text).to_string(index=False)
    return "\n".join("  " + line for line in text.splitlines())
