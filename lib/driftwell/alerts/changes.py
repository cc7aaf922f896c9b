"""Changed verdicts: the newest of each dataset compared with the last one published, and the message about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.runs.run import digest
from driftwell.tables.row import Row
from driftwell.tables.store import Tables
from driftwell.times import from_micros, iso

DRIFT, NO_DRIFT = "DRIFT", "NO_DRIFT"
MOST_CLUSTERS, MOST_EXAMPLES = 5, 20
NEEDED = ("verdicts", "drift", "cluster_drift", "clusters", "embeddings", "distance_stats", "prompt_distances")
"""Tables read by a step that acts on a message."""

CHANGED = ("outside_share", "outside_change", "outside_change_low", "outside_change_high", "p_value")


@dataclass(frozen=True)
class Change:
    """A verdict that differs from the last one published.

    Attributes:
        question: the verdict's subject: a dataset's snapshots, its periods of a length, or its coverage by a reference.
        verdict: DRIFT, NO_DRIFT or INSUFFICIENT_DATA. previous: None if none was published.
        message: the JSON to send.
    """

    alert_id: str
    dataset: str
    question: str
    run_id: str
    window_end: datetime
    verdict: str
    previous: str | None
    message: str


def verdict_changes(tables: Tables) -> list[Change]:
    """Unpublished changes: for each dataset and question at most one, that of the newest window.

    The first verdict is a change if it is DRIFT. A new verdict on an older window is not.
    """
    published = _last_published(tables)
    found = []
    for row in _newest_verdicts(tables):
        before = published.get((row["dataset"], row["question"]))
        if before is None and row["verdict"] != DRIFT:
            continue
        if before is not None and (before["verdict"] == row["verdict"] or before["window_end"] > row["window_end"]):
            continue
        found.append(_change(tables, row, before["verdict"] if before else None))
    return found


def _newest_verdicts(tables: Tables) -> list[Row]:
    """The verdict on the newest window of each dataset and question; if there are several, the newest run's."""
    days = F.format_string("period of %d days", F.datediff("window_end", "window_start"))
    verdicts = (
        tables.read("verdicts").withColumn("days", days).select("run_id", "dataset", "verdict", "window_end", "days")
    )
    runs = tables.read("runs").where("status = 'done' AND job IN ('snapshot', 'period', 'distance')")
    runs = runs.select("run_id", "job", "finished_at")
    question = F.when(F.col("job") == "period", F.col("days")).otherwise(F.col("job"))
    named = verdicts.join(runs, "run_id").withColumn("question", question)
    covered = coverage_rows(tables).join(runs, "run_id").where("outside_verdict IS NOT NULL")
    coverage = covered.selectExpr(
        "run_id",
        "prompt_dataset AS dataset",
        "outside_verdict AS verdict",
        "window_end",
        "concat('coverage by ', reference_dataset) AS question",
        "finished_at",
    )
    columns = ["window_end", "finished_at", "run_id", "verdict"]
    every = named.select("dataset", "question", *columns).unionByName(coverage)
    times = every.withColumn("window_end", F.unix_micros("window_end"))
    newest = times.groupBy("dataset", "question").agg(F.max(F.struct(*columns)).alias("newest"))
    rows = newest.select("dataset", "question", "newest.run_id", "newest.verdict", "newest.window_end").collect()
    return sorted((row.asDict() for row in rows), key=lambda row: (row["dataset"], row["question"]))


def coverage_rows(tables: Tables) -> DataFrame:
    """Rows of `distance_stats` for all clusters together and the pinned reference: one for each distance run."""
    return tables.read("distance_stats").where("cluster = -1 AND reference_kind = 'baseline'")


def _last_published(tables: Tables) -> dict[tuple[str, str], Row]:
    """The last published verdict of each dataset and question, with the end of its window in microseconds."""
    sent = tables.read("alerts").where("kind = 'verdict'")
    last = F.struct(F.unix_micros("window_end").alias("window_end"), F.unix_micros("published_at"), "verdict")
    rows = sent.groupBy("dataset", "question").agg(F.max(last).alias("last")).collect()
    return {(row["dataset"], row["question"]): row["last"].asDict() for row in rows}


def _change(tables: Tables, row: Row, previous: str | None) -> Change:
    alert_id = digest(["verdict", row["dataset"], row["question"], row["run_id"], row["verdict"], previous])
    end = from_micros(row["window_end"])
    assert end is not None  # every verdict's window has an end
    of_coverage = row["question"].startswith("coverage by ")
    content = {
        "alert_id": alert_id,
        **{name: row[name] for name in ("dataset", "question", "verdict")},
        "previous_verdict": previous,
        "run_id": row["run_id"],
        **(_coverage(tables, row["run_id"]) if of_coverage else _comparison(tables, row["run_id"])),
        "tables_path": tables.path,
        "tables": {name: tables.location(name) for name in NEEDED},
    }
    message = json.dumps(content, ensure_ascii=False)
    return Change(alert_id, row["dataset"], row["question"], row["run_id"], end, row["verdict"], previous, message)


def _comparison(tables: Tables, run_id: str) -> Row:
    """The part of a message about a comparison with a baseline."""
    row = _one(tables.read("verdicts").where(F.col("run_id") == run_id))
    names = ["baseline_id", "status", "n", "p_value", "alpha", "effect", "effect_lower", "effect_floor"]
    names += ["main_cause", "causes", "explanation"]
    return {
        **_window(row),
        **{name: row[name] for name in names},
        "example_ids": (row["example_ids"] or [])[:MOST_EXAMPLES],
        "clusters": _clusters(tables, run_id),
    }


def _coverage(tables: Tables, run_id: str) -> Row:
    """The part of a message about a change in coverage."""
    row = _one(coverage_rows(tables).where(F.col("run_id") == run_id))
    distances = tables.read("prompt_distances").where(F.col("run_id") == run_id)
    farthest = distances.orderBy(F.desc("distance"), "record_id").select("record_id").limit(MOST_EXAMPLES).collect()
    of_clusters = tables.read("distance_stats").where(F.col("run_id") == run_id)
    apart = of_clusters.where("cluster >= 0 AND reference_kind = 'baseline' AND outside_change IS NOT NULL")
    most = (
        apart.orderBy(F.desc(F.abs("outside_change")), "cluster").limit(MOST_CLUSTERS).select("cluster", "n", *CHANGED)
    )
    names = ["reference_dataset", "reference_profile_id", "status", "n", "coverage", "outside_status", *CHANGED]
    return {
        **_window(row),
        "baseline_id": row["prompt_baseline_id"],
        **{name: row[name] for name in names},
        "main_cause": "coverage",
        "example_ids": [found["record_id"] for found in farthest],
        "clusters": [found.asDict() for found in most.collect()],
    }


def _clusters(tables: Tables, run_id: str) -> list[Row]:
    """The clusters whose share changed most, with example records."""
    names = ["cluster", "baseline_proportion", "snapshot_proportion", "change", "p_value", "centroid_shift"]
    moved = tables.read("cluster_drift").where(F.col("run_id") == run_id)
    most = moved.orderBy(F.desc(F.abs("change")), "cluster").limit(MOST_CLUSTERS).select(*names)
    examples = tables.read("clusters").where(F.col("run_id") == run_id)
    own = examples.select(F.col("matched_baseline_cluster").alias("cluster"), "example_ids")
    rows = most.join(own, "cluster", "left").orderBy(F.desc(F.abs("change")), "cluster")
    return [row.asDict() for row in rows.collect()]


def _one(frame: DataFrame) -> Row:
    times = {name: F.unix_micros(name) for name in ("window_start", "window_end")}
    row = frame.withColumns(times).first()
    assert row is not None  # it was found a moment ago
    return row.asDict(recursive=True)


def _window(row: Row) -> Row:
    return {name: iso(from_micros(row[name])) for name in ("window_start", "window_end")}
