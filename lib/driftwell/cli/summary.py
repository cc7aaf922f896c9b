"""The summary that a command prints: short tables of its results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from pyspark.sql import functions as F

from driftwell.cli.text_table import broken, cell_text, text_table
from driftwell.coverage.statistics import ALL_CLUSTERS
from driftwell.numeric.conformal import OK
from driftwell.runs.history import Profile
from driftwell.runs.ingest import Ingested
from driftwell.runs.run import Outcome
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.store import Tables
from driftwell.terminal import harmless, terminal_width
from driftwell.times import from_micros, iso

EXAMPLE_WIDTH, PROSE_WIDTH = 44, 118
INDENT = "  "


def of_ingest(tables: Tables, dataset: str, found: Ingested) -> str:
    """Counts of records, and why some were not used."""
    if not found.run_ids:
        return "\n".join([f"{dataset}: nothing new in the archive", *(f"  {note}" for note in found.notes)])
    again = f" ({found.objects_again} of them reread)" if found.objects_again else ""
    lines = [
        f"{dataset}: {found.objects} objects{again}, {found.records_in} records = {found.records_good} good + "
        f"{found.records_quarantined} quarantined + {found.records_duplicate} duplicate"
    ]
    if found.records_quarantined:
        rejected = tables.read("quarantine").where(F.col("batch_id").isin(found.run_ids))
        reasons = rejected.groupBy("reason").count().orderBy(F.desc("count"), "reason").collect()
        lines.append("  quarantined: " + ", ".join(f"{row['reason']} {row['count']}" for row in reasons))
        lines.append("  after correcting the configuration, reread them: --reread --reread_reason REASON")
    return "\n".join([*lines, *(f"  {note}" for note in found.notes)])


def of_baseline(tables: Tables, outcome: Outcome) -> str:
    """The profile of a baseline and its clusters."""
    (profile,) = rows_of(tables, outcome, "profiles")
    active = tables.read("datasets").where(F.col("active_baseline_id") == profile["profile_id"])
    state = "active" if not active.isEmpty() else "not active: see driftwell baseline promote"
    title = f"baseline {profile['profile_id']} ({state})  {_window(profile)}"
    return "\n".join([title, _measures(profile), _clusters(rows_of(tables, outcome, "clusters"))])


def of_snapshot(tables: Tables, outcome: Outcome) -> str:
    """A snapshot compared with its baseline: metrics, and clusters by change in share."""
    names = ("profiles", "drift", "cluster_drift", "clusters", "verdicts")
    profiles, drift, moved, own, verdicts = side_by_side([partial(rows_of, tables, outcome, name) for name in names])
    (profile,) = profiles
    moved = sorted(moved, key=lambda row: -abs(row["change"] or 0))
    examples = {row["matched_baseline_cluster"]: row["example_ids"] for row in own}
    clusters = [
        {
            "cluster": row["cluster"],
            "baseline": row["baseline_proportion"],
            "snapshot": row["snapshot_proportion"],
            **{name: row.get(name) for name in ("change", "p_value", "centroid_shift")},
            "example": _first(examples.get(row["cluster"])),
        }
        for row in moved
    ]
    title = f"snapshot of {profile['dataset']} against {drift[0]['baseline_id']}  {_window(profile)}"
    metrics = [
        {name: row.get(name) for name in ("metric", "baseline_value", "snapshot_value", "change", "effect", "p_value")}
        for row in drift
    ]
    lines = [_verdict(row) for row in verdicts]
    return "\n".join([title, *lines, _measures(profile), _table(metrics), "", _table(clusters)])


def of_period(tables: Tables, outcome: Outcome) -> str:
    """The verdict on a week or a month."""
    (row,) = rows_of(tables, outcome, "verdicts")
    groups = [
        {name: group.get(name) for name in ("metric", "effect", "p_value")}
        for group in rows_of(tables, outcome, "drift")
    ]
    title = f"{row['days']} days of {row['dataset']} against {row['baseline_id']}  {_window(row)}, n {row['n']}"
    return "\n".join([title, _verdict(row), *([_table(groups)] if groups else [])])


def of_distance(tables: Tables, outcome: Outcome) -> str:
    """Distances of prompts to the reference, over all and per cluster."""
    stats = rows_of(tables, outcome, "distance_stats")
    pinned = sorted((row for row in stats if row["reference_kind"] == "baseline"), key=lambda row: row["cluster"])
    (newest,) = (row for row in stats if row["reference_kind"] == "newest" and row["cluster"] == ALL_CLUSTERS)
    first = pinned[0]
    notes = [_coverage(first), *_unseen_outliers(first)]
    lines = [
        f"distances of {first['prompt_dataset']} to {first['reference_dataset']}  {_window(first)}; usual distances "
        f"from {first['calibration_used']}",
        *notes,
        f"against {first['reference_profile_id']} (pinned baseline; cluster {ALL_CLUSTERS} = all)",
        _distances(pinned),
    ]
    if newest["reference_profile_id"] != first["reference_profile_id"]:
        lines += [f"against {newest['reference_profile_id']} (newest profile)", _distances([newest])]
    return "\n".join(lines)


def coverage_verdict(tables: Tables, outcome: Outcome) -> str:
    """The verdict on coverage, over all clusters of the pinned baseline."""
    stats = rows_of(tables, outcome, "distance_stats")
    (row,) = (row for row in stats if row["reference_kind"] == "baseline" and row["cluster"] == ALL_CLUSTERS)
    return str(row["outside_verdict"])


def of_promotion(dataset: str, found: Profile) -> str:
    """Which baseline is the active one now."""
    return f"{found.profile_id} ({found.window}) is now the active baseline of {dataset}"


def _coverage(row: dict[str, Any]) -> str:
    """The verdict on coverage, and why there is none."""
    status = "" if row["outside_status"] in ("ok", None) else f" ({row['outside_status']})"
    return f"coverage: {row['outside_verdict']}{status}"


def _unseen_outliers(row: dict[str, Any]) -> Iterator[str]:
    """What to say where outliers cannot be found."""
    if row["outlier_status"] not in (OK, None):
        fewest = row["fewest_outliers"]
        needed = f"at least {fewest:,}" if fewest else "more than all"
        yield (
            f"outliers: unknown ({row['outlier_status']}): of {row['n']:,} prompts {needed} would have to lie beyond "
            f"all {row['n_calibration']:,} usual distances for the first to be an outlier"
        )


def _verdict(row: dict[str, Any]) -> str:
    """The verdict and what explains it."""
    status = "" if row["status"] in ("ok", "census") else f" ({row['status']})"
    lines = broken(row["explanation"], min(PROSE_WIDTH, terminal_width() or PROSE_WIDTH) - len(INDENT))
    return "\n".join([f"{row['verdict']}{status}", *(INDENT + line for line in lines)])


def rows_of(tables: Tables, outcome: Outcome, name: str) -> list[dict[str, Any]]:
    """The run's rows of a table: kept in memory if it has just ended, else read; without long arrays."""
    if name in outcome.rows:
        return outcome.rows[name]
    times = [F.unix_micros(time).alias(time) for time in ("window_start", "window_end")]
    stored = tables.read(name).where(F.col("run_id") == outcome.run_id)
    stored = stored.drop("explained_variance", "centroid")
    if "window_end" in stored.columns:
        stored = stored.select(*(column for column in stored.columns if not column.startswith("window_")), *times)
    rows = [row.asDict() for row in stored.collect()]
    for row in rows:
        row.update({time: from_micros(row[time]) for time in ("window_start", "window_end") if time in row})
    return rows


def _measures(profile: dict[str, Any]) -> str:
    shown = ["n", "dimension", "dims95", "inertia", "silhouette", "k"]
    values = ", ".join(f"{name} {cell_text(profile[name])}" for name in shown)
    return values if profile["status"] == "ok" else f"{values}; status {profile['status']}"


def _clusters(rows: list[dict[str, Any]]) -> str:
    shown = [
        {
            **{name: row[name] for name in ("cluster", "size", "proportion", "inertia")},
            "example": _first(row["example_ids"]),
        }
        for row in sorted(rows, key=lambda row: row["cluster"])
    ]
    return _table(shown)


def _distances(rows: list[dict[str, Any]]) -> str:
    names = ("cluster", "n", "median", "p95", "max", "outliers", "coverage", "outside_change", "p_value")
    return _table([{name: row.get(name) for name in names} for row in rows])


def _window(row: dict[str, Any]) -> str:
    start, end = iso(row["window_start"]), iso(row["window_end"])
    return f"{start} to {end}" if start else f"as of {end}"


def _first(ids: Sequence[str] | None) -> str:
    """The first example of a cluster, cut to fit a terminal."""
    text = harmless(ids[0], lines=False) if ids else ""
    return text if len(text) <= EXAMPLE_WIDTH else text[: EXAMPLE_WIDTH - 1] + "…"


def _table(rows: list[dict[str, Any]]) -> str:
    return text_table(list(rows[0]), [list(row.values()) for row in rows], indent=INDENT, width=terminal_width())
